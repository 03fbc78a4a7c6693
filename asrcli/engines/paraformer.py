"""SeACo-Paraformer: batches of spans in, tokens with times and confidences out.

Paraformer (Gao et al. 2022, https://arxiv.org/abs/2206.08317) predicts how many tokens a span
holds, gathers one embedding for each (CIF) and decodes all of them at once; a second, finer CIF
gives the times; the hotword branch corrects names. The weights are FunASR's; the way through them
is ours, because every span must get the text that it would get alone, and faster: see `sanm`,
`timing` and `bias`. How many tokens a span holds is the one thing that the host waits for.
"""

from __future__ import annotations

import copy
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from asrcli.clock import SAMPLE_RATE, samples_to_ms
from asrcli.engines.base import frame_count
from asrcli.engines.bias import BiasBranch, Memory
from asrcli.engines.budget import Budget, bytes_per_second
from asrcli.engines.cif import fire_frames, integrate
from asrcli.engines.features import N_MELS, fbank, low_frame_rates, read_cmvn
from asrcli.engines.padding import Padding
from asrcli.engines.products import Products
from asrcli.engines.samples import check_mel, check_samples, span_length
from asrcli.engines.sanm import Decoder, Encoder
from asrcli.engines.seaco import build
from asrcli.engines.spelling import Spelling
from asrcli.engines.store import cache_folder
from asrcli.engines.timing import TimingHead
from asrcli.errors import DeviceMemoryError, RecordingError, RunError
from asrcli.values import DroppedHotword, HotwordSet, ModelInfo, Token
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch

    from asrcli.clock import Millis
    from asrcli.engines.device import Device
    from asrcli.engines.spare import Spare
    from asrcli.values import FloatArray

FINE_FRAME_MS = 20
"""The timing head works on frames of 60 ms, each divided by three."""

FIRE_LEAD_MS = 30
"""The timing head fires this long after a token has begun: FunASR's shift of 1.5 frames."""

LONGEST_TOKEN_MS = 240
"""A token that lasts longer holds silence: FunASR's limit of 12 frames."""


