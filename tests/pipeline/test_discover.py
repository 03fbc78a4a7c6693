"""Finding recordings: all of them, in one order, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import RecordingError, UsageError
from asrcli.pipeline.discover import AUDIO_SUFFIXES, discover, sources_of
from asrcli.pipeline.load import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import SourceFile


def walk(
    root: Path,
    *,
    recursive: bool = True,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    output: Path | None = None,
) -> list[SourceFile]:
    found = discover(
        root,
        recursive=recursive,
        include=include,
        exclude=exclude,
        output=output,
    )
    return list(found)


def rels(found: Sequence[SourceFile]) -> list[str]:
    return [source.rel.as_posix() for source in found]


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def test_a_tree(tmp_path: Path) -> None:
    touch(tmp_path, "b.wav", "a/2.mp3", "a/10.MP3", "a/c/x.m4a", "notes.txt", "a/x.srt", "A.flac")
    assert rels(walk(tmp_path)) == ["A.flac", "a/10.MP3", "a/2.mp3", "a/c/x.m4a", "b.wav"]


def test_the_facts_of_a_file(tmp_path: Path) -> None:
    touch(tmp_path, "a/x.wav")
    os.utime(tmp_path / "a/x.wav", ns=(1, 1_700_000_000_123_456_789))
    (source,) = walk(tmp_path)
    assert source.path == tmp_path / "a/x.wav"
    assert source.rel == PurePath("a/x.wav")
    assert source.size_bytes == 1
    assert source.mtime_ns == (tmp_path / "a/x.wav").stat().st_mtime_ns


@given(
    st.lists(
        st.text("ab1_ 会é-", min_size=1, max_size=4).filter(lambda n: n.strip() == n),
        unique=True,
        max_size=8,
    )
)
def test_the_order_is_that_of_bytes(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = touch(tmp_path_factory.mktemp("order"), *(f"{name}.wav" for name in names))
    found = rels(walk(root))
    assert found == sorted((f"{name}.wav" for name in names), key=os.fsencode)
    assert found == rels(walk(root))


def test_every_suffix_is_lower_case_and_taken_in_any_case(tmp_path: Path) -> None:
    wanted = "wav wave flac mp3 m4a aac ogg oga opus amr awb wma mp4 m4v mov mkv webm mka aiff aif"
    wanted += " caf au w64 3gp ac3"
    assert {f".{name}" for name in wanted.split()} <= AUDIO_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in AUDIO_SUFFIXES)
    names = [f"x{suffix.upper()}" for suffix in AUDIO_SUFFIXES]
    assert sorted(rels(walk(touch(tmp_path, *names)))) == sorted(names)


def test_our_own_outputs_are_not_audio() -> None:
    assert not AUDIO_SUFFIXES & {".csv", ".json", ".srt", ".vtt", ".txt", ".tsv", ".jsonl", ".tmp"}


def test_not_recursive(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b/c.wav", "d.wav/e.wav")
    assert rels(walk(tmp_path, recursive=False)) == ["a.wav"]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["*.wav"], [], ["a.wav", "calls/b.WAV", "calls/old/c.wav"]),
        (["*.MP3"], [], ["calls/d.mp3"]),
        (["calls/*.wav"], [], ["calls/b.WAV"]),
        (["calls/**"], [], ["calls/b.WAV", "calls/d.mp3", "calls/old/c.wav"]),
        (["**/*.wav"], [], ["a.wav", "calls/b.WAV", "calls/old/c.wav"]),
        (["**/old/*"], [], ["calls/old/c.wav"]),
        (["./calls/?.mp3"], [], ["calls/d.mp3"]),
        (["/a.wav"], [], ["a.wav"]),
        (["[ab].*"], [], ["a.wav", "calls/b.WAV"]),
        (["[!ab].*"], [], ["calls/d.mp3", "calls/old/c.wav"]),
        (["*.dat"], [], ["e.dat"]),
        (["*"], [], ["a.wav", "calls/b.WAV", "calls/d.mp3", "calls/old/c.wav"]),
        ([], ["*.wav"], ["calls/d.mp3"]),
        ([], ["calls"], ["a.wav"]),
        ([], ["OLD/"], ["a.wav", "calls/b.WAV", "calls/d.mp3"]),
        ([], ["calls/*"], ["a.wav"]),
        (["*.wav"], ["calls/old/**"], ["a.wav", "calls/b.WAV"]),
        (["nothing*"], [], []),
        (["[z-a].wav", "[", "a.wav"], [], ["a.wav"]),
    ],
)
def test_patterns(
    tmp_path: Path, include: list[str], exclude: list[str], expected: list[str]
) -> None:
    touch(tmp_path, "a.wav", "calls/b.WAV", "calls/d.mp3", "calls/old/c.wav", "e.dat", "f.txt")
    assert rels(walk(tmp_path, include=include, exclude=exclude)) == expected


def test_patterns_meet_names_in_either_unicode_form(tmp_path: Path) -> None:
    touch(tmp_path, "cafe\u0301.wav")
    assert len(walk(tmp_path, include=["caf\u00e9*"])) == 1


@given(pattern=st.text("ab*?[]!^-./\\&~|", max_size=8))
def test_no_pattern_breaks_the_walk(tmp_path_factory: pytest.TempPathFactory, pattern: str) -> None:
    root = touch(tmp_path_factory.mktemp("glob"), "a.wav", "b/ab.wav")
    everything = set(rels(walk(root)))
    kept = set(rels(walk(root, include=[pattern] if pattern.strip("/. ") else [])))
    left = set(rels(walk(root, exclude=[pattern])))
    assert kept <= everything
    assert left <= everything


def test_hidden_names_and_temporaries_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.wav", "._a.wav", ".trash/b.wav", ".asrcli-0123.tmp", "a.wav")
    assert rels(walk(tmp_path)) == ["a.wav"]


def test_a_hidden_root_is_walked(tmp_path: Path) -> None:
    assert rels(walk(touch(tmp_path / ".in", "a.wav"))) == ["a.wav"]


def test_the_output_folder_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "out/segments/a-1.wav", "output/b.wav")
    (tmp_path.parent / f"{tmp_path.name}-link").symlink_to(tmp_path)
    for output in (tmp_path / "out", tmp_path.parent / f"{tmp_path.name}-link" / "out"):
        assert rels(walk(tmp_path, output=output)) == ["a.wav", "output/b.wav"]


def test_output_into_the_input_itself(tmp_path: Path) -> None:
    assert rels(walk(touch(tmp_path, "a.wav"), output=tmp_path)) == ["a.wav"]


def test_an_output_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert rels(walk(touch(tmp_path, "a.wav"), output=tmp_path / "out")) == ["a.wav"]


def test_a_link_loop_ends(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "a/b/x.wav")
    touch(tmp_path, "beside.wav")
    (root / "a/b/up").symlink_to(root)
    (root / "a/here").symlink_to(".")
    (root / "a/z-above").symlink_to(tmp_path)
    assert rels(walk(root)) == ["a/b/x.wav", "a/z-above/beside.wav"]


def test_a_linked_folder_outside_is_walked_once(tmp_path: Path) -> None:
    touch(tmp_path / "share", "x.wav")
    touch(tmp_path / "in", "a.wav")
    (tmp_path / "in/b").symlink_to(tmp_path / "share")
    (tmp_path / "in/c").symlink_to(tmp_path / "share")
    assert rels(walk(tmp_path / "in")) == ["a.wav", "b/x.wav"]


def test_a_link_to_a_folder_inside_changes_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "real/x.wav")
    (tmp_path / "a").symlink_to(tmp_path / "real")
    assert rels(walk(tmp_path)) == ["real/x.wav"]


def test_a_linked_root_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / "real", "x.wav")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (source,) = walk(tmp_path / "link")
    assert source.path == tmp_path / "link" / "x.wav"


def test_a_linked_file_has_the_facts_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(b"12345")
    (tmp_path / "a.wav").symlink_to("big.bin")
    (source,) = walk(tmp_path)
    assert (source.rel, source.size_bytes) == (PurePath("a.wav"), 5)


def test_a_folder_named_like_a_recording_is_a_folder(tmp_path: Path) -> None:
    assert rels(walk(touch(tmp_path, "x.wav/y.wav"))) == ["x.wav/y.wav"]


def odd_things(root: Path) -> dict[str, str]:
    """Things with a recording's name that are none, and what loading says of them."""
    (root / "broken.wav").symlink_to("nowhere")
    (root / "self.wav").symlink_to("self.wav")
    os.mkfifo(root / "pipe.wav")
    return {"broken.wav": "broken link", "pipe.wav": "named pipe", "self.wav": "cannot be read"}


