"""Everyone gets the same model and threads, and who cannot run says why."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.contenders import BASELINE, Bench, asrcli, contenders

BENCH = Bench(
    model=Path("model"), vad=Path("vad"), device="cpu", threads=2, peers=Path(sys.executable)
)


def test_the_baseline_and_ours_compute_with_the_same_weights() -> None:
    found = {one.name: one for one in contenders(BENCH)}
    for name in (BASELINE, "asrcli fp32", "asrcli bf16", "asrcli int8"):
        command = found[name].command
        assert not found[name].absent
        assert command[command.index("--model") + 1] == "model"
        assert command[command.index("--vad") + 1] == "vad"


def test_a_cuda_device_has_its_own_precisions() -> None:
    names = [one.name for one in contenders(replace(BENCH, device="cuda:0"))]
    assert "asrcli fp16" in names
    assert "asrcli int8" not in names


@pytest.mark.parametrize("name", ["funasr-onnx", "sherpa-onnx", "faster-whisper"])
def test_who_is_not_installed_says_what_to_install(name: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    found = {one.name: one for one in contenders(replace(BENCH, peers=python))}
    assert f"pip install {name}" in found[name].absent


def test_who_has_no_model_says_so(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    bench = replace(BENCH, peers=python, whisper=Path("whisper"))
    found = {one.name: one for one in contenders(bench)}
    assert "no model here" in found["sherpa-onnx"].absent
    assert not found["faster-whisper"].absent
    assert found["faster-whisper"].command[0] == str(python)


def test_asrcli_decodes_in_every_round() -> None:
    command = asrcli(BENCH, "fp32").command
    assert command[command.index("--journal") + 1] == "none"
