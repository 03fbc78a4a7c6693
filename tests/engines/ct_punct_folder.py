"""Writes a CT-Transformer with random weights in the on-disk form of the real checkpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
import yaml

from asrcli.engines import vendor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CHARACTERS = "今天气很好我们一起去公园散步你吗不是的了在有人这中大来上国个到说"
WORDS = ["今天", "天气", "天气很好", "我们", "公园", "散步", "hello", "world", "i'm", "ok"]
TOKENS = ["<unk>", "<s>", "</s>", *CHARACTERS, *WORDS]
PUNC_LIST = ["<unk>", "_", "，", "。", "？", "、"]


def write_ct_punct(
    folder: Path,
    *,
    seed: int = 0,
    word_list: Sequence[str] | None = None,
    bias: Sequence[float] | None = None,
) -> Path:
    """A whole model folder.

    Args:
        folder: is made.
        seed: of the weights.
        word_list: lines of `jieba_usr_dict`, if there is to be one.
        bias: added to the scores of the labels, so that some come often and others never.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, config())
    (folder / "tokens.json").write_text(json.dumps(TOKENS, ensure_ascii=False), encoding="utf-8")
    model = funasr_model(seed=seed)
    if bias is not None:
        model.decoder.bias.data += torch.tensor(bias)
    torch.save(model.state_dict(), folder / "model.pt")
    if word_list is not None:
        lines = "".join(f"{line}\n" for line in word_list)
        (folder / "jieba_usr_dict").write_text(lines, encoding="utf-8")
    return folder


def write_config(folder: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, allow_unicode=True)
    (folder / "config.yaml").write_text(text, encoding="utf-8")


def config() -> dict[str, Any]:
    return {
        "model": "CTTransformer",
        "model_conf": {
            "ignore_id": 0,
            "embed_unit": 24,
            "att_unit": 24,
            "dropout_rate": 0.1,
            "punc_list": PUNC_LIST,
            "punc_weight": [1.0] * len(PUNC_LIST),
            "sentence_end_id": 3,
        },
        "encoder": "SANMEncoder",
        "encoder_conf": {
            "input_size": 24,
            "output_size": 24,
            "attention_heads": 4,
            "linear_units": 32,
            "num_blocks": 2,
            "dropout_rate": 0.1,
            "positional_dropout_rate": 0.1,
            "attention_dropout_rate": 0.0,
            "input_layer": "pe",
            "pos_enc_class": "SinusoidalPositionEncoder",
            "normalize_before": True,
            "kernel_size": 11,
            "sanm_shfit": 0,
            "selfattention_layer_type": "sanm",
            "padding_idx": 0,
        },
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>"},
    }


def funasr_model(*, seed: int = 0, **options: Any) -> Any:
    """FunASR's own model, with random weights."""
    vendor.load("models.sanm.encoder")
    transformer = vendor.load("models.ct_transformer.model").CTTransformer
    content = config()
    arguments = {**content["model_conf"], "vocab_size": len(TOKENS), **options}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = transformer("SANMEncoder", content["encoder_conf"], **arguments)
        for name, parameter in model.named_parameters():
            # Random gains and biases, or a body louder than its input, would make every position
            # look the same.
            flat = torch.ones_like if "norm" in name else torch.zeros_like
            scale = 0.1 if name.startswith("encoder") else 1.0
            random = torch.randn_like(parameter) * scale
            parameter.data = flat(parameter) if parameter.dim() == 1 else random
    return model.eval()
