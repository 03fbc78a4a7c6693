"""The cache: a model is there whole or not at all, however many processes bring it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import store
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ASRCLI_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def whole(folder: Path) -> bool:
    return (folder / "model.pt").is_file()


def fill(folder: Path) -> None:
    (folder / "model.pt").write_bytes(b"weights")


def left_over(cache: Path) -> list[Path]:
    """What is being filled."""
    return list((cache / "partial").iterdir())


def test_the_cache_is_where_the_variable_says(cache: Path) -> None:
    assert store.cache_folder() == cache
    assert store.models_folder() == cache / "models"
    assert not cache.exists()


def test_without_the_variable_it_is_the_users_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ASRCLI_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert tmp_path in store.cache_folder().parents
    assert store.cache_folder().name == "asrcli"


def test_a_relative_cache_folder_becomes_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASRCLI_CACHE_DIR", "here")
    assert store.cache_folder() == tmp_path / "here"


def test_a_model_appears_under_its_name(cache: Path) -> None:
    folder = store.install("tiny", fill, whole=whole)
    assert folder == cache / "models" / "tiny"
    assert (folder / "model.pt").read_bytes() == b"weights"
    assert left_over(cache) == []


def test_while_it_is_filled_nothing_stands_under_its_name(cache: Path) -> None:
    seen = []

    def look(folder: Path) -> None:
        fill(folder)
        seen.append((cache / "models" / "tiny").exists())

    store.install("tiny", look, whole=whole)
    assert seen == [False]


@pytest.mark.parametrize("error", [ModelError("no"), KeyboardInterrupt()])
def test_a_failure_leaves_nothing(error: BaseException, cache: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise error

    with pytest.raises(type(error)):
        store.install("tiny", fail, whole=whole)
    assert not (cache / "models" / "tiny").exists()
    assert left_over(cache) == []


def test_what_a_killed_process_left_does_not_get_into_the_model(cache: Path) -> None:
    (cache / "partial" / "tiny").mkdir(parents=True)
    (cache / "partial" / "tiny" / "half").write_bytes(b"?")
    folder = store.install("tiny", fill, whole=whole)
    assert [path.name for path in folder.iterdir()] == ["model.pt"]


def test_a_damaged_copy_is_replaced(cache: Path) -> None:
    (cache / "models" / "tiny").mkdir(parents=True)
    (cache / "models" / "tiny" / "config.yaml").write_bytes(b"")
    folder = store.install("tiny", fill, whole=whole)
    assert [path.name for path in folder.iterdir()] == ["model.pt"]


def test_a_whole_copy_is_not_filled_again() -> None:
    def never(_folder: Path) -> None:
        raise AssertionError

    first = store.install("tiny", fill, whole=whole)
    assert store.install("tiny", never, whole=whole) == first


def test_two_at_once_fetch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOCK_POLL_S", 0.001)
    started, go_on = threading.Event(), threading.Event()
    calls: list[str] = []

    def slow(folder: Path) -> None:
        calls.append("first")
        started.set()
        go_on.wait(10)
        fill(folder)

    def second(folder: Path) -> None:
        calls.append("second")
        fill(folder)

    found: list[Path] = []
    one = threading.Thread(target=lambda: found.append(store.install("tiny", slow, whole=whole)))
    two = threading.Thread(target=lambda: found.append(store.install("tiny", second, whole=whole)))
    one.start()
    assert started.wait(10)
    two.start()
    go_on.set()
    one.join(10)
    two.join(10)
    assert calls == ["first"]
    assert len(set(found)) == 1
    assert len(found) == 2


def test_another_process_waits_and_uses_what_the_first_one_brought(cache: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from asrcli.engines import store\n"
        "def fill(folder): raise SystemExit('fetched again')\n"
        "print(store.install('tiny', fill, whole=lambda f: (f / 'model.pt').is_file()))\n"
    )
    children: list[subprocess.Popen[str]] = []

    def slow(folder: Path) -> None:
        children.append(
            subprocess.Popen(
                [sys.executable, "-c", script],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"ASRCLI_CACHE_DIR": str(cache)},
            )
        )
        with pytest.raises(subprocess.TimeoutExpired):
            children[0].wait(0.5)
        fill(folder)

    folder = store.install("tiny", slow, whole=whole)
    out, _ = children[0].communicate(timeout=30)
    assert children[0].returncode == 0
    assert out.strip() == str(folder)


def test_a_cache_that_cannot_be_made_says_which_variable_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ASRCLI_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="set ASRCLI_CACHE_DIR"):
        store.install("tiny", fill, whole=whole)


def test_a_full_disk_is_told_apart_and_leaves_nothing(cache: Path) -> None:
    def full(folder: Path) -> None:
        fill(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError, match="No space left on device"):
        store.install("tiny", full, whole=whole)
    assert not (cache / "models" / "tiny").exists()
    assert left_over(cache) == []
