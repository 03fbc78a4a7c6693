"""FunASR's classes come in quietly, and a broken torchaudio counts as none."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import vendor
from asrcli.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path


def run(code: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Each case needs a process in which nothing was imported before."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(map(str, [*paths, *sys.path])), "OMP_NUM_THREADS": "1"},
    )


def test_classes_come_without_the_package_root() -> None:
    done = run("""
        import logging, sys, warnings
        import torch
        from asrcli.engines import vendor
        before = list(warnings.filters)
        module = vendor.load("models.seaco_paraformer.model")
        assert module.SeacoParaformer.__name__ == "SeacoParaformer"
        assert "funasr.auto.auto_model" not in sys.modules
        assert not logging.root.handlers and logging.root.level == logging.WARNING
        assert warnings.filters == before
        assert sys.modules["funasr"].__version__
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


@pytest.mark.parametrize("error", ["OSError('libc10_cuda.so')", "RuntimeError('CUDA 13.2')"])
def test_a_torchaudio_that_does_not_load_counts_as_absent(tmp_path: Path, error: str) -> None:
    package = tmp_path / "torchaudio"
    package.mkdir()
    (package / "__init__.py").write_text(f"from . import half\nraise {error}\n")
    (package / "half.py").write_text("")
    done = run(
        """
        import sys
        from asrcli.engines import vendor
        print(vendor.torchaudio_state())
        try:
            import torchaudio.half
        except ImportError:
            print("gone")
        vendor.load("models.seaco_paraformer.model")
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    state, gone = done.stdout.splitlines()
    assert state.startswith("absent: does not match this torch (")
    assert error.split("'")[1] in state
    assert gone == "gone"


def test_no_torchaudio_is_no_problem() -> None:
    done = run("""
        import sys
        sys.modules["torchaudio"] = None
        from asrcli.engines import vendor
        print(vendor.torchaudio_state())
    """)
    assert done.stdout.startswith("absent: not installed")


def test_a_torchaudio_that_loads_is_named(tmp_path: Path) -> None:
    (tmp_path / "torchaudio.py").write_text("")
    done = run(
        "from asrcli.engines import vendor; print(vendor.torchaudio_state())",
        tmp_path,
    )
    assert done.stdout.strip().endswith("loads")


def test_a_module_that_is_gone_is_one_line() -> None:
    with pytest.raises(RunError, match="does not fit"):
        vendor.load("models.no_such_model")


def test_no_funasr_is_one_line() -> None:
    done = run("""
        import importlib.util
        from asrcli.engines import vendor
        from asrcli.errors import RunError
        vendor.torchaudio_problem()
        importlib.util.find_spec = lambda name: None
        try:
            vendor.prepare()
        except RunError as error:
            print(error)
    """)
    assert "funasr is not installed" in done.stdout, done.stderr
