"""The engines of a run on the real files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.engines.catalog import CATALOG
from asrcli.engines.factory import open_engines
from asrcli.files import content_hash
from asrcli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


def test_the_default_voice_detector_and_the_bundled_model_load_offline(
    fsmn_vad_folder: Path, demo_folder: Path
) -> None:
    notes: list[str] = []
    engines = open_engines(Settings(model="demo", device="cpu", offline=True), notes.append)
    assert [(info.role, info.name) for info in engines.infos] == [
        ("vad", "fsmn-vad"),
        ("asr", "demo"),
    ]
    assert all(len(info.sha256) == 64 for info in engines.infos)
    assert engines.vad.speech(np.zeros(32_000, dtype=np.float32)) == ()
    assert notes == []


def test_the_files_out_of_the_wheel_are_the_original_ones(fsmn_vad_folder: Path) -> None:
    wheel = CATALOG["fsmn-vad"].wheel
    assert wheel is not None
    expected = {name: sha256 for name, sha256 in wheel.files if name != "configuration.json"}
    assert {name: content_hash(fsmn_vad_folder / name) for name in expected} == expected
