"""SeACo-Paraformer: batches of spans in, tokens with times and confidences out.

Paraformer (Gao et al. 2022, https://arxiv.org/abs/2206.08317) predicts how many tokens a span
holds, gathers one embedding for each (CIF) and decodes all of them at once; a second, finer CIF
gives the times (Shi et al. 2023, https://arxiv.org/abs/2301.12343); the hotword branch corrects
names. The layers are FunASR's; the batch around them is ours, because every span must get the
text that it would get alone: padded encoder frames are zeroed before they reach a convolution,
the recurrent layer reads packed sequences, the hotword filter works per utterance.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from asrcli.clock import SAMPLES_PER_MS
from asrcli.engines.bias import BiasBranch, Memory
from asrcli.engines.cif import fire_frames, integrate
from asrcli.engines.features import N_MELS, fbank, low_frame_rate, read_cmvn
from asrcli.engines.samples import check_samples
from asrcli.engines.seaco import build
from asrcli.engines.spelling import Spelling
from asrcli.errors import DeviceMemoryError, RecordingError, RunError
from asrcli.values import DroppedHotword, HotwordSet, ModelInfo, Token
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

    from asrcli.clock import Millis
    from asrcli.engines.device import Device
    from asrcli.values import FloatArray

FINE_FRAME_MS = 20
"""The timing head works on frames of 60 ms, each divided by three."""

FIRE_LEAD_MS = 30
"""The timing head fires this long after a token has begun: FunASR's shift of 1.5 frames."""

LONGEST_TOKEN_MS = 240
"""A token that lasts longer holds silence: FunASR's limit of 12 frames."""


