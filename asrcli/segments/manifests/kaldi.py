"""A Kaldi data folder: `segments`, `utt2spk` and `wav.scp`, which point into the recordings.

Every utterance is its own speaker, as nobody knows who speaks; so both columns sort the same way.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from asrcli.clock import SAMPLE_RATE, samples_to_ms
from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import recording_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList
    from asrcli.values import SpeechSpan


def segments(cuts: Sequence[CutList]) -> str:
    """`utterance recording start end`, seconds."""
    return "".join(
        f"{_utterance(cut, span)} {recording_id(cut)} {seconds(span.start)} {seconds(span.end)}\n"
        for cut in cuts
        for span in cut.spans
    )


def utt2spk(cuts: Sequence[CutList]) -> str:
    """`utterance utterance`."""
    names = [_utterance(cut, span) for cut in cuts for span in cut.spans]
    return "".join(f"{name} {name}\n" for name in names)


def wav_scp(cuts: Sequence[CutList]) -> str:
    """`recording file`; what is no plain 16 kHz wav of one channel comes through ffmpeg."""
    return "".join(f"{recording_id(cut)} {_input(cut)}\n" for cut in cuts if cut.spans)


def _utterance(cut: CutList, span: SpeechSpan) -> str:
    return f"{recording_id(cut)}-{samples_to_ms(span.start):09}-{samples_to_ms(span.end):09}"


def _input(cut: CutList) -> str:
    path = str(cut.source.path.absolute())
    plain = (cut.source_rate_hz, cut.source_channels) == (SAMPLE_RATE, 1)
    if plain and cut.source.path.suffix.lower() == ".wav":
        return path
    mono = "-ac 1" if cut.channel is None else f"-af 'pan=mono|c0=c{cut.channel}'"
    return f"ffmpeg -v error -i {shlex.quote(path)} {mono} -ar {SAMPLE_RATE} -f wav - |"
