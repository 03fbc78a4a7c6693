"""A survey counts every file once, names what cannot be read, and decodes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.dry_run import KIND_HEADINGS, UNREADABLE_HEADINGS, Survey, survey
from asrcli.errors import ExitCode, RecordingError
from asrcli.pipeline.load import Probe
from tests.values_samples import source

if TYPE_CHECKING:
    from asrcli.values import SourceFile

HEADS = {
    "a.wav": Probe(3_600_000, 16_000, 1, "wav pcm_16"),
    "b.wav": Probe(1_800_000, 16_000, 1, "wav pcm_16"),
    "客服/c.wav": Probe(60_000, 8_000, 2, "wav alaw"),
    "d.aac": Probe(None, 44_100, 2, "aac"),
}


def head(file: SourceFile) -> Probe:
    name = str(file.rel)
    if name not in HEADS:
        raise RecordingError("the file is empty")
    return HEADS[name]


def surveyed(*names: str) -> Survey:
    return survey([source(name) for name in names], head)


def test_the_tables() -> None:
    found = surveyed(*HEADS, "坏[1].wav", "e\n.wav")
    assert found.kind_rows() == [
        ("wav pcm_16", "16000 Hz", "1", "2", "1.5 h"),
        ("aac", "44100 Hz", "2", "1", "0.0 s + 1 unknown"),
        ("wav alaw", "8000 Hz", "2", "1", "1.0 min"),
    ]
    assert found.unreadable_rows() == [
        ("坏[1].wav", "the file is empty"),
        (r"e\n.wav", "the file is empty"),
    ]
    assert found.last_line() == "6 recordings, 1.5 h, 0.0 MB, 2 unreadable"


def test_rows_fit_their_headings() -> None:
    found = surveyed("a.wav", "bad.wav")
    assert [len(row) for row in found.kind_rows()] == [len(KIND_HEADINGS)]
    assert [len(row) for row in found.unreadable_rows()] == [len(UNREADABLE_HEADINGS)]
    assert found.last_line() == "2 recordings, 1.0 h, 0.0 MB, 1 unreadable"


def test_one_bad_file() -> None:
    found = surveyed("bad.wav")
    assert found.kind_rows() == []
    assert found.last_line() == "1 recording, 0.0 s, 0.0 MB, 1 unreadable"


@pytest.mark.parametrize(
    ("names", "allow_empty", "expected"),
    [
        ([], False, ExitCode.NOTHING_TO_DO),
        ([], True, ExitCode.OK),
        (["a.wav"], False, ExitCode.OK),
        (["a.wav", "bad.wav"], True, ExitCode.SOME_FAILED),
    ],
)
def test_the_exit_code(names: list[str], allow_empty: bool, expected: ExitCode) -> None:
    assert surveyed(*names).exit_code(allow_empty) is expected


@given(st.lists(st.sampled_from([*HEADS, "bad.wav", "worse.wav"])))
def test_every_file_is_counted_once(names: list[str]) -> None:
    found = surveyed(*names)
    assert found.files.total() + len(found.unreadable) == len(names)
    assert found.size_bytes == 44 * len(names)
    known = [HEADS[name].duration_ms or 0 for name in names if name in HEADS]
    assert found.audio_ms.total() == sum(known)
    assert found.unknown_length.total() == names.count("d.aac")
