"""Every layout that the hubs' own programs have used is seen, the newest first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asrcli.engines.caches import huggingface_folders, modelscope_folders
from tests.hub_server import isolate

REPO = "iic/punc.v2-large"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    isolate(monkeypatch, tmp_path)
    return Path(os.environ["HOME"])


def make(*folders: Path) -> list[Path]:
    for folder in folders:
        folder.mkdir(parents=True)
    return list(folders)


def test_nothing_is_found_where_nothing_is() -> None:
    assert list(modelscope_folders(REPO)) == []
    assert list(huggingface_folders(REPO)) == []


def test_all_layouts_of_modelscope_are_seen_newest_first(home: Path) -> None:
    root = home / ".cache" / "modelscope"
    expected = make(
        root / "models" / "iic--punc.v2-large" / "snapshots" / "master",
        root / "models" / "iic" / "punc___v2-large",
        root / "models" / "iic" / "punc.v2-large",
        root / "hub" / "models" / "iic" / "punc___v2-large",
        root / "hub" / "iic" / "punc.v2-large",
        root / "iic" / "punc___v2-large",
    )
    make(root / "models" / "iic" / "another")
    assert list(modelscope_folders(REPO)) == expected


def test_modelscope_cache_is_moved_by_its_variable(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make(home / ".cache" / "modelscope" / "models" / "iic" / "punc___v2-large")
    moved = make(tmp_path / "moved" / "models" / "iic" / "punc___v2-large")
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "moved"))
    assert list(modelscope_folders(REPO)) == moved


def test_a_name_without_dots_is_listed_once(home: Path) -> None:
    folder = make(home / ".cache" / "modelscope" / "models" / "iic" / "plain")
    assert list(modelscope_folders("iic/plain")) == folder


def test_snapshots_are_ranked_by_branch_then_age(home: Path) -> None:
    snapshots = home / ".cache/modelscope/models/iic--punc.v2-large/snapshots"
    old, new, master = make(snapshots / "v1", snapshots / "v2", snapshots / "master")
    for age_s, folder in ((300, old), (200, new), (900, master)):
        os.utime(folder, (1_700_000_000 - age_s,) * 2)
    (snapshots / "note.txt").write_text("not a folder", encoding="utf-8")
    assert list(modelscope_folders(REPO)) == [master, new, old]


@pytest.mark.parametrize(
    ("variable", "below"),
    [
        ("HF_HUB_CACHE", "."),
        ("HUGGINGFACE_HUB_CACHE", "."),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
    ],
)
def test_hugging_face_has_four_variables(
    variable: str, below: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "moved"))
    store = tmp_path / "moved" / below / "models--iic--punc.v2-large"
    assert list(huggingface_folders(REPO)) == []
    folder = make(store / "snapshots" / "abc")
    assert list(huggingface_folders(REPO)) == folder


def test_hugging_face_falls_back_to_the_home_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    store = home / ".cache" / "huggingface" / "hub" / "models--iic--punc.v2-large"
    folder = make(store / "snapshots" / "abc")
    assert list(huggingface_folders(REPO)) == folder


def test_the_commit_that_main_points_at_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    store = tmp_path / "models--iic--punc.v2-large"
    older, newer = make(store / "snapshots" / "aaa", store / "snapshots" / "bbb")
    os.utime(older, (1_600_000_000,) * 2)
    assert list(huggingface_folders(REPO)) == [newer, older]
    (store / "refs").mkdir()
    (store / "refs" / "main").write_text("aaa\n", encoding="ascii")
    assert list(huggingface_folders(REPO)) == [older, newer]


@pytest.mark.parametrize("hub", ["modelscope", "huggingface"])
def test_a_wanted_revision_goes_before_all_others(
    hub: str, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    store = home / ".cache/modelscope/models/iic--punc.v2-large"
    folders = modelscope_folders
    if hub == "huggingface":
        store, folders = tmp_path / "models--iic--punc.v2-large", huggingface_folders
    pinned, branch = make(store / "snapshots" / "v2.0.4", store / "snapshots" / "main")
    assert list(folders(REPO)) == [branch, pinned]
    assert list(folders(REPO, "v2.0.4")) == [pinned, branch]
    assert list(folders(REPO, "v9")) == [branch, pinned]
