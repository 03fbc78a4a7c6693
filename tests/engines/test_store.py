"""The cache: a model is there whole or not at all, however many processes bring it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import store
from asrcli.errors import ModelError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ASRCLI_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def good(folder: Path) -> bool:
    return (folder / "model.pt").is_file()


def fill(scratch: Path) -> Path:
    (scratch / "ready").mkdir(exist_ok=True)
    (scratch / "ready" / "model.pt").write_bytes(b"weights")
    return scratch / "ready"


def install(
    fill: Callable[[Path], Path] = fill, tell: Callable[[str], None] = lambda _line: None
) -> Path:
    return store.install("tiny", fill, good=good, tell=tell)


def left_over(cache: Path) -> list[str]:
    """What failed attempts have left."""
    partial = cache / "partial"
    return sorted(str(path.relative_to(partial)) for path in partial.rglob("*"))


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
    folder = install()
    assert folder == cache / "models" / "tiny"
    assert [path.name for path in folder.iterdir()] == ["model.pt"]
    assert left_over(cache) == []


def test_while_it_is_filled_nothing_stands_under_its_name(cache: Path) -> None:
    seen = []

    def look(scratch: Path) -> Path:
        ready = fill(scratch)
        seen.append((cache / "models" / "tiny").exists())
        return ready

    install(look)
    assert seen == [False]


@pytest.mark.parametrize("error", [ModelError("no"), RunError("full"), KeyboardInterrupt()])
def test_what_a_failure_leaves_is_there_for_the_next_one(error: BaseException, cache: Path) -> None:
    def fail(scratch: Path) -> Path:
        fill(scratch)
        raise error

    with pytest.raises(type(error)):
        install(fail)
    assert not (cache / "models" / "tiny").exists()
    assert left_over(cache) == ["tiny", "tiny/ready", "tiny/ready/model.pt"]
    found: list[str] = []

    def go_on(scratch: Path) -> Path:
        found.extend(path.name for path in (scratch / "ready").iterdir())
        return fill(scratch)

    install(go_on)
    assert found == ["model.pt"]
    assert left_over(cache) == []


def test_what_was_begun_from_another_source_goes_away(cache: Path) -> None:
    (cache / "partial" / "tiny" / "other source").mkdir(parents=True)
    (cache / "partial" / "tiny" / "other source" / "half").write_bytes(b"?")
    folder = install()
    assert [path.name for path in folder.iterdir()] == ["model.pt"]
    assert left_over(cache) == []


def test_a_copy_that_is_not_good_is_replaced(cache: Path) -> None:
    (cache / "models" / "tiny").mkdir(parents=True)
    (cache / "models" / "tiny" / "config.yaml").write_bytes(b"")
    assert [path.name for path in install().iterdir()] == ["model.pt"]


def test_a_copy_that_is_not_good_stays_until_another_is_ready(cache: Path) -> None:
    (cache / "models" / "tiny").mkdir(parents=True)
    (cache / "models" / "tiny" / "config.yaml").write_bytes(b"old")

    def fail(_scratch: Path) -> Path:
        raise ModelError("no hub answers")

    with pytest.raises(ModelError, match="no hub answers"):
        install(fail)
    assert (cache / "models" / "tiny" / "config.yaml").read_bytes() == b"old"


def test_a_copy_that_cannot_be_replaced_comes_back(cache: Path) -> None:
    (cache / "models" / "tiny").mkdir(parents=True)
    (cache / "models" / "tiny" / "config.yaml").write_bytes(b"old")
    with pytest.raises(ModelError, match="cannot be written: No such file"):
        install(lambda scratch: scratch / "never made")
    assert [path.name for path in (cache / "models").iterdir()] == ["tiny"]
    assert (cache / "models" / "tiny" / "config.yaml").read_bytes() == b"old"


def test_the_old_copy_survives_a_kill_between_the_renames(tmp_path: Path) -> None:
    (tmp_path / ".tiny.old").mkdir()
    (tmp_path / ".tiny.old" / "model.pt").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        store.put_in_place(tmp_path / "never made", tmp_path / "tiny")
    assert (tmp_path / "tiny" / "model.pt").read_bytes() == b"old"
    store.put_in_place(fill(tmp_path), tmp_path / "tiny")
    assert (tmp_path / "tiny" / "model.pt").read_bytes() == b"weights"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["tiny"]


def test_a_good_copy_is_not_filled_again() -> None:
    def never(_scratch: Path) -> Path:
        raise AssertionError

    first = install()
    assert install(never) == first


def test_two_at_once_fetch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOCK_POLL_S", 0.001)
    started, waiting = threading.Event(), threading.Event()
    calls: list[str] = []
    told: list[str] = []

    def slow(scratch: Path) -> Path:
        calls.append("first")
        started.set()
        waiting.wait(10)
        return fill(scratch)

    def second(scratch: Path) -> Path:
        calls.append("second")
        return fill(scratch)

    def tell(line: str) -> None:
        told.append(line)
        waiting.set()

    found: list[Path] = []
    one = threading.Thread(target=lambda: found.append(install(slow)))
    two = threading.Thread(target=lambda: found.append(install(second, tell)))
    one.start()
    assert started.wait(10)
    two.start()
    one.join(10)
    two.join(10)
    assert calls == ["first"]
    assert len(set(found)) == 1
    assert len(found) == 2
    assert len(told) == 1
    assert told[0].startswith("tiny: waiting, another run")


def test_another_process_waits_and_uses_what_the_first_one_brought(cache: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from asrcli.engines import store\n"
        "def fill(scratch): raise SystemExit('fetched again')\n"
        "def good(folder): return (folder / 'model.pt').is_file()\n"
        "print(store.install('tiny', fill, good=good, tell=print))\n"
    )
    children: list[subprocess.Popen[str]] = []

    def slow(scratch: Path) -> Path:
        children.append(
            subprocess.Popen(
                [sys.executable, "-c", script],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"ASRCLI_CACHE_DIR": str(cache)},
            )
        )
        with pytest.raises(subprocess.TimeoutExpired):
            children[0].wait(1)
        return fill(scratch)

    folder = install(slow)
    out, _ = children[0].communicate(timeout=30)
    assert children[0].returncode == 0
    assert out.splitlines()[-1] == str(folder)


def test_a_cache_that_cannot_be_made_says_which_variable_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ASRCLI_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="set ASRCLI_CACHE_DIR"):
        install()


def test_an_error_of_the_disk_is_one_line() -> None:
    def full(scratch: Path) -> Path:
        fill(scratch)
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError, match="No space left on device"):
        install(full)
