"""The user's phrases for numbers: read once, before any work; `test_options.py` has the options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.commands.flags import settings_from
from asrcli.commands.number_options import phrases
from asrcli.errors import UsageError
from asrcli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def a_list(folder: Path, content: str | bytes) -> str:
    path = folder / "phrases.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_lines_come_before_single_phrases(tmp_path: Path) -> None:
    path = a_list(tmp_path, "# ours\n\nkeep: 三点\n  # more\nreplace: 三点半会 => 3:30会\n")
    assert phrases(path, ("keep: 五点",)) == (
        "keep: 三点",
        "replace: 三点半会 => 3:30会",
        "keep: 五点",
    )


def test_without_a_list(tmp_path: Path) -> None:
    assert phrases("", ()) == ()
    assert phrases(a_list(tmp_path, ""), ()) == ()


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert phrases(a_list(tmp_path, b"\xef\xbb\xbf" + "keep: 三点".encode()), ()) == ("keep: 三点",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("keep: 三点\n三点半", r"phrases\.txt, line 2: '三点半' is neither"),
        ("三点半".encode("gb18030"), r"phrases\.txt: not UTF-8 text; save it as UTF-8$"),
    ],
)
def test_a_bad_list_is_named(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"^--itn-list .*{message}"):
        phrases(a_list(tmp_path, content), ())


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--itn-list .*: No such file"):
        phrases(str(tmp_path / "none.txt"), ())


def test_a_bad_phrase_is_named() -> None:
    with pytest.raises(UsageError, match=r"^--itn-phrase, line 2: '三点' is neither"):
        phrases("", ("keep: 五点", "三点"))


def test_the_settings_hold_what_the_list_says(tmp_path: Path) -> None:
    path = a_list(tmp_path, "keep: 三点")
    settings = settings_from({"itn_list": path, "itn_phrase": ["keep: 五点"]}, tmp_path)
    assert settings.itn_phrase == ("keep: 三点", "keep: 五点")


def test_a_list_that_changed_is_another_setting(tmp_path: Path) -> None:
    found = []
    for line in ("keep: 三点", "keep: 五点"):
        path = a_list(tmp_path, line)
        found.append(settings_from({"itn_list": path}, tmp_path).fingerprint())
    assert len({*found, Settings().fingerprint()}) == 3


def test_the_settings_file_names_a_list_beside_it(tmp_path: Path) -> None:
    a_list(tmp_path, "keep: 三点")
    (tmp_path / "asrcli.toml").write_text('itn-list = "phrases.txt"\nitn-style = "iso"\n')
    settings = settings_from({}, tmp_path)
    assert (settings.itn_style, settings.itn_phrase) == ("iso", ("keep: 三点",))
