"""The model's shape: a SeACo-Paraformer of FunASR's own classes, small enough for a wheel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
import yaml
from asrcli.engines import vendor
from asrcli.engines.seaco import MODULES
from asrcli.engines.weights import read_tokens, weight_file
from safetensors.torch import load_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDTH = 144
BLANK, SOS, EOS = 0, 1, 2
BIAS_PARTS = ("seaco_decoder.", "bias_encoder.", "hotword_output_layer.")
PARTS = ("encoder", "decoder", "seaco_decoder", "predictor")
ROWS = ("decoder.embed.0.weight", "decoder.output_layer.weight", "decoder.output_layer.bias",
        "hotword_output_layer.weight", "hotword_output_layer.bias")  # fmt: skip
"""Tensors with a row for every token."""


def token_list(characters: Sequence[str]) -> list[str]:
    """All tokens in order of their ids."""
    return ["<blank>", "<s>", "</s>", *characters, "<nobias>", "<unk>"]


def configuration(vocabulary: int) -> dict[str, Any]:
    """The content of `config.yaml`."""
    calm = {"dropout_rate": 0.0, "positional_dropout_rate": 0.0}
    decoder = {
        "attention_heads": 4,
        "self_attention_dropout_rate": 0.0,
        "src_attention_dropout_rate": 0.0,
        "sanm_shfit": 0,
        **calm,
    }
    return {
        "model": "SeacoParaformer",
        "model_conf": {
            "ctc_weight": 0.0, "lsm_weight": 0.1, "length_normalized_loss": True,
            "predictor_weight": 1.0, "predictor_bias": 1, "sampling_ratio": 0.75,
            "inner_dim": WIDTH, "bias_encoder_type": "lstm", "bias_encoder_bid": False,
            "seaco_lsm_weight": 0.1, "seaco_length_normalized_loss": True,
            "train_decoder": False, "NO_BIAS": vocabulary - 2,
        },
        "encoder": "SANMEncoder",
        "encoder_conf": {
            "output_size": WIDTH, "attention_heads": 4, "linear_units": 4 * WIDTH,
            "num_blocks": 8, "attention_dropout_rate": 0.0, "input_layer": "pe",
            "pos_enc_class": "SinusoidalPositionEncoder", "normalize_before": True,
            "kernel_size": 11, "sanm_shfit": 0, "selfattention_layer_type": "sanm", **calm,
        },
        "decoder": "ParaformerSANMDecoder",
        "decoder_conf": {
            **decoder, "linear_units": 4 * WIDTH, "num_blocks": 3, "att_layer_num": 3,
            "kernel_size": 11,
        },
        "seaco_decoder": "ParaformerSANMDecoder",
        "seaco_decoder_conf": {
            **decoder, "linear_units": 2 * WIDTH, "num_blocks": 6, "att_layer_num": 6,
            "kernel_size": 21, "use_output_layer": False, "wo_input_layer": True,
        },
        "predictor": "CifPredictorV3",
        "predictor_conf": {
            "idim": WIDTH, "threshold": 1.0, "l_order": 1, "r_order": 1, "dropout": 0.0,
            "tail_threshold": 0.45, "smooth_factor2": 0.25, "noise_threshold2": 0.01,
            "upsample_times": 3, "use_cif1_cnn": False, "upsample_type": "cnn_blstm",
        },
        "frontend": "WavFrontend",
        "frontend_conf": {
            "fs": 16000, "window": "hamming", "n_mels": 80, "frame_length": 25,
            "frame_shift": 10, "lfr_m": 7, "lfr_n": 6, "dither": 0.0,
        },
        "specaug": "SpecAugLFR",
        "specaug_conf": {"apply_time_warp": False, "apply_time_mask": False},
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": True},
        "ctc_conf": {"dropout_rate": 0.0, "ctc_type": "builtin", "reduce": True,
                     "ignore_nan_grad": True},
        "normalize": None,
    }  # fmt: skip


def build_model(vocabulary: int, *, seed: int = 0) -> Any:
    """The model with random weights, and a frame classifier `frame_head` for training."""
    config = configuration(vocabulary)
    classes = [vendor.load(name) for name in MODULES]
    wanted = (*PARTS, *(f"{part}_conf" for part in (*PARTS, "ctc")))
    torch.manual_seed(seed)
    model = classes[-1].SeacoParaformer(
        **{name: config[name] for name in wanted},
        **config["model_conf"],
        input_size=560,
        vocab_size=vocabulary,
    )
    model.frame_head = torch.nn.Linear(WIDTH, vocabulary)
    return model


def warm_start(model: Any, tokens: Sequence[str], folder: Path) -> int:
    """Take over the weights of an earlier, smaller vocabulary; new characters stay random.

    Returns:
        How many of the tokens were known.
    """
    path = weight_file(folder)
    if path.suffix == ".safetensors":
        found = load_file(path)
    else:
        found = torch.load(path, map_location="cpu", weights_only=True)
    known = {token: index for index, token in enumerate(read_tokens(folder))}
    new = [index for index, token in enumerate(tokens) if token in known]
    old = [known[tokens[index]] for index in new]
    state = model.state_dict()
    for name, tensor in found.items():
        if name in ROWS:
            state[name][new] = tensor[old].float()
        elif name in state and state[name].shape == tensor.shape:
            state[name].copy_(tensor)
    state["frame_head.weight"].copy_(state["decoder.output_layer.weight"])
    return len(new)


def write_shape(folder: Path, tokens: Sequence[str]) -> None:
    """Everything of a model folder but the weights and the normalisation."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(configuration(len(tokens)), allow_unicode=True, sort_keys=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    (folder / "tokens.json").write_text(json.dumps(tokens, ensure_ascii=False), encoding="utf-8")
    spelled = [f"{token} {token}" for token in tokens if len(token) == 1]
    # A blank line would end FunASR's reading of it.
    (folder / "seg_dict").write_text("\n".join(spelled) + "\n", encoding="utf-8")
    files = {
        # Only FunASR reads this file, and of weights it knows this kind alone.
        "init_param": "model.pt",
        "config": "config.yaml",
        "tokenizer_conf": {"token_list": "tokens.json", "seg_dict_file": "seg_dict"},
        "frontend_conf": {"cmvn_file": "am.mvn"},
    }
    about = {
        "framework": "pytorch",
        "task": "auto-speech-recognition",
        "model": {"type": "funasr"},
        "pipeline": {"type": "funasr-pipeline"},
        "file_path_metas": files,
    }
    (folder / "configuration.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
