"""FSMN-VAD: finds speech.

The network is FunASR's deep feed-forward sequential memory network (Zhang et al. 2018,
https://arxiv.org/abs/1803.05030), which gives every 10 ms a probability of silence. What follows
(`regions`) decides as FunASR's state machine does with a fixed end silence. FunASR's
default lengthens and shortens that silence by a schedule that starts anew every 60 s, so that the
same speech is split differently depending on where it stands in a file.

Nothing cuts a region here, however long it is: that is the split stage's work, which looks for a
quiet place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from asrcli.clock import SAMPLE_RATE, Millis, Samples
from asrcli.engines import vendor
from asrcli.engines.base import FRAME_SHIFT, MIN_SAMPLES, Speech, frame_count
from asrcli.engines.features import N_MELS, fbank, read_cmvn
from asrcli.engines.fsmn import Fsmn, neighbours
from asrcli.engines.regions import FRAME_MS, RegionFinder, Rule
from asrcli.engines.samples import check_block, check_length, check_samples
from asrcli.engines.weights import building, load_strictly, read_config
from asrcli.errors import ModelError, RunError
from asrcli.values import ModelInfo
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from asrcli.engines.fsmn import Memory
    from asrcli.values import FloatArray

    Probabilities: TypeAlias = npt.NDArray[np.float64]

ENCODER = "models.fsmn_vad_streaming.encoder"
"""FunASR's module that holds the network."""

CHUNK_FRAMES = 1_000
"""10 s go through the network at once; its memory is carried over, so the result is that of one
pass while the working memory does not grow with the recording."""

FIXED = {
    "sample_rate": SAMPLE_RATE,
    "frame_in_ms": FRAME_MS,
    "detect_mode": 1,
    "do_extend": 1,
    "snr_thres": -100.0,
    "decibel_thres": -100.0,
    "speech_2_noise_ratio": 1.0,
}
"""Settings of the checkpoint for which the probability of silence alone decides, as every
published FSMN-VAD has them. With others this program would split differently than FunASR."""

FRONTEND = {
    "fs": SAMPLE_RATE,
    "window": "hamming",
    "n_mels": N_MELS,
    "frame_length": 25,
    "frame_shift": FRAME_MS,
    "lfr_n": 1,
}
"""What `features.fbank` computes, one stack every frame. Nothing is ever dithered here, whatever
the file says: decisions would be random."""

NETWORK = {"rorder": 0, "use_softmax": True}
"""What `fsmn.Fsmn` computes; a network that looks ahead cannot go through a recording in pieces."""


class FsmnVad:
    """The VAD; see `asrcli.engines.base.Vad` for the contract."""

    def __init__(
        self,
        folder: Path,
        *,
        max_silence_ms: Millis,
        name: str,
        sha256: str,
        device: str = "cpu",
        threshold: float | None = None,
    ) -> None:
        """Load a model folder.

        Args:
            folder: `config.yaml`, `model.pt` and `am.mvn` as FunASR publishes them.
            max_silence_ms: the pause that ends a region.
            name: for the transcript.
            sha256: of the folder, for the transcript and the resume key.
            device: as torch spells it.
            threshold: the probability of speech from which on a frame counts as speech, 0 to 1;
                None for that of the checkpoint.

        Raises:
            ModelError: anything about the folder that does not fit.
        """
        config = read_config(folder)
        self.info = ModelInfo("vad", name, sha256)
        self._rule = _rule(folder, config, max_silence_ms)
        if threshold is not None:
            self._rule = replace(self._rule, margin=2 * threshold - 1)
        encoder = _encoder(folder, config).to(device)
        self._silence_ids = _silence_ids(folder, config)
        self._stack = _stack(folder, config)
        shift, scale = read_cmvn(folder / "am.mvn", self._stack * N_MELS)
        self._encoder = Fsmn(encoder, shift.to(device), scale.to(device))
        self._device = device

    def speech(self, samples: FloatArray) -> tuple[tuple[Samples, Samples], ...]:
        """Stretches of speech of any length in float32 [n_samples]; see `Vad.speech`.

        Raises:
            RecordingError: the samples break the contract.
            RunError: the device failed.
        """
        check_samples(samples)
        stream = self.listen()
        return stream.feed(samples).regions + stream.finish().regions

    def listen(self) -> FsmnStream:
        """Begin to listen to a recording that comes in pieces; see `Vad.listen`."""
        return FsmnStream(self._rule, self._stack, self._silence)

    def _silence(
        self, sound: FloatArray, frames: slice, memory: Memory
    ) -> tuple[Probabilities, FloatArray]:
        """The probability of silence of `frames` among those of `sound`, float64 [n_frames].

        Also their log-mel features, float32 [n_frames, 80].
        """
        import torch

        try:
            with torch.inference_mode():
                # A copy, because samples are read-only on purpose and torch has no such tensors.
                mel = fbank(torch.tensor(sound, device=self._device))
                stacked = neighbours(mel, self._stack)[frames]
                scores = self._encoder.forward(stacked, memory)
                silence = scores[:, self._silence_ids].sum(dim=1)
        except RuntimeError as error:
            raise RunError(f"the VAD failed on {self._device}: {first_line(error)}") from error
        probabilities: Probabilities = silence.cpu().numpy().astype(np.float64)
        return probabilities, mel[frames].cpu().numpy()


