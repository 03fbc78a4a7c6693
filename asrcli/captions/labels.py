"""Who speaks, in front of what they say: `坐席: 您好`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.values import speaker_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import Cue


def label(names: Sequence[str], channel: int | None) -> str:
    """What stands in front of a text; empty where the channel has no name."""
    name = speaker_name(names, channel)
    return f"{name}: " if name else ""


def labelled(cue: Cue, names: Sequence[str]) -> str:
    """The text of a caption as it is shown, each speaker's lines behind their name."""
    return "\n".join(label(names, channel) + text for channel, text in cue.parts)
