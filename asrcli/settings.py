"""The settings of a run: frozen, checked where they are built, with a fingerprint.

Each value is taken from the first of these that has it: the option on the command line, the
environment (`ASR_MAX_SEGMENT` for `--max-segment`), the settings file (`asrcli.toml`, same names
as the options, found upward from the input), the default.
"""

from __future__ import annotations

import codecs
import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from asrcli.errors import UsageError

FORMATS = (
    *("csv", "json", "srt", "vtt", "ass", "lrc", "txt", "tsv", "docx", "jsonl"),
    *("review", "calls"),
)
CAPTION_FORMATS = frozenset({"srt", "vtt", "ass", "lrc"})
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8")
ITN_STYLES = ("zh", "iso")
CONFIG_NAME = "asrcli.toml"

MODEL_NAMES = ("model", "vad", "punc")
"""Settings that are a name or a folder; in the settings file `./` or `~/` makes it a folder."""

PATHS = ("docx_template", "hotwords", "hotword_manifest", "itn_list", "model_home", "journal")
"""Settings that are always a path; NO_JOURNAL is none."""

NO_JOURNAL = "none"
"""`--journal none`: nothing is remembered after the run."""

Parse: TypeAlias = Callable[[object], object]
Value = TypeVar("Value")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a name or a path")
    return value.strip()


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    answer = words.get(str(value).strip().lower())
    if answer is None:
        raise ValueError("must be true or false")
    return answer


def _number(low: float, high: float, unit: str) -> Callable[[object], float]:
    def parse(value: object) -> float:
        try:
            number = float(str(value))
        except ValueError:
            number = float("nan")
        if isinstance(value, bool) or not low <= number <= high:
            raise ValueError(f"must be a number of {unit} from {low:g} to {high:g}")
        return number

    return parse


def _whole(low: int, high: int, unit: str) -> Parse:
    inner = _number(low, high, unit)

    def parse(value: object) -> int:
        number = inner(value)
        if number != int(number):
            raise ValueError(f"must be a whole number of {unit} from {low} to {high}")
        return int(number)

    return parse


def _one_of(*allowed: str) -> Parse:
    def parse(value: object) -> str:
        word = str(value).strip().lower()
        if word not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return word

    return parse


def _list(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("must be a list of words")
    return tuple(part.strip() for part in parts if part.strip())


def _formats(value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.lower() for name in _list(value)))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        shown = f"holds {', '.join(unknown)}, which is no format; " if unknown else "is empty; "
        raise ValueError(f"{shown}choose from {', '.join(FORMATS)}")
    return names


def _channels(value: object) -> str:
    word = str(value).strip().lower()
    number = word.isdecimal() and word.isascii() and 1 <= int(word) <= 64
    if number or word in {"mix", "split", "auto"}:
        return word
    raise ValueError("must be mix, split, auto or the number of one channel, counted from 1")


def _names(value: object) -> tuple[str, ...]:
    names = value.replace("，", ",").split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError("must be a list of names")
    plain = tuple(name.strip() for name in names)
    if not all(name and name.isprintable() for name in plain):
        raise ValueError("must be names such as 坐席,客户, one for each channel, none empty")
    return plain


def _device(value: object) -> str:
    """One device, or several of one kind with commas between them."""
    names = [name.strip() for name in str(value).lower().split(",")]
    kinds = {name.partition(":")[0] for name in names}
    if not all(map(_is_device, names)) or (len(names) > 1 and kinds not in ({"cuda"}, {"cpu"})):
        raise ValueError("must be auto, cpu, cuda, cuda:N, cuda:0,cuda:1, cuda:all or mps")
    return ",".join(names)


def _is_device(name: str) -> bool:
    kind, _, number = name.partition(":")
    if kind == "cuda" and number:
        return number == "all" or (number.isdecimal() and number.isascii())
    return name in {"auto", "cpu", "cuda", "mps"}


def _encoding(value: object) -> str:
    try:
        name = codecs.lookup(str(value)).name
        "字".encode(name)
    except (LookupError, ValueError):  # no codec, no codec for text, or one without Chinese
        raise ValueError("must be an encoding such as utf-8-sig, utf-8 or gb18030") from None
    return name


