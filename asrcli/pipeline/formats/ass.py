"""Advanced SubStation captions, as libass and most players read them.

The text is set so that the widest line of the recording fits the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.captions.labels import labelled
from asrcli.captions.style import display_cells
from asrcli.pipeline.formats.parts import shown_path, without_breaks

if TYPE_CHECKING:
    from asrcli.clock import Millis
    from asrcli.values import Cue, Transcript

PICTURE_WIDTH, PICTURE_HEIGHT = 1920, 1080
MARGIN = 60
LARGEST_FONT, SMALLEST_FONT = 72, 20

_HEADER = """[Script Info]
Title: {title}
ScriptType: v4.00+
WrapStyle: 2
ScaledBorderAndShadow: yes
PlayResX: {width}
PlayResY: {height}

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Noto Sans CJK SC,{size},&H00FFFFFF,&H000000FF,&H00000000,&H80000000,0,0,0,0,100,100,\
0,0,1,3,0,2,{margin},{margin},{margin},1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""

# A backslash or a brace would begin a command; these look the same and begin nothing.
_HARMLESS = str.maketrans({"\\": "＼", "{": "｛", "}": "｝"})


def render(transcript: Transcript) -> str:
    """A whole script; `WrapStyle: 2` keeps players from breaking lines where we did not."""
    head = _HEADER.format(
        title=without_breaks(shown_path(transcript.source.rel)),
        width=PICTURE_WIDTH,
        height=PICTURE_HEIGHT,
        size=_font_size(transcript),
        margin=MARGIN,
    )
    return head + "".join(_dialogue(cue, transcript) for cue in transcript.cues)


def _dialogue(cue: Cue, transcript: Transcript) -> str:
    # Commas part the fields; only the text, which is the last one, may hold any.
    names = [transcript.speaker(channel).replace(",", "，") for channel, _ in cue.parts]
    text = _plain(labelled(cue, transcript.channel_names)).replace("\n", "\\N")
    name = _plain("、".join(filter(None, names)))
    times = f"{_clock_time(cue.start_ms)},{_clock_time(cue.end_ms)}"
    return f"Dialogue: 0,{times},Default,{name},0,0,0,,{text}\n"


def _plain(text: str) -> str:
    """Text without commands; line breaks stay."""
    return "\n".join(without_breaks(line) for line in text.translate(_HARMLESS).split("\n"))


def _font_size(transcript: Transcript) -> int:
    lines = [
        display_cells(line)
        for cue in transcript.cues
        for line in labelled(cue, transcript.channel_names).split("\n")
    ]
    fitting = 2 * (PICTURE_WIDTH - 2 * MARGIN) // max(lines, default=1)
    return max(SMALLEST_FONT, min(LARGEST_FONT, fitting))


def _clock_time(ms: Millis) -> str:
    """`H:MM:SS.cc`."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest // 10:02d}"
