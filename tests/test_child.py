"""A process of one's own: what it says, how it dies, and that it is never left behind."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing import connection, forkserver
from typing import TYPE_CHECKING

import pytest

from asrcli import child as module
from asrcli.child import Child, DiedError, Nursery
from asrcli.errors import ModelError, RecordingError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path


def number() -> int:
    return 42


def no_model() -> int:
    raise ModelError("the model is not whole")


def stillborn() -> int:
    os._exit(7)


def times(factor: int, pipe: Connection, opened: int) -> None:
    pipe.send(factor * opened)


def raw(pipe: Connection, _opened: int) -> None:
    pipe.send_bytes(b"\x00\x01")


def refuse(pipe: Connection, _opened: int) -> None:
    error = RecordingError("not this one")
    error.__cause__ = OSError(pipe)
    raise error


def stumble(_pipe: Connection, _opened: int) -> None:
    raise ZeroDivisionError("one line\nand more")


def die(_pipe: Connection, _opened: int) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(pipe: Connection, _opened: int) -> None:
    pipe.send(os.getpid())
    signal.pause()


@pytest.fixture(params=["forkserver", "spawn"])
def start(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Child[int]]]:
    made: list[Child[int]] = []
    monkeypatch.setattr(module, "_start_method", lambda: request.param)

    def make(opening: Callable[[], int] = number) -> Child[int]:
        made.append(Child(opening, "the helper"))
        return made[-1]

    yield make
    for child in made:
        child.kill()


def ask(child: Child[int], work: Callable[[Connection, int], None]) -> object:
    child.ask(work)
    return child.receive()


def test_it_works_with_what_it_opened(start: Callable[..., Child[int]]) -> None:
    child = start()
    assert ask(child, functools.partial(times, 2)) == 84
    assert ask(child, functools.partial(times, 3)) == 126
    child.ask(raw)
    assert child.has_sent(60)
    assert child.receive_bytes() == b"\x00\x01"
    assert not child.has_sent(0)


def test_errors_come_over_and_it_goes_on(start: Callable[..., Child[int]]) -> None:
    child = start()
    with pytest.raises(RecordingError, match=r"^not this one$"):
        ask(child, refuse)
    with pytest.raises(RunError, match=r"^the helper failed: ZeroDivisionError: one line$"):
        ask(child, stumble)
    assert ask(child, functools.partial(times, 1)) == 42


def test_what_cannot_be_opened_is_told_first(start: Callable[..., Child[int]]) -> None:
    with pytest.raises(ModelError, match="the model is not whole"):
        ask(start(no_model), raw)
    with pytest.raises(DiedError, match=r"^the helper died \(exit code 7\)$"):
        ask(start(stillborn), raw)


def test_its_death_is_told_with_its_cause(start: Callable[..., Child[int]]) -> None:
    child = start()
    with pytest.raises(DiedError, match=rf"\(exit code -{int(signal.SIGSEGV)}\)$"):
        ask(child, die)
    assert child.has_sent(0)
    for receive in (child.receive, child.receive_bytes):
        child.ask(raw)
        with pytest.raises(DiedError):
            receive()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_for_everyone_are_not_for_it(
    start: Callable[..., Child[int]], number: signal.Signals
) -> None:
    child = start()
    assert ask(child, functools.partial(times, 1)) == 42
    assert child.process.pid is not None
    os.kill(child.process.pid, number)
    assert ask(child, functools.partial(times, 2)) == 84


def test_it_ends_with_its_pipe(start: Callable[..., Child[int]]) -> None:
    child = start()
    assert ask(child, functools.partial(times, 1)) == 42
    child.close()
    assert child.process.exitcode == 0


def test_it_can_be_killed_in_the_middle_of_work_and_twice(
    start: Callable[..., Child[int]],
) -> None:
    child = start()
    ask(child, hang)
    child.kill()
    child.kill()
    assert child.process.exitcode == -signal.SIGKILL


STARTER = """
import os, signal, sys
from asrcli import child as module
from tests.test_child import hang, number
module._start_method = lambda: {method!r}
if __name__ == "__main__":
    child = module.Child(number, "the helper")
    child.ask(hang)
    print(child.receive(), flush=True)
    {end}
"""


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
@pytest.mark.parametrize("end", ["pass", "os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_none_is_left_behind_even_if_it_hangs(
    subprocess_env: Mapping[str, str], method: str, end: str
) -> None:
    program = STARTER.format(method=method, end=end)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(subprocess_env),
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert ended(int(done.stdout), within_s=60)


def ended(pid: int, *, within_s: float) -> bool:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(connection.wait([process], within_s))
    finally:
        os.close(process)


def test_some_are_there_before_they_are_asked_for() -> None:
    nursery = Nursery(number, "the helper", ahead=2)
    ready = set(multiprocessing.active_children())
    children = [nursery.child() for _ in range(3)]
    processes = [child.process for child in children]
    assert len(ready & set(processes)) == 2
    assert len({process.pid for process in processes}) == 3
    nursery.close()
    assert [ask(child, functools.partial(times, 2)) for child in children] == [84] * 3
    for child in children:
        child.kill()


def test_those_that_nobody_took_are_ended() -> None:
    before = set(multiprocessing.active_children())
    nursery = Nursery(number, "the helper", ahead=2)
    assert len(set(multiprocessing.active_children()) - before) == 2
    nursery.close()
    assert set(multiprocessing.active_children()) <= before


PREPARED = """
import os, sys
from asrcli.child import Child, prepare
from tests.test_child import loaded, number
if __name__ == "__main__":
    os.environ.update({before!r})
    prepare(["colorsys", "json_of_the_user"])
    assert {{**os.environ, **{before!r}}} == os.environ
    assert ("PYTHONSAFEPATH" in os.environ) == bool({before!r})
    child = Child(number, "the helper")
    child.ask(loaded)
    print(child.receive())
    child.close()
"""


def loaded(pipe: Connection, _opened: int) -> None:
    pipe.send([name for name in ("colorsys", "json_of_the_user") if name in sys.modules])


@pytest.mark.parametrize("before", [{}, {"PYTHONSAFEPATH": "yes"}])
def test_what_is_prepared_is_there_and_never_a_file_of_the_users(
    fresh_python: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: Mapping[str, str],
) -> None:
    (tmp_path / "json_of_the_user.py").touch()
    monkeypatch.chdir(tmp_path)
    assert fresh_python(PREPARED.format(before=before)) == "['colorsys']\n"


def test_where_there_is_no_server_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    monkeypatch.setattr(forkserver, "ensure_running", None)
    module.prepare(["torch"])
    assert module._start_method() == "spawn"
