"""What a run of `asr vad split` was told, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.segments.manifests import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINERS = ("wav", "flac", "none")
LONGEST_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """Options that no other command has.

    `min_speech_ms`, `pad_ms`, `merge_gap_ms`: milliseconds. `threshold`: the probability of speech
    from which on a frame counts as speech, None for the model's own.
    """

    min_speech_ms: int = 0
    pad_ms: int = 0
    merge_gap_ms: int = 0
    threshold: float | None = None
    container: str = "wav"
    original: bool = False
    gaps: bool = False
    manifests: tuple[str, ...] = ("csv",)


def read_cutting(flags: Mapping[str, object]) -> Cutting:
    """From options as they were typed; None means that one was not given.

    Raises:
        UsageError: a value that cannot be right.
    """
    threshold = flags.get("threshold")
    cutting = Cutting(
        min_speech_ms=_milliseconds("--min-speech", flags.get("min_speech")),
        pad_ms=_milliseconds("--pad", flags.get("pad")),
        merge_gap_ms=_milliseconds("--merge-gap", flags.get("merge_gap")),
        threshold=None if threshold is None else _probability(threshold),
        container=_container(flags.get("audio")),
        original=bool(flags.get("original")),
        gaps=bool(flags.get("gaps")),
        manifests=_manifests(flags.get("manifest")),
    )
    for option, asked in (("--original", cutting.original), ("--gaps", cutting.gaps)):
        if asked and cutting.container == "none":
            raise UsageError(f"{option} has no meaning with --audio none; leave out one of them")
    if cutting.container == "none" and not cutting.manifests:
        raise UsageError("--audio none and --manifest none leave nothing to write")
    return cutting


def _milliseconds(option: str, value: object) -> int:
    if value is None:
        return 0
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal()) or int(text) > LONGEST_MS:
        raise UsageError(
            f"{option}: {value!r} must be a whole number of milliseconds from 0 to {LONGEST_MS}"
        )
    return int(text)


def _probability(value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 1:
        raise UsageError(f"--threshold: {value!r} must be a probability from 0 to 1")
    return number


def _container(value: object) -> str:
    word = "wav" if value is None else str(value).strip().lower()
    if word not in CONTAINERS:
        raise UsageError(f"--audio: {value!r} must be one of {', '.join(CONTAINERS)}")
    return word


def _manifests(value: object) -> tuple[str, ...]:
    if value is None:
        return ("csv",)
    names = tuple(dict.fromkeys(word.strip().lower() for word in str(value).split(",")))
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise UsageError(
            f"--manifest: {unknown[0]!r} is no manifest; choose from {', '.join(NAMES)}, or none"
        )
    return names