class Paraformer:
    """The recogniser; see `asrcli.engines.base.Asr` for the contract."""

    takes_mel = True

    def __init__(
        self,
        folder: Path,
        *,
        device: Device,
        name: str,
        sha256: str,
        spare: Spare | None = None,
    ) -> None:
        """Load a model folder.

        Args:
            folder: as FunASR publishes them.
            device: where it runs, in which number format.
            name: for the transcript.
            sha256: of the folder, for the transcript and the resume key.
            spare: decodes a span that does not fit into the device; None where there is nobody.

        Raises:
            ModelError: anything about the folder that does not fit.
        """
        self.info = ModelInfo("asr", name, sha256)
        self._device = device
        self._spelling = Spelling.read(folder)
        model, config = build(folder, vocabulary=len(self._spelling.tokens))
        products = Products(device)
        frontend = config["frontend_conf"]
        self._stack, self._step = int(frontend["lfr_m"]), int(frontend["lfr_n"])
        cmvn = read_cmvn(folder / "am.mvn", self._stack * N_MELS)
        self._shift, self._scale = (part.to(device.torch()) for part in cmvn)
        self._model = model.to(device.torch())
        self._encoder = Encoder(model.encoder, products)
        self._decoder = Decoder(model.decoder, products)
        self._timing = TimingHead(model.predictor, device, products)
        self._bias = BiasBranch(model, model.NO_BIAS, products)
        if device.precision != "fp32":
            _drop_converted(model)
        self._memory: Memory | None = None
        self._hotwords, self._spare = HotwordSet(), spare
        self._budget = Budget(
            device, sha256, cost=_cost(config, len(self._spelling.tokens)), folder=cache_folder()
        )

    def twin(self) -> Paraformer:
        """Another recogniser on the same weights, with hotwords of its own, for another thread."""
        return copy.copy(self)

    @property
    def batch_seconds(self) -> float:
        """Padded seconds of audio that a batch may hold on this device."""
        return self._budget.seconds()

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
        self._hotwords = hotwords
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
        """Recognise float32 [n_samples] or [n_frames, 80] each, together; see `Asr.decode`."""
        import torch

        if not batch:
            return []
        for sound in batch:
            _check(sound)
        seconds = len(batch) * max(map(span_length, batch)) / SAMPLE_RATE
        if len(batch) > 1 and seconds > self._budget.limit:
            raise DeviceMemoryError(f"{len(batch)} spans are more than what did not fit before")
        try:
            with torch.inference_mode():
                return self._decode(batch)
        except (RuntimeError, MemoryError) as error:
            failure = _translate(error, len(batch))
            failure.__cause__ = error
            # Whoever keeps the error would keep the tensors of the attempt.
            traceback.clear_frames(error.__traceback__)
        if not isinstance(failure, DeviceMemoryError):
            raise failure
        self._device.give_back()
        self._budget.overflowed(seconds)
        if len(batch) > 1 or self._spare is None:
            raise failure
        return [self._spare.decode(batch[0], self._hotwords)]

    def memory_peak(self) -> str:
        """One line about the device memory of this run, which is given back; empty on a CPU."""
        peak = self._device.peak_bytes()
        self._device.give_back()
        return "" if peak is None else f"{self._device.name}: at most {peak / 2**30:.1f} GiB in use"

    def _decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        import torch

        frames, padding = self._features(batch)
        encoded = self._encode(frames, padding)
        embeddings, counts = self._integrate(encoded, padding)
        if not any(counts):
            return [()] * len(batch)
        tokens = Padding.of(counts, embeddings.shape[1], encoded.device)
        ids, confidences, biased = self._tokens(encoded, padding, embeddings, tokens)
        fires = tokens.select(self._fires(encoded, padding, tokens))
        # One copy to the host for all that is left.
        rows = torch.stack([part.double() for part in (ids, confidences, biased, fires)]).cpu()
        return [
            self._spell(*part.tolist(), duration_ms=samples_to_ms(span_length(sound)))
            for part, sound in zip(torch.split(rows, counts, dim=1), batch, strict=True)
        ]

    def _features(self, batch: Sequence[FloatArray]) -> tuple[torch.Tensor, Padding]:
        """float32 [batch, frames, stack * 80], zero beyond each length, and the padding."""
        from torch.nn.utils.rnn import pad_sequence

        # A CPU's caches hold one span; a GPU is given all of them in one copy.
        together = len(batch) if self._device.kind == "cuda" else 1
        rows: list[torch.Tensor] = []
        for first in range(0, len(batch), together):
            mel, counts = self._mel(batch[first : first + together])
            stacked = low_frame_rates(mel, counts, stack=self._stack, step=self._step)
            normal = (stacked + self._shift) * self._scale
            rows += [row[: -(-n // self._step)] for row, n in zip(normal, counts, strict=True)]
        frames = pad_sequence(rows, batch_first=True)
        return frames, Padding.of([len(row) for row in rows], frames.shape[1], frames.device)

    def _mel(self, sounds: Sequence[FloatArray]) -> tuple[torch.Tensor, list[int]]:
        """Log-mel features float32 [batch, longest, 80], and the number of frames of each."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        device = self._shift.device
        # Sounds are read-only on purpose; torch has no such tensors and would warn.
        rows = [torch.tensor(sound) for sound in sounds]
        if all(row.ndim == 1 for row in rows):
            counts = [frame_count(len(row)) for row in rows]
            return fbank(pad_sequence(rows, batch_first=True).to(device)), counts
        rows = [fbank(row) if row.ndim == 1 else row for row in rows]
        return pad_sequence(rows, batch_first=True).to(device), [len(row) for row in rows]

    def _encode(self, frames: torch.Tensor, padding: Padding) -> torch.Tensor:
        """float32 [batch, frames, dim], zero beyond each length.

        What lies in the padding would leak into the last tokens through the predictor.
        """
        return self._encoder(frames, padding)

    def _integrate(self, encoded: torch.Tensor, padding: Padding) -> tuple[torch.Tensor, list[int]]:
        """Token embeddings float32 [batch, tokens, dim] and the number of tokens of each span."""
        return integrate(*self._token_weights(encoded, padding))

    def _fires(self, encoded: torch.Tensor, padding: Padding, tokens: Padding) -> torch.Tensor:
        """The fine frame in which each token fires: int64 [batch, tokens]."""
        return fire_frames(self._timing(encoded, padding), tokens.lengths)

    def _token_weights(
        self, encoded: torch.Tensor, padding: Padding
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
        weights = pad(weights * padding.inside, (0, 1))
        ends = torch.tensor(padding.lengths, device=weights.device)[:, None]
        weights.scatter_(1, ends, head.tail_threshold)
        return pad(encoded, (0, 0, 0, 1)), weights

    def _tokens(
        self,
        encoded: torch.Tensor,
        padding: Padding,
        embeddings: torch.Tensor,
        tokens: Padding,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Ids int64, confidences float32 and "by a hotword" bool: [n], span after span."""
        import torch

        hidden = self._decoder.hidden(embeddings, tokens, encoded, padding)
        scores = self._decoder.scores(tokens.select(hidden))
        ids, confidences = _best(scores)
        biased = torch.zeros_like(ids, dtype=torch.bool)
        memory = self._memory
        if memory is not None:
            proposals, biased = self._bias.propose(memory, scores, embeddings, hidden, tokens)
            theirs, certain = _best(proposals)
            ids = torch.where(biased, theirs, ids)
            confidences = torch.where(biased, certain, confidences)
        return ids, confidences, biased

    def _spell(
        self,
        ids: list[float],
        confidences: list[float],
        biased: list[float],
        fires: list[float],
        *,
        duration_ms: Millis,
    ) -> tuple[Token, ...]:
        """Words with times out of the token ids of one span."""
        fired = (max(0, int(fire) * FINE_FRAME_MS - FIRE_LEAD_MS) for fire in fires)
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
            for text, first, last in self._spelling.merge([int(one) for one in ids])
        )


def _best(scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The likeliest of [n, vocabulary] and its probability: int64 and float32 [n]."""
    best, ids = scores.max(dim=-1)
    return ids, (best - scores.logsumexp(dim=-1)).exp()


def _check(sound: FloatArray) -> None:
    if sound.ndim == 1:
        check_samples(sound)
    else:
        check_mel(sound, N_MELS)


def _drop_converted(model: Any) -> None:
    """Let go of the float32 layers that `Products` has copies of."""
    model.encoder.encoders0 = model.encoder.encoders = None
    for decoder in (model.decoder, model.seaco_decoder):
        decoder.decoders = decoder.decoders3 = decoder.output_layer = None


def _cost(config: Mapping[str, Any], vocabulary: int) -> int:
    """Bytes for a padded second; sizes that the file leaves out are FunASR's defaults."""
    encoder = config.get("encoder_conf") or {}
    return bytes_per_second(
        width=int(encoder.get("output_size", 256)),
        feed_forward=int(encoder.get("linear_units", 2048)),
        vocabulary=vocabulary,
    )


def _translate(error: RuntimeError | MemoryError, spans: int) -> Exception:
    """What an error of torch means for the run."""
    import torch

    text = first_line(error)
    lacking = "can't allocate memory" in text or "out of memory" in text
    if lacking or isinstance(error, MemoryError | torch.OutOfMemoryError):
        return DeviceMemoryError(f"{spans} spans did not fit into memory")
    if "CUDA error" in text or "cuDNN error" in text:
        return RunError(f"the device failed: {text}; start again, or try --device cpu")
    return RecordingError(f"the recogniser failed: {text}")
