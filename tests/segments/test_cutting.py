from __future__ import annotations

import pytest

from asrcli.errors import UsageError
from asrcli.segments.cutting import Cutting, read_cutting
from asrcli.segments.manifests import NAMES


def test_nothing_given() -> None:
    assert read_cutting({}) == Cutting()
    assert read_cutting({"pad": None, "quiet": True}) == Cutting()


def test_everything_given() -> None:
    flags = {
        "min_speech": "250",
        "pad": "100",
        "merge_gap": " 300 ",
        "threshold": "0.7",
        "audio": "FLAC",
        "original": True,
        "gaps": True,
        "manifest": "csv, TextGrid,csv",
    }
    assert read_cutting(flags) == Cutting(
        min_speech_ms=250,
        pad_ms=100,
        merge_gap_ms=300,
        threshold=0.7,
        container="flac",
        original=True,
        gaps=True,
        manifests=("csv", "textgrid"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_manifest_has_its_name(name: str) -> None:
    assert read_cutting({"manifest": name}).manifests == (name,)


def test_labels_alone() -> None:
    cutting = read_cutting({"audio": "none", "manifest": "audacity"})
    assert (cutting.container, cutting.manifests) == ("none", ("audacity",))
    assert read_cutting({"manifest": "none"}).manifests == ()


@pytest.mark.parametrize("option", ["min_speech", "pad", "merge_gap"])
@pytest.mark.parametrize("value", ["-1", "x", "1.5", "", "60001", "٣"])
def test_bad_times(option: str, value: str) -> None:
    spelled = "--" + option.replace("_", "-")
    with pytest.raises(UsageError, match=f"^{spelled}: .* from 0 to 60000$"):
        read_cutting({option: value})


@pytest.mark.parametrize("value", ["-0.1", "1.1", "nan", "inf", "x", ""])
def test_bad_thresholds(value: str) -> None:
    with pytest.raises(UsageError, match=r"^--threshold: "):
        read_cutting({"threshold": value})


@pytest.mark.parametrize("value", ["mp3", "", "wav,flac"])
def test_bad_containers(value: str) -> None:
    with pytest.raises(UsageError, match=r"^--audio: .* wav, flac, none$"):
        read_cutting({"audio": value})


@pytest.mark.parametrize("value", ["", "csv,", "praat", "csv,none"])
def test_bad_manifests(value: str) -> None:
    with pytest.raises(UsageError, match=r"^--manifest: "):
        read_cutting({"manifest": value})


@pytest.mark.parametrize(
    ("flags", "named"),
    [({"original": True}, "--original"), ({"gaps": True}, "--gaps"), ({"manifest": "none"}, "--")],
)
def test_what_has_no_meaning_together(flags: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        read_cutting({"audio": "none", **flags})
