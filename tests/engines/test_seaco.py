"""A model folder is built strictly or refused with the part that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
import yaml

from asrcli.engines.seaco import build
from asrcli.errors import ModelError
from tests.engines.seaco_folder import TINY, write_seaco

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seaco(tmp_path_factory.mktemp("pristine") / "seaco")


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    for path in pristine.iterdir():
        (tmp_path / path.name).hardlink_to(path)
    return tmp_path


def change(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "config.yaml"
    config = yaml.safe_load(path.read_text())
    edit(config)
    path.unlink()
    path.write_text(yaml.safe_dump(config))


def test_a_whole_folder_is_built(folder: Path) -> None:
    model, config = build(folder, vocabulary=TINY.vocabulary)
    assert config["frontend_conf"]["lfr_m"] == 7
    assert not model.training
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_the_random_generators_are_left_alone(folder: Path) -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    build(folder, vocabulary=TINY.vocabulary)
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("model", "ContextualParaformer"),
        ("encoder", "ConformerEncoder"),
        ("decoder", None),
        ("predictor", "CifPredictorV2"),
        ("frontend", "WhisperFrontend"),
    ],
)
def test_another_class_is_refused(folder: Path, part: str, value: str | None) -> None:
    change(folder, lambda config: config.update({part: value}))
    with pytest.raises(ModelError, match=f"{part} is {value}"):
        build(folder, vocabulary=TINY.vocabulary)


@pytest.mark.parametrize(("name", "value"), [("fs", 8000), ("n_mels", 40), ("window", "povey")])
def test_other_features_are_refused(folder: Path, name: str, value: object) -> None:
    change(folder, lambda config: config["frontend_conf"].update({name: value}))
    with pytest.raises(ModelError, match=f"{name} is {value}"):
        build(folder, vocabulary=TINY.vocabulary)


def test_a_frontend_without_stacking_is_refused(folder: Path) -> None:
    change(folder, lambda config: config["frontend_conf"].pop("lfr_m"))
    with pytest.raises(ModelError, match="lfr_m"):
        build(folder, vocabulary=TINY.vocabulary)


def test_another_timing_head_is_refused(folder: Path) -> None:
    change(folder, lambda config: config["predictor_conf"].update(upsample_type="cnn"))
    with pytest.raises(ModelError, match="upsample_type"):
        build(folder, vocabulary=TINY.vocabulary)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("encoder_conf", "normalize_before", False),
        ("encoder_conf", "input_layer", "conv2d"),
        ("encoder_conf", "lora_list", ["q"]),
        ("decoder_conf", "concat_after", True),
        ("decoder_conf", "att_layer_num", 1),
        ("seaco_decoder_conf", "normalize_before", False),
    ],
)
def test_another_way_through_the_layers_is_refused(
    folder: Path, part: str, name: str, value: object
) -> None:
    change(folder, lambda config: config[part].update({name: value}))
    with pytest.raises(ModelError, match=name):
        build(folder, vocabulary=TINY.vocabulary)


def test_an_unknown_option_is_refused(folder: Path) -> None:
    change(folder, lambda config: config["encoder_conf"].update(no_such_option=1))
    with pytest.raises(ModelError, match="no_such_option"):
        build(folder, vocabulary=TINY.vocabulary)


def test_layers_that_no_memory_holds_are_refused(folder: Path) -> None:
    change(folder, lambda config: config["decoder_conf"].update(linear_units=10**15))
    with pytest.raises(ModelError, match="cannot be built"):
        build(folder, vocabulary=TINY.vocabulary)


def test_torch_s_compiler_is_not_imported(folder: Path, fresh_python: Callable[[str], str]) -> None:
    program = (
        "import sys; from pathlib import Path; from asrcli.engines.seaco import build;"
        f"build(Path({str(folder)!r}), vocabulary={TINY.vocabulary});"
        "print({'torch', 'torch._dynamo', 'sympy'} & set(sys.modules))"
    )
    assert fresh_python(program) == "{'torch'}\n"


def test_a_no_bias_token_outside_the_vocabulary_is_refused(folder: Path) -> None:
    change(folder, lambda config: config["model_conf"].update(NO_BIAS=8377))
    with pytest.raises(ModelError, match="NO_BIAS is 8377"):
        build(folder, vocabulary=TINY.vocabulary)


@pytest.mark.parametrize(
    "edit",
    [
        lambda config: config["encoder_conf"].update(num_blocks=3),
        lambda config: config["encoder_conf"].update(num_blocks=1),
        lambda config: config["decoder_conf"].update(linear_units=47),
    ],
)
def test_weights_of_another_shape_are_refused(
    folder: Path, edit: Callable[[dict[str, Any]], None]
) -> None:
    change(folder, edit)
    with pytest.raises(ModelError, match=r"model\.pt: does not fit"):
        build(folder, vocabulary=TINY.vocabulary)


def test_another_vocabulary_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="has the shape"):
        build(folder, vocabulary=TINY.vocabulary + 1)


def test_missing_weights_are_refused(folder: Path) -> None:
    (folder / "model.pt").unlink()
    with pytest.raises(ModelError, match="no weights"):
        build(folder, vocabulary=TINY.vocabulary)
