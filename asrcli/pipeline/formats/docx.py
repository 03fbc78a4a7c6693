"""Word documents: who said what when, filled into a template.

A template is any .docx. In its text, tables, headers and footers `{file}`, `{duration}`,
`{sentences}` and `{confidence}` stand for what they say. The table row, or the paragraph outside
of tables, that holds `{text}` is repeated for every sentence; in it `{time}`, `{end}`, `{speaker}`
and `{text}` belong to the sentence.

The bytes depend on the transcript and the template alone: the files inside the archive get one
fixed date.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from typing import TYPE_CHECKING, TypeAlias

from asrcli.errors import UsageError
from asrcli.pipeline.formats.parts import shown_path, without_breaks
from asrcli.wording import first_line, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement

    from asrcli.values import TimedSentence, Transcript

    Element: TypeAlias = BaseOxmlElement

FIELD = re.compile(r"\{(\w+)\}")
OLDEST_DATE = (1980, 1, 1, 0, 0, 0)
"""The first date that a zip archive can hold."""

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(transcript: Transcript, template: bytes | None = None) -> bytes:
    """A whole document; `template` is the content of a .docx file, None for our own."""
    document = _open(template) if template else _default(bool(transcript.channel_names))
    pattern = _pattern(document)
    of_file = _of_file(transcript)
    made = []
    for sentence in transcript.sentences:
        made.append(copy.deepcopy(pattern))
        _fill(made[-1], of_file | _of_sentence(transcript, sentence))
    for part in _parts(document):
        _fill(part, of_file)
    # In place only now: what was said may look like a field too.
    for filled in made:
        pattern.addprevious(filled)
    pattern.getparent().remove(pattern)
    return _packed(document)


def read_template(path: Path) -> bytes:
    """The content of a template that can be filled.

    Raises:
        UsageError: it cannot be read, is no Word document, or has no place for the text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"--docx-template {path}: {error.strerror or error}") from error
    try:
        _pattern(_open(content))
    except UsageError as error:
        raise UsageError(f"--docx-template {path}: {error}") from error
    return content


def _open(content: bytes) -> Document:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        return docx.Document(io.BytesIO(content))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UsageError(f"not a Word document: {first_line(error)}") from error


def _default(with_speakers: bool) -> Document:
    """Title, length, and a table of times, speakers where they have names, and text."""
    import docx
    from docx.shared import Cm

    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.add_heading("{file}", level=1)
    document.add_paragraph("{duration}")
    fields = [("{time}", 2.2), ("{speaker}", 2.4), ("{text}", 11.0)]
    shown = [field for field in fields if with_speakers or field[0] != "{speaker}"]
    table = document.add_table(rows=1, cols=len(shown))
    for column, cell, (field, width) in zip(table.columns, table.rows[0].cells, shown, strict=True):
        cell.text = field
        cell.width = column.width = Cm(width)
    return document


def _pattern(document: Document) -> Element:
    """The element that is repeated: the innermost row, else paragraph, that holds `{text}`.

    Raises:
        UsageError: there is none.
    """
    from docx.oxml.ns import qn

    for paragraph in document.element.body.iter(qn("w:p")):
        if "{text}" in _text(paragraph):
            found: Element = next(paragraph.iterancestors(qn("w:tr")), paragraph)
            return found
    raise UsageError("holds no {text}; write it where each sentence belongs")


def _parts(document: Document) -> Iterator[Element]:
    """Everything that can hold a field: the body, and the headers and footers of all sections."""
    yield document.element.body
    for section in document.sections:
        yield section.header._element  # noqa: SLF001 - python-docx has no public name for it
        yield section.footer._element  # noqa: SLF001


def _text(paragraph: Element) -> str:
    from docx.oxml.ns import qn

    return "".join(text.text or "" for text in paragraph.iter(qn("w:t")))


def _fill(element: Element, values: Mapping[str, str]) -> None:
    """Replace the fields in all paragraphs of an element; unknown ones stay."""
    from docx.oxml.ns import qn

    for paragraph in element.iter(qn("w:p")):
        texts = list(paragraph.iter(qn("w:t")))
        # Word parts a text wherever it was edited, also in the middle of a field.
        for match in reversed(list(FIELD.finditer(_text(paragraph)))):
            value = values.get(match[1])
            if value is not None:
                _replace(texts, match.span(), value)


def _replace(texts: list[Element], place: tuple[int, int], value: str) -> None:
    """Put a value in place of characters that may lie in several runs: it goes into the first."""
    from docx.oxml.ns import qn

    start, end = place
    before = 0
    pending = value
    for text in texts:
        own = text.text or ""
        low, high = max(0, start - before), min(len(own), end - before)
        before += len(own)
        if low < high:
            text.text = own[:low] + pending + own[high:]
            text.set(qn("xml:space"), "preserve")
            pending = ""


def _of_file(transcript: Transcript) -> dict[str, str]:
    return {
        "file": _printable(shown_path(transcript.source.rel)),
        "duration": span(transcript.duration_ms),
        "sentences": str(len(transcript.sentences)),
        "confidence": f"{transcript.confidence:.3f}",
    }


def _of_sentence(transcript: Transcript, sentence: TimedSentence) -> dict[str, str]:
    return {
        "time": span(sentence.start_ms),
        "end": span(sentence.end_ms),
        "speaker": _printable(transcript.speaker(sentence.channel)),
        "text": _printable(sentence.written),
    }


def _printable(text: str) -> str:
    """The text without what XML cannot hold."""
    return without_breaks(_UNPRINTABLE.sub("", text))


def _packed(document: Document) -> bytes:
    """The document as bytes that do not depend on the time of day."""
    written = io.BytesIO()
    document.save(written)
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, OLDEST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()
