"""Whole or absent, one run at a time, and the hash."""

from __future__ import annotations

import errno
import hashlib
import os
import pathlib
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import LockHeldError, RecordingError, RunError
from asrcli.files import (
    LOCK_NAME,
    AtomicFile,
    PartialFile,
    atomic_write,
    content_hash,
    private_file,
    refuse_folder,
    replace_whole,
    run_lock,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fail(error: OSError) -> Callable[..., Any]:
    def raising(*_: object, **__: object) -> Any:
        raise error

    return raising


def full_disk() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_atomic_write_makes_folders_and_leaves_only_the_file(tmp_path: Path) -> None:
    path = tmp_path / "一" / "二" / "会议 记录😀.srt"
    atomic_write(path, "你好\n".encode())
    assert path.read_text(encoding="utf-8") == "你好\n"
    assert names(path.parent) == {path.name}


def test_atomic_write_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    atomic_write(path, b"a long first version")
    atomic_write(path, b"short")
    assert path.read_bytes() == b"short"


def test_the_file_has_the_rights_that_the_user_asked_for(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        atomic_write(tmp_path / "a", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_what_a_link_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "a.txt")
    atomic_write(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.json"
    atomic_write(path, b"old")
    if step == "replace":
        monkeypatch.setattr(pathlib.Path, "replace", fail(full_disk()))
    else:
        monkeypatch.setattr(os, step, fail(full_disk()))
    with pytest.raises(RunError, match="disk is full; free some space") as caught:
        atomic_write(path, b"new")
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == {"a.json"}


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "a", b"new")
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "permission denied"),
        (errno.EROFS, "read-only"),
        (errno.EDQUOT, "quota"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_every_refusal_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    monkeypatch.setattr(os, "open", fail(OSError(number, os.strerror(number))))
    with pytest.raises(RunError, match=advice):
        atomic_write(tmp_path / "a", b"")


def test_a_file_where_a_folder_is_needed(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(RunError, match=r"not a folder|where a folder is needed"):
        atomic_write(tmp_path / "out" / "a.srt", b"")


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "a.srt").mkdir()
    with pytest.raises(RunError, match="a folder has this name"):
        atomic_write(tmp_path / "a.srt", b"")
    assert names(tmp_path) == {"a.srt"}


def test_a_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "b.csv").write_text("")
    with pytest.raises(RunError, match=r"a\.csv is a folder; move it away or choose another with"):
        refuse_folder(tmp_path / "a.csv")
    refuse_folder(tmp_path / "b.csv")
    refuse_folder(tmp_path / "not/there")
    assert names(tmp_path) == {"a.csv", "b.csv"}


def test_a_name_of_full_length_works_and_a_longer_one_fails_alone(tmp_path: Path) -> None:
    longest = "录" * 83 + ".json"
    assert len(longest.encode()) <= 255
    atomic_write(tmp_path / longest, b"1")
    assert names(tmp_path) == {longest}
    with pytest.raises(RecordingError, match="too long a name"):
        atomic_write(tmp_path / ("录" * 85 + ".json"), b"1")
    assert names(tmp_path) == {longest}


def test_a_growing_file_appears_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "transcripts.csv"
    with AtomicFile(path) as file:
        file.write(b"one\n")
        file.write(b"two\n")
        assert not path.exists()
        assert all(name.startswith(".") for name in names(tmp_path))
    assert path.read_bytes() == b"one\ntwo\n"
    assert names(tmp_path) == {"transcripts.csv"}


def test_a_growing_file_keeps_its_rows_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "transcripts.csv"
    with pytest.raises(RuntimeError, match="device lost"), AtomicFile(path) as file:
        file.write(b"one\n")
        raise RuntimeError("device lost")
    assert path.read_bytes() == b"one\n"
    assert names(tmp_path) == {"transcripts.csv"}


def test_an_error_before_the_first_row_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "transcripts.csv"
    path.write_bytes(b"last night\n")
    with pytest.raises(RuntimeError), AtomicFile(path):
        raise RuntimeError
    assert path.read_bytes() == b"last night\n"
    assert names(tmp_path) == {"transcripts.csv"}


def test_a_row_goes_in_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    real_write = os.write

    def half_then_full(descriptor: int, data: memoryview) -> int:
        if len(data) < 8:
            raise full_disk()
        return real_write(descriptor, data[: len(data) // 2])

    with pytest.raises(RunError, match="full"), AtomicFile(path) as file:
        file.write(b"first row\n")
        monkeypatch.setattr(os, "write", half_then_full)
        file.write(b"second row\n")
    assert path.read_bytes() == b"first row\n"


@given(pieces=st.lists(st.binary(max_size=200)), step=st.integers(1, 50))
def test_short_writes_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], step: int
) -> None:
    path = tmp_path_factory.mktemp("short") / "a"
    real_write = os.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: real_write(fd, data[:step]))
        with AtomicFile(path) as file:
            for piece in pieces:
                file.write(piece)
    assert path.read_bytes() == b"".join(pieces)