class FsmnStream:
    """Listens to one recording; see `asrcli.engines.base.VadStream` for the contract.

    The network takes `CHUNK_FRAMES` at a time, counted from the recording's start, so that no
    probability depends on the pieces. A stack of frames reaches over neighbouring frames: those
    are computed too, and dropped.
    """

    def __init__(
        self,
        rule: Rule,
        stack: int,
        silence: Callable[[FloatArray, slice, Memory], tuple[Probabilities, FloatArray]],
    ) -> None:
        self._rule, self._stack, self._silence = rule, stack, silence
        self._finder = RegionFinder(rule)
        self._memory: Memory = {}
        self._blocks: list[FloatArray] = []
        self._mel: list[FloatArray] = []
        """Of the frames that were decided since the caller was last told."""
        self._low = self._next = 0
        """The frame with which `_blocks` begin, and the next one to be decided."""
        self._taken = 0

    def feed(self, samples: FloatArray) -> Speech:
        """Take the next float32 [n_samples]; see `VadStream.feed`.

        Raises:
            RecordingError: the samples break the contract.
            RunError: the device failed.
        """
        check_block(samples)
        self._blocks.append(samples)
        self._taken += len(samples)
        regions: list[tuple[int, int]] = []
        while self._next + CHUNK_FRAMES + self._stack <= frame_count(self._taken):
            regions += self._decide(self._next + CHUNK_FRAMES)
        return self._speech(regions)

    def finish(self) -> Speech:
        """Decide the rest; see `VadStream.finish`.

        Raises:
            RecordingError: there were too few samples.
            RunError: the device failed.
        """
        check_length(self._taken)
        count = frame_count(self._taken)
        regions: list[tuple[int, int]] = []
        while self._next < count:
            regions += self._decide(min(self._next + CHUNK_FRAMES, count))
        return self._speech(regions + self._finder.finish())

    def _decide(self, last: int) -> list[tuple[int, int]]:
        """Frames from the next one to `last`, which need what lies around them."""
        sound = self._blocks[0] if len(self._blocks) == 1 else np.concatenate(self._blocks)
        high = min(frame_count(self._taken), last + self._stack)
        needed = sound[: (high - 1 - self._low) * FRAME_SHIFT + MIN_SAMPLES]
        frames = slice(self._next - self._low, last - self._low)
        silence, mel = self._silence(needed, frames, self._memory)
        self._mel.append(mel)
        keep_from = max(0, last - self._stack)
        self._blocks = [sound[(keep_from - self._low) * FRAME_SHIFT :]]
        self._low, self._next = keep_from, last
        return self._finder.feed(1.0 - silence >= silence + self._rule.margin)

    def _speech(self, regions: list[tuple[int, int]]) -> Speech:
        finder, mel = self._finder, self._mel
        self._mel = []
        # A frame is longer than the shift, so that even the last region ends inside the recording.
        return Speech(
            regions=tuple((start * FRAME_SHIFT, end * FRAME_SHIFT) for start, end in regions),
            open=None if finder.open is None else finder.open * FRAME_SHIFT,
            reaches=finder.reaches * FRAME_SHIFT,
            settled=finder.settled * FRAME_SHIFT,
            mel=np.concatenate(mel) if mel else None,
        )


def _rule(folder: Path, config: Mapping[str, Any], max_silence_ms: Millis) -> Rule:
    path = folder / "config.yaml"
    if config.get("model") != "FsmnVADStreaming" or config.get("encoder") != "FSMN":
        raise ModelError(f"{path}: not an FSMN-VAD model; choose another with --vad")
    model_conf, frontend_conf = config.get("model_conf"), config.get("frontend_conf")
    if not isinstance(model_conf, dict) or not isinstance(frontend_conf, dict):
        raise ModelError(f"{path}: model_conf or frontend_conf is missing")
    for conf, wanted in ((model_conf, FIXED), (frontend_conf, FRONTEND)):
        _require(path, conf, wanted)
    try:
        return Rule.read(model_conf, max_silence_ms)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: model_conf cannot be used: {error!r}") from error


def _require(path: Path, conf: Mapping[str, Any], wanted: Mapping[str, object]) -> None:
    for name, value in wanted.items():
        if conf.get(name, value) != value:
            raise ModelError(f"{path}: {name} is {conf[name]}, this program reads {value}")


def _stack(folder: Path, config: Mapping[str, Any]) -> int:
    """Frames side by side in one input of the network."""
    found, size = config["frontend_conf"].get("lfr_m"), config["encoder_conf"]["input_dim"]
    if not isinstance(found, int) or found * N_MELS != size:
        path = folder / "config.yaml"
        raise ModelError(f"{path}: lfr_m is {found}, but the network takes {size} values")
    return found


def _silence_ids(folder: Path, config: Mapping[str, Any]) -> list[int]:
    """The outputs of the network that together are the probability of silence."""
    found = config["model_conf"].get("sil_pdf_ids", [0])
    size = config["encoder_conf"]["output_dim"]
    if not isinstance(found, list) or not found or not all(i in range(size) for i in found):
        raise ModelError(f"{folder / 'config.yaml'}: sil_pdf_ids is {found}, outputs are 0..{size}")
    return found


def _encoder(folder: Path, config: Mapping[str, Any]) -> torch.nn.Module:
    import torch

    encoder: torch.nn.Module
    fsmn = vendor.load(ENCODER).FSMN
    with building(folder):
        encoder = fsmn(**config["encoder_conf"])
    _require(folder / "config.yaml", config["encoder_conf"], NETWORK)
    # The tensors of the checkpoint are named from the whole model, of which this is the only part.
    load_strictly(torch.nn.ModuleDict({"encoder": encoder}), folder)
    return encoder
