"""FSMN-VAD: finds speech.

The network is FunASR's deep feed-forward sequential memory network (Zhang et al. 2018,
https://arxiv.org/abs/1803.05030), which gives every 10 ms a probability of silence. What follows
is a state machine of our own that decides as FunASR's does with a fixed end silence. FunASR's
default lengthens and shortens that silence by a schedule that starts anew every 60 s, so that the
same speech is split differently depending on where it stands in a file.

Nothing cuts a region here, however long it is: that is the split stage's work, which looks for a
quiet place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from asrcli.clock import SAMPLE_RATE, Millis, Samples
from asrcli.engines import vendor
from asrcli.engines.features import (
    FRAME_LENGTH,
    FRAME_SHIFT,
    N_MELS,
    fbank,
    low_frame_rate,
    read_cmvn,
)
from asrcli.engines.samples import check_samples
from asrcli.engines.weights import load_strictly, read_config
from asrcli.errors import ModelError, RunError
from asrcli.values import ModelInfo
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from asrcli.values import FloatArray

FRAME_MS: Millis = 10

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When speech begins and ends; everything but the margin counts frames of 10 ms.

    A frame is speech where its probability of speech exceeds that of silence by `margin`. Of the
    last `window` frames at least `onset` must be speech for speech to begin, and at most `release`
    for silence to begin. A region starts `look_back` frames before speech begins; it ends when the
    silence has lasted `patience` frames, the last `trim` of which do not belong to it.
    """

    margin: float
    window: int
    onset: int
    release: int
    look_back: int
    patience: int
    trim: int

    @classmethod
    def read(cls, conf: Mapping[str, Any], max_silence_ms: Millis) -> Rule:
        """From the `model_conf` of a checkpoint, with our own longest silence.

        Raises:
            KeyError: a setting is missing.
            TypeError, ValueError: one is not a number.
        """

        def frames(name: str) -> int:
            return int(conf[name]) // FRAME_MS

        # Before silence begins, the window has already been mostly silent for a while.
        wait_ms = max_silence_ms - int(conf["speech_to_sil_time_thres"])
        return cls(
            margin=float(conf["speech_noise_thres"]),
            window=frames("window_size_ms"),
            onset=frames("sil_to_speech_time_thres"),
            release=frames("speech_to_sil_time_thres"),
            look_back=frames("window_size_ms") + frames("lookback_time_start_point"),
            patience=max(1, math.ceil(wait_ms / FRAME_MS)),
            trim=max(0, wait_ms // FRAME_MS - frames("lookahead_time_end_point") - 1),
        )


def find_regions(speech: npt.NDArray[np.bool_], rule: Rule) -> list[tuple[int, int]]:
    """Regions of speech from a decision for every frame.

    Args:
        speech: bool [n_frames].
        rule: when speech begins and ends.

    Returns:
        (start, end) in frames, half-open, ordered, disjoint. Speech that the recording cuts off
        ends with it.
    """
    total = [0, *np.cumsum(speech).tolist()]
    regions: list[tuple[int, int]] = []
    start: int | None = None
    voiced = False
    silent = seen_from = free_from = 0
    for now in range(len(speech)):
        heard = total[now + 1] - total[max(seen_from, now + 1 - rule.window)]
        if voiced:
            voiced = heard > rule.release
            silent = 0
        elif heard >= rule.onset:
            voiced = True
            if start is None:
                start = max(free_from, now - rule.look_back)
        else:
            silent += 1
            if start is not None and silent >= rule.patience:
                free_from = now + 1 - rule.trim
                regions.append((start, free_from))
                start, seen_from = None, now + 1
    if start is not None:
        regions.append((start, len(speech)))
    return regions


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
        self._encoder = _encoder(folder, config).to(device)
        self._silence_ids = _silence_ids(folder, config)
        self._stack = _stack(folder, config)
        shift, scale = read_cmvn(folder / "am.mvn", self._stack * N_MELS)
        self._shift, self._scale = shift.to(device), scale.to(device)

    def speech(self, samples: FloatArray) -> tuple[tuple[Samples, Samples], ...]:
        """Stretches of speech of any length in float32 [n_samples]; see `Vad.speech`.

        Raises:
            RecordingError: the samples break the contract.
            RunError: the device failed.
        """
        import torch

        check_samples(samples)
        try:
            with torch.inference_mode():
                silence = self._silence(samples)
        except RuntimeError as error:
            raise RunError(
                f"the VAD failed on {self._shift.device}: {first_line(error)}"
            ) from error
        is_speech = 1.0 - silence >= silence + self._rule.margin
        # A frame is longer than the shift, so that even the last region ends inside the recording.
        regions = find_regions(is_speech, self._rule)
        return tuple((start * FRAME_SHIFT, end * FRAME_SHIFT) for start, end in regions)

    def _silence(self, samples: FloatArray) -> npt.NDArray[np.float64]:
        """The probability of silence, float64 [n_frames]."""
        n_frames = _frame_count(samples)
        silence = np.empty(n_frames, dtype=np.float64)
        memory: dict[str, torch.Tensor] = {}
        for first in range(0, n_frames, CHUNK_FRAMES):
            last = min(first + CHUNK_FRAMES, n_frames)
            scores = self._encoder(self._features(samples, first, last)[None], memory)[0]
            silence[first:last] = scores[:, self._silence_ids].sum(dim=1).cpu().numpy()
        return silence

    def _features(self, samples: FloatArray, first: int, last: int) -> torch.Tensor:
        """Normalised, stacked features of the frames [first, last), float32 [frames, dim].

        A stack reaches over neighbouring frames, so that those are computed too, and dropped.
        """
        import torch

        low, high = max(0, first - self._stack), min(_frame_count(samples), last + self._stack)
        sound = samples[low * FRAME_SHIFT : (high - 1) * FRAME_SHIFT + FRAME_LENGTH]
        # A copy, because the samples are read-only on purpose and torch has no such tensors.
        frames = fbank(torch.tensor(sound, device=self._shift.device))
        stacked = low_frame_rate(frames, stack=self._stack, step=1)[first - low : last - low]
        return (stacked + self._shift) * self._scale


def _frame_count(samples: FloatArray) -> int:
    return (len(samples) - FRAME_LENGTH) // FRAME_SHIFT + 1


def _rule(folder: Path, config: Mapping[str, Any], max_silence_ms: Millis) -> Rule:
    path = folder / "config.yaml"
    if config.get("model") != "FsmnVADStreaming" or config.get("encoder") != "FSMN":
        raise ModelError(f"{path}: not an FSMN-VAD model; choose another with --vad")
    model_conf, frontend_conf = config.get("model_conf"), config.get("frontend_conf")
    if not isinstance(model_conf, dict) or not isinstance(frontend_conf, dict):
        raise ModelError(f"{path}: model_conf or frontend_conf is missing")
    for conf, wanted in ((model_conf, FIXED), (frontend_conf, FRONTEND)):
        for name, value in wanted.items():
            if conf.get(name, value) != value:
                raise ModelError(f"{path}: {name} is {conf[name]}, this program reads {value}")
    try:
        return Rule.read(model_conf, max_silence_ms)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: model_conf cannot be used: {error!r}") from error


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
    fsmn = vendor.load("models.fsmn_vad_streaming.encoder").FSMN
    try:
        # On the meta device nothing is allocated or drawn: the weights are mapped in afterwards.
        with torch.device("meta"):
            encoder = fsmn(**config["encoder_conf"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / 'config.yaml'}: cannot be built: {error}") from error
    # The tensors of the checkpoint are named from the whole model, of which this is the only part.
    load_strictly(torch.nn.ModuleDict({"encoder": encoder}), folder)
    return encoder
