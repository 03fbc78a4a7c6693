"""Model folders on disk: configuration and weights, read strictly.

FunASR loads what it finds and keeps random numbers for the rest. Here a missing file, a missing
tensor or a tensor of another shape is an error, and nothing that a checkpoint contains is run.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from asrcli.errors import ModelError
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import torch

WEIGHT_FILES = ("model.safetensors", "model.pt")
TRAINING_ONLY = ("ctc.", "criterion", "specaug.", "bias_embed.", "optimizer")
"""Tensors that checkpoints carry from training and that no recognition uses."""

DAMAGE = (OSError, RuntimeError, ValueError, EOFError)
"""What the readers raise on a file that is not what its name says."""

UNFIT = (AssertionError, KeyError, RuntimeError, TypeError, ValueError)
"""What the constructors of layers raise on settings that they cannot use."""

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which trainers wrap the tensors."""


def read_config(folder: Path) -> dict[str, Any]:
    """`config.yaml` of a model folder.

    Raises:
        ModelError: it is missing or not a YAML table.
    """
    import yaml

    path = folder / "config.yaml"
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}; is this a model folder?") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: not YAML: {first_line(error)}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path}: not a table of settings")
    return config


def read_tokens(folder: Path) -> list[str]:
    """`tokens.json` of a model folder: the vocabulary in order of the ids.

    Raises:
        ModelError: it is missing or not a list of strings.
    """
    path = folder / "tokens.json"
    try:
        tokens = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ModelError(f"{path}: not JSON: {error}") from error
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise ModelError(f"{path}: not a list of tokens")
    return tokens


def weight_file(folder: Path) -> Path:
    """The weights of a model folder, safetensors before a torch checkpoint.

    Raises:
        ModelError: there are none.
    """
    for name in WEIGHT_FILES:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"{folder}: no weights ({' or '.join(WEIGHT_FILES)})")


@contextlib.contextmanager
def unfilled() -> Iterator[None]:
    """Layers that are made inside draw no first values: `load_strictly` gives them theirs.

    What is never written takes no memory. torch's own way, the meta device, has a constructor's
    arithmetic done by torch's compiler, and to import that takes as long as all of the loading.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class Undrawn(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, _types: Any, given: Any = (), named: Any = None
        ) -> Any:
            named = named or {}
            drawing = function in (torch.Tensor.normal_, torch.Tensor.uniform_)
            if drawing or getattr(function, "__module__", "") == torch.nn.init.__name__:
                return given[0] if given else named["tensor"]
            return function(*given, **named)

    with Undrawn():
        yield


@contextlib.contextmanager
def building(folder: Path) -> Iterator[None]:
    """Make the layers that a model folder's configuration describes, `unfilled`.

    Raises:
        ModelError: its settings are none for them.
    """
    try:
        with unfilled():
            yield
    except UNFIT as error:
        raise ModelError(f"{folder / 'config.yaml'}: cannot be built: {error}") from error


def load_strictly(module: torch.nn.Module, folder: Path) -> None:
    """Give a module, made `unfilled`, the weights of a model folder, as float32.

    The file is mapped into memory, not read twice, so that the peak stays near its size.

    Raises:
        ModelError: the file is damaged, or a tensor is missing, unknown or of another shape.
    """
    path = weight_file(folder)
    found = _read(path)
    wanted = module.state_dict()
    problems = _differences(wanted, found)
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise ModelError(f"{path}: does not fit its config.yaml: {problems[0]}{more}")
    kept = {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in found.items()
        if name in wanted
    }
    module.load_state_dict(kept, strict=True, assign=True)
    module.requires_grad_(requires_grad=False)
    module.train(mode=False)


def _read(path: Path) -> Mapping[str, torch.Tensor]:
    import pickle

    import torch
    from safetensors import SafetensorError, safe_open

    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        found: Any = torch.load(path, mmap=True, map_location="cpu", weights_only=True)
    except (*DAMAGE, pickle.UnpicklingError, SafetensorError) as error:
        raise ModelError(f"{path}: damaged or not a checkpoint: {first_line(error)}") from error
    for key in WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(torch.is_tensor(item) for item in found.values()):
        raise ModelError(f"{path}: holds no table of tensors")
    return found


def _differences(
    wanted: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]
) -> list[str]:
    problems = [f"{name} is missing" for name in wanted if name not in found]
    for name, tensor in found.items():
        if name not in wanted:
            if not name.startswith(TRAINING_ONLY):
                problems.append(f"{name} is unknown")
        elif tensor.shape != wanted[name].shape:
            shapes = f"{list(tensor.shape)} instead of {list(wanted[name].shape)}"
            problems.append(f"{name} has the shape {shapes}")
    return problems
