"""Recordings of one or more sentences, and the spans that the recogniser is trained on.

A recording is what the program meets: sentences with pauses, noise or digital silence around
them. Most recordings are cut by the same VAD and the same split stage as in the program, because
the edges that the VAD leaves are what a recogniser sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import soxr
from asrcli.clock import SAMPLE_RATE, SAMPLES_PER_MS
from asrcli.pipeline.split import split
from asrcli.values import Recording, SourceFile

from recipes.demo_model import sound
from recipes.demo_model.espeak import espeak
from recipes.demo_model.lexicon import HANZI
from recipes.demo_model.voices import manner

if TYPE_CHECKING:
    from random import Random

    from asrcli.engines.base import Vad

    from recipes.demo_model.espeak import Manner
    from recipes.demo_model.sentences import Line
    from recipes.demo_model.sound import Sound

MAX_SEGMENT_MS = 30_000
MAX_SILENCE_MS = 800
LEAST_SAMPLES = SAMPLE_RATE // 4


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sound at 16 kHz with its characters and the time in ms at which each begins and ends.

    `names` are half-open ranges of `text`.
    """

    samples: Sound
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    names: tuple[tuple[int, int], ...] = ()
    voice: str = ""

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / SAMPLE_RATE


def speak(line: Line, how: Manner) -> Spoken | None:
    """Synthesise one sentence; None where the synthesiser skipped or doubled a character."""
    speaker = espeak()
    wave, marks = speaker.speak(line.text, how)
    samples = soxr.resample(wave, speaker.rate_hz, SAMPLE_RATE, quality="MQ")
    places = [index for index, char in enumerate(line.text) if HANZI.fullmatch(char)]
    found = [(index, time) for index, time in marks if index in set(places)]
    if [index for index, _ in found] != places or not places:
        return None
    starts = np.maximum.accumulate(np.array([time for _, time in found]))
    spans = np.diff(starts)
    usual = float(np.median(spans)) if len(spans) else 250.0
    # A character ends where the next begins, unless a pause lies between.
    last = min(len(samples) / SAMPLES_PER_MS, starts[-1] + 1.3 * usual)
    ends = np.minimum(np.append(starts[1:], last), starts + 1.6 * usual)
    rank = {place: order for order, place in enumerate(places)}
    names = tuple((rank[a], rank[b - 1] + 1) for a, b in line.names)
    text = "".join(line.text[place] for place in places)
    return Spoken(
        np.asarray(samples, dtype=np.float32),
        text,
        tuple(int(time) for time in starts),
        tuple(int(max(end, start + 20)) for start, end in zip(starts, ends, strict=True)),
        names,
        how.variant,
    )


def join(parts: list[Spoken], gaps_s: list[float]) -> Spoken:
    """Sentences with silence before, between and after them: one gap more than sentences."""
    pieces: list[Sound] = [np.zeros(int(gaps_s[0] * SAMPLE_RATE), np.float32)]
    text, starts, ends, names = "", [], [], []
    position = len(pieces[0])
    for part, gap in zip(parts, gaps_s[1:], strict=True):
        shift = position // SAMPLES_PER_MS
        names += [(a + len(text), b + len(text)) for a, b in part.names]
        text += part.text
        starts += [time + shift for time in part.starts]
        ends += [time + shift for time in part.ends]
        silence = np.zeros(int(gap * SAMPLE_RATE), np.float32)
        pieces += [part.samples, silence]
        position += len(part.samples) + len(silence)
    joined = np.concatenate(pieces)
    return Spoken(joined, text, tuple(starts), tuple(ends), tuple(names), parts[0].voice)


def level(samples: Sound, decibels: float) -> Sound:
    """Scaled so that the peak lies at a level below full scale."""
    peak = max(float(np.abs(samples).max()), 1e-4)
    return np.asarray(samples * (10 ** (decibels / 20) / peak), dtype=np.float32)


