"""The values that travel between the stages: frozen, slotted, with the unit in every name.

This is the ground floor of the program. Everything may import it; it imports only what is below:
the clock, and what sound is like.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from asrcli.acoustics import Acoustics, Sound  # noqa: TC001 - stored by its annotations
from asrcli.clock import Millis, Samples, samples_to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePath

    import numpy as np
    import numpy.typing as npt

    FloatArray: TypeAlias = npt.NDArray[np.float32]

SCHEMA_VERSION = 1
"""Version of the JSON document and of everything that is compared on a rerun."""

TextMap: TypeAlias = "tuple[tuple[int, int], ...]"
"""For every character of a text the half-open range of tokens that it came from.

Both ends never decrease from one character to the next. A punctuation mark has the range of the
token it follows.
"""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that was found, before anything of it was read.

    `rel` is its path from the scanned root, suffix kept: it names the outputs.
    """

    path: Path
    rel: PurePath
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The sound of one channel of one file.

    `samples`: float32 [n_samples], mono, 16 kHz, finite, in [-1, 1], read-only. `channel` is the
    zero-based channel of the file, or None when all channels were mixed down. `repaired` counts
    samples that were NaN or infinite and became 0.
    """

    source: SourceFile
    samples: FloatArray
    channel: int | None
    source_rate_hz: int
    source_channels: int
    sha256: str
    repaired: int = 0

    @property
    def duration_ms(self) -> Millis:
        """Length in whole milliseconds."""
        return samples_to_ms(len(self.samples))


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of one channel of a file that was read to its end; its samples are gone.

    `length` counts samples at 16 kHz; `levels`, measured where each channel is by itself, are
    float32 [n_frames] as `asrcli.calls.levels` counts them. The other fields are those of a
    `Recording`.
    """

    source: SourceFile
    length: Samples
    channel: int | None
    source_rate_hz: int
    source_channels: int
    sha256: str
    repaired: int = 0
    acoustics: Acoustics | None = None
    levels: FloatArray | None = field(default=None, compare=False, repr=False)

    @property
    def duration_ms(self) -> Millis:
        """Length in whole milliseconds."""
        return samples_to_ms(self.length)


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """A stretch of speech: samples from the recording's start, half-open.

    `forced_cut` says that the span ends because it reached the longest time allowed, not because
    the speaker paused: the next span may continue the same word. `sound` is what was measured in
    it, if anything was; it is no part of which span this is. `channel` is the zero-based channel
    that it was heard in, or None when all channels were mixed down; `index` counts the spans of
    that channel.
    """

    index: int
    start: Samples
    end: Samples
    forced_cut: bool = False
    sound: Sound | None = field(default=None, compare=False)
    channel: int | None = None

    @property
    def length(self) -> Samples:
        """Number of samples."""
        return self.end - self.start

    @property
    def start_ms(self) -> Millis:
        """Start in whole milliseconds from the recording's start."""
        return samples_to_ms(self.start)

    @property
    def end_ms(self) -> Millis:
        """End in whole milliseconds from the recording's start."""
        return samples_to_ms(self.end)


@dataclass(frozen=True, slots=True, eq=False)
class SpanAudio:
    """A span with its sound, read-only: float32 [span.length], mono, 16 kHz, in [-1, 1].

    Or the VAD's log-mel features [n_frames, 80] inside a span with both ends on their grid.
    """

    span: SpeechSpan
    sound: FloatArray


@dataclass(frozen=True, slots=True)
class Batch:
    """Spans, of any number of recordings, that are decoded together.

    `items` holds (recording key, span); `longest` is the length of the longest span in samples,
    so that the padded size of the batch is `len(items) * longest`.
    """

    items: tuple[tuple[int, SpeechSpan], ...]
    longest: Samples


