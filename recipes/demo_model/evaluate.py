"""The model card's table: `python -m recipes.demo_model.evaluate WORK MODEL_FOLDER --vad FOLDER`.

Everything is decoded by the program's own engines, as `asr transcribe` would.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import torch
from asrcli.clock import SAMPLE_RATE
from asrcli.engines.device import Device
from asrcli.engines.paraformer import Paraformer
from asrcli.engines.weights import read_tokens
from asrcli.evaluate.cer import ErrorCount, count_errors
from asrcli.values import HotwordSet, Token

from recipes.demo_model.card import card
from recipes.demo_model.recordings import cut
from recipes.demo_model.synthesise import open_vad
from recipes.demo_model.testsets import build, others, training_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from asrcli.engines.fsmn_vad import FsmnVad

    from recipes.demo_model.recordings import Spoken
    from recipes.demo_model.testsets import TestSets

BATCH = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, the value, what the aim is."""

    what: str
    value: str
    aim: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """Errors over a set, the names found among those said, and the tokens of every clip."""

    errors: ErrorCount
    found: int
    said: int
    tokens: tuple[tuple[Token, ...], ...]

    @property
    def rate(self) -> str:
        """The character error rate in percent."""
        return f"{100 * self.errors.rate:.2f} %"

    @property
    def recall(self) -> str:
        """The share of names found in percent."""
        return f"{100 * self.found / max(1, self.said):.1f} %"


class Judge:
    """A model and a VAD, with the ways to measure them."""

    def __init__(self, model: Path, vad: Path) -> None:
        """Open both with the program's engines."""
        device = Device("cpu", "fp32")
        self.asr = Paraformer(model, device=device, name="demo", sha256="")
        self.vad: FsmnVad = open_vad(vad)

    def decode(self, sounds: Sequence[np.ndarray]) -> list[tuple[Token, ...]]:
        """Texts of any number of spans, in batches of similar length."""
        order = sorted(range(len(sounds)), key=lambda index: len(sounds[index]))
        found: dict[int, tuple[Token, ...]] = {}
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            done = self.asr.decode([sounds[index] for index in chosen])
            found |= dict(zip(chosen, done, strict=True))
        return [found[index] for index in range(len(sounds))]

    def hotwords(self, words: Iterable[str]) -> None:
        """Put a list in force."""
        self.asr.set_hotwords(HotwordSet(tuple((word, 1.0) for word in words)))

    def alone(self, clips: Sequence[Spoken]) -> Result:
        """Every clip as it is, with the list in force."""
        return judged(clips, self.decode([clip.samples for clip in clips]))

    def through_vad(self, clips: Sequence[Spoken]) -> Result:
        """Recordings cut as in the program, their texts joined."""
        texts = []
        for clip in clips:
            spans = cut(clip, self.vad)
            decoded = self.decode([span.samples for span in spans])
            texts.append(tuple(token for tokens in decoded for token in tokens))
        return judged(clips, texts)

    def with_lists(self, clips: Sequence[Spoken], words: Callable[[int], list[str]]) -> Result:
        """Every clip with a list of its own."""
        tokens = []
        for index, clip in enumerate(clips):
            self.hotwords(words(index))
            tokens += self.asr.decode([clip.samples])
        self.hotwords([])
        return judged(clips, tokens)


def judged(clips: Sequence[Spoken], tokens: Sequence[tuple[Token, ...]]) -> Result:
    """Count errors and names."""
    errors, found, said = ErrorCount(), 0, 0
    for clip, heard in zip(clips, tokens, strict=True):
        text = "".join(token.text for token in heard)
        errors += count_errors(clip.text, text)
        names = [clip.text[a:b] for a, b in clip.names]
        said += len(names)
        found += sum(name in text for name in names)
    return Result(errors, found, said, tuple(tokens))


def start_errors_ms(clips: Sequence[Spoken], result: Result) -> np.ndarray:
    """|start - true start| of every character of the sentences that are right."""
    differences: list[int] = []
    for clip, tokens in zip(clips, result.tokens, strict=True):
        if "".join(token.text for token in tokens) == clip.text:
            starts = [token.start_ms for token in tokens]
            differences += [abs(a - b) for a, b in zip(starts, clip.starts, strict=True)]
    return np.array(differences or [0])


