"""Is everything here that a transcription needs? One line for each thing, and what to do about it.

Nothing here touches the network, fetches a model or changes a file.
"""

from __future__ import annotations

import enum
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.errors import AsrError
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asrcli.settings import Settings

FUNASR_VERSION = "1.4.16"
LOW_DISK_BYTES = 2_000_000_000
REINSTALL = "install asrcli again with its dependencies"


class Level(enum.StrEnum):
    """How a line reads: all is well, something optional is lacking, something needed is lacking."""

    GOOD = "good"
    OPTIONAL = "optional"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: what was found, and what to do unless all is well."""

    name: str
    level: Level
    found: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Line]:
    """Look at everything a run with these settings would use.

    Yields:
        One line for each thing; a line at `Level.NEEDED` means that such a run cannot start.
    """
    yield Line("python", Level.GOOD, f"{platform.python_version()} at {sys.executable}")
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Line("platform", Level.GOOD, f"{system}, {os.cpu_count()} cores")
    yield _guarded("torch", _torch)
    yield _guarded("cuda", lambda: _cuda(settings))
    yield _guarded("torchaudio", _torchaudio, level=Level.OPTIONAL)
    yield _guarded("funasr", _funasr)
    yield _guarded("audio: soundfile", _soundfile)
    yield _guarded("audio: PyAV", _pyav)
    yield _guarded("audio: soxr", _soxr)
    yield _espeak()
    yield from _models(settings)
    yield _cache_folder()
    yield _temporary_folder()


def healthy(lines: Sequence[Line]) -> bool:
    """Whether nothing that is needed is lacking."""
    return all(line.level is not Level.NEEDED for line in lines)


def _guarded(name: str, look: Callable[[], Line], level: Level = Level.NEEDED) -> Line:
    """A look at a package, which may be absent or not load in any of these ways."""
    try:
        return look()
    except ImportError as error:
        return Line(name, level, first_line(error), REINSTALL)
    except (OSError, RuntimeError, AttributeError, AsrError) as error:
        return Line(name, level, f"does not load: {first_line(error)}", REINSTALL)


def _torch() -> Line:
    import torch

    from asrcli.engines.device import usable_cores

    threads = f"{torch.get_num_threads()} threads, {usable_cores()} cores usable"
    return Line("torch", Level.GOOD, f"{torch.__version__}, {threads}")


def _cuda(settings: Settings) -> Line:
    import torch

    from asrcli.engines.device import resolve_devices

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cards = [torch.cuda.get_device_properties(index) for index in range(count)]
    found = ", ".join(f"{card.name} ({card.total_memory >> 30} GiB)" for card in cards)
    found = found or "no device, the CPU does the work"
    try:
        resolve_devices(settings.device, settings.precision)
    except AsrError as error:
        return Line("cuda", Level.NEEDED, found, str(error))
    return Line("cuda", Level.GOOD, found)


def _torchaudio() -> Line:
    from asrcli.engines.vendor import torchaudio_problem, torchaudio_state

    level = Level.OPTIONAL if torchaudio_problem() else Level.GOOD
    return Line("torchaudio", level, torchaudio_state())


def _funasr() -> Line:
    version = importlib.metadata.version("funasr")
    if version != FUNASR_VERSION:
        advice = f"pip install funasr=={FUNASR_VERSION}"
        return Line("funasr", Level.NEEDED, f"{version} instead of {FUNASR_VERSION}", advice)
    return Line("funasr", Level.GOOD, version)


def _soundfile() -> Line:
    import soundfile

    library = soundfile.__libsndfile_version__
    return Line("audio: soundfile", Level.GOOD, f"{soundfile.__version__}, libsndfile {library}")


def _pyav() -> Line:
    import av

    return Line("audio: PyAV", Level.GOOD, f"{av.__version__}, FFmpeg {av.ffmpeg_version_info}")


def _soxr() -> Line:
    import soxr

    version = importlib.metadata.version("soxr")
    return Line("audio: soxr", Level.GOOD, f"{version}, {soxr.__libsoxr_version__}")


def _espeak() -> Line:
    """The synthesiser that makes the example recordings; no run needs it."""
    program = shutil.which("espeak-ng")
    advice = "only for making the example recordings: install espeak-ng"
    if program is None:
        return Line("espeak-ng", Level.OPTIONAL, "absent", advice)
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Line("espeak-ng", Level.OPTIONAL, f"does not start: {first_line(error)}", advice)
    return Line("espeak-ng", Level.GOOD, done.stdout.partition("Data at")[0].strip())


def _models(settings: Settings) -> Iterator[Line]:
    """The models of this run first, then the others that have a name."""
    from asrcli.engines.catalog import CATALOG
    from asrcli.engines.factory import AUTO, FAKE, NO_PUNCTUATOR

    needed = [(settings.vad, "vad"), (settings.model, "asr")]
    if settings.punc not in (AUTO, NO_PUNCTUATOR):
        needed.append((settings.punc, "punc"))
    needed = [pair for pair in needed if FAKE not in (pair[0], settings.model)]
    for name, role in needed:
        yield _model(name, role, Level.NEEDED, settings)
    names = {name for name, _ in needed}
    for model in CATALOG.values():
        if model.usable and model.name not in names:
            yield _model(model.name, model.role, Level.OPTIONAL, settings)


def _model(name: str, role: str, level: Level, settings: Settings) -> Line:
    from asrcli.engines.catalog import ROLE_OPTION
    from asrcli.engines.hub import locate

    title = f"model: {name}"
    try:
        found = locate(name, role=role, home=settings.model_home)
    except AsrError as error:
        return Line(title, level, "cannot be used", str(error))
    if found is None:
        fetch = f"asr models pull {name}, or {ROLE_OPTION[role]} DIR"
        return Line(title, level, "not here", fetch)
    return Line(title, Level.GOOD, f"{found.where}: {found.path}")


def _cache_folder() -> Line:
    from asrcli.engines.store import CACHE_VARIABLE, cache_folder

    folder = cache_folder()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_bytes = shutil.disk_usage(existing).free
    found = f"{folder}, {free_bytes / 1e9:.1f} GB free"
    advice = f"set {CACHE_VARIABLE} to a folder with room"
    if not os.access(existing, os.W_OK):
        return Line("cache", Level.OPTIONAL, f"{folder}, not writable", advice)
    if free_bytes < LOW_DISK_BYTES:
        return Line("cache", Level.OPTIONAL, found, advice)
    return Line("cache", Level.GOOD, found)


def _temporary_folder() -> Line:
    folder = Path(tempfile.gettempdir())
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"asrcli")
    except OSError as error:
        reason = f"{folder} cannot be written: {error.strerror or error}"
        return Line("temporary", Level.NEEDED, reason, "set TMPDIR to a folder with room")
    return Line("temporary", Level.GOOD, str(folder))
