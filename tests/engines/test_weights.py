"""Weights are whole and fit, or the model is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from asrcli.engines.weights import load_strictly, read_config, read_tokens, unfilled, weight_file
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4))


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return network().state_dict()


def load(folder: Path) -> torch.nn.Module:
    with unfilled():
        module = network()
    load_strictly(module, folder)
    return module


def test_no_first_values_are_drawn() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    with unfilled():
        network()
        torch.nn.Embedding(7, 3)
        torch.nn.LSTM(3, 4)
        given = torch.nn.Linear(3, 4).weight
        assert torch.nn.init.xavier_uniform_(given) is given
        assert torch.nn.init.normal_(tensor=given) is given
    assert torch.equal(torch.rand(3), wanted)
    with unfilled():
        assert torch.equal(torch.arange(3).cumsum(0), torch.tensor([0, 1, 3]))


def test_weights_arrive_as_they_were(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save(state, tmp_path / "model.pt")
    module = load(tmp_path)
    assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())
    assert not module.training
    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_safetensors_come_first(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save({}, tmp_path / "model.pt")
    save_file(state, tmp_path / "model.safetensors")
    assert weight_file(tmp_path).name == "model.safetensors"
    assert torch.equal(load(tmp_path).state_dict()["0.weight"], state["0.weight"])


def test_half_precision_on_disk_is_float32_in_memory(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    torch.save({name: tensor.half() for name, tensor in state.items()}, tmp_path / "model.pt")
    assert {tensor.dtype for tensor in load(tmp_path).state_dict().values()} == {torch.float32}


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model"])
def test_a_trainers_wrapper_is_opened(
    tmp_path: Path, state: dict[str, torch.Tensor], wrapper: str
) -> None:
    torch.save({wrapper: state, "epoch": 3}, tmp_path / "model.pt")
    assert torch.equal(load(tmp_path).state_dict()["0.bias"], state["0.bias"])


def test_what_only_training_needs_is_left(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save({**state, "ctc.ctc_lo.weight": torch.zeros(2)}, tmp_path / "model.pt")
    load(tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"0.bias": None}, r"0\.bias is missing"),
        ({"0.weight": torch.zeros(4, 4)}, r"0\.weight has the shape \[4, 4\] instead of \[4, 3\]"),
        ({"2.weight": torch.zeros(1)}, r"2\.weight is unknown"),
        ({"0.bias": None, "1.bias": None}, "and 1 more"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path,
    state: dict[str, torch.Tensor],
    change: dict[str, torch.Tensor | None],
    reason: str,
) -> None:
    changed = {name: tensor for name, tensor in {**state, **change}.items() if tensor is not None}
    torch.save(changed, tmp_path / "model.pt")
    with pytest.raises(ModelError, match=reason):
        load(tmp_path)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["model.pt", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights at all" * 40])
def test_damaged_weights_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=name):
        load(tmp_path)


def test_truncated_weights_are_refused(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "model.pt"
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelError, match=r"model\.pt"):
        load(tmp_path)


class Payload:
    """Would run a command if a checkpoint were unpickled freely."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        import os

        return os.system, ("echo run",)


def test_nothing_in_a_checkpoint_is_run(
    tmp_path: Path, state: dict[str, torch.Tensor], capfd: pytest.CaptureFixture[str]
) -> None:
    torch.save({**state, "evil": Payload()}, tmp_path / "model.pt")
    with pytest.raises(ModelError, match=r"model\.pt"):
        load(tmp_path)
    assert "run" not in capfd.readouterr().out


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    torch.save({"a": 1}, tmp_path / "model.pt")
    with pytest.raises(ModelError, match="no table of tensors"):
        load(tmp_path)


def test_config_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("model: X\nmodel_conf: {a: 1}\n")
    assert read_config(tmp_path) == {"model": "X", "model_conf": {"a": 1}}


@pytest.mark.parametrize("content", ["- a\n- b\n", "a: [1", "!!python/object:os.system {}"])
def test_a_damaged_config_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.yaml").write_text(content)
    with pytest.raises(ModelError, match=r"config\.yaml"):
        read_config(tmp_path)


def test_a_missing_config_asks_whether_this_is_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is this a model folder"):
        read_config(tmp_path)


def test_missing_tokens_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokens\.json"):
        read_tokens(tmp_path)
