"""Texts in the encodings of Chinese editors, and what is no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.errors import UsageError
from asrcli.hotwords.reading import read_text

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, largest_bytes: int = 100) -> str:
    return read_text(path, origin=f"--list {path}", largest_bytes=largest_bytes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("达摩院\r\n".encode(encoding))
    assert read(tmp_path / "a") == "达摩院\r\n"


@pytest.mark.parametrize("data", [b"\xff", b"\xff\xfe\x00", "甲\0乙".encode()])
def test_what_is_no_text(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(UsageError, match=r"^--list .*neither UTF-8 nor GB18030"):
        read(tmp_path / "a")


def test_the_largest_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert len(read(tmp_path / "a")) == 100
    with pytest.raises(UsageError, match=r"^--list .*too large"):
        read(tmp_path / "a", largest_bytes=99)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--list .*No such file"):
        read(tmp_path / "a")
    with pytest.raises(UsageError, match=r"^--list .*Is a directory"):
        read(tmp_path, largest_bytes=10**9)