def _clock_time(value: object) -> str:
    hour, colon, minute = str(value).strip().partition(":")
    digits = colon and (hour + minute).isascii() and hour.isdecimal() and minute.isdecimal()
    if not digits or len(minute) != 2 or int(hour) > 23 or int(minute) > 59:
        raise ValueError("must be a time of day such as 06:30")
    return f"{int(hour):02}:{minute}"


def _batch_seconds(value: object) -> float:
    if str(value).strip().lower() == "auto":
        return 0.0
    return _number(1, 36_000, "seconds")(value)


def _field(parse: Parse, default: Value, *, decoding: bool = False) -> Value:
    """A setting: how it is read, its default, and whether the text depends on it."""
    return dataclasses.field(default=default, metadata={"parse": parse, "decoding": decoding})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a run can be told. Times carry their unit in `parse`'s bounds and here.

    `max_segment`: seconds; `max_silence`: milliseconds; `min_age`, `batch_seconds`: seconds
    (`batch_seconds` 0 means: found from the device). `channels` counts from 1. `punc` is empty
    for the model's own default. `max_time`: seconds of work on one recording; there and for
    `max_failures` 0 means no limit. `until` is a local time of day, `journal` empty for the
    user's own.
    """

    model: str = _field(_text, "paraformer-zh", decoding=True)
    vad: str = _field(_text, "fsmn-vad", decoding=True)
    punc: str = _field(_text, "auto", decoding=True)
    device: str = _field(_device, "auto")
    precision: str = _field(_one_of(*PRECISIONS), "auto", decoding=True)
    hotwords: str = _field(_text, "")
    hotword: tuple[str, ...] = _field(_list, ())
    hotword_manifest: str = _field(_text, "")
    hotword_repair: float = _field(_number(0, 1, "confidence"), 0.0, decoding=True)
    hotword_keep: tuple[str, ...] = _field(_list, (), decoding=True)
    max_segment: float = _field(_number(1, 60, "seconds"), 30.0, decoding=True)
    max_silence: int = _field(_whole(200, 6000, "milliseconds"), 800, decoding=True)
    max_sentence: int = _field(_whole(8, 200, "characters"), 40, decoding=True)
    itn: bool = _field(_flag, True, decoding=True)
    itn_style: str = _field(_one_of(*ITN_STYLES), "zh", decoding=True)
    itn_list: str = _field(_text, "")
    itn_phrase: tuple[str, ...] = _field(_list, (), decoding=True)
    channels: str = _field(_channels, "mix", decoding=True)
    channel_names: tuple[str, ...] = _field(_names, ())
    batch_seconds: float = _field(_batch_seconds, 0.0)
    format: tuple[str, ...] = _field(_formats, ("csv", "json", "srt"))
    csv_encoding: str = _field(_encoding, "utf-8-sig")
    caption_width: int = _field(_whole(4, 80, "characters"), 16)
    caption_lines: int = _field(_whole(1, 4, "lines"), 2)
    caption_min: float = _field(_number(0.2, 3, "seconds"), 1.0)
    caption_max: float = _field(_number(3, 20, "seconds"), 7.0)
    caption_speed: float = _field(_number(3, 40, "characters a second"), 9.0)
    caption_gap: int = _field(_whole(0, 500, "milliseconds"), 80)
    strict_captions: bool = _field(_flag, False)
    docx_template: str = _field(_text, "")
    review_clips: bool = _field(_flag, False)
    recursive: bool = _field(_flag, True)
    include: tuple[str, ...] = _field(_list, ())
    exclude: tuple[str, ...] = _field(_list, ())
    min_age: float = _field(_number(0, 86_400, "seconds"), 0.0)
    allow_empty: bool = _field(_flag, False)
    journal: str = _field(_text, "")
    max_attempts: int = _field(_whole(1, 100, "attempts"), 3)
    max_time: float = _field(_number(0, 86_400, "seconds"), 0.0)
    max_failures: int = _field(_whole(0, 1_000_000, "failures"), 0)
    until: str = _field(_clock_time, "")
    on_finish: str = _field(_text, "")
    offline: bool = _field(_flag, False)
    model_home: str = _field(_text, "")

    def decoding(self) -> tuple[tuple[str, str], ...]:
        """(name, value) of every setting that the text depends on, in order of their names."""
        names = sorted(f.name for f in dataclasses.fields(self) if f.metadata["decoding"])
        return tuple((name, str(getattr(self, name))) for name in names)

    def fingerprint(self) -> str:
        """SHA-256 over `decoding()`; hotwords and models have hashes of their own."""
        return _digest(self.decoding())

    def rendering_fingerprint(self) -> str:
        """SHA-256 over what the files of a recording depend on beside its text.

        Any setting counts that is not known to be without effect, so that a new one can at worst
        make files be written once more.
        """
        fields = sorted(f.name for f in dataclasses.fields(self) if not f.metadata["decoding"])
        return _digest(
            [(name, str(getattr(self, name))) for name in fields if name not in _NOT_IN_FILES]
        )


_NOT_IN_FILES = frozenset(
    {
        *("device", "batch_seconds", "offline", "model_home"),
        *("hotwords", "hotword", "hotword_manifest", "itn_list"),
        *("recursive", "include", "exclude", "min_age", "allow_empty"),
        *("journal", "max_attempts", "max_time", "max_failures", "until", "on_finish"),
        *("format", "csv_encoding", "review_clips"),
    }
)
"""Settings that are neither for decoding nor seen in the files of a recording: where and when
work is done, and what is checked file by file (the formats) or written anew each time (the
table). Hotwords have a hash of their own; the lines of `itn_list` are in `itn_phrase`."""


def _digest(pairs: object) -> str:
    canonical = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


_FIELDS = {field.name: field for field in dataclasses.fields(Settings)}

SETTING_NAMES = frozenset(_FIELDS)


def option_name(field: str) -> str:
    """`max_segment` -> `--max-segment`."""
    return "--" + field.replace("_", "-")


def resolve(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    config: Path | None = None,
) -> Settings:
    """Merge the layers into checked settings.

    Args:
        flags: option values by field name; None or an empty list means that it was not given.
        environ: the environment; only names starting with `ASR_` are looked at.
        config: the settings file, or None.

    Raises:
        UsageError: a value that cannot be right, an unknown name in the file, or an unreadable
            file; the message names the layer that it came from.
    """
    merged: dict[str, object] = {}
    if config is not None:
        for name, value in read_config(config).items():
            merged[name] = _parsed(name, value, f"{name} in {config}")
            merged[name] = _beside(config, name, merged[name])
    for name in _FIELDS:
        variable = f"ASR_{name.upper()}"
        if environ.get(variable):
            merged[name] = _parsed(name, environ[variable], variable)
    for name, value in flags.items():
        if value is not None and value not in ([], ()):
            merged[name] = _parsed(name, value, option_name(name))
    return _with_implied(Settings(**merged))  # type: ignore[arg-type]


def _with_implied(settings: Settings) -> Settings:
    """Who gives a template, wants clips or parts speakers wants the format that belongs to it."""
    apart = settings.channels in {"split", "auto"}
    wanted = {
        "docx": bool(settings.docx_template),
        "review": settings.review_clips,
        "calls": apart and "csv" in settings.format,
    }
    added = [name for name, is_wanted in wanted.items() if is_wanted]
    formats = tuple(dict.fromkeys([*settings.format, *added]))
    return settings if formats == settings.format else replace(settings, format=formats)


def _parsed(name: str, value: object, origin: str) -> object:
    try:
        return _FIELDS[name].metadata["parse"](value)
    except ValueError as error:
        raise UsageError(f"{origin}: {value!r} {error}") from error


def _beside(config: Path, name: str, value: object) -> object:
    """A path in the settings file starts at that file's folder, wherever `asr` is started."""
    text = str(value)
    is_path = name in PATHS or (name in MODEL_NAMES and text.startswith(("./", "../", "~/")))
    is_path = is_path and not (name == "journal" and text == NO_JOURNAL)
    if not is_path:
        return value
    return str(Path.home() / text[2:] if text.startswith("~/") else config.parent / text)


def read_config(path: Path) -> dict[str, object]:
    """The settings file as field name -> raw value.

    Raises:
        UsageError: it is missing, is not TOML, or holds a name that is no setting.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--config {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {path}: not a TOML file: {error}") from error
    known = {name.replace("_", "-"): name for name in _FIELDS} | {name: name for name in _FIELDS}
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise UsageError(f"--config {path}: unknown setting {unknown[0]!r}")
    return {known[key]: value for key, value in table.items()}


def find_config(start: Path) -> Path | None:
    """The nearest `asrcli.toml` in `start` or a folder above it."""
    here = start.resolve()
    for folder in (here, *here.parents):
        candidate = folder / CONFIG_NAME
        if candidate.is_file():
            return candidate
    return None