class Paraformer:
    """The recogniser; see `asrcli.engines.base.Asr` for the contract."""

    def __init__(self, folder: Path, *, device: Device, name: str, sha256: str) -> None:
        """Load a model folder.

        Raises:
            ModelError: anything about the folder that does not fit.
        """
        self.info = ModelInfo("asr", name, sha256)
        self._device = device
        self._spelling = Spelling.read(folder)
        model, config = build(folder, vocabulary=len(self._spelling.tokens))
        frontend = config["frontend_conf"]
        self._stack, self._step = int(frontend["lfr_m"]), int(frontend["lfr_n"])
        cmvn = read_cmvn(folder / "am.mvn", self._stack * N_MELS)
        self._shift, self._scale = (part.to(device.torch()) for part in cmvn)
        if device.precision == "int8":
            _quantise(model)
        self._model = model.to(device.torch())
        self._bias = BiasBranch(self._model, model.NO_BIAS)
        self._memory: Memory | None = None

    @property
    def batch_seconds(self) -> float:
        """Padded seconds of audio that a batch may hold on this device."""
        return self._device.batch_seconds()

    def unusable(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """Words that hold something without a token; see `Asr.unusable`."""
        return self._spelled(hotwords)[1]

    def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """Compile the list once; see `Asr.set_hotwords`."""
        import torch

        spelled, dropped = self._spelled(hotwords)
        words, weights = [ids for ids, _ in spelled], [weight for _, weight in spelled]
        with torch.inference_mode():
            self._memory = self._bias.compile(words, weights) if words else None
        return dropped

    def _spelled(
        self, hotwords: HotwordSet
    ) -> tuple[list[tuple[tuple[int, ...], float]], tuple[DroppedHotword, ...]]:
        """The token ids and weights of the usable words, and the other words."""
        spelled: list[tuple[tuple[int, ...], float]] = []
        dropped: list[DroppedHotword] = []
        for text, weight in hotwords.words:
            try:
                spelled.append((self._spelling.encode(text), weight))
            except ValueError as error:
                dropped.append(DroppedHotword(0, text, str(error)))
        return spelled, tuple(dropped)

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        """Recognise spans, float32 [n_samples] each, together; see `Asr.decode`."""
        import torch

        if not batch:
            return []
        for samples in batch:
            check_samples(samples)
        try:
            with torch.inference_mode():
                return self._decode(batch)
        except torch.OutOfMemoryError as error:
            raise DeviceMemoryError(f"{len(batch)} spans did not fit into memory") from error
        except RuntimeError as error:
            raise _translate(error, len(batch)) from error

    def _decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        frames, lengths = self._features(batch)
        encoded = self._encode(frames, lengths)
        embeddings, counts = self._integrate(encoded, lengths)
        if embeddings.shape[1] == 0:
            return [()] * len(batch)
        ids, confidences, biased = self._tokens(encoded, lengths, embeddings, counts)
        fires = self._fires(encoded, lengths, counts)
        columns = [part.cpu() for part in (ids, confidences, biased, fires)]
        rows = zip(counts.tolist(), batch, strict=True)
        return [
            self._spell(
                *(column[row, :count].tolist() for column in columns), duration_ms=_ms(samples)
            )
            for row, (count, samples) in enumerate(rows)
        ]

    def _features(self, batch: Sequence[FloatArray]) -> tuple[torch.Tensor, torch.Tensor]:
        """float32 [batch, frames, stack * 80], zero beyond each length, and int64 [batch]."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        rows = []
        for samples in batch:
            # The samples are read-only on purpose; torch has no such tensors and would warn.
            sound = torch.tensor(samples, device=self._shift.device)
            stacked = low_frame_rate(fbank(sound), stack=self._stack, step=self._step)
            rows.append((stacked + self._shift) * self._scale)
        lengths = torch.tensor([len(row) for row in rows], device=self._shift.device)
        return pad_sequence(rows, batch_first=True), lengths

    def _encode(self, frames: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """float32 [batch, frames, dim], zero beyond each length."""
        with self._device.autocast():
            encoded = self._model.encoder(frames, lengths)[0]
        # Whatever the encoder left in the padding would leak into the last tokens through the
        # predictor's convolution.
        masked: torch.Tensor = encoded.float() * _mask(lengths, encoded.shape[1])[:, :, None]
        return masked

    def _integrate(
        self, encoded: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Token embeddings float32 [batch, tokens, dim] and their numbers int64 [batch]."""
        return integrate(*self._token_weights(encoded, lengths))

    def _fires(
        self, encoded: torch.Tensor, lengths: torch.Tensor, counts: torch.Tensor
    ) -> torch.Tensor:
        """The fine frame in which each token fires: int64 [batch, tokens]."""
        return fire_frames(self._time_weights(encoded, lengths), counts)

    def _token_weights(
        self, encoded: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """CIF's input: frames float32 [batch, frames + 1, dim], weights [batch, frames + 1].

        The extra frame holds a fixed weight that lets a last, half-spoken token fire.
        """
        import torch
        from torch.nn.functional import pad

        head = self._model.predictor
        context = torch.relu(head.cif_conv1d(head.pad(encoded.transpose(1, 2)))).transpose(1, 2)
        weights = torch.sigmoid(head.cif_output(context)).squeeze(-1)
        weights = torch.relu(weights * head.smooth_factor - head.noise_threshold)
        weights = pad(weights * _mask(lengths, encoded.shape[1]), (0, 1))
        weights.scatter_add_(
            1, lengths[:, None], torch.full_like(weights[:, :1], head.tail_threshold)
        )
        return pad(encoded, (0, 0, 0, 1)), weights

    def _time_weights(self, encoded: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """float32 [batch, 3 * frames]: the timing head, on frames of `FINE_FRAME_MS`."""
        import torch
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        head = self._model.predictor
        fine = head.upsample_cnn(encoded.transpose(1, 2)).transpose(1, 2)
        fine_lengths = lengths * head.upsample_times
        packed = pack_padded_sequence(
            fine, fine_lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        fine, _ = pad_packed_sequence(
            head.blstm(packed)[0], batch_first=True, total_length=fine.shape[1]
        )
        weights = torch.sigmoid(head.cif_output2(fine)).squeeze(-1)
        weights = torch.relu(weights * head.smooth_factor2 - head.noise_threshold2)
        return weights * _mask(fine_lengths, fine.shape[1])

    def _tokens(
        self,
        encoded: torch.Tensor,
        lengths: torch.Tensor,
        embeddings: torch.Tensor,
        counts: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Token ids int64, confidences float32 and "by a hotword" bool, each [batch, tokens]."""
        import torch

        with self._device.autocast():
            scores, hidden, _ = self._model.decoder(
                encoded, lengths, embeddings, counts, return_hidden=True, return_both=True
            )
            log_probs = torch.log_softmax(scores.float(), dim=-1)
            biased = torch.zeros_like(log_probs[:, :, 0], dtype=torch.bool)
            if self._memory is not None:
                mask = _mask(counts, embeddings.shape[1])[:, :, None]
                proposed, biased = self._bias.propose(
                    self._memory, log_probs, embeddings, hidden, mask
                )
                log_probs = torch.where(biased[:, :, None], proposed, log_probs)
        best, ids = log_probs.max(dim=-1)
        return ids, best.exp(), biased

    def _spell(
        self,
        ids: list[int],
        confidences: list[float],
        biased: list[bool],
        fires: list[int],
        *,
        duration_ms: Millis,
    ) -> tuple[Token, ...]:
        """Words with times out of the token ids of one span."""
        fired = (max(0, fire * FINE_FRAME_MS - FIRE_LEAD_MS) for fire in fires)
        starts = [min(start, duration_ms) for start in fired]
        ends = [
            min(following, start + LONGEST_TOKEN_MS)
            for start, following in pairwise((*starts, duration_ms))
        ]
        return tuple(
            Token(
                text,
                starts[first],
                ends[last - 1],
                sum(confidences[first:last]) / (last - first),
                any(biased[first:last]),
            )
            for text, first, last in self._spelling.merge(ids)
        )


def _mask(lengths: torch.Tensor, size: int) -> torch.Tensor:
    """float32 [batch, size]: 1 inside each length."""
    import torch

    return (torch.arange(size, device=lengths.device) < lengths[:, None]).float()


def _ms(samples: FloatArray) -> Millis:
    return len(samples) // SAMPLES_PER_MS


def _quantise(model: Any) -> None:
    """Replace the large matrix products by dynamic int8 ones (x86 and ARM CPUs)."""
    import warnings

    import torch

    with warnings.catch_warnings():
        # torch announces a successor in another package; this one needs nothing more.
        warnings.simplefilter("ignore")
        for part in (model.encoder, model.decoder):
            torch.ao.quantization.quantize_dynamic(  # type: ignore[no-untyped-call]
                part, {torch.nn.Linear}, dtype=torch.qint8, inplace=True
            )


def _translate(error: RuntimeError, spans: int) -> Exception:
    """What a RuntimeError of torch means for the run."""
    text = first_line(error)
    if "can't allocate memory" in text or "out of memory" in text:
        return DeviceMemoryError(f"{spans} spans did not fit into memory")
    if "CUDA error" in text or "cuDNN error" in text:
        return RunError(f"the device failed: {text}; start again, or try --device cpu")
    return RecordingError(f"the recogniser failed: {text}")
