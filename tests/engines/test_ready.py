"""What a process imports beforehand is what a VAD needs, and nothing that can fail is in it."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from asrcli.engines import fsmn_vad, ready, vendor
from asrcli.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_all_of_it_is_imported(fresh_python: Callable[[str], str]) -> None:
    wanted = {*ready.MODULES, f"funasr.{fsmn_vad.ENCODER}"}
    program = f"import asrcli.engines.ready, sys; print({wanted!r} - set(sys.modules))"
    assert fresh_python(program) == "set()\n"


def test_a_funasr_that_does_not_fit_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit(_module: str) -> None:
        raise RunError("the installed funasr does not fit")

    monkeypatch.setattr(vendor, "load", unfit)
    assert importlib.reload(ready).MODULES
    assert "torch" in sys.modules


def test_the_vad_finds_its_network_there() -> None:
    assert vendor.load(fsmn_vad.ENCODER).FSMN
