"""`asr` in a process of its own that can be killed at a given point.

The processes are forked from a server that has imported everything, so that hundreds of them take
no longer than the work they do.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.context import ForkServerProcess

PRELOADED = [
    *("asrcli.cli", "asrcli.engines.fake", "asrcli.engines.factory", "asrcli.pipeline.journal"),
    *(
        "asrcli.pipeline.run",
        "asrcli.pipeline.write",
        "asrcli.history.store",
        "asrcli.nights.brake",
    ),
    *("pandas", "soundfile", "soxr", "sqlite3", "rich.console", "rich.table", "rich.text"),
    *("platformdirs", "tests.faults.child", "asrcli.nights.summary", "asrcli.nights.hook"),
]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: exit code (negative: the signal), and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def last_line(self) -> str:
        """The last line on standard error."""
        return self.stderr.splitlines()[-1] if self.stderr else ""


class Runner:
    """Starts runs in a folder, with one environment and one log of what was decoded."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self._env = {**env, "OMP_NUM_THREADS": "1"}
        self._count = 0

    @property
    def decoded_log(self) -> Path:
        """One line for every span that was decoded: the batch's number in its process, a hash."""
        return self.folder / "decoded.log"

    @property
    def points_log(self) -> Path:
        """One line for every point that a run passed at which it could be killed."""
        return self.folder / "points.log"

    def peak_bytes(self) -> int:
        """The most memory that the last run held."""
        return int((self.folder / "peak").read_text(encoding="utf-8")) * 1024

    def start(self, *args: object, kill_at: int = 0, **patches: Any) -> Started:
        """Start a run; it kills itself at point number `kill_at`, counted from 1."""
        self._count += 1
        said = self.folder / f"said-{self._count}"
        process = _context.Process(
            target=_child,
            args=([*map(str, args)], self._env, self.folder, said, kill_at, patches),
        )
        process.start()
        return Started(process, said)

    def __call__(self, *args: object, kill_at: int = 0, **patches: Any) -> Ended:
        """Run to the end."""
        return self.start(*args, kill_at=kill_at, **patches).wait()


@dataclass(frozen=True, slots=True)
class Started:
    """A run under way."""

    process: ForkServerProcess
    said: Path

    def wait(self, seconds: float = 120) -> Ended:
        """Its end; one that takes longer is killed and fails the test."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.kill()
            raise AssertionError(f"hangs: {self._text('.err')[-2000:]}")
        return Ended(self.process.exitcode, self._text(".out"), self._text(".err"))

    def runs_for(self, seconds: float) -> bool:
        """Whether it is still at work after so long."""
        self.process.join(seconds)
        return self.process.exitcode is None

    def kill(self) -> Ended:
        """kill -9."""
        self.process.kill()
        self.process.join()
        return Ended(self.process.exitcode or 0, self._text(".out"), self._text(".err"))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def _text(self, suffix: str) -> str:
        path = self.said.with_suffix(suffix)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _child(
    args: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    said: Path,
    kill_at: int,
    patches: Mapping[str, Any],
) -> None:
    from asrcli import cli

    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    for number, suffix in ((1, ".out"), (2, ".err")):
        descriptor = os.open(said.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    _log_decoding(folder / "decoded.log")
    _Points(folder / "points.log", kill_at).patch()
    for name, value in patches.items():
        getattr(sys.modules[__name__], f"patch_{name}")(value)
    sys.argv = ["asr", *args]
    try:
        cli.main()
    except SystemExit as ended:
        sys.stdout.flush()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        Path("peak").write_text(str(peak), encoding="utf-8")
        os._exit(ended.code if isinstance(ended.code, int) else 1)


class _Points:
    """Counts the points at which something becomes durable, and dies at one of them."""

    def __init__(self, log: Path, kill_at: int) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._kill_at, self._passed = kill_at, 0

    def passing(self, what: str) -> None:
        self._passed += 1
        os.write(self._log, f"{what}\n".encode())
        if self._passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def patch(self) -> None:
        """Put a point before and after every commit and every publication of a file."""
        from asrcli.history.store import Store

        transaction, replace, passing = Store.transaction, Path.replace, self.passing

        @contextlib.contextmanager
        def counted(store: Store) -> Iterator[Any]:
            with transaction(store) as connection:
                yield connection
                passing("before commit")
            passing("after commit")

        def published(path: Path, target: Path) -> Path:
            passing("before replace")
            done = replace(path, target)
            passing("after replace")
            return done

        Store.transaction = counted  # type: ignore[method-assign, assignment]
        Path.replace = published  # type: ignore[method-assign, assignment]


def _log_decoding(log: Path) -> None:
    from asrcli.engines.fake import FakeAsr

    decode = FakeAsr.decode
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    batches = [0]

    def logged(self: FakeAsr, batch: Any) -> Any:
        batches[0] += 1
        names = [hashlib.sha256(samples.tobytes()).hexdigest()[:16] for samples in batch]
        os.write(descriptor, "".join(f"{batches[0]} {name}\n" for name in names).encode())
        return decode(self, batch)

    FakeAsr.decode = logged  # type: ignore[method-assign]


def patch_batch_seconds(seconds: float) -> None:
    """Make the fake recogniser's batches small."""
    from asrcli.engines.fake import FakeAsr

    FakeAsr.batch_seconds = seconds


