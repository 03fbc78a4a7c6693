"""A transcript without a packet: the bundled model and the published voice detector."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from asrcli.commands.demo import recordings_folder
from tests.network_watch import remote_calls, run_watched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.real

OFFLINE = ["--model", "demo", "--device", "cpu", "--offline"]


@pytest.fixture
def recording(fsmn_vad_folder: Path, tmp_path: Path) -> Path:
    """One of the example recordings, alone in a folder."""
    first = sorted(recordings_folder().rglob("*.wav"))[0]
    (tmp_path / "in").mkdir()
    shutil.copy(first, tmp_path / "in")
    return tmp_path / "in" / first.name


def test_a_transcript_needs_no_network(
    recording: Path, tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    args = ["transcribe", "folder", "in", "-o", "out", "-f", "txt", *OFFLINE]
    done = run_watched(args, tmp_path, subprocess_env)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out" / f"{recording.name}.txt").read_text(encoding="utf-8")) > 20


def test_the_kernel_is_not_asked_for_the_network(
    recording: Path, tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    args = ["transcribe", "file", str(recording), *OFFLINE]
    assert remote_calls(args, tmp_path, subprocess_env) == []
