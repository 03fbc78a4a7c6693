"""What the recipe's tests share."""

from __future__ import annotations

import ctypes

import pytest

from recipes.demo_model.espeak import LIBRARY


def _has_espeak() -> bool:
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def speech() -> None:
    """Skips where the synthesiser is not installed: it is needed to train, not to use asr."""
    if not _has_espeak():
        pytest.skip(f"{LIBRARY} is not installed")
