"""Which list holds for which recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from asrcli.errors import UsageError
from asrcli.hotwords.lists import hotwords_from_options, merge, read_hotwords
from asrcli.hotwords.scope import Manifest, Scope, from_manifest
from asrcli.values import HotwordSet

BASE = hotwords_from_options(["达摩院:2", "客服"])


def put(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hotwords.txt").write_text(text, encoding="utf-8")


def scoped(base: HotwordSet, recording: Path, root: Path) -> HotwordSet:
    return Scope(base, root).hotwords(recording)


def weights(found: HotwordSet) -> dict[str, float]:
    return dict(found.words)


class TestFolders:
    """`hotwords.txt` from the root down to the recording."""

    def test_nothing_there_is_the_base_itself(self, tmp_path: Path) -> None:
        assert scoped(BASE, tmp_path / "a.wav", tmp_path) is BASE

    def test_the_nearest_list_decides_the_weight(self, tmp_path: Path) -> None:
        put(tmp_path, "达摩院 3\n魔搭 3\n")
        put(tmp_path / "甲公司" / "外呼", "魔搭 5\n")
        found = scoped(BASE, tmp_path / "甲公司" / "外呼" / "a.wav", tmp_path)
        assert weights(found) == {"达摩院": 3.0, "客服": 1.0, "魔搭": 5.0}

    def test_neighbours_do_not_count(self, tmp_path: Path) -> None:
        put(tmp_path / "甲", "魔搭\n")
        put(tmp_path / "乙", "通义\n")
        scope = Scope(BASE, tmp_path)
        assert "通义" not in weights(scope.hotwords(tmp_path / "甲" / "a.wav"))
        assert "魔搭" not in weights(scope.hotwords(tmp_path / "乙" / "a.wav"))
        assert scope.hotwords(tmp_path / "a.wav") == BASE

    def test_lists_above_the_root_do_not_count(self, tmp_path: Path) -> None:
        put(tmp_path, "魔搭\n")
        root = tmp_path / "in"
        put(root, "通义\n")
        assert set(weights(scoped(BASE, root / "a.wav", root))) == {"达摩院", "客服", "通义"}

    def test_a_recording_elsewhere(self, tmp_path: Path) -> None:
        put(tmp_path / "b", "魔搭\n")
        assert scoped(BASE, tmp_path / "b" / "a.wav", tmp_path / "c") is BASE

    def test_relative_and_roundabout_paths(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(tmp_path / "in" / "甲", "魔搭\n")
        monkeypatch.chdir(tmp_path)
        expected = scoped(BASE, tmp_path / "in" / "甲" / "a.wav", tmp_path / "in")
        assert scoped(BASE, Path("in/甲/a.wav"), Path("in")) == expected
        assert scoped(BASE, Path("in/../in/甲/a.wav"), tmp_path / "in") == expected
        assert "魔搭" in weights(expected)

    def test_a_linked_folder_belongs_where_it_is_found(self, tmp_path: Path) -> None:
        put(tmp_path / "elsewhere", "魔搭\n")
        put(tmp_path / "in", "通义\n")
        (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
        found = scoped(HotwordSet(), tmp_path / "in" / "link" / "a.wav", tmp_path / "in")
        assert set(weights(found)) == {"通义", "魔搭"}

    def test_every_list_is_read_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(tmp_path, "魔搭\n")
        put(tmp_path / "a" / "b", "通义\n")
        read: list[Path] = []

        def counted(path: Path) -> HotwordSet:
            read.append(path)
            return read_hotwords(path)

        monkeypatch.setattr("asrcli.hotwords.scope.read_hotwords", counted)
        scope = Scope(BASE, tmp_path)
        sets = [
            scope.hotwords(tmp_path / folder / f"{k}.wav")
            for k in range(3)
            for folder in ("a", "a/b", ".")
        ]
        assert len(read) == 2
        assert len({found.sha256 for found in sets}) == 2

    @pytest.mark.parametrize("content", [b"\xff", b"", b"# x\n"])
    def test_a_list_that_cannot_be_used_is_an_error(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "hotwords.txt").write_bytes(content)
        with pytest.raises(UsageError, match=r"hotwords\.txt"):
            scoped(BASE, tmp_path / "a.wav", tmp_path)

    def test_a_folder_of_that_name_is_no_list(self, tmp_path: Path) -> None:
        (tmp_path / "hotwords.txt").mkdir()
        assert scoped(BASE, tmp_path / "a.wav", tmp_path) is BASE


def manifest(folder: Path, text: str, name: str = "m.csv") -> Manifest:
    (folder / name).write_text(text, encoding="utf-8")
    return from_manifest(folder / name, folder)


class TestManifest:
    """A table of recordings and their words."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("m.csv", 'file,hotwords\nx/a.wav,"魔搭:2，魔塔=>魔搭, New York"\n'),
            ("m.csv", "热词,文件\n魔搭:2|魔塔=>魔搭｜New York,x/a.wav\n"),
            ("m.tsv", "note\tfile\thotwords\n\tx/a.wav\t魔搭：2;魔塔 => 魔搭；New York\n"),
            ("m.jsonl", '\n{"file": "x/a.wav", "hotwords": "魔搭:2、魔塔=>魔搭、New York"}\n'),
            (
                "m.jsonl",
                '{"file": "x/a.wav", "hotwords": ["魔搭:2", "魔塔=>魔搭", "New York"]}\n',
            ),
        ],
    )
    def test_formats(self, name: str, text: str, tmp_path: Path) -> None:
        found = manifest(tmp_path, text, name).of(tmp_path / "x" / "a.wav")
        assert weights(found) == {"魔搭": 2.0, "魔塔": 2.0, "New York": 1.0}
        assert found.aliases == (("魔塔", "魔搭"),)
        assert found.dropped == ()

    def test_it_decides_last(self, tmp_path: Path) -> None:
        put(tmp_path, "达摩院 3\n魔搭 3\n")
        table = manifest(tmp_path, "file,hotwords\na.wav,魔搭:7\n")
        scope = Scope(BASE, tmp_path, table)
        assert weights(scope.hotwords(tmp_path / "a.wav")) == {
            "达摩院": 3.0,
            "客服": 1.0,
            "魔搭": 7.0,
        }
        assert weights(scope.hotwords(tmp_path / "b.wav"))["魔搭"] == 3.0

    def test_rows_of_one_file_are_joined(self, tmp_path: Path) -> None:
        table = manifest(tmp_path, "file,hotwords\na.wav,魔搭\nb.wav,\na.wav,魔搭:2|通义\n")
        assert weights(table.of(tmp_path / "a.wav")) == {"魔搭": 2.0, "通义": 1.0}
        assert table.of(tmp_path / "b.wav") == HotwordSet()

    def test_the_table_of_a_run_is_a_manifest(self, tmp_path: Path) -> None:
        from asrcli.pipeline.formats.csv import render
        from tests import values_samples as samples

        sentence = samples.timed("达摩院在杭州", hotwords=("达摩院", "杭州"))
        table = manifest(tmp_path, render(samples.transcript([sentence])))
        assert set(weights(table.of(tmp_path / "a.wav"))) == {"达摩院", "杭州"}

    def test_absolute_paths(self, tmp_path: Path) -> None:
        table = manifest(tmp_path, f"file,hotwords\n{tmp_path}/x/../a.wav,魔搭\n")
        assert weights(table.of(tmp_path / "a.wav")) == {"魔搭": 1.0}

    def test_bad_words_are_dropped_with_their_line(self, tmp_path: Path) -> None:
        table = manifest(tmp_path, "file,hotwords\nb.wav,好的\na.wav,魔|魔搭:x|通义\n")
        found = table.of(tmp_path / "a.wav")
        assert weights(found) == {"通义": 1.0}
        assert [(dropped.line, dropped.text) for dropped in found.dropped] == [
            (3, "魔"),
            (3, "魔搭"),
        ]
        scoped_set = Scope(BASE, tmp_path, table).hotwords(tmp_path / "a.wav")
        assert scoped_set == merge(BASE, found)

    def test_rows_without_a_recording_are_told(self, tmp_path: Path) -> None:
        table = manifest(tmp_path, "file,hotwords\na.wav,魔搭\nno.wav,通义\n")
        assert table.unmatched([tmp_path / "a.wav"]) == ((3, tmp_path / "no.wav"),)

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("m.csv", "file,words\na,b\n", "column 'hotwords' is missing"),
            ("m.csv", "", "column 'file' is missing"),
            ("m.csv", "file,hotwords\n,魔搭\n", "line 2: a file has no name"),
            ("m.csv", 'file,hotwords\na,"魔搭\n', "unexpected end"),
            ("m.jsonl", "[]\n", "line 1: it must be an object"),
            ("m.jsonl", '\n{"hotwords": ""}\n', "line 2: it must be an object"),
            ("m.jsonl", '{"file": "a", "hotwords": [5]}\n', "line 1: hotwords must be"),
            ("m.jsonl", "{\n", "Expecting"),
            ("m.txt", "a\n", r"must end in \.csv"),
        ],
    )
    def test_mistakes(self, name: str, text: str, message: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=message) as caught:
            manifest(tmp_path, text, name)
        assert str(caught.value).startswith(f"--hotword-manifest {tmp_path}")
        assert len(str(caught.value).splitlines()) == 1

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="No such file"):
            from_manifest(tmp_path / "m.csv", tmp_path)

    def test_recordings_with_the_same_words_share_a_set(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("asrcli.hotwords.scope.MOST_KEPT", 2)
        rows = "".join(
            f"{name}.wav,{words}\n" for name, words in zip("abcd", "甲乙甲乙", strict=True)
        )
        table = manifest(
            tmp_path, "file,hotwords\n" + rows.replace("甲", "魔搭").replace("乙", "通义")
        )
        scope = Scope(BASE, tmp_path, table)
        first, other, again, _ = (scope.hotwords(tmp_path / f"{name}.wav") for name in "abcd")
        assert first is again
        assert first != other
        assert set(weights(first)) == {"达摩院", "客服", "魔搭"}

    def test_more_lists_than_are_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("asrcli.hotwords.scope.MOST_KEPT", 2)
        rows = "".join(f"{k}.wav,词语{k}号\n" for k in range(5))
        scope = Scope(BASE, tmp_path, manifest(tmp_path, "file,hotwords\n" + rows))
        for k in (0, 1, 2, 3, 4, 0):
            assert f"词语{k}号" in weights(scope.hotwords(tmp_path / f"{k}.wav"))

    def test_the_same_word_under_two_folders(self, tmp_path: Path) -> None:
        put(tmp_path / "x", "魔搭 5\n")
        table = manifest(tmp_path, "file,hotwords\nx/a.wav,通义\na.wav,通义\n")
        scope = Scope(BASE, tmp_path, table)
        assert "魔搭" in weights(scope.hotwords(tmp_path / "x" / "a.wav"))
        assert "魔搭" not in weights(scope.hotwords(tmp_path / "a.wav"))

    def test_gb18030(self, tmp_path: Path) -> None:
        data = "文件,热词\n甲.wav,魔搭\n".encode("gb18030")
        (tmp_path / "m.csv").write_bytes(data)
        found = from_manifest(tmp_path / "m.csv", tmp_path).of(tmp_path / "甲.wav")
        assert weights(found) == {"魔搭": 1.0}
