"""Anything at all as a hotword list, settings, a manifest, a schedule or a recording.

Whatever is read, it is taken, or refused in one line by an error that asrcli foresaw. The number
of cases is fixed, and they are the same every time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asrcli.errors import AsrError, RecordingError, UsageError
from asrcli.hotwords.lists import read_hotwords
from asrcli.hotwords.scope import from_manifest
from asrcli.pipeline.discover import discover, sources_of
from asrcli.pipeline.load import load, probe
from asrcli.settings import SETTING_NAMES, read_config, resolve
from tests.faults.conftest import scaled
from tests.faults.hostile import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Tell = Callable[[str, int], None]

CASES = scaled(2000, 60)
fixed = settings(
    max_examples=CASES,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

LINES = st.one_of(
    st.binary(max_size=300),
    st.text(st.sampled_from("达摩院 ,;:\t\n\r\"'=>{}[]#1.5e9-|\\\0\ufefféÀ０"), max_size=120).map(
        lambda text: text.encode("utf-8")
    ),
    st.text(max_size=80).map(lambda text: text.encode("gb18030", "replace")),
)
SUFFIXES = st.sampled_from([".txt", ".csv", ".json", ".toml", ".xyz"])


def one_line(error: AsrError) -> None:
    assert len(str(error).splitlines()) == 1, str(error)


@pytest.fixture(autouse=True)
def _counted(tell: Tell, request: pytest.FixtureRequest) -> None:
    tell("fuzzed cases", CASES)


@fixed
@given(LINES, SUFFIXES)
def test_hotword_lists(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"words{suffix}"
    path.write_bytes(data)
    try:
        words = read_hotwords(path)
    except UsageError as error:
        one_line(error)
    else:
        assert all(text and weight > 0 for text, weight in words.words)


@fixed
@given(LINES)
def test_manifests(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(b"file,hotwords\n" + data)
    try:
        from_manifest(path, tmp_path)
    except UsageError as error:
        one_line(error)


@fixed
@given(LINES, st.dictionaries(st.sampled_from(sorted(SETTING_NAMES)), st.text(max_size=8)))
def test_settings_files(tmp_path: Path, data: bytes, more: dict[str, str]) -> None:
    path = tmp_path / "asrcli.toml"
    lines = [f"{name} = '''{value}'''" for name, value in more.items() if "'" not in value]
    path.write_bytes("\n".join(lines).encode("utf-8", "replace") + b"\n" + data)
    try:
        read_config(path)
        resolve({}, {}, path)
    except UsageError as error:
        one_line(error)


@st.composite
def recordings(draw: st.DrawFn) -> bytes:
    """A recording with a few bytes changed, cut, repeated, or none at all."""
    data = bytearray(GOOD)
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, 60) | st.integers(0, len(data) - 1))
        data[place] = draw(st.integers(0, 255))
    cut = draw(st.none() | st.integers(0, 200) | st.integers(0, len(data)))
    return draw(st.just(bytes(data[:cut])) | st.binary(max_size=400))


@fixed
@given(recordings(), st.sampled_from([".wav", ".mp3", ".flac", ".m4a", ".ogg", ".amr"]))
def test_recordings(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    [source] = sources_of([path])
    for read in (probe, lambda each: load(each, channels="mix")):
        try:
            read(source)
        except RecordingError as error:
            one_line(error)


@fixed
@given(st.lists(st.binary(min_size=1, max_size=20), max_size=4), st.text(max_size=10))
def test_folders(tmp_path_factory: pytest.TempPathFactory, names: list[bytes], glob: str) -> None:
    root = tmp_path_factory.mktemp("fuzz")
    for name in names:
        plain = name.replace(b"/", b"-").replace(b"\0", b"0")
        if plain not in {b".", b".."}:
            (root / os.fsdecode(plain + b".wav")).touch()
    found = discover(root, recursive=True, include=(glob,) if glob else (), exclude=(), output=None)
    rels = [source.rel for source in found]
    assert len(rels) == len(set(rels))
