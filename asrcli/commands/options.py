"""Every option that commands share, declared once: spelling, value, help and default in words.

An option that was not given is None, so that `asrcli.settings.resolve` can ask the environment,
the settings file and the default in turn. Values travel as text: `settings` checks them, in one
place for all four layers. `asrcli.commands.flags` groups the options for the commands;
`night_options` declares those of nightly use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol, TypeAlias

import typer
from typer.models import OptionInfo

Word: TypeAlias = str | None
Words: TypeAlias = list[str] | None
Flag: TypeAlias = bool | None
File: TypeAlias = Path | None


class _Declare(Protocol):
    def __call__(self, spelling: str, value: str | None, help_text: str) -> OptionInfo: ...


def panel(title: str) -> _Declare:
    """Declares options under one heading of the help."""

    def declare(spelling: str, value: str | None, help_text: str) -> OptionInfo:
        option = typer.Option(
            *spelling.split(),
            metavar=value or "",  # else Typer writes <bool> behind a switch
            help=help_text,
            rich_help_panel=title,
            show_default=False,
        )
        assert isinstance(option, OptionInfo)  # noqa: S101 - typer types it as Any
        return option

    return declare


_models = panel("Models")
_speech = panel("Speech and words")
_files = panel("Files")
_screen = panel("Screen")

Model: TypeAlias = Annotated[
    Word,
    _models("--model -m", "NAME|DIR", "paraformer-zh, demo or a folder; default paraformer-zh"),
]
Vad: TypeAlias = Annotated[
    Word, _models("--vad", "NAME|DIR", "Finds speech: fsmn-vad or a folder; default fsmn-vad")
]
Punc: TypeAlias = Annotated[
    Word,
    _models(
        "--punc", "NAME|DIR|none", "Sets marks: ct-punc, a folder or none; default the model's"
    ),
]
Device: TypeAlias = Annotated[
    Word,
    _models(
        "--device -d",
        "DEVICE",
        "auto, cpu, cuda, cuda:1, cuda:0,cuda:1, cuda:all or mps; default auto",
    ),
]
Precision: TypeAlias = Annotated[
    Word, _models("--precision", "NAME", "auto, fp32, bf16, fp16 or int8; default auto")
]
BatchSeconds: TypeAlias = Annotated[
    Word,
    _models("--batch-seconds", "SECONDS", "Padded audio per batch; default auto: by the memory"),
]
Offline: TypeAlias = Annotated[Flag, _models("--offline", None, "No network call at all")]
HotwordList: TypeAlias = Annotated[
    Word, _speech("--hotwords", "FILE", "Words to prefer: txt, csv, json or toml")
]
Hotword: TypeAlias = Annotated[
    Words, _speech("--hotword", "WORD[:WEIGHT]", "One more word to prefer; repeatable")
]
HotwordManifest: TypeAlias = Annotated[
    Word, _speech("--hotword-manifest", "FILE", "Words of single files: columns file, hotwords")
]
HotwordRepair: TypeAlias = Annotated[
    Word, _speech("--hotword-repair", "0..1", "Mend near misses of less confidence; default 0")
]
HotwordKeep: TypeAlias = Annotated[
    Words, _speech("--hotword-keep", "TEXT", "Never mend inside this text; repeatable")
]
MaxSegment: TypeAlias = Annotated[
    Word,
    _speech("--max-segment", "SECONDS", "Longest span the recogniser gets, 1 to 60; default 30"),
]
MaxSilence: TypeAlias = Annotated[
    Word, _speech("--max-silence", "MS", "Pause that ends a span, 200 to 6000; default 800")
]
MaxSentence: TypeAlias = Annotated[
    Word,
    _speech("--max-sentence", "CHARS", "Without --punc, longer sentences are parted; default 40"),
]
Itn: TypeAlias = Annotated[
    Flag,
    _speech("--itn/--no-itn", None, "Write numbers, dates and amounts with digits; default on"),
]
Channels: TypeAlias = Annotated[
    Word,
    _speech(
        "--channels",
        "mix|split|auto|N",
        "All together, each by itself, what the sound suggests, or channel N; default mix",
    ),
]
ChannelNames: TypeAlias = Annotated[
    Word, _speech("--channel-names", "LIST", "Who speaks in each channel, such as 坐席,客户")
]
Output: TypeAlias = Annotated[
    File, _files("--output -o", "DIR", "Folder for the results; it mirrors the input")
]
Formats: TypeAlias = Annotated[
    Word,
    _files(
        "--format -f",
        "LIST",
        "csv, json, srt, vtt, ass, lrc, txt, tsv, docx, jsonl, review, calls; default csv,json,srt",
    ),
]
CsvEncoding: TypeAlias = Annotated[
    Word, _files("--csv-encoding", "NAME", "Such as utf-8-sig, utf-8, gb18030; default utf-8-sig")
]
Recursive: TypeAlias = Annotated[
    Flag, _files("--recursive/--no-recursive", None, "Look into sub-folders; default on")
]
Include: TypeAlias = Annotated[Words, _files("--include", "GLOB", "Only such files; repeatable")]
Exclude: TypeAlias = Annotated[Words, _files("--exclude", "GLOB", "Never such files; repeatable")]
Config: TypeAlias = Annotated[
    File, _files("--config", "FILE", "Settings file; default asrcli.toml, upward from the input")
]
Quiet: TypeAlias = Annotated[Flag, _screen("--quiet -q", None, "Only errors and the last line")]
LogJson: TypeAlias = Annotated[
    Flag, _screen("--log-json", None, "Progress as JSON lines with a `type` field")
]
