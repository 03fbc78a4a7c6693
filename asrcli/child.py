"""A process that works for this one: started, asked, mourned, and never left behind.

It opens something that is slow to open, a model, and does one piece of work after the other with
it. It ignores Ctrl-C and SIGTERM, which a terminal and a service manager send to everyone: the run
decides what ends when. It ends when its pipe does, or when the process that started it is gone,
even where the work hangs.

Where the system allows it, processes are forked from a server that has imported what is heavy
(`prepare`), so that the second one costs next to nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from asrcli.errors import AsrError, RunError
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    Work: TypeAlias = Callable[[Connection, "Opened"], object]

Opened = TypeVar("Opened")

GOODBYE_S = 5.0


class DiedError(AsrError):
    """The process ended over what it was asked."""


class Child(Generic[Opened]):
    """A process of this one's own; it is asked by one thread at a time."""

    def __init__(self, opening: Callable[[], Opened], name: str) -> None:
        """Start it; it opens what it needs meanwhile.

        Args:
            opening: makes what it works with, there; can be pickled. If it raises AsrError, so
                does the first `receive`.
            name: named in messages.
        """
        context: Any = multiprocessing.get_context(_start_method())
        self._name = name
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(theirs, opening, name), name=f"asr: {name}", daemon=True
        )
        self.process.start()
        # Before multiprocessing's own end, which would wait for a process that ignores SIGTERM.
        atexit.register(self.kill)
        # Else the end of the process would not be seen here.
        theirs.close()

    def ask(self, work: Work[Opened]) -> None:
        """Let it do something; `receive` gives what it sends, and tells if it is dead.

        Args:
            work: is called there, with the other end of the pipe and what was opened; can be
                pickled.
        """
        with contextlib.suppress(OSError):
            self.pipe.send(work)

    def has_sent(self, seconds: float) -> bool:
        """Whether something can be received, or it died; waits so long for it at most."""
        try:
            return self.pipe.poll(seconds)
        except OSError:
            return True

    def receive(self) -> object:
        """The next object that it sends; waits for it.

        Raises:
            AsrError: what the work raised there; RunError for anything that was not foreseen.
            DiedError: it died.
        """
        with self._mourned():
            answer: object = self.pipe.recv()
        if isinstance(answer, AsrError):
            raise answer
        return answer

    def receive_bytes(self) -> bytes:
        """The next bytes that it sends; waits for them.

        Raises:
            DiedError: it died.
        """
        with self._mourned():
            return self.pipe.recv_bytes()

    def close(self) -> None:
        """Let it end in peace; nothing can be asked after."""
        self.pipe.close()
        self.process.join(GOODBYE_S)
        self.kill()

    def kill(self) -> None:
        """End it at once, whatever it does; nothing can be asked after."""
        atexit.unregister(self.kill)
        self.pipe.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join()

    @contextlib.contextmanager
    def _mourned(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError) as error:
            self.process.join(GOODBYE_S)
            code = self.process.exitcode
            self.kill()
            raise DiedError(f"{self._name} died (exit code {code})") from error


class Nursery(Generic[Opened]):
    """Processes that all open the same; some are started before anyone needs them."""

    def __init__(self, opening: Callable[[], Opened], name: str, *, ahead: int = 0) -> None:
        """Start the first `ahead`; see `Child` for the others."""
        self._opening, self._name = opening, name
        self._waiting = [Child(opening, name) for _ in range(ahead)]

    def child(self) -> Child[Opened]:
        """One that nobody else has; it may still be opening. Whoever gets it ends it."""
        try:
            return self._waiting.pop()
        except IndexError:
            return Child(self._opening, self._name)

    def close(self) -> None:
        """End those that nobody took."""
        while self._waiting:
            self._waiting.pop().kill()


def prepare(modules: Sequence[str]) -> None:
    """Begin to import what all processes that are started from now on will need; does not wait.

    Nothing happens where they are not forked, or where one was started before.
    """
    if _start_method() != "forkserver":
        return
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(list(modules))
    # The server looks for modules before it is told this process's path: without this, a file of
    # the user's in the working folder would be taken for one of them.
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _start_method() -> str:
    """Never a fork of this process itself: it has threads."""
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def _serve(pipe: Connection, opening: Callable[[], Opened], name: str) -> None:
    """Do what is asked until the other end is closed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            opened = opening()
        except AsrError as error:
            pipe.send(_told(error))
            return
        while True:
            _do(pipe.recv(), pipe, opened, name)


def _do(work: Work[Opened], pipe: Connection, opened: Opened, name: str) -> None:
    try:
        work(pipe, opened)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except AsrError as error:
        pipe.send(_told(error))
    except Exception as error:  # noqa: BLE001 - told where the run is
        pipe.send(RunError(f"{name} failed: {type(error).__name__}: {first_line(error)}"))


def _told(error: AsrError) -> AsrError:
    """Without its cause, which may hold what cannot be pickled."""
    return type(error)(str(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
