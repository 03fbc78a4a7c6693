"""The record beside a model's files: what goes in comes out, and nothing else is believed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.engines.record import (
    RECORD_NAME,
    Record,
    RecordedFile,
    now,
    read_record,
    record_of,
    write_record,
)
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

SHA256 = hashlib.sha256(b"").hexdigest()
RECORD = Record(
    name="tiny",
    source="modelscope",
    repo="owner/名",
    revision="v2.0.4",
    pulled="2026-01-02T03:04:05+00:00",
    files=(RecordedFile("am.mvn", 3, SHA256), RecordedFile("model.pt", 5, "f" * 64)),
)


def written(folder: Path, change: Any) -> Path:
    """A folder whose record was changed by hand."""
    write_record(folder, RECORD)
    content = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
    change(content)
    (folder / RECORD_NAME).write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    assert read_record(tmp_path) == RECORD
    assert [path.name for path in tmp_path.iterdir()] == [RECORD_NAME]


def test_people_can_read_it(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    content = json.loads((tmp_path / RECORD_NAME).read_text(encoding="utf-8"))
    assert content["format"] == 1
    assert content["files"][0] == {"name": "am.mvn", "size_bytes": 3, "sha256": SHA256}
    assert "owner/名" in (tmp_path / RECORD_NAME).read_text(encoding="utf-8")


def test_no_record_is_none(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "nowhere") is None


def test_it_holds_sizes_sorted_by_name_and_their_sum(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"12345")
    (tmp_path / "a").write_bytes(b"123")
    source = ("pypi", "", "tiny==1.0.0")
    record = record_of(tmp_path, [("b", SHA256), ("a", SHA256)], name="tiny", source=source)
    assert [(file.name, file.size_bytes) for file in record.files] == [("a", 3), ("b", 5)]
    assert record.size_bytes == 8
    assert (record.source, record.repo, record.revision) == source


def test_the_time_is_a_time_of_day_in_utc() -> None:
    assert datetime.fromisoformat(now()).utcoffset() == timedelta(0)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b"null", b'"text"'])
def test_a_damaged_record_says_to_pull_again(content: bytes, tmp_path: Path) -> None:
    (tmp_path / RECORD_NAME).write_bytes(content)
    with pytest.raises(ModelError, match="pull it again") as caught:
        read_record(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_record_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / RECORD_NAME).mkdir()
    with pytest.raises(ModelError, match="directory"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("name", 5),
        ("revision", None),
        ("files", []),
        ("files", {"am.mvn": 3}),
        ("files", [{"name": "am.mvn"}]),
    ],
)
def test_a_record_of_another_form_is_refused(key: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a record"):
        read_record(written(tmp_path, lambda content: content.update({key: value})))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("name", name) for name in ("", ".", "..", "../am.mvn", "/etc/passwd", "a\\b", "a\0b")),
        *(("sha256", sha256) for sha256 in ("", "f" * 63, "F" * 64, "g" * 64)),
        ("size_bytes", "3"),
        ("name", 7),
    ],
)
def test_a_file_that_leads_elsewhere_is_refused(key: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a record"):
        read_record(written(tmp_path, lambda content: content["files"][1].update({key: value})))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["format", "name", "files", "source", "repo", "revision", "pulled", "sha256"]
                ),
                inner,
            )
        ),
    )
)
def test_anything_is_either_a_record_or_an_error(content: object) -> None:
    from asrcli.engines.record import _parsed

    try:
        assert isinstance(_parsed(content), Record)
    except (KeyError, TypeError, ValueError):
        return