def recognition_rows(judge: Judge, sets: TestSets) -> list[Row]:
    """Error rates and times without hotwords."""
    clean = judge.alone(sets.clean)
    free = [clip for clip, is_free in zip(sets.clean, sets.free, strict=True) if is_free]
    grammar = [clip for clip, is_free in zip(sets.clean, sets.free, strict=True) if not is_free]
    starts = start_errors_ms(sets.clean, clean)
    median, high = np.median(starts), np.percentile(starts, 99)
    return [
        Row("known voices, clean", clean.rate, "1.5 %"),
        Row("- free sentences only", judge.alone(free).rate),
        Row("- sentences of the grammar only", judge.alone(grammar).rate),
        Row("voices never heard, clean", judge.alone(sets.unseen).rate, "3 %"),
        Row("8 kHz telephone, noise at 10 dB", judge.alone(sets.telephone).rate, "6 %"),
        Row("joined, pauses of 0.3 to 2 s, cut by FSMN-VAD", judge.through_vad(sets.joined).rate),
        Row("the same with digital silence", judge.through_vad(sets.joined_digital).rate),
        Row("character starts, median error", f"{median:.0f} ms", "30 ms"),
        Row("character starts, 99 % of errors below", f"{high:.0f} ms", "100 ms"),
    ]


def hotword_rows(judge: Judge, sets: TestSets) -> list[Row]:
    """Recall of rare names, and what lists do to sentences that say nothing of them."""
    random = Random(11)
    clips = sets.named

    def own(size: int) -> Callable[[int], list[str]]:
        def words(index: int) -> list[str]:
            mine = list(dict.fromkeys(sets.own[index]))
            chosen = mine + others(random, size - len(mine), clips[index])
            random.shuffle(chosen)
            return chosen

        return words

    none = judge.alone(clips)
    rows = [Row("rare names, no hotwords: recall / CER", f"{none.recall} / {none.rate}")]
    foreign = judge.with_lists(clips, lambda index: others(random, 20, clips[index]))
    for size, aim in ((20, "none + 30, foreign + 20"), (100, "none + 25")):
        result = judge.with_lists(clips, own(size))
        rows.append(Row(f"own name in a list of {size}", f"{result.recall} / {result.rate}", aim))
    rows.insert(2, Row("20 foreign names", f"{foreign.recall} / {foreign.rate}"))
    base = judge.alone(sets.clean).errors.rate
    for size in (20, 100, 500):
        judge.hotwords(_foreign(random, size, sets.clean))
        harm = 100 * (judge.alone(sets.clean).errors.rate - base)
        judge.hotwords([])
        rows.append(Row(f"harm of {size} foreign names", f"{harm:+.2f} points", "0.3 points"))
    return rows


def _foreign(random: Random, size: int, clips: Sequence[Spoken]) -> list[str]:
    """Rare names that no clip says."""
    everything = clips[0].__class__(clips[0].samples, "|".join(c.text for c in clips), (), ())
    return others(random, size, everything)


def write_recordings(folder: Path, sets: TestSets) -> None:
    """The held-out recordings as files, with their texts, for `asr transcribe`."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {}
    for kind in ("clean", "unseen", "telephone", "joined", "joined_digital"):
        for number, clip in enumerate(getattr(sets, kind)):
            name = f"{kind}-{number:03d}.wav"
            soundfile.write(folder / name, clip.samples, SAMPLE_RATE, subtype="PCM_16")
            texts[name] = clip.text
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False, indent=0))


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = [f"| {row.what} | {row.value} | {row.aim} |" for row in rows]
    return "\n".join(["| measured | value | aim |", "|---|---|---|", *lines])


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--vad", type=Path, required=True)
    parser.add_argument("--general", type=int, default=300)
    parser.add_argument("--named", type=int, default=200)
    parser.add_argument("--no-hotwords", action="store_true")
    parser.add_argument("--card", action="store_true", help="write README.md beside the model")
    parser.add_argument("--write", type=Path, help="also write the recordings to this folder")
    options = parser.parse_args()
    torch.set_num_threads(1)
    banned = training_texts(options.work / "train")
    sets = build(banned, general=options.general, named=options.named)
    if options.write:
        write_recordings(options.write, sets)
    judge = Judge(options.model, options.vad)
    rows = recognition_rows(judge, sets)
    if not options.no_hotwords:
        rows += hotword_rows(judge, sets)
    print(table(rows))
    if options.card:
        text = card(table(rows), tokens=len(read_tokens(options.model)), free=sum(sets.free))
        (options.model / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
