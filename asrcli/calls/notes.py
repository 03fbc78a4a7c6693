"""What a person should know of the sound of a recording, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.acoustics import Stereo

if TYPE_CHECKING:
    from asrcli.values import Track, Transcript

TELEPHONE_HZ = 4_000

_CHANNELS = {
    Stereo.DUAL: "all channels hold the same sound",
    Stereo.INVERTED: "all channels hold the same sound, but some of them inverted",
    Stereo.ONE_SIDED: "only one channel holds sound",
}


def notes(transcript: Transcript) -> tuple[str, ...]:
    """Remarks on a transcript's recording; none where its sound is as it should be."""
    acoustics, rate_hz = transcript.acoustics, transcript.source_rate_hz
    if acoustics is None:
        return ()
    mixed = not transcript.lanes and transcript.channel is None
    found = []
    if acoustics.band_hz <= TELEPHONE_HZ:
        converted = ", though the file could hold more" if rate_hz > 2 * TELEPHONE_HZ else ""
        found.append(f"telephone sound: nothing above {acoustics.band_hz} Hz{converted}")
    if acoustics.stereo in _CHANNELS:
        found.append(_CHANNELS[acoustics.stereo])
    if mixed and acoustics.stereo is Stereo.INVERTED:
        found.append("mixed they cancel out: take --channels auto")
    if mixed and acoustics.stereo is Stereo.SPEAKERS:
        found.append("every channel has its own speaker: --channels auto keeps them apart")
    return tuple(found)


def has_speakers(transcript: Transcript) -> bool:
    """Whether its channels are people: not where all were mixed, or hold the same sound."""
    if transcript.lanes or transcript.channel is None:
        return bool(transcript.lanes)
    acoustics = transcript.acoustics
    return acoustics is None or acoustics.stereo not in {Stereo.DUAL, Stereo.INVERTED}


def why_silent(track: Track) -> str:
    """What to add where nothing was heard, for example in channels that cancel out."""
    if track.channel is None and track.acoustics and track.acoustics.stereo is Stereo.INVERTED:
        return "; some channels are others inverted, and mixed they cancel out: --channels auto"
    return ""
