"""Engines that need no model: a toy language of tones, and a recogniser that really hears it.

`speak` turns text into sound; `FakeVad` and `FakeAsr` turn the sound back into the same text. They
work on any audio, always give the same answer, and honour the contracts in `engines.base`, so
that the whole program runs and is tested without weights, network or torch.

One character is a burst of `BURST_MS`: one tone in its first half and one in its second. The two
tones are the digits, in base `TONES`, of the character's place in the alphabet: the visible ASCII
characters, then the unified Chinese characters. All tones lie below 3.4 kHz and so survive
telephone sound. ASCII characters that stand together are one word, hence one token, as Paraformer
writes English; they follow each other more closely.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from asrcli.clock import SAMPLE_RATE, Millis, Samples, ms_to_samples, samples_to_ms
from asrcli.engines.base import Speech
from asrcli.engines.samples import check_block, check_length, check_samples
from asrcli.errors import DeviceMemoryError, RecordingError
from asrcli.values import DroppedHotword, HotwordSet, ModelInfo, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asrcli.values import FloatArray

ALPHABET = "".join(map(chr, (*range(0x21, 0x7F), *range(0x4E00, 0xA000))))
TONES = 146
LOWEST_HZ = 400.0
STEP_HZ = 20.0
LOUDNESS = 0.3
"""Peak of a tone."""

BURST_MS: Millis = 140
GAP_MS: Millis = 60
LETTER_GAP_MS: Millis = 30
FADE_MS: Millis = 4
MARGIN_MS: Millis = 200
"""Silence before the first and after the last character."""

PAUSES_MS = {" ": 120, "、": 300, "，": 400, "。": 1_200, "？": 1_200, "！": 1_200, "\n": 1_200}
"""What is not spoken but heard as a pause."""

FRAME_MS: Millis = 2
AUDIBLE = 0.02
"""Root mean square of a frame from which on it counts as sound."""

SHORTEST_BURST_MS: Millis = 40
"""Less is a click."""

FFT_SIZE = 8_192

SOUND_ALIKE = (
    "达打大答搭",
    "摩磨魔莫末",
    "院元员原园远",
    "张章彰",
    "伟为维微威",
    "李里理礼",
    "名明鸣铭",
    "成程城诚承",
    "公工功攻",
    "司思斯丝",
    "账帐胀仗",
    "他她它塔",
    "在再载",
    "做作坐座",
)
"""Groups of characters between which a hotword may choose."""

Unit: TypeAlias = "tuple[str, ...]"
Region: TypeAlias = tuple[Samples, Samples]

_PLACE = {character: place for place, character in enumerate(ALPHABET)}
_GROUP = {character: group for group in SOUND_ALIKE for character in group}


def speak(text: str) -> FloatArray:
    """The sound of a text.

    Args:
        text: characters of `ALPHABET`, and those of `PAUSES_MS`, which are pauses.

    Returns:
        float32 [n_samples], mono, 16 kHz, in [-1, 1], with silence at both ends.

    Raises:
        ValueError: a character has no sound.
    """
    parts = [_silence(MARGIN_MS)]
    for character, following in itertools.pairwise([*text, ""]):
        if character in PAUSES_MS:
            parts.append(_silence(PAUSES_MS[character]))
        elif character in _PLACE:
            in_word = character.isascii() and following.isascii() and following in _PLACE
            parts += [_burst(character), _silence(LETTER_GAP_MS if in_word else GAP_MS)]
        else:
            raise ValueError(f"{character!r} has no sound in the toy language")
    return np.concatenate([*parts, _silence(MARGIN_MS)])


def words_of(text: str) -> tuple[str, ...]:
    """The tokens that `FakeAsr` hears in `speak(text)`: ASCII words and single characters."""
    return tuple(re.findall(r"[!-~]+|[^\s、，。？！]", text))


class FakeVad:
    """Sound is speech; see `asrcli.engines.base.Vad` for the contract."""

    info = ModelInfo("vad", "fake", hashlib.sha256(b"asrcli fake vad 1").hexdigest())

    def __init__(self, *, max_silence_ms: Millis = 800) -> None:
        self._max_silence = ms_to_samples(max_silence_ms)

    def speech(self, samples: FloatArray) -> tuple[Region, ...]:
        """Sound in float32 [n_samples], with half a pause, at most 100 ms, on both sides."""
        check_samples(samples)
        stream = self.listen()
        return stream.feed(samples).regions + stream.finish().regions

    def listen(self) -> FakeVadStream:
        """Begin to listen to a recording that comes in pieces; see `Vad.listen`."""
        return FakeVadStream(self._max_silence)


class FakeVadStream:
    """Listens to one recording; see `asrcli.engines.base.VadStream` for the contract."""

    def __init__(self, max_silence: Samples) -> None:
        self._max_silence = max_silence
        self._margin = min(ms_to_samples(100), max_silence // 2)
        self._rest = np.empty(0, np.float32)
        self._taken = self._heard = 0
        """Samples that came, and those of them that were listened to, in whole frames."""
        self._open: Region | None = None

    def feed(self, samples: FloatArray) -> Speech:
        """Listen on to float32 [n_samples]."""
        check_block(samples)
        self._taken += len(samples)
        sound = np.concatenate([self._rest, samples])
        whole = len(sound) - len(sound) % ms_to_samples(FRAME_MS)
        self._rest = sound[whole:]
        regions = []
        for low, high in _sounds(sound[:whole]):
            start, end = low + self._heard, high + self._heard
            if self._open is not None and start - self._open[1] >= self._max_silence:
                regions.append(self._grown(self._open))
                self._open = None
            self._open = (start if self._open is None else self._open[0], end)
        self._heard += whole
        if self._open is not None and self._heard - self._open[1] >= self._max_silence:
            regions.append(self._grown(self._open))
            self._open = None
        return self._speech(regions)

    def finish(self) -> Speech:
        """The sound has ended."""
        check_length(self._taken)
        last = [] if self._open is None else [self._grown(self._open)]
        self._open = None
        return self._speech(last)

    def _grown(self, region: Region) -> Region:
        return max(0, region[0] - self._margin), min(self._taken, region[1] + self._margin)

    def _speech(self, regions: list[Region]) -> Speech:
        start, end = self._open or (self._heard, self._heard)
        open_ = None if self._open is None else max(0, start - self._margin)
        settled = max(0, start - self._margin)
        return Speech(tuple(regions), open_, min(self._taken, end + self._margin), settled)


class FakeAsr:
    """Hears the toy language; see `asrcli.engines.base.Asr` for the contract.

    A hotword replaces what was heard wherever each of its characters is the one heard or of the
    same group in `SOUND_ALIKE`, and each of its ASCII words is the one heard but for upper and
    lower case. The heavier hotword goes first, then the longer. The tokens of a hotword, replaced
    or confirmed, are `biased`.
    """

    info = ModelInfo("asr", "fake", hashlib.sha256(b"asrcli fake asr 1").hexdigest())
    takes_mel = False
    batch_seconds = 60.0
    """Padded seconds a batch may hold; see `Asr.batch_seconds`."""

    def __init__(
        self,
        *,
        memory_limit: Samples | None = None,
        refuse: Callable[[FloatArray], bool] = lambda _: False,
    ) -> None:
        """Make a recogniser.

        Args:
            memory_limit: padded samples (spans times the longest) above which a batch raises
                DeviceMemoryError.
            refuse: spans for which it is true raise RecordingError.
        """
        self._memory_limit = memory_limit
        self._refuse = refuse
        self._hotwords: tuple[Unit, ...] = ()
        self.calls = 0
        """How often `decode` was called."""
        self.largest_batch = 0
        """The number of spans in the largest batch decoded."""

    def unusable(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """The words with a character that has no sound."""
        return tuple(
            DroppedHotword(0, text, reason)
            for text, _ in hotwords.words
            if (reason := _why_mute(text))
        )

    def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """Use these from now on, but for those that are `unusable`."""
        usable = [(weight, words_of(t)) for t, weight in hotwords.words if not _why_mute(t)]
        usable.sort(key=lambda entry: (-entry[0], -len(entry[1])))
        self._hotwords = tuple(units for _, units in usable)
        return self.unusable(hotwords)

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        """Recognise spans, float32 [n_samples] each, each by itself."""
        self.calls += 1
        for samples in batch:
            check_samples(samples)
            if self._refuse(samples):
                raise RecordingError("the fake engine was told to refuse this span")
        padded = len(batch) * max(map(len, batch), default=0)
        if self._memory_limit is not None and padded > self._memory_limit:
            raise DeviceMemoryError(f"{padded} padded samples, {self._memory_limit} fit")
        self.largest_batch = max(self.largest_batch, len(batch))
        return [self._corrected(_words(_characters(samples))) for samples in batch]

    def _corrected(self, heard: list[Token]) -> tuple[Token, ...]:
        corrected: list[Token] = []
        while len(corrected) < len(heard):
            here = heard[len(corrected) :]
            word = next((word for word in self._hotwords if _sounds_like(word, here)), ())
            for token, text in zip(here, word, strict=False):
                times = (token.start_ms, token.end_ms, token.confidence)
                corrected.append(Token(text, *times, biased=True))
            if not word:
                corrected.append(here[0])
        return tuple(corrected)


class FakePunctuator:
    """Marks by counting; see `asrcli.engines.base.Punctuator` for the contract.

    "？" follows 吗 and 呢. Counted from the last "。" or "？", the sixth word is followed by "，",
    the twelfth by "。".
    """

    info = ModelInfo("punc", "fake", hashlib.sha256(b"asrcli fake punctuation 1").hexdigest())

    def marks(self, words: Sequence[str]) -> tuple[str, ...]:
        """The mark that follows each word."""
        marks: list[str] = []
        since_end = 0
        for word in words:
            since_end += 1
            mark = "？" if word in {"吗", "呢"} else {6: "，", 12: "。"}.get(since_end, "")
            if mark in {"。", "？"}:
                since_end = 0
            marks.append(mark)
        return tuple(marks)


def _why_mute(text: str) -> str:
    """Why a hotword cannot be heard; empty if it can."""
    units = words_of(text)
    mute = next((c for unit in units for c in unit if c not in _PLACE), None)
    if mute:
        return f"{mute!r} has no sound"
    return "" if units else "nothing to hear"


def _silence(length_ms: Millis) -> FloatArray:
    return np.zeros(ms_to_samples(length_ms), dtype=np.float32)


def _burst(character: str) -> FloatArray:
    """One character, float32 [n_samples], faded in and out so that nothing clicks."""
    time = np.arange(ms_to_samples(BURST_MS) // 2) / SAMPLE_RATE
    hertz = [LOWEST_HZ + STEP_HZ * digit for digit in divmod(_PLACE[character], TONES)]
    sound = LOUDNESS * np.concatenate([np.sin(2 * np.pi * pitch * time) for pitch in hertz])
    fade = np.sin(np.linspace(0, np.pi / 2, ms_to_samples(FADE_MS))) ** 2
    sound[: len(fade)] *= fade
    sound[-len(fade) :] *= fade[::-1]
    return sound.astype(np.float32)


def _sounds(samples: FloatArray) -> list[Region]:
    """Runs of audible frames, in samples, ordered and disjoint; a last part frame is left out."""
    size = ms_to_samples(FRAME_MS)
    frames = samples[: len(samples) - len(samples) % size].reshape(-1, size)
    energy = np.einsum("ij,ij->i", frames, frames)
    audible = np.concatenate([[False], energy >= size * AUDIBLE**2, [False]])
    edges = np.flatnonzero(audible[1:] != audible[:-1]) * size
    return [(start, end) for start, end in edges.reshape(-1, 2).tolist()]


def _characters(samples: FloatArray) -> Iterator[Token]:
    """What is heard in a span; sound without a gap counts as one character each `BURST_MS`."""
    for start, end in _sounds(samples):
        if end - start < ms_to_samples(SHORTEST_BURST_MS):
            continue
        count = max(1, round((end - start) / ms_to_samples(BURST_MS)))
        borders = [start + (end - start) * part // count for part in range(count + 1)]
        for low, high in itertools.pairwise(borders):
            middle = (low + high) // 2
            first, sure = _tone(samples[low:middle])
            second, as_sure = _tone(samples[middle:high])
            character = ALPHABET[(first * TONES + second) % len(ALPHABET)]
            confidence = round(min(sure, as_sure), 3)
            yield Token(character, samples_to_ms(low), samples_to_ms(high), confidence)


def _tone(sound: FloatArray) -> tuple[int, float]:
    """The number of the strongest tone, and the share of the energy that lies at it."""
    # The neighbouring tone and the fades may reach in at the ends.
    trim = len(sound) // 7
    core = sound[trim : len(sound) - trim]
    spectrum = np.abs(np.fft.rfft(core * np.hanning(len(core)), n=FFT_SIZE)) ** 2
    bin_hz = SAMPLE_RATE / FFT_SIZE
    low = int((LOWEST_HZ - STEP_HZ / 2) / bin_hz)
    high = math.ceil((LOWEST_HZ + STEP_HZ * TONES) / bin_hz)
    peak = low + int(np.argmax(spectrum[low:high]))
    number = round((peak * bin_hz - LOWEST_HZ) / STEP_HZ)
    # Four bins of the core's own length: the main lobe of the window.
    reach = 2 * FFT_SIZE // len(core)
    share = spectrum[peak - reach : peak + reach + 1].sum() / spectrum.sum()
    return min(max(number, 0), TONES - 1), float(share)


def _words(characters: Iterator[Token]) -> list[Token]:
    """Join ASCII characters that follow each other closely."""
    words: list[Token] = []
    for token in characters:
        last = words[-1] if words else None
        close = last is not None and token.start_ms - last.end_ms < (LETTER_GAP_MS + GAP_MS) // 2
        if last and close and last.text.isascii() and token.text.isascii():
            confidence = min(last.confidence, token.confidence)
            words[-1] = Token(last.text + token.text, last.start_ms, token.end_ms, confidence)
        else:
            words.append(token)
    return words


def _sounds_like(hotword: Unit, heard: Sequence[Token]) -> bool:
    return len(hotword) <= len(heard) and all(
        unit.lower() == token.text.lower() or _GROUP.get(unit, unit) == _GROUP.get(token.text)
        for unit, token in zip(hotword, heard, strict=False)
    )