@dataclass(frozen=True, slots=True)
class DroppedHotword:
    """A line of a hotword list that is not used: 1-based line (0: the command line) and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class HotwordSet:
    """The hotwords in force: (text, weight) with weight > 0 and 1.0 as the model was trained.

    `aliases` holds (alias, word): what is recognised as the alias is written as the word. Every
    alias stands in `words` too, with the weight of its word, so that the recogniser hears it; no
    alias is the word of another.
    """

    words: tuple[tuple[str, float], ...] = ()
    dropped: tuple[DroppedHotword, ...] = ()
    sha256: str = ""
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """One recognised character or word.

    Times are milliseconds from the start of whatever holds the token: its span inside a
    `Decoded` or a `Sentence`, the recording inside a `TimedSentence`. `confidence` is the
    model's probability, 0 to 1. `biased` says that the hotword branch chose it.
    """

    text: str
    start_ms: Millis
    end_ms: Millis
    confidence: float
    biased: bool = False

    def at(self, start_ms: Millis, end_ms: Millis) -> Token:
        """The same token at another time; `replace` would take five times as long."""
        return Token(self.text, start_ms, end_ms, self.confidence, self.biased)

    def shifted(self, offset_ms: Millis) -> Token:
        """The same token on another origin."""
        return self.at(self.start_ms + offset_ms, self.end_ms + offset_ms)


@dataclass(frozen=True, slots=True)
class Correction:
    """A stretch that was written as a hotword after decoding: what stands there, and what stood.

    Times are on the clock of whatever holds it, as a token's are. `score` says how alike the two
    sound, 0 to 1; an alias of the user's has 1.
    """

    start_ms: Millis
    end_ms: Millis
    text: str
    replaced: str
    hotword: str
    score: float

    def shifted(self, offset_ms: Millis) -> Correction:
        """The same correction on another origin."""
        return replace(self, start_ms=self.start_ms + offset_ms, end_ms=self.end_ms + offset_ms)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the recogniser made of one span; no tokens means that it heard no words.

    `corrections` lists what was changed after it, in order.
    """

    span: SpeechSpan
    tokens: tuple[Token, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def confidence(self) -> float:
        """Mean confidence of the tokens, 0.0 without any."""
        return mean_confidence(self.tokens)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens that belong together, with their text as spoken and as written.

    `pieces` may cross a forced cut. `spoken` is the punctuated text; `written` is the same after
    inverse text normalisation (equal to `spoken` before that stage). The maps lead every
    character of either text to a range of indices into `pieces`.
    """

    pieces: tuple[tuple[SpeechSpan, Token], ...]
    spoken: str
    spoken_map: TextMap
    written: str
    written_map: TextMap


@dataclass(frozen=True, slots=True)
class TimedSentence:
    """A sentence in recording time: what the renderers read.

    `written_map` leads every character of `written` to a range of indices into `tokens`.
    `hotwords` lists the hotwords in force that stand in the text. `channel` is the zero-based
    channel that it was heard in, or None when all channels were mixed down.
    """

    start_ms: Millis
    end_ms: Millis
    spoken: str
    written: str
    written_map: TextMap
    tokens: tuple[Token, ...]
    hotwords: tuple[str, ...] = ()
    channel: int | None = None

    @property
    def confidence(self) -> float:
        """Mean confidence of the tokens, 0.0 without any."""
        return mean_confidence(self.tokens)


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption, in recording time; `text` may hold line breaks.

    `turns` says who speaks which lines, as (channel, text), where more than one does; `channel` is
    then the first of them. `line_starts` says when each line of `text` is begun to be spoken.
    """

    start_ms: Millis
    end_ms: Millis
    text: str
    channel: int | None = None
    turns: tuple[tuple[int | None, str], ...] = ()
    line_starts: tuple[Millis, ...] = ()

    @property
    def parts(self) -> tuple[tuple[int | None, str], ...]:
        """(channel, text) of everyone who speaks, also where only one does."""
        return self.turns or ((self.channel, self.text),)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Length of all spans, of all sentences, and the end of the last token, 0 without text."""

    speech_ms: Millis
    text_ms: Millis
    last_char_ms: Millis


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is: its role (`vad`, `asr`, `punc`), name and the SHA-256 over its files."""

    role: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunContext:
    """What was in force for a whole run; `settings`: those of decoding, in order of their names."""

    settings: tuple[tuple[str, str], ...]
    settings_sha256: str
    models: tuple[ModelInfo, ...]
    hotwords: HotwordSet


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything known about one recording when it is done; the renderers need nothing else.

    `channel_names` holds the name of each channel's speaker, in the order of the channels; empty
    where none were given. `spans` lists all speech that was found, also where no
    words were heard. `lanes` holds the zero-based channels that were transcribed each by itself,
    also where nobody spoke; empty where there was only one lane.
    """

    source: SourceFile
    sha256: str
    duration_ms: Millis
    source_rate_hz: int
    source_channels: int
    channel: int | None
    sentences: tuple[TimedSentence, ...]
    cues: tuple[Cue, ...]
    coverage: Coverage
    context: RunContext
    corrections: tuple[Correction, ...] = ()
    channel_names: tuple[str, ...] = ()
    spans: tuple[SpeechSpan, ...] = ()
    acoustics: Acoustics | None = None
    lanes: tuple[int, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def confidence(self) -> float:
        """Mean confidence of all tokens, 0.0 without any."""
        return mean_confidence(tuple(token for one in self.sentences for token in one.tokens))

    def speaker(self, channel: int | None) -> str:
        """The name of a channel's speaker; empty where none was given."""
        return speaker_name(self.channel_names, channel)


class Status(enum.StrEnum):
    """How a recording ended; each file gets exactly one."""

    DONE = "done"
    EMPTY = "empty"
    SKIPPED = "skipped"
    FAILED = "failed"
    SET_ASIDE = "set-aside"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one file: what became of it, why, and which files were written.

    `speech_ms` is the length of the speech that was found. `attempts` is 0 for a recording that is
    known from an earlier run.
    """

    source: SourceFile
    status: Status
    reason: str = ""
    outputs: tuple[Path, ...] = ()
    attempts: int = 1
    audio_ms: Millis = 0
    wall_ms: Millis = 0
    speech_ms: Millis = 0


def mean_confidence(tokens: tuple[Token, ...]) -> float:
    """Arithmetic mean of the tokens' confidences, 0.0 without any."""
    return sum(token.confidence for token in tokens) / len(tokens) if tokens else 0.0


def speaker_name(names: Sequence[str], channel: int | None) -> str:
    """The name of a zero-based channel's speaker; empty where none was given."""
    return names[channel] if channel is not None and channel < len(names) else ""
