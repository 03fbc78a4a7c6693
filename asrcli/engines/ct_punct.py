"""CT-Punc: puts marks behind words.

The network is FunASR's controllable time-delay transformer (Chen et al. 2020,
https://arxiv.org/abs/2003.01309), which gives every unit of a text the mark that follows it. The
loop around it is ours: FunASR's rebuilds the text, and on the way capitalises words, inserts
spaces, turns marks into ASCII ones and forces a full stop; here marks come out and nothing else.

What a unit is depends on the checkpoint. One that comes with a word list, `jieba_usr_dict`, as
`ct-punc` does, was trained on words: characters that stand together are cut into words by jieba
with that list, as FunASR does, and the mark of a word goes behind its last character. Fed with
single characters such a model would guess. Without a word list every Chinese character is a unit.
English words are units of their own either way.
"""

from __future__ import annotations

import re
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from asrcli import lexicon
from asrcli.engines import vendor
from asrcli.engines.weights import building, load_strictly, read_config, read_tokens
from asrcli.errors import ModelError, RunError
from asrcli.values import ModelInfo
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

WINDOW = 20
"""Units that are added to the text before the network looks at it again, as in FunASR."""

LONG_SENTENCE = 200
"""Units without the end of a sentence from which on the last comma is made one, as in FunASR."""

LONGEST_TEXT = 2 * LONG_SENTENCE
"""Units, without even a comma, from which on half of them are let go. FunASR goes on for ever, with
a cost that grows with the square."""

WORD_LIST = "jieba_usr_dict"
UNKNOWN = "<unk>"
NO_MARK = "_"
COMMA, FULL_STOP, QUESTION = "，", "。", "？"
MARKS = {UNKNOWN: "", NO_MARK: "", "、": "、"}
MARKS |= {",": COMMA, COMMA: COMMA, ".": FULL_STOP, FULL_STOP: FULL_STOP}
MARKS |= {"?": QUESTION, QUESTION: QUESTION}
"""What the entries of a checkpoint's `punc_list` mean."""

Cutter: TypeAlias = "Callable[[Sequence[str]], Iterator[str]]"
"""Words in, units out; joined, both are the same text."""

_PIECE = re.compile(r"\s+|[!-~]+|.", re.DOTALL)
_ENGLISH = re.compile(r"[a-zA-Z']+")


class CtPunct:
    """The punctuator; see `asrcli.engines.base.Punctuator` for the contract."""

    def __init__(self, folder: Path, *, name: str, sha256: str, device: str = "cpu") -> None:
        """Load a model folder.

        Args:
            folder: `config.yaml`, `model.pt`, `tokens.json` and, where the model has one,
                `jieba_usr_dict`, as FunASR publishes them.
            name: for the transcript.
            sha256: of the folder, for the transcript and the resume key.
            device: as torch spells it.

        Raises:
            ModelError: anything about the folder that does not fit.
        """
        config = read_config(folder)
        tokens = read_tokens(folder)
        self.info = ModelInfo("punc", name, sha256)
        self._ids = {token: number for number, token in enumerate(tokens)}
        if UNKNOWN not in self._ids:
            raise ModelError(f"{folder / 'tokens.json'}: has no {UNKNOWN}")
        self._marks = _marks(folder, config)
        self._end = self._marks.index(FULL_STOP)
        self._device = device
        self._model = _model(folder, config, len(tokens)).to(device)
        self._cut = _cutter(folder, config)

    def marks(self, words: Sequence[str]) -> tuple[str, ...]:
        """The mark that follows each word; see `Punctuator.marks`.

        Raises:
            RunError: the device failed.
        """
        import torch

        cut = list(self._cut(words))
        units = [(end, text) for end, text in zip(_ends(cut), cut, strict=True) if text.strip()]
        try:
            with torch.inference_mode():
                labels = self._labels([self._id(text) for _, text in units])
        except RuntimeError as error:
            raise RunError(f"punctuation failed on {self._device}: {first_line(error)}") from error
        # A unit may reach over several words or be a part of one: its mark belongs to the word
        # that ends where it ends.
        marks = {end: self._marks[label] for (end, _), label in zip(units, labels, strict=True)}
        ends = zip(words, _ends(words), strict=True)
        return tuple(marks.get(end, "") if word else "" for word, end in ends)

    def _id(self, unit: str) -> int:
        known = self._ids.get(unit, self._ids.get(unit.lower()))
        return self._ids[UNKNOWN] if known is None else known

    def _labels(self, ids: list[int]) -> list[int]:
        """One label for each unit.

        The network sees the text from the last sentence end on, `WINDOW` units more each time;
        what stands before the last sentence end it then finds is settled.
        """
        labels: list[int] = []
        for seen in range(WINDOW, len(ids), WINDOW):
            found = self._predict(ids[len(labels) : seen])
            labels += self._settled(found)
        return labels + self._predict(ids[len(labels) :])

    def _settled(self, found: list[int]) -> list[int]:
        """The part of the labels that more text cannot change."""
        # Neither the first two units nor the last one are taken for a sentence end: FunASR's rule.
        marks = [self._marks[label] for label in found[2:-1]]
        ends = [place for place, mark in enumerate(marks, 3) if mark in {FULL_STOP, QUESTION}]
        if ends:
            return found[: ends[-1]]
        commas = [place for place, mark in enumerate(marks, 3) if mark == COMMA]
        if len(found) > LONG_SENTENCE and commas:
            return [*found[: commas[-1] - 1], self._end]
        return found[:LONG_SENTENCE] if len(found) >= LONGEST_TEXT else []

    def _predict(self, ids: list[int]) -> list[int]:
        import torch

        if not ids:
            return []
        text = torch.tensor([ids], device=self._device)
        scores, _ = self._model.punc_forward(text, torch.tensor([len(ids)], device=self._device))
        best: list[int] = scores[0].argmax(dim=-1).tolist()
        return best