def with_noise(random: np.random.Generator, speech: Sound, snr_db: float) -> Sound:
    """Noise added at a level below the speech, pauses not counted as speech."""
    loud = speech[np.abs(speech) > 1e-3]
    power = float(np.sqrt(np.mean(loud**2))) if len(loud) else 0.05
    noise = sound.noise(random, len(speech))
    quiet = power * 10 ** (-snr_db / 20) / max(float(np.sqrt(np.mean(noise**2))), 1e-3)
    return speech + noise * np.float32(quiet)


def pcm(samples: Sound) -> Sound:
    """Through 16 bits, as from a file."""
    whole = np.round(np.clip(samples, -1.0, 1.0) * 32767)
    return np.asarray(whole / 32768, dtype=np.float32)


def spoil(random: np.random.Generator, speech: Sound) -> Sound:
    """A random way through rooms, lines and noise, to 16-bit samples."""
    out = level(speech, random.uniform(-20, -1))
    if random.random() < 0.2:
        out = sound.reverberate(random, out)
    kind = random.random()
    if kind < 0.22:
        pass  # digital silence around the speech
    elif kind < 0.42:
        out = with_noise(random, out, random.uniform(28, 60))
    elif kind < 0.70:
        out = with_noise(random, out, random.uniform(5, 28))
    else:
        if random.random() < 0.85:
            out = with_noise(random, out, random.uniform(7, 35))
        out = sound.telephone(random, out)
    return pcm(out)


def cut(spoken: Spoken, vad: Vad) -> list[Spoken]:
    """The spans of the program's own VAD and split stage; a character goes where its middle is."""
    source = SourceFile(PurePath(), PurePath(), 0, 0)  # type: ignore[arg-type]
    recording = Recording(source, spoken.samples, None, SAMPLE_RATE, 1, "")
    spans = split(recording, vad, max_segment_ms=MAX_SEGMENT_MS)
    return [excerpt(spoken, span.start, span.end) for span in spans]


def excerpt(spoken: Spoken, first: int, last: int) -> Spoken:
    """The part of a recording between two samples, with the characters whose middle it holds."""
    low, high = first // SAMPLES_PER_MS, last // SAMPLES_PER_MS
    kept = [
        index
        for index, (a, b) in enumerate(zip(spoken.starts, spoken.ends, strict=True))
        if low <= (a + b) / 2 < high
    ]
    if not kept:
        return Spoken(spoken.samples[first:last], "", (), (), (), spoken.voice)
    begin, end = kept[0], kept[-1] + 1
    return Spoken(
        spoken.samples[first:last],
        spoken.text[begin:end],
        tuple(max(0, time - low) for time in spoken.starts[begin:end]),
        tuple(min(high - low, time - low) for time in spoken.ends[begin:end]),
        tuple((a - begin, b - begin) for a, b in spoken.names if begin <= a and b <= end),
        spoken.voice,
    )


def pauses(random: Random, count: int) -> list[float]:
    """Seconds of silence before, between and after `count` sentences."""
    edges = [random.choice((random.uniform(0, 0.3), random.uniform(0, 1.5))) for _ in range(2)]
    return [edges[0], *(random.uniform(0.15, 2.0) for _ in range(count - 1)), edges[1]]


def voiced(random: Random, lines: list[Line], variants: tuple[str, ...]) -> list[Spoken]:
    """Sentences spoken by one voice, or by two in turn."""
    speakers = [manner(random, variants)]
    if len(lines) > 1 and random.random() < 0.3:
        speakers.append(manner(random, variants))
    spoken = [speak(line, speakers[index % len(speakers)]) for index, line in enumerate(lines)]
    return [part for part in spoken if part is not None]


def training_clips(
    random: Random,
    noise: np.random.Generator,
    lines: list[Line],
    vad: Vad,
    variants: tuple[str, ...],
) -> list[Spoken]:
    """One recording of some sentences, as the spans to train on."""
    parts = voiced(random, lines, variants)
    if not parts:
        return []
    whole = join(parts, pauses(random, len(parts)))
    whole = Spoken(
        spoil(noise, whole.samples), whole.text, whole.starts, whole.ends, whole.names, whole.voice
    )
    by_vad = random.random() < (0.75 if len(parts) > 1 else 0.4)
    clips = cut(whole, vad) if by_vad else [whole]
    return [clip for clip in clips if len(clip.samples) >= LEAST_SAMPLES]
