"""The door to FunASR's model classes.

`import funasr` runs a server module that takes over logging, checks for updates, prints, and
loads four thousand modules; and it dies where torchaudio is installed but does not match torch.
The model classes need none of that. `prepare` puts an empty package named `funasr` in its place,
with the real package's path, so that `import funasr.models.…` finds the real modules and nothing
else runs. It must be called before any of them is imported.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import importlib.util
import io
import logging
import sys
import types
import warnings
from pathlib import Path

from asrcli.errors import RunError
from asrcli.wording import first_line


@functools.cache
def torchaudio_problem() -> str:
    """Why torchaudio cannot be used; empty where it loads.

    A torchaudio built for another torch fails with an OSError (a CUDA library that a CPU build of
    torch lacks) or a RuntimeError (CUDA versions differ); FunASR expects an ImportError only. It
    is marked as absent for the rest of the process, which everything downstream understands.
    """
    try:
        importlib.import_module("torchaudio")
    except ImportError as error:
        problem = f"not installed ({error})"
    except (OSError, RuntimeError) as error:
        problem = f"does not match this torch ({first_line(error)})"
    else:
        return ""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        del sys.modules[name]
    sys.modules["torchaudio"] = None  # type: ignore[assignment]
    return problem


def torchaudio_state() -> str:
    """One line for `asr doctor`."""
    problem = torchaudio_problem()
    if problem:
        return f"absent: {problem}; features and resampling do without it"
    return f"{importlib.metadata.version('torchaudio')}, loads"


@functools.cache
def prepare() -> None:
    """Make `funasr.models` importable without running FunASR's package root.

    Raises:
        RunError: FunASR is not installed.
    """
    torchaudio_problem()
    spec = importlib.util.find_spec("funasr") if "funasr" not in sys.modules else None
    if "funasr" in sys.modules:
        return
    if spec is None or spec.origin is None:
        raise RunError("funasr is not installed; install asrcli with its dependencies again")
    package = types.ModuleType("funasr")
    package.__path__ = [str(Path(spec.origin).parent)]
    package.__file__ = spec.origin
    package.__spec__ = spec
    package.__version__ = importlib.metadata.version("funasr")  # type: ignore[attr-defined]
    sys.modules["funasr"] = package


def load(module: str) -> types.ModuleType:
    """Import `funasr.<module>` quietly.

    Importing must leave no trace: FunASR's modules print, warn, log, and one of them disables
    every warning of the process.

    Raises:
        RunError: the installed FunASR has no such module or it does not import here.
    """
    prepare()
    level = logging.root.level
    handlers = list(logging.root.handlers)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            return importlib.import_module(f"funasr.{module}")
    except ImportError as error:
        raise RunError(f"the installed funasr does not fit: {error}") from error
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
