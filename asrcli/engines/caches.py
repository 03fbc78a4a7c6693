"""Where ModelScope's and Hugging Face's own programs keep what they have downloaded.

Both have changed their layouts over the years; whatever lies on the disk already need not be
fetched again. Only folder names are known here: whether a folder is whole is checked elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_REVISIONS = ("master", "main")


def modelscope_folders(repo: str, revision: str = "") -> Iterator[Path]:
    """Folders that may hold a ModelScope repository, the newest layout first.

    The root is `MODELSCOPE_CACHE`, else `~/.cache/modelscope`. Below it lie, by age:
    `models/<owner>--<name>/snapshots/<revision>`, then `<owner>/<name>` with dots written as
    `___`, under `models`, `hub/models`, `hub` or the root itself.

    Args:
        repo: `owner/name`.
        revision: the one that is preferred where there are several.
    """
    root = _folder("MODELSCOPE_CACHE") or Path.home() / ".cache" / "modelscope"
    yield from _snapshots(root / "models" / repo.replace("/", "--") / "snapshots", revision)
    owner, name = repo.split("/", 1)
    for base in (root / "models", root / "hub" / "models", root / "hub", root):
        for folder in dict.fromkeys((name.replace(".", "___"), name)):
            if (base / owner / folder).is_dir():
                yield base / owner / folder


def huggingface_folders(repo: str, revision: str = "") -> Iterator[Path]:
    """Folders that may hold a Hugging Face repository: `models--owner--name/snapshots/<commit>`.

    The root is `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `hub` in `HF_HOME`, else in
    `huggingface` in the user's cache folder. The commit that `main` points at comes second.

    Args:
        repo: `owner/name`.
        revision: the one that is preferred where there are several.
    """
    home = _folder("HF_HOME")
    if home is None:
        home = (_folder("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    root = _folder("HF_HUB_CACHE") or _folder("HUGGINGFACE_HUB_CACHE") or home / "hub"
    store = root / f"models--{repo.replace('/', '--')}"
    yield from _snapshots(store / "snapshots", revision, _reference(store / "refs" / "main"))


def _folder(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    return Path(value).expanduser() if value else None


def _reference(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _snapshots(folder: Path, *wanted: str) -> Iterator[Path]:
    """The revisions in a snapshots folder: `wanted`, the default branches, then newest first."""
    try:
        found = [(entry.stat().st_mtime_ns, entry) for entry in folder.iterdir() if entry.is_dir()]
    except OSError:
        return
    preferred = (*wanted, *DEFAULT_REVISIONS)
    ranks = {name: rank for rank, name in reversed(list(enumerate(preferred)))}
    last = len(preferred)
    yield from (
        entry
        for _, entry in sorted(found, key=lambda pair: (ranks.get(pair[1].name, last), -pair[0]))
    )
