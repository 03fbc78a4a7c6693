"""Parts in any order become one file in theirs, whole or not at all."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import RunError
from asrcli.pipeline import ordered
from asrcli.pipeline.ordered import OrderedFile

if TYPE_CHECKING:
    from pathlib import Path

PARTS = st.lists(st.tuples(st.binary(max_size=20), st.integers(0, 5)), max_size=12)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(PARTS)
def test_any_order_gives_the_order_of_places(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[bytes, int]]
) -> None:
    path = tmp_path_factory.mktemp("ordered") / "a.csv"
    with OrderedFile(path, b"head\n") as file:
        for data, place in parts:
            file.write(data, place)
    expected = b"".join(data for data, _ in sorted(parts, key=lambda part: part[1]))
    assert path.read_bytes() == b"head\n" + expected
    assert names(path.parent) == ["a.csv"]


def test_long_parts_are_copied_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered, "COPIED_BYTES", 7)
    with OrderedFile(tmp_path / "a") as file:
        file.write(b"second" * 10, 2)
        file.write(b"first" * 9, 1)
    assert (tmp_path / "a").read_bytes() == b"first" * 9 + b"second" * 10


def test_nothing_stands_under_the_name_before_it_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with OrderedFile(tmp_path / "a", b"head") as file:
        file.write(b"row", 0)
        assert (tmp_path / "a").read_bytes() == b"old"
    assert (tmp_path / "a").read_bytes() == b"headrow"


@pytest.mark.parametrize("parts", [0, 1])
def test_after_an_error_the_parts_so_far_are_kept_if_there_are_any(
    parts: int, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def job() -> None:
        with OrderedFile(tmp_path / "a", b"head ") as file:
            for _ in range(parts):
                file.write(b"row", 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job()
    assert (tmp_path / "a").read_bytes() == (b"head row" if parts else b"old")
    assert names(tmp_path) == ["a"]


def test_what_is_discarded_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with OrderedFile(tmp_path / "a") as file:
        file.write(b"new", 0)
        file.discard()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_part_goes_in_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite

    def half(descriptor: int, data: memoryview, at: int) -> int:
        if len(data) < 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[: len(data) // 2], at)

    with OrderedFile(tmp_path / "a") as file:
        file.write(b"whole ", 0)
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", half)
            with pytest.raises(RunError, match="the disk is full"):
                file.write(b"never whole", 1)
        file.write(b"after", 2)
    assert (tmp_path / "a").read_bytes() == b"whole after"


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_disk_that_is_full_at_the_end_leaves_what_was_there(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a").write_bytes(b"old")

    def job() -> None:
        with OrderedFile(tmp_path / "a") as file:
            file.write(b"new", 0)
            monkeypatch.setattr("pathlib.Path.replace" if call == "replace" else f"os.{call}", full)

    with pytest.raises(RunError, match="the disk is full"):
        job()
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    with OrderedFile(tmp_path / "a") as file:
        file.write(b"first", 0)
        with pytest.raises(RunError, match="another process is writing it"):
            OrderedFile(tmp_path / "a").__enter__()
    assert (tmp_path / "a").read_bytes() == b"first"
