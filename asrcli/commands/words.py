"""Which hotwords a job uses: the list and the words of the options, and the scope of each list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.hotwords.scope import Scope
    from asrcli.pipeline.lists import HotwordsOf
    from asrcli.settings import Settings
    from asrcli.values import HotwordSet, SourceFile

REMARKS_SHOWN = 5


def read_words(settings: Settings) -> HotwordSet:
    """The hotwords of the list and of the command line; the latter decide a word's weight.

    Raises:
        UsageError: the list cannot be read or has no usable word, or an option is unusable.
    """
    from asrcli.hotwords.lists import hotwords_from_options, merge, read_hotwords

    listed = [read_hotwords(Path(settings.hotwords))] if settings.hotwords else []
    return merge(*listed, hotwords_from_options(settings.hotword))


def scope_of(base: HotwordSet, settings: Settings, sources: Sequence[SourceFile]) -> Scope:
    """The hotwords of every source; each list is read here, so that none can fail later.

    `base` holds for all; then come the `hotwords.txt` of the folders, from the one that was
    scanned downwards, and the manifest.

    Raises:
        UsageError: a list cannot be read or has no usable word.
    """
    from asrcli.hotwords.scope import Manifest, Scope, from_manifest

    root = scanned_root(sources)
    named = settings.hotword_manifest
    scope = Scope(base, root, from_manifest(Path(named), root) if named else Manifest())
    for source in sources:
        scope.hotwords(source.path)
    return scope


def words_of(scope: Scope) -> HotwordsOf:
    """The scope as the chain asks for it."""
    return lambda source: scope.hotwords(source.path)


def scanned_root(sources: Sequence[SourceFile]) -> Path:
    """The folder that the sources' `rel` count from; the working folder without any."""
    if not sources:
        return Path()
    return sources[0].path.parents[len(sources[0].rel.parts) - 1]


def remarks(sources: Sequence[SourceFile], scope: Scope) -> Iterator[str]:
    """What the user should know of the lists: words that are not used, rows that match no file."""
    lists = dict.fromkeys((scope.base, *(scope.hotwords(source.path) for source in sources)))
    dropped = dict.fromkeys(word for words in lists for word in words.dropped)
    yield from _shortened(
        [f"hotword {w.text!r} on line {w.line} is not used: {w.reason}" for w in dropped],
        "more hotwords are not used",
    )
    unmatched = scope.manifest.unmatched(source.path for source in sources)
    yield from _shortened(
        [f"--hotword-manifest, line {line}: no recording {path}" for line, path in unmatched],
        "more rows of it belong to no recording",
    )


def _shortened(lines: list[str], rest: str) -> Iterator[str]:
    yield from lines[:REMARKS_SHOWN]
    if len(lines) > REMARKS_SHOWN:
        yield f"and {len(lines) - REMARKS_SHOWN} {rest}"
