"""How much is tried, what is tried on, and the counts that stand in the last lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.child import Runner
from tests.faults.folders import forty_recordings, read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.faults.folders import Outputs

FULL = os.environ.get("ASRCLI_FAULTS") == "full"
"""`make faults` sets it; else a form of about a minute runs with all other tests."""

OPTIONS = ("--model", "fake", "--format", "csv,json", "--quiet")


def scaled(full: int, short: int) -> int:
    """So many in `make faults`, and so many in `make test`."""
    return full if FULL else short


@pytest.fixture
def runner(tmp_path: Path, subprocess_env: Mapping[str, str]) -> Runner:
    """Runs in an empty folder."""
    return Runner(tmp_path, subprocess_env)


@pytest.fixture(scope="session")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty recordings, no two alike."""
    return forty_recordings(tmp_path_factory.mktemp("forty"))


@pytest.fixture(scope="session")
def undisturbed(forty: Path, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """What a run leaves that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder)}
    runner = Runner(folder, {k: v for k, v in env.items() if not k.startswith("ASR_")})
    ended = runner("transcribe", "folder", forty, "-o", "out", *OPTIONS, batch_seconds=20)
    assert ended.code == 0, ended.stderr
    return read_outputs(folder / "out")


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Adds to the counts of the last lines."""

    def add(what: str, count: int) -> None:
        record_property(f"faults: {what}", count)

    return add
