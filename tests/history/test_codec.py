"""What goes into the journal comes out of it, bit by bit."""

from __future__ import annotations

import dataclasses
import enum
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from asrcli.acoustics import Sound
from asrcli.history.codec import as_text, pack, unpack
from asrcli.values import Decoded, RunContext, SourceFile, SpeechSpan, Token, Transcript
from tests.values_samples import context, decoded_spans, transcripts

if TYPE_CHECKING:
    from collections.abc import Hashable


@examples(max_examples=60)
@given(transcripts())
def test_any_transcript(transcript: Transcript) -> None:
    assert unpack(pack(transcript, Transcript), Transcript) == transcript


@examples(max_examples=60)
@given(decoded_spans(lawful=False))
def test_any_decoded_span(decoded: tuple[Decoded, ...]) -> None:
    for item in decoded:
        assert unpack(pack(item, Decoded), Decoded) == item


def test_what_is_not_compared_is_kept_too() -> None:
    span = SpeechSpan(1, 16, 32, sound=Sound(-20.5, -60.25, 0.1), channel=1)
    back = unpack(pack(span, SpeechSpan), SpeechSpan)
    assert back == span
    assert back.sound == span.sound


def test_a_context_and_a_name_that_is_no_text() -> None:
    assert unpack(pack(context(), RunContext), RunContext) == context()
    odd = SourceFile(Path("/a/\udcff.wav"), PurePath("\udcff.wav"), 1, 2)
    assert unpack(pack(odd, SourceFile), SourceFile) == odd


@given(st.floats(allow_nan=False))
def test_floats_come_back_bit_by_bit(value: float) -> None:
    token = Token("字", 0, 1, value)
    assert unpack(pack(token, Token), Token) == token


class Colour(enum.Enum):
    """A choice."""

    RED = "red"


@dataclass(frozen=True)
class Old:
    """A value as an earlier version wrote it."""

    name: str
    parts: tuple[Token, ...] = ()


@dataclass(frozen=True)
class New:
    """The same with fields that came later."""

    name: str
    parts: tuple[Token, ...] = ()
    colour: Colour | None = None
    sizes: tuple[int, ...] = (1,)
    pairs: tuple[tuple[str, float], ...] = ()


def test_a_field_that_came_later_has_its_default() -> None:
    old = pack(Old("a", (Token("字", 0, 1, 0.5),)), Old)
    assert unpack(old, New) == New("a", (Token("字", 0, 1, 0.5),))


def test_a_field_that_is_gone_is_passed_over() -> None:
    new = New("a", (), Colour.RED, (2, 3), (("x", 0.5),))
    assert unpack(pack(new, New), New) == new
    assert unpack(pack(new, New), Old) == Old("a")


@pytest.mark.parametrize("kind", [dict[str, int], set, int | str, list[int], object])
def test_a_type_without_a_form_is_refused(kind: Hashable) -> None:
    with pytest.raises(TypeError, match="no stored form"):
        pack({}, kind)


def test_damage_is_noticed() -> None:
    good = pack(Token("字", 0, 1, 0.5), Token)
    for bad in (b"", good[:-3], zlib.compress(b"\xff"), zlib.compress(b"[1]"), zlib.compress(b"")):
        with pytest.raises(ValueError, match=r"."):
            unpack(bad, Token)


def test_a_missing_field_without_a_default_is_damage() -> None:
    with pytest.raises(ValueError, match="not a stored"):
        unpack(zlib.compress(b'{"text":"x"}'), Token)


def test_every_value_of_a_transcript_has_a_form() -> None:
    names = {field.name for field in dataclasses.fields(Transcript)}
    assert {"sentences", "cues", "context"} <= names
    assert as_text("a\udcffb") == "a\\udcffb"