def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with AtomicFile(path) as first:
        first.write(b"first")
        with pytest.raises(RunError, match="another process is writing"):
            atomic_write(path, b"second")
        with AtomicFile(tmp_path / "b") as other:
            other.write(b"other")
    assert path.read_bytes() == b"first"
    assert (tmp_path / "b").read_bytes() == b"other"


def test_a_partial_file_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.pt.part"
    with PartialFile(path) as part:
        part.write(b"one, ")
        assert part.size_bytes == 5
    with PartialFile(path) as part:
        assert part.size_bytes == 5
        part.write(b"two")
        assert not (path.parent / "model.pt").exists()
        part.publish(path.parent / "model.pt")
    assert (path.parent / "model.pt").read_bytes() == b"one, two"
    assert names(path.parent) == {"model.pt"}


def test_a_partial_file_keeps_what_was_written_before_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), PartialFile(tmp_path / "a.part") as part:
        part.write(b"came")
        raise KeyboardInterrupt
    assert (tmp_path / "a.part").read_bytes() == b"came"


def test_a_partial_file_can_start_again(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"of another file")
    with PartialFile(tmp_path / "a.part") as part:
        part.restart()
        assert part.size_bytes == 0
        part.write(b"new")
    assert (tmp_path / "a.part").read_bytes() == b"new"


def test_a_partial_file_on_a_full_disk_knows_how_much_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    room = iter((3, 0))

    def full(descriptor: int, data: bytes) -> int:
        fits = next(room)
        if not fits:
            raise full_disk()
        return write(descriptor, memoryview(data)[:fits])

    monkeypatch.setattr(os, "write", full)
    with PartialFile(tmp_path / "a.part") as part:
        with pytest.raises(RunError, match="disk is full; free some space"):
            part.write(b"12345")
        assert part.size_bytes == 3
    assert (tmp_path / "a.part").read_bytes() == b"123"


@pytest.mark.parametrize("step", ["ftruncate", "fsync"])
def test_a_partial_file_says_what_hinders_it(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PartialFile(tmp_path / "a.part") as part:
        part.write(b"x")
        monkeypatch.setattr(os, step, fail(PermissionError(errno.EACCES, "no")))
        with pytest.raises(RunError, match="permission denied"):
            part.restart() if step == "ftruncate" else part.publish(tmp_path / "a")
    assert names(tmp_path) == {"a.part"}


def run_child(code: str, *args: Path) -> subprocess.Popen[str]:
    """A child that prints `ready` when it is where the test wants it, then waits for its end."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def end(child: subprocess.Popen[str], *, kill: bool) -> None:
    if kill:
        child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)


WRITER = """
import sys
from pathlib import Path
from asrcli.files import AtomicFile
with AtomicFile(Path(sys.argv[1])) as file:
    file.write(b"half of it")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_killed_writer_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(b"the old one")
    end(run_child(WRITER, path), kill=True)
    assert path.read_bytes() == b"the old one"
    leftovers = names(tmp_path) - {"a.srt"}
    assert all(name.startswith(".asrcli-") for name in leftovers)
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == {"a.srt"}, "the leftover was not taken over"


HOLDER = """
import sys
from pathlib import Path
from asrcli.files import run_lock
with run_lock(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("kill", [False, True])
def test_a_second_run_is_told_who_and_since_when(tmp_path: Path, kill: bool) -> None:
    folder = tmp_path / "out"
    child = run_child(HOLDER, folder)
    try:
        with (
            pytest.raises(LockHeldError, match=rf"process {child.pid}, since 20\d\d-") as caught,
            run_lock(folder),
        ):
            pytest.fail("two runs hold one folder")
        assert caught.value.exit_code == 5
        assert "\n" not in str(caught.value)
        with run_lock(tmp_path / "another"):
            pass
    finally:
        end(child, kill=kill)
    with run_lock(folder):
        assert names(folder) == {LOCK_NAME}


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="boom"), run_lock(tmp_path):
        raise ValueError("boom")
    with run_lock(tmp_path), pytest.raises(LockHeldError), run_lock(tmp_path):
        pass


def test_the_lock_cannot_be_taken_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError), run_lock(tmp_path / "file"):
        pass


@given(data=st.binary(max_size=5_000))
def test_content_hash_is_sha256(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("hash") / "a"
    path.write_bytes(data)
    assert content_hash(path) == hashlib.sha256(data).hexdigest()


def test_content_hash_of_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_hash(tmp_path / "missing")


def test_a_private_file_is_for_this_user_alone_and_is_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.db"
    private_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    path.write_bytes(b"kept")
    private_file(path)
    assert path.read_bytes() == b"kept"


def test_a_private_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(RunError, match="choose another folder"):
        private_file(tmp_path / "f" / "a.db")


def test_what_something_else_wrote_is_put_in_place_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with replace_whole(tmp_path / "a") as temporary:
        temporary.write_bytes(b"new")
        assert (tmp_path / "a").read_bytes() == b"old"
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == {"a"}


def test_after_an_error_the_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def job() -> None:
        with replace_whole(tmp_path / "a") as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == {"a"}


def test_something_else_that_wrote_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot write"), replace_whole(tmp_path / "a"):
        pass
    assert names(tmp_path) == set()
