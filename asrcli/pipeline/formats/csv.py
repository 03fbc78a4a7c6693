"""CSV for spreadsheets: one row a sentence, one row for a file without any.

Excel and its like run a cell that begins with = + - @ TAB or CR as a formula, also when it came
out of a recording or a file name. Such a cell gets a single quote in front, which says "text" to
them (OWASP, "CSV Injection").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.clock import ms_to_seconds
from asrcli.pipeline.formats.parts import shown_path, table
from asrcli.wording import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import Outcome, Transcript

COLUMNS = (
    "file", "channel", "sentence", "start", "end", "text", "spoken", "confidence", "hotwords",
    "status", "reason",
)  # fmt: skip


def render(transcript: Transcript) -> str:
    """A whole table: the header and the sentences of one recording.

    `start` and `end` are seconds with 3 decimals; `channel` is the name of its speaker where one
    was given, else counts from 1, and is empty when all channels were mixed; `sentence` counts
    from 1.
    """
    return header() + sentence_rows(transcript)


def header() -> str:
    """The first line of every table."""
    return _lines([], with_header=True)


def sentence_rows(transcript: Transcript) -> str:
    """One line for each sentence, without a header; nothing if there are none."""
    file = shown_path(transcript.source.rel)
    return _lines(
        [
            (
                file,
                _channel(transcript, sentence.channel),
                str(number),
                f"{ms_to_seconds(sentence.start_ms):.3f}",
                f"{ms_to_seconds(sentence.end_ms):.3f}",
                sentence.written,
                sentence.spoken,
                f"{sentence.confidence:.3f}",
                "|".join(sentence.hotwords),
                "done",
                "",
            )
            for number, sentence in enumerate(transcript.sentences, 1)
        ]
    )


def _channel(transcript: Transcript, channel: int | None) -> str:
    number = "" if channel is None else str(channel + 1)
    return transcript.speaker(channel) or number


def outcome_row(outcome: Outcome) -> str:
    """The one line of a file that has no sentences, with its status and the reason."""
    nothing = [""] * (len(COLUMNS) - 3)
    return _lines([(shown_path(outcome.source.rel), *nothing, outcome.status, outcome.reason)])


def _lines(rows: Sequence[Sequence[str]], *, with_header: bool = False) -> str:
    plain = [[harmless(cell) for cell in row] for row in rows]
    return table(COLUMNS, plain, separator=",", header=with_header)
