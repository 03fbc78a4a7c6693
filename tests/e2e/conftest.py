"""What the end-to-end tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import Program, record_good

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def asr(tmp_path: Path, subprocess_env: Mapping[str, str]) -> Program:
    """The program, started in `tmp_path`."""
    return Program(tmp_path, subprocess_env)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder of good recordings."""
    return record_good(tmp_path / "in")
