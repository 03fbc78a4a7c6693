"""Groups of options, and how a command takes a whole group as one typed argument.

A command is written `def folder(directory: Path, **flags: Unpack[FolderFlags])` under `@takes`:
the type checker reads PEP 692, Typer is shown one keyword parameter for each key.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar, get_type_hints

from asrcli.commands import (
    document_options,
    night_options,
    number_options,
    options,
)
from asrcli.settings import SETTING_NAMES, Settings, find_config, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Command = TypeVar("Command", bound="Callable[..., None]")


class ScreenFlags(TypedDict, total=False):
    """How much a command says while it works."""

    quiet: options.Quiet
    log_json: options.LogJson


class EngineFlags(TypedDict, total=False):
    """Which models, and where they run."""

    model: options.Model
    vad: options.Vad
    punc: options.Punc
    device: options.Device
    precision: options.Precision
    batch_seconds: options.BatchSeconds
    offline: options.Offline


class CaptionFlags(TypedDict, total=False):
    """The limits of a caption."""

    caption_width: document_options.CaptionWidth
    caption_lines: document_options.CaptionLines
    caption_min: document_options.CaptionMin
    caption_max: document_options.CaptionMax
    caption_speed: document_options.CaptionSpeed
    caption_gap: document_options.CaptionGap


class TextFlags(EngineFlags, CaptionFlags, total=False):
    """What becomes text, and into which files it goes."""

    hotwords: options.HotwordList
    hotword: options.Hotword
    hotword_manifest: options.HotwordManifest
    hotword_repair: options.HotwordRepair
    hotword_keep: options.HotwordKeep
    max_segment: options.MaxSegment
    max_silence: options.MaxSilence
    max_sentence: options.MaxSentence
    itn: options.Itn
    itn_style: number_options.ItnStyle
    itn_list: number_options.ItnList
    itn_phrase: number_options.ItnPhrase
    channels: options.Channels
    channel_names: options.ChannelNames
    output: options.Output
    format: options.Formats
    csv_encoding: options.CsvEncoding
    strict_captions: document_options.StrictCaptions
    docx_template: document_options.DocxTemplate
    review_clips: document_options.ReviewClips
    config: options.Config


class WalkFlags(TypedDict, total=False):
    """Which files of a folder, night after night."""

    recursive: options.Recursive
    include: options.Include
    exclude: options.Exclude
    dry_run: night_options.DryRun
    min_age: night_options.MinAge
    allow_empty: night_options.AllowEmpty


class NightFlags(TypedDict, total=False):
    """What is done again, when to stop, and who is told."""

    journal: night_options.Journal
    force: night_options.Force
    retry_failed: night_options.RetryFailed
    max_attempts: night_options.MaxAttempts
    max_time: night_options.MaxTime
    max_failures: night_options.MaxFailures
    until: night_options.Until
    on_finish: night_options.OnFinish


class FileFlags(TextFlags, NightFlags, ScreenFlags, total=False):
    """Options of `asr transcribe file`."""


class FolderFlags(TextFlags, WalkFlags, NightFlags, ScreenFlags, total=False):
    """Options of `asr transcribe folder`."""


def takes(flags: type) -> Callable[[Command], Command]:
    """Show Typer the keys of `flags` in place of the command's `**flags`."""
    hints = get_type_hints(flags, include_extras=True)
    keywords = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
        for name, hint in hints.items()
    ]

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        command.__signature__ = signature.replace(parameters=[*own, *keywords])  # type: ignore[attr-defined]
        return command

    return decorate


def settings_from(flags: Mapping[str, object], start: Path) -> Settings:
    """The settings in force: options, environment, settings file, defaults.

    The file is the one of `--config` or of `ASR_CONFIG`, else the nearest one from `start` upward.

    Raises:
        UsageError: a value that cannot be right, or an unreadable settings file or list.
    """
    named = flags.get("config") or os.environ.get("ASR_CONFIG")
    config = Path(str(named)) if named else find_config(start)
    given = {name: value for name, value in flags.items() if name in SETTING_NAMES}
    settings = resolve(given, os.environ, config)
    phrases = number_options.phrases(settings.itn_list, settings.itn_phrase)
    return dataclasses.replace(settings, itn_phrase=phrases)
