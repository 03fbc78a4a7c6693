"""A journal that nobody keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.history.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty journal in memory."""
    with Store(None) as opened:
        yield opened
