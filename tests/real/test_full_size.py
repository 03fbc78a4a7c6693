"""A checkpoint of the published size and form, with random weights, through the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.conftest import ROOT
from tests.engines.seaco_folder import Size, write_seaco

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.real

FULL = Size()


def test_a_full_size_model_loads_and_runs(
    tmp_path: Path, fsmn_vad_folder: Path, subprocess_env: Mapping[str, str]
) -> None:
    """50 encoder layers, width 512, 8404 tokens: what it writes means nothing."""
    folder = write_seaco(tmp_path / "paraformer", FULL)
    assert (folder / "model.pt").stat().st_size > 900 << 20
    example = ROOT / "examples" / "recordings" / "外呼" / "上门 安装.wav"
    sound, rate = soundfile.read(example, dtype="float32", always_2d=True)
    (tmp_path / "in").mkdir()
    soundfile.write(tmp_path / "in" / "speech.wav", np.asarray(sound), rate)
    command = [sys.executable, "-m", "asrcli", "transcribe", "folder", str(tmp_path / "in")]
    options = ["-o", str(tmp_path / "out"), "-m", str(folder), "--vad", str(fsmn_vad_folder)]
    done = subprocess.run(
        [*command, *options, "--punc", "none", "--offline", "--hotword", "的一是"],
        capture_output=True,
        text=True,
        env=subprocess_env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "out" / "speech.wav.json").read_text(encoding="utf-8"))
    assert document["models"]
    tokens = [token for sentence in document["sentences"] for token in sentence["tokens"]]
    assert len(tokens) > len(sound) / rate
    assert all(0 <= token["start"] <= token["end"] <= len(sound) / rate for token in tokens)