def test_what_is_no_file_ends_as_one_failure_each(tmp_path: Path) -> None:
    expected = odd_things(tmp_path)
    found = walk(tmp_path)
    assert rels(found) == list(expected)
    for source in found:
        with pytest.raises(RecordingError, match=expected[source.rel.name]):
            load(source, channels="mix")


def test_a_folder_that_cannot_be_listed_ends_as_one_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.wav", "locked/b.wav", "z.wav")
    real = os.scandir

    def guarded(path: str | Path) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = walk(tmp_path)
    assert rels(found) == ["a.wav", "locked", "z.wav"]
    with pytest.raises(RecordingError, match="cannot be listed: Permission denied"):
        load(found[1], channels="mix")


AS_NOBODY = """
import os, sys
from pathlib import Path
from asrcli.pipeline.discover import discover
from asrcli.pipeline.load import load
from asrcli.errors import AsrError
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    for source in discover(Path(sys.argv[1]), recursive=True, include=(), exclude=(), output=None):
        try:
            load(source, channels="mix")
        except AsrError as error:
            print(source.rel, error)
except AsrError as error:
    print("whole run", error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_a_user_without_rights(tmp_path: Path) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        root = touch(Path(name), "a.wav", "closed/b.wav", "x-only/c.wav")
        Path(name).chmod(0o755)
        (root / "a.wav").chmod(0)
        (root / "closed").chmod(0)
        (root / "x-only").chmod(0o744)  # its names can be read, but not what they stand for

        def said(folder: Path) -> list[str]:
            command = [sys.executable, "-c", AS_NOBODY, str(folder)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            return run.stdout.splitlines()

        assert said(root) == [
            "a.wav cannot be read: Permission denied",
            "closed a folder that cannot be listed: Permission denied; what it holds is missing",
            "x-only/c.wav cannot be read: Permission denied",
        ]
        (line,) = said(root / "closed")
        assert line.startswith("whole run")
        assert "cannot be listed" in line


def test_a_file_deleted_during_the_walk_is_no_loss(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b.wav", "c.wav")
    found = discover(tmp_path, recursive=True, include=(), exclude=(), output=None)
    assert next(found).rel.name == "a.wav"
    (tmp_path / "b.wav").unlink()
    assert rels(list(found)) == ["c.wav"]


@pytest.mark.parametrize(
    "name",
    ["会议 记录 第1期.wav", "😀🎙️.mp3", "a:b|c?.m4a", "-rf.wav", "line\nbreak.wav", " x .wav"],
)
def test_any_name_survives(tmp_path: Path, name: str) -> None:
    (source,) = walk(touch(tmp_path, f"文件 夹/{name}"))
    assert source.rel == PurePath("文件 夹", name)
    assert source.path.read_bytes() == b"x"


def test_a_name_that_is_not_utf8_survives(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xb2\xe2\xca\xd4.wav"  # GBK
    Path(os.fsdecode(raw)).write_bytes(b"x")
    (source,) = walk(tmp_path, include=["*.wav"])
    assert os.fsencode(source.path) == raw
    assert source.size_bytes == 1


def test_a_missing_root_is_said_before_anything_is_yielded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist; name the folder"):
        discover(tmp_path / "no", recursive=True, include=(), exclude=(), output=None)


def test_a_file_as_root_says_what_to_type(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    with pytest.raises(UsageError, match=r"type: asr transcribe file .*a\.wav"):
        walk(tmp_path / "a.wav")


def test_an_empty_root(tmp_path: Path) -> None:
    assert walk(tmp_path) == []


def test_named_files_are_relative_to_their_common_folder(tmp_path: Path) -> None:
    touch(tmp_path, "x/a/01.wav", "x/b/01.wav", "x/02.wav")
    found = sources_of([tmp_path / name for name in ("x/b/01.wav", "x/a/01.wav", "x/02.wav")])
    assert rels(found) == ["b/01.wav", "a/01.wav", "02.wav"]
    assert [source.size_bytes for source in found] == [1, 1, 1]


def test_one_named_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "x/a.dat")
    monkeypatch.chdir(tmp_path)
    (source,) = sources_of([Path("x/a.dat")])
    assert source.rel == PurePath("a.dat")
    assert source.path == tmp_path / "x/a.dat"


def test_a_file_named_twice_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "x/a.wav", "y.wav")
    monkeypatch.chdir(tmp_path)
    named = [Path("x/a.wav"), tmp_path / "x/a.wav", Path("x/../x/a.wav"), Path("y.wav")]
    assert rels(sources_of(named)) == ["x/a.wav", "y.wav"]


def test_no_named_files() -> None:
    assert sources_of([]) == []


def test_a_named_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.wav does not exist; check the name"):
        sources_of([touch(tmp_path, "a.wav") / "a.wav", tmp_path / "gone.wav"])


def test_a_named_folder_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="type: asr transcribe folder"):
        sources_of([tmp_path])


def test_named_odd_things_end_as_failures_too(tmp_path: Path) -> None:
    expected = odd_things(tmp_path)
    found = sources_of([tmp_path / name for name in expected])
    for source in found:
        with pytest.raises(RecordingError, match=expected[source.rel.name]):
            load(source, channels="mix")


@given(
    st.lists(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join),
        unique=True,
        min_size=1,
        max_size=6,
    )
)
def test_named_files_never_share_a_rel(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = tmp_path_factory.mktemp("named")
    paths = [touch(root, f"{name}.wav") / f"{name}.wav" for name in names]
    found = sources_of(paths)
    assert len({source.rel for source in found}) == len(names)
    assert not any(".." in source.rel.parts or source.rel.is_absolute() for source in found)
