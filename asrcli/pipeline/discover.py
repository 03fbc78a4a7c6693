"""Stage 1: find recordings. Folder in, `SourceFile`s out, in an order that never changes.

Whatever carries a recording's name is handed on, even if it turns out to be a broken link, a
named pipe or a folder that cannot be listed: loading it fails, and so it ends as one reported
outcome instead of disappearing.
"""

from __future__ import annotations

import fnmatch
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.values import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SOUND = "wav wave flac mp3 mp2 mpga m4a m4b aac adts ogg oga opus spx amr awb wma aif aiff aifc"
_RARER = "caf au snd w64 rf64 bwf 3ga ac3 eac3 ape tta wv mka"
_VIDEO = "mp4 m4v mov qt mkv webm avi wmv asf flv mpg mpeg ts mts m2ts ogv vob 3gp 3gpp 3g2"
AUDIO_SUFFIXES = frozenset("." + name for name in f"{_SOUND} {_RARER} {_VIDEO}".split())
"""Endings, in lower case, that a recording may have; letters of any case match."""


def discover(
    root: Path,
    *,
    recursive: bool,
    include: Sequence[str],
    exclude: Sequence[str],
    output: Path | None,
) -> Iterator[SourceFile]:
    """Walk a folder for recordings.

    Entries are taken depth first, each folder's names in the order of their bytes, so the order
    depends on neither the locale nor the file system. Hidden names and the output folder are
    passed over. A linked folder is followed when it lies outside `root`; one inside is walked
    under its own name. No folder is walked twice.

    Patterns ignore case and know `*`, `?`, `[...]` and `**` (any number of folders). One without
    a slash is compared with the bare name, one with a slash with the path from `root`. A file is
    taken if it has an audio suffix and, where `include` is given, matches one of its patterns; a
    pattern that ends in another suffix (`*.dat`) admits that suffix. `exclude` wins, and also
    keeps the walk out of the folders it matches.

    Args:
        root: the folder.
        recursive: whether to enter its folders.
        include: patterns, empty for all recordings.
        exclude: patterns of what is left out.
        output: where the run writes, or None.

    Yields:
        One `SourceFile` for each recording. Its size and time are 0 where they cannot be read.

    Raises:
        UsageError: `root` is not there, is no folder or cannot be listed; raised by the call
            itself, not by the first step of the iteration.
    """
    try:
        entries = _listed(root)
    except FileNotFoundError as error:
        raise UsageError(f"{root} does not exist; name the folder of recordings") from error
    except NotADirectoryError as error:
        raise UsageError(f"{root} is not a folder; type: asr transcribe file {root}") from error
    except OSError as error:
        raise UsageError(f"{root} cannot be listed: {error.strerror or error}") from error
    walk = _Walk(
        root=Path(os.path.realpath(root)),
        recursive=recursive,
        include=tuple(_Pattern.of(glob) for glob in include),
        exclude=tuple(_Pattern.of(glob) for glob in exclude),
        closed={identity for identity in (_identity(output), _identity(root)) if identity},
    )
    return walk.files(entries, PurePath())


def sources_of(files: Sequence[Path]) -> list[SourceFile]:
    """The files named on the command line, in their order, each once.

    `rel` is the path from their deepest common folder, so two files of the same name never clash.

    Raises:
        UsageError: one is not there or is a folder.
    """
    # Not resolved: a link keeps the name that the user typed.
    paths = [Path(os.path.normpath(Path.cwd() / file)) for file in dict.fromkeys(files)]
    paths = list(dict.fromkeys(paths))
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where we have no rights
            raise UsageError(f"{path} is a folder; type: asr transcribe folder {path} -o OUT")
        if _is_gone(path):
            raise UsageError(f"{path} does not exist; check the name")
    common = os.path.commonpath([path.parent for path in paths]) if paths else ""
    return [_source(path, path.relative_to(common), _stat(path)) for path in paths]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A compiled glob; `names_suffix` says that it ends in a plain suffix such as `.dat`."""

    regex: re.Pattern[str]
    whole_path: bool
    names_suffix: bool

    @classmethod
    def of(cls, glob: str) -> _Pattern:
        body = _folded(glob.removeprefix("./").strip("/"))
        return cls(
            regex=re.compile(_regex(body), re.DOTALL),
            whole_path="/" in glob.removeprefix("./").rstrip("/"),
            names_suffix=re.search(r"\.[^.*?\[\]/]+$", body) is not None,
        )

    def matches(self, rel: PurePath) -> bool:
        subject = rel.as_posix() if self.whole_path else rel.name
        return self.regex.fullmatch(_folded(subject)) is not None


@dataclass(frozen=True, slots=True)
class _Walk:
    """What stays the same during one walk, and the folders that were entered (`closed`)."""

    root: Path
    recursive: bool
    include: tuple[_Pattern, ...]
    exclude: tuple[_Pattern, ...]
    closed: set[tuple[int, int]]

    def files(self, entries: list[os.DirEntry[str]], above: PurePath) -> Iterator[SourceFile]:
        for entry in entries:
            rel = above / entry.name
            if entry.name.startswith(".") or any(p.matches(rel) for p in self.exclude):
                continue
            if _is_folder(entry):
                yield from self._folder(entry, rel)
            elif self._wanted(rel):
                path = Path(entry.path)
                # One deleted while we looked is passed over: there is nothing that could be lost.
                if not _is_gone(path):
                    yield _source(path, rel, _stat(path))

    def _folder(self, entry: os.DirEntry[str], rel: PurePath) -> Iterator[SourceFile]:
        if not self.recursive or (entry.is_symlink() and self._inside(entry)):
            return
        identity = _identity(Path(entry.path))
        if identity is None or identity in self.closed:
            return
        self.closed.add(identity)
        try:
            entries = _listed(Path(entry.path))
        except OSError:
            yield _source(Path(entry.path), rel, None)
            return
        yield from self.files(entries, rel)

    def _inside(self, link: os.DirEntry[str]) -> bool:
        return Path(os.path.realpath(link.path)).is_relative_to(self.root)

    def _wanted(self, rel: PurePath) -> bool:
        known = rel.suffix.lower() in AUDIO_SUFFIXES
        if not self.include:
            return known
        return any((known or p.names_suffix) and p.matches(rel) for p in self.include)


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: os.fsencode(entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads to itself: taken as a file, and reported as such


def _is_gone(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # there, but not for us: that must be reported
    return False


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _identity(folder: Path | None) -> tuple[int, int] | None:
    facts = _stat(folder) if folder is not None else None
    return None if facts is None else (facts.st_dev, facts.st_ino)


def _source(path: Path, rel: PurePath, facts: os.stat_result | None) -> SourceFile:
    if facts is None:
        return SourceFile(path, rel, 0, 0)
    return SourceFile(path, rel, facts.st_size, facts.st_mtime_ns)


def _folded(text: str) -> str:
    # File systems of Apple store é as two characters, keyboards send one.
    return unicodedata.normalize("NFC", text).lower()


_GLOB_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _regex(glob: str) -> str:
    def part(text: str) -> str:
        if len(text) > 1 and text.startswith("["):
            # The standard library knows the odd cases of sets; its end-of-text mark is cut off.
            return "(?!/)" + fnmatch.translate(text)[:-2]
        return _WILDCARDS.get(text) or re.escape(text)

    return "".join(part(match.group()) for match in _GLOB_PARTS.finditer(glob))
