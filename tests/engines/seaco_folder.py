"""Writes a SeACo-Paraformer with random weights in the on-disk form of the real checkpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import yaml

from asrcli.engines import vendor
from asrcli.engines.seaco import MODULES

if TYPE_CHECKING:
    from pathlib import Path

COMMON = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
)
LATIN = [*"abcdefghijklmnopqrstuvwxyz", "hel@@", "lo"]


@dataclass(frozen=True)
class Size:
    """Dimensions of the model; the defaults are the published full-size ones."""

    width: int = 512
    encoder_layers: int = 50
    decoder_layers: int = 16
    bias_layers: int = 6
    feed_forward: int = 2048
    vocabulary: int = 8404


TINY = Size(
    width=32, encoder_layers=2, decoder_layers=2, bias_layers=6, feed_forward=48, vocabulary=200
)


def write_seaco(folder: Path, size: Size = TINY, *, seed: int = 0) -> Path:
    """A whole model folder; the predictor is set so that random weights give several tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _tokens(size.vocabulary)
    config = _config(size)
    (folder / "tokens.json").write_text(json.dumps(tokens, ensure_ascii=False), encoding="utf-8")
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "configuration.json").write_text(json.dumps({"framework": "pytorch"}))
    spelled = [f"{token} {token}" for token in tokens[3:-2] if len(token) == 1]
    lines = [*spelled, "hello hel@@ lo"]
    (folder / "seg_dict").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write_cmvn(folder / "am.mvn")
    torch.save(_random_model(config, size, seed).state_dict(), folder / "model.pt")
    return folder


def _tokens(vocabulary: int) -> list[str]:
    needed = vocabulary - 5 - len(LATIN)
    others = (chr(code) for code in range(0x4E00, 0x9FFF) if chr(code) not in COMMON)
    hanzi = [*COMMON, *others][:needed] if needed > len(COMMON) else list(COMMON[:needed])
    return ["<blank>", "<s>", "</s>", *hanzi, *LATIN, "<nobias>", "<unk>"]


def _write_cmvn(path: Path) -> None:
    def section(name: str, value: float) -> str:
        return f"<{name}> 560 560\n<LearnRateCoef> 0 [ {' '.join([str(value)] * 560)} ]\n"

    path.write_text(
        "<Nnet>\n<Splice> 560 560\n[ 0 ]\n"
        + section("AddShift", -8.3)
        + section("Rescale", 0.15)
        + "</Nnet>\n"
    )


def _config(size: Size) -> dict[str, Any]:
    dropout = {"dropout_rate": 0.1, "positional_dropout_rate": 0.1}
    decoder = {
        "attention_heads": 4,
        "linear_units": size.feed_forward,
        "self_attention_dropout_rate": 0.1,
        "src_attention_dropout_rate": 0.1,
        "sanm_shfit": 0,
        **dropout,
    }
    return {
        "model": "SeacoParaformer",
        "model_conf": {
            "ctc_weight": 0.0,
            "predictor_bias": 1,
            "inner_dim": size.width,
            "bias_encoder_type": "lstm",
            "bias_encoder_bid": False,
            "NO_BIAS": size.vocabulary - 2,
        },
        "encoder": "SANMEncoder",
        "encoder_conf": {
            "output_size": size.width,
            "attention_heads": 4,
            "linear_units": size.feed_forward,
            "num_blocks": size.encoder_layers,
            "attention_dropout_rate": 0.1,
            "input_layer": "pe",
            "pos_enc_class": "SinusoidalPositionEncoder",
            "normalize_before": True,
            "kernel_size": 11,
            "sanm_shfit": 0,
            "selfattention_layer_type": "sanm",
            **dropout,
        },
        "decoder": "ParaformerSANMDecoder",
        "decoder_conf": {
            **decoder,
            "num_blocks": size.decoder_layers,
            "att_layer_num": size.decoder_layers,
            "kernel_size": 11,
        },
        "seaco_decoder": "ParaformerSANMDecoder",
        "seaco_decoder_conf": {
            **decoder,
            "linear_units": size.feed_forward // 2,
            "num_blocks": size.bias_layers,
            "att_layer_num": size.bias_layers,
            "kernel_size": 21,
            "use_output_layer": False,
            "wo_input_layer": True,
        },
        "predictor": "CifPredictorV3",
        "predictor_conf": {
            "idim": size.width,
            "threshold": 1.0,
            "l_order": 1,
            "r_order": 1,
            "tail_threshold": 0.45,
            "smooth_factor2": 0.25,
            "noise_threshold2": 0.01,
            "upsample_times": 3,
            "use_cif1_cnn": False,
            "upsample_type": "cnn_blstm",
        },
        "frontend": "WavFrontend",
        "frontend_conf": {
            "fs": 16000,
            "window": "hamming",
            "n_mels": 80,
            "frame_length": 25,
            "frame_shift": 10,
            "dither": 0.0,
            "lfr_m": 7,
            "lfr_n": 6,
        },
        "specaug": "SpecAugLFR",
        "specaug_conf": {
            "apply_time_warp": False,
            "apply_freq_mask": True,
            "freq_mask_width_range": [0, 30],
            "apply_time_mask": True,
            "time_mask_width_range": [0, 12],
            "lfr_rate": 6,
        },
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": True},
        "ctc_conf": {"dropout_rate": 0.0},
        "normalize": None,
    }


def _random_model(config: dict[str, Any], size: Size, seed: int) -> Any:
    modules = [vendor.load(name) for name in MODULES]
    arguments = {k: v for k, v in config.items() if k.endswith("_conf") or k in _PARTS}
    arguments.pop("model_conf")
    arguments.pop("specaug_conf")
    torch.manual_seed(seed)
    model = modules[-1].SeacoParaformer(
        **arguments, **config["model_conf"], input_size=560, vocab_size=size.vocabulary
    )
    with torch.no_grad():
        # About four tokens a second, whatever the sound.
        model.predictor.cif_output.bias.fill_(-1.2)
        model.predictor.cif_output.weight.mul_(0.5)
    return model


_PARTS = ("encoder", "decoder", "seaco_decoder", "predictor", "frontend")
