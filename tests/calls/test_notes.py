from __future__ import annotations

from dataclasses import replace

import pytest

from asrcli.acoustics import Acoustics, Stereo
from asrcli.calls.notes import has_speakers, notes, why_silent
from asrcli.values import Track
from tests.values_samples import HASH, source, timed, transcript


def notes_on(acoustics: Acoustics | None, rate_hz: int = 16_000, **changes: object) -> str:
    made = replace(
        transcript([timed("你好")]),
        acoustics=acoustics,
        source_rate_hz=rate_hz,
        **changes,  # type: ignore[arg-type]
    )
    return "; ".join(notes(made))


def test_nothing_to_say() -> None:
    assert notes_on(None) == ""
    assert notes_on(Acoustics(Stereo.MONO, 8_000)) == ""
    assert notes_on(Acoustics(Stereo.ROOM, 8_000)) == ""


def test_telephones() -> None:
    phone = Acoustics(Stereo.MONO, 4_000)
    assert notes_on(phone, 8_000) == "telephone sound: nothing above 4000 Hz"
    assert notes_on(phone, 16_000).endswith("4000 Hz, though the file could hold more")


def test_channels_that_cancel_out() -> None:
    inverted = Acoustics(Stereo.INVERTED, 8_000)
    assert notes_on(inverted).endswith("mixed they cancel out: take --channels auto")
    assert "cancel" not in notes_on(inverted, channel=0)


def test_speakers_that_were_mixed() -> None:
    call = Acoustics(Stereo.SPEAKERS, 8_000)
    assert notes_on(call).endswith("--channels auto keeps them apart")
    assert notes_on(call, lanes=(0, 1)) == ""


@pytest.mark.parametrize("kind", [Stereo.DUAL, Stereo.ONE_SIDED])
def test_channels_that_say_nothing_new(kind: Stereo) -> None:
    assert notes_on(Acoustics(kind, 8_000))


def test_why_nothing_was_heard() -> None:
    track = Track(source(), 16_000, None, 8_000, 2, HASH)
    assert why_silent(track) == ""
    inverted = replace(track, acoustics=Acoustics(Stereo.INVERTED, 4_000))
    assert why_silent(inverted).endswith("--channels auto")
    assert why_silent(replace(inverted, channel=1)) == ""


@pytest.mark.parametrize(
    ("channel", "lanes", "kind", "wanted"),
    [
        (None, (), Stereo.MONO, False),
        (None, (), Stereo.SPEAKERS, False),
        (None, (0, 1), Stereo.SPEAKERS, True),
        (None, (0, 1), Stereo.DUAL, True),
        (1, (), Stereo.SPEAKERS, True),
        (1, (), Stereo.ONE_SIDED, True),
        (0, (), Stereo.INVERTED, False),
        (0, (), Stereo.DUAL, False),
    ],
)
def test_whose_names_are_shown(
    channel: int | None, lanes: tuple[int, ...], kind: Stereo, wanted: bool
) -> None:
    made = replace(transcript([timed("你好")]), channel=channel, lanes=lanes)
    assert has_speakers(replace(made, acoustics=Acoustics(kind, 8_000))) is wanted
    assert has_speakers(made) is (bool(lanes) or channel is not None)
