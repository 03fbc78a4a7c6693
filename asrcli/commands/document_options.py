"""How captions, documents and the review look, declared as the options in `options`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from asrcli.commands.options import Flag, Word, panel

_documents = panel("Captions and documents")

CaptionWidth: TypeAlias = Annotated[
    Word,
    _documents("--caption-width", "CHARS", "Full-width characters a line, 4 to 80; default 16"),
]
CaptionLines: TypeAlias = Annotated[
    Word, _documents("--caption-lines", "LINES", "Lines a caption, 1 to 4; default 2")
]
CaptionMin: TypeAlias = Annotated[
    Word, _documents("--caption-min", "SECONDS", "Shortest caption, 0.2 to 3; default 1")
]
CaptionMax: TypeAlias = Annotated[
    Word, _documents("--caption-max", "SECONDS", "Longest caption, 3 to 20; default 7")
]
CaptionSpeed: TypeAlias = Annotated[
    Word,
    _documents("--caption-speed", "CHARS", "Full-width characters a second, 3 to 40; default 9"),
]
CaptionGap: TypeAlias = Annotated[
    Word, _documents("--caption-gap", "MS", "Time between two captions, 0 to 500; default 80")
]
StrictCaptions: TypeAlias = Annotated[
    Flag, _documents("--strict-captions", None, "A caption over a limit fails its recording")
]
DocxTemplate: TypeAlias = Annotated[
    Word, _documents("--docx-template", "FILE", "A Word document with {time}, {speaker} and {text}")
]
ReviewClips: TypeAlias = Annotated[
    Flag,
    _documents("--review-clips", None, "Also cut the sentences of review.csv out as wav files"),
]
