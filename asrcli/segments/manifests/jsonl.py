"""JSON Lines: the JSON document of each recording on one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from asrcli.segments.manifests.json import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList


def render(cuts: Sequence[CutList]) -> str:
    """One line."""
    return json.dumps(document(cuts), ensure_ascii=False, separators=(",", ":")) + "\n"