def _ends(parts: Sequence[str]) -> Iterator[int]:
    """Where each part ends in the joined text."""
    return accumulate(map(len, parts))


def _cutter(folder: Path, config: Mapping[str, Any]) -> Cutter:
    """What makes the units that this model was trained on."""
    if (folder / WORD_LIST).is_file():
        return _by_word(folder / WORD_LIST)
    if config.get(WORD_LIST) or config["model_conf"].get(WORD_LIST):
        raise ModelError(f"{folder / WORD_LIST}: is missing; copy the whole model folder again")
    return _by_character


def _by_character(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from _PIECE.findall(word)


def _by_word(word_list: Path) -> Cutter:
    """A cutter that knows jieba's words and those of a word list.

    Raises:
        ModelError: the word list cannot be read.
    """
    tokenizer = lexicon.tokenizer()
    try:
        with word_list.open("rb") as file:
            tokenizer.load_userdict(file)
    except (OSError, ValueError) as error:
        raise ModelError(f"{word_list}: not a list of words: {error}") from error

    def cut(words: Sequence[str]) -> Iterator[str]:
        for english, run in groupby(words, lambda word: bool(_ENGLISH.fullmatch(word))):
            together = list(run)
            yield from together if english else tokenizer.cut("".join(together), HMM=False)

    return cut


def _marks(folder: Path, config: Mapping[str, Any]) -> list[str]:
    """The mark that each label stands for."""
    path = folder / "config.yaml"
    if config.get("model") != "CTTransformer" or config.get("encoder") != "SANMEncoder":
        raise ModelError(f"{path}: not a CT-Transformer model; choose another with --punc")
    labels = (config.get("model_conf") or {}).get("punc_list")
    if not isinstance(labels, list) or not labels:
        raise ModelError(f"{path}: model_conf has no punc_list")
    unknown = [label for label in labels if not isinstance(label, str) or label not in MARKS]
    if unknown:
        raise ModelError(f"{path}: punc_list has {unknown[0]!r}, which this program cannot place")
    marks = [MARKS[label] for label in labels]
    if FULL_STOP not in marks:
        raise ModelError(f"{path}: punc_list has no full stop")
    return marks


def _model(folder: Path, config: Mapping[str, Any], vocabulary: int) -> Any:
    # FunASR finds the encoder by its name, which it learns when the encoder's module is imported.
    vendor.load("models.sanm.encoder")
    transformer = vendor.load("models.ct_transformer.model").CTTransformer
    arguments = {**config["model_conf"], "vocab_size": vocabulary}
    # FunASR would load the word list into the jieba of the whole process.
    arguments.pop(WORD_LIST, None)
    with building(folder):
        model = transformer("SANMEncoder", config["encoder_conf"], **arguments)
    load_strictly(model, folder)
    return model
