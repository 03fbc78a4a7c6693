"""Which list holds for which recording, and what each option adds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asrcli.commands.words import (
    REMARKS_SHOWN,
    read_words,
    remarks,
    scanned_root,
    scope_of,
    words_of,
)
from asrcli.errors import UsageError
from asrcli.pipeline.discover import sources_of
from asrcli.settings import Settings
from asrcli.values import HotwordSet
from tests.e2e.program import record

if TYPE_CHECKING:
    from asrcli.values import SourceFile


@pytest.fixture
def recordings(tmp_path: Path) -> list[SourceFile]:
    for name in ("a.wav", "b.wav"):
        record(tmp_path / "in" / name, "今天开会")
    return sources_of([tmp_path / "in" / "a.wav", tmp_path / "in" / "b.wav"])


class TestReadWords:
    """The list and the options."""

    def test_none(self) -> None:
        assert read_words(Settings()) == HotwordSet()

    def test_options_decide_the_weight(self, tmp_path: Path) -> None:
        (tmp_path / "w.txt").write_text("甲方 2\n乙方\n", encoding="utf-8")
        settings = Settings(hotwords=str(tmp_path / "w.txt"), hotword=("甲方:5", "丙方"))
        assert read_words(settings).words == (("甲方", 5.0), ("乙方", 1.0), ("丙方", 1.0))

    def test_an_unusable_one(self) -> None:
        with pytest.raises(UsageError):
            read_words(Settings(hotword=("甲:x",)))


class TestScope:
    """Lists of folders and of a manifest hold for their recordings only."""

    def test_a_folder_and_a_row_have_lists_of_their_own(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        (tmp_path / "in" / "hotwords.txt").write_text("甲方 2\n", encoding="utf-8")
        manifest = tmp_path / "calls.csv"
        manifest.write_text("file,hotwords\nb.wav,乙方|丙方:3\n", encoding="utf-8")
        settings = Settings(hotword=("丁方",), hotword_manifest=str(manifest))
        scope = scope_of(read_words(settings), settings, recordings)
        first, second = (scope.hotwords(one.path).words for one in recordings)
        assert dict(first) == {"丁方": 1.0, "甲方": 2.0}
        assert dict(second) == {"丁方": 1.0, "甲方": 2.0, "乙方": 1.0, "丙方": 3.0}

    def test_a_list_of_a_folder_that_cannot_be_read_stops_before_any_work(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        (tmp_path / "in" / "hotwords.txt").write_bytes(b"\xff\xfe\xfa")
        with pytest.raises(UsageError, match=r"hotwords\.txt"):
            scope_of(HotwordSet(), Settings(), recordings)

    def test_a_manifest_that_is_missing(self, recordings: list[SourceFile], tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"none\.csv"):
            missing = Settings(hotword_manifest=str(tmp_path / "none.csv"))
            scope_of(HotwordSet(), missing, recordings)

    def test_the_root_is_what_was_scanned(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        assert scanned_root(recordings) == tmp_path / "in"
        assert scanned_root([]) == Path()

    def test_what_is_dropped_of_several_lists_is_told_once(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        (tmp_path / "in" / "hotwords.txt").write_text("甲方\n甲\n", encoding="utf-8")
        scope = scope_of(HotwordSet(), Settings(), recordings)
        (line,) = remarks(recordings, scope)
        assert line.startswith("hotword '甲' on line 2 is not used: ")

    def test_a_row_for_no_recording_is_told(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        manifest = tmp_path / "calls.csv"
        rows = "".join(f"none{n}.wav,乙方\n" for n in range(REMARKS_SHOWN + 2))
        manifest.write_text(f"file,hotwords\nb.wav,丙方\n{rows}", encoding="utf-8")
        settings = Settings(hotword_manifest=str(manifest))
        lines = list(remarks(recordings, scope_of(HotwordSet(), settings, recordings)))
        assert lines[0].startswith("--hotword-manifest, line 3: no recording ")
        assert lines[-1] == "and 2 more rows of it belong to no recording"

    def test_the_chain_asks_by_source(self, recordings: list[SourceFile], tmp_path: Path) -> None:
        base = HotwordSet((("甲方", 1.0),), (), "x")
        ask = words_of(scope_of(base, Settings(), recordings))
        assert ask(recordings[0]) == base
