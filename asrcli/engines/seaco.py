"""Building a SeACo-Paraformer from a model folder, strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asrcli.clock import SAMPLE_RATE
from asrcli.engines import vendor
from asrcli.engines.features import N_MELS
from asrcli.engines.weights import building, load_strictly, read_config
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = {
    "model": "SeacoParaformer",
    "encoder": "SANMEncoder",
    "decoder": "ParaformerSANMDecoder",
    "seaco_decoder": "ParaformerSANMDecoder",
    "predictor": "CifPredictorV3",
    "frontend": "WavFrontend",
}
"""The parts that this engine computes with; another class would need another engine."""

FRONTEND = {
    "fs": SAMPLE_RATE,
    "window": "hamming",
    "n_mels": N_MELS,
    "frame_length": 25,
    "frame_shift": 10,
}
"""What `features.fbank` computes. FunASR's default dither of 1.0 would make results random; the
engine never dithers, whatever the file says."""

MODULES = (
    "models.sanm.encoder",
    "models.paraformer.decoder",
    "models.bicif_paraformer.cif_predictor",
    "models.seaco_paraformer.model",
)
LAYERS: dict[str, dict[str, object]] = {
    "encoder_conf": {
        "input_layer": "pe",
        "normalize_before": True,
        "concat_after": False,
        "selfattention_layer_type": "sanm",
        "positionwise_layer_type": "linear",
        "interctc_layer_idx": [],
        "lora_list": None,
    },
    "decoder_conf": {"normalize_before": True, "concat_after": False, "lora_list": None},
    "seaco_decoder_conf": {"normalize_before": True, "concat_after": False, "lora_list": None},
}
"""What `sanm` computes, FunASR's defaults where they are that; another value would be ignored."""

TRAINING_KEYS = ("specaug", "specaug_conf", "normalize", "normalize_conf", "model_conf")


def build(folder: Path, *, vocabulary: int) -> tuple[Any, dict[str, Any]]:
    """The model in evaluation mode, float32 on the CPU, and its configuration.

    Args:
        folder: a model folder as FunASR publishes them.
        vocabulary: number of tokens in its `tokens.json`.

    Raises:
        ModelError: a part is missing, of another class, or does not fit the others.
    """
    config = read_config(folder)
    _check(folder, config)
    classes = [vendor.load(module) for module in MODULES]
    frontend = config["frontend_conf"]
    arguments = {k: v for k, v in config.items() if k not in TRAINING_KEYS and k != "model"}
    arguments |= config.get("model_conf") or {}
    arguments |= {"input_size": frontend["lfr_m"] * N_MELS, "vocab_size": vocabulary}
    with building(folder):
        model = classes[-1].SeacoParaformer(**arguments)
    load_strictly(model, folder)
    if not 0 <= model.NO_BIAS < vocabulary:
        raise ModelError(
            f"{folder / 'config.yaml'}: NO_BIAS is {model.NO_BIAS}, but there are only "
            f"{vocabulary} tokens"
        )
    return model, config


def _check(folder: Path, config: dict[str, Any]) -> None:
    path = folder / "config.yaml"
    for part, wanted in CLASSES.items():
        if config.get(part) != wanted:
            raise ModelError(f"{path}: {part} is {config.get(part)}, this program reads {wanted}")
    frontend = config.get("frontend_conf")
    if not isinstance(frontend, dict) or not {"lfr_m", "lfr_n"} <= set(frontend):
        raise ModelError(f"{path}: frontend_conf has no lfr_m and lfr_n")
    for name, value in FRONTEND.items():
        if frontend.get(name, value) != value:
            raise ModelError(f"{path}: {name} is {frontend[name]}, this program reads {value}")
    _check_layers(path, config)
    upsampling = (config.get("predictor_conf") or {}).get("upsample_type")
    if upsampling != "cnn_blstm":
        raise ModelError(f"{path}: upsample_type is {upsampling}, this program reads cnn_blstm")


def _check_layers(path: Path, config: dict[str, Any]) -> None:
    for part, wanted in LAYERS.items():
        given = config.get(part) or {}
        for name, value in wanted.items():
            found = given.get(name, value)
            if found != value:
                raise ModelError(f"{path}: {name} is {found}, this program reads {value}")
        blocks = given.get("num_blocks")
        if part != "encoder_conf" and given.get("att_layer_num", blocks) != blocks:
            raise ModelError(f"{path}: att_layer_num in {part} is not num_blocks")