def patch_disk_bytes(limit: int) -> None:
    """Let every write of an output fail once so many bytes were written."""
    import errno

    from asrcli import files

    left = [limit]

    class Full:
        """The module `os` as `asrcli.files` sees it, on a full disk."""

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def write(self, descriptor: int, data: Any) -> int:
            if left[0] < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left[0] -= len(data)
            return os.write(descriptor, data)

    setattr(files, "os", Full())  # noqa: B010 - for the type checker


def patch_dies_at(part: str) -> None:
    """Let the recogniser take the process down when it hears a recording of this length."""
    from asrcli.engines.fake import FakeAsr

    decode, length = FakeAsr.decode, int(part)

    def deadly(self: FakeAsr, batch: Any) -> Any:
        if any(len(samples) == length for samples in batch):
            os._exit(11)
        return decode(self, batch)

    FakeAsr.decode = deadly  # type: ignore[method-assign]


def patch_slow(seconds: float) -> None:
    """Let each batch take so long."""
    import time

    from asrcli.engines.fake import FakeAsr

    decode = FakeAsr.decode

    def slow(self: FakeAsr, batch: Any) -> Any:
        time.sleep(seconds)
        return decode(self, batch)

    FakeAsr.decode = slow  # type: ignore[method-assign]


def patch_signal_in(stage: str) -> None:
    """Send this process SIGTERM the first time a stage tells what it is busy with."""
    from asrcli.progress import Display, SilentProgress

    sent: list[bool] = []

    def told(self: Display, name: str, waits_for: str) -> None:
        if name == stage and not sent:
            sent.append(True)
            os.kill(os.getpid(), signal.SIGTERM)

    SilentProgress.stage = told  # type: ignore[method-assign]


def patch_clock_back(seconds: float) -> None:
    """Set the wall clock back after each look at it."""
    import time
    from datetime import datetime as real

    from asrcli.history import work

    real_time, looks = time.time, [0]

    def earlier() -> float:
        looks[0] += 1
        return real_time() - seconds * looks[0]

    class Back(real):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.fromtimestamp(earlier(), tz)

    time.time = earlier
    setattr(work, "datetime", Back)  # noqa: B010 - for the type checker


def patch_night_ends_in(seconds: float) -> None:
    """Let every time of day come so soon."""
    from datetime import datetime, timedelta

    from asrcli.nights import brake

    def soon(until: str, now: datetime) -> datetime:
        return now + timedelta(seconds=seconds)

    brake.next_time = soon
