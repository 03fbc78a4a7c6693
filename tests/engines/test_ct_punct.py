from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import jieba
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines import ct_punct, vendor
from asrcli.engines.ct_punct import CtPunct
from asrcli.errors import ModelError, RunError
from tests.engines.ct_punct_folder import (
    CHARACTERS,
    PUNC_LIST,
    TOKENS,
    config,
    funasr_model,
    write_config,
    write_ct_punct,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.engines.base import Punctuator

MARK_OF = {"_": "", "<unk>": "", "，": "，", "。": "。", "？": "？", "、": "、"}
RARE_ENDS = [0.0, 3.0, 0.0, -8.0, -8.0, 0.0]
"""Score offsets with which sentences are long enough to be carried from window to window."""

NO_ENDS = [0.0, 0.0, 0.0, -99.0, -99.0, 0.0]
NO_MARKS = [0.0, 99.0, -99.0, -99.0, -99.0, -99.0]
words_lists = st.lists(
    st.sampled_from(CHARACTERS)
    | st.sampled_from(["hello", "World", "unknownword", "鿿", "3g", "T恤", "今天", "", " ", "，"]),
    max_size=70,
)


def load(folder: Path) -> CtPunct:
    return CtPunct(folder, name="ct-punc", sha256="f" * 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ct_punct(tmp_path_factory.mktemp("models") / "ct-punc")


@pytest.fixture(scope="module")
def by_character(folder: Path) -> CtPunct:
    return load(folder)


@pytest.fixture(scope="module")
def by_word(tmp_path_factory: pytest.TempPathFactory) -> CtPunct:
    words = ["天气很好 10000 n", "公园 500", "散步"]
    return load(write_ct_punct(tmp_path_factory.mktemp("models") / "ct-punc", word_list=words))


def funasr_marks(model: Any, words: Sequence[str]) -> list[str]:
    """What FunASR's own inference puts behind each unit."""
    tokenizer = vendor.load("tokenizer.char_tokenizer").CharTokenizer(token_list=TOKENS)
    text = " ".join(words)
    with torch.inference_mode():
        results, _ = model.inference([text], key=["a"], tokenizer=tokenizer, device="cpu")
    return [MARK_OF[PUNC_LIST[label]] for label in results[0]["punc_array"].flatten().tolist()]


def random_words(seed: int, length: int) -> list[str]:
    chosen = random.Random(seed)
    return [chosen.choice([*CHARACTERS, "hello", "world", "unknownword"]) for _ in range(length)]


def test_threads_that_share_one_get_the_same_marks(by_word: CtPunct) -> None:
    texts = [random_words(seed, 60) for seed in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(by_word.marks, texts)) == [by_word.marks(text) for text in texts]


class TestAgainstFunasr:
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("length", [1, 2, 7, 19, 20])
    def test_short_texts(self, by_character: CtPunct, seed: int, length: int) -> None:
        words = random_words(seed, length)
        # FunASR turns the last mark into a full stop.
        assert list(by_character.marks(words))[:-1] == funasr_marks(funasr_model(), words)[:-1]

    @pytest.mark.parametrize("bias", [[0.0] * 6, RARE_ENDS, NO_ENDS])
    @pytest.mark.parametrize("length", [21, 40, 41, 199, 260, 390])
    def test_long_texts(self, tmp_path: Path, bias: list[float], length: int) -> None:
        ours = load(write_ct_punct(tmp_path, bias=bias))
        theirs = funasr_model()
        theirs.decoder.bias.data += torch.tensor(bias)
        words = random_words(length, length)
        marks = ours.marks(words)
        assert list(marks)[:-1] == funasr_marks(theirs, words)[:-1]
        assert len(set(marks)) > 1

    def test_the_same_mixture_of_words_and_characters(self, by_character: CtPunct) -> None:
        words = ["今", "天", "hello", "world", "天", "气", "ok", "好"]
        assert list(by_character.marks(words))[:-1] == funasr_marks(funasr_model(), words)[:-1]

    def test_units_are_cut_by_jieba_with_the_word_list(
        self, by_word: CtPunct, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = vendor.load("models.ct_transformer.model")
        own = jieba.Tokenizer()
        own.FREQ, own.total = own.gen_pfdict(own.get_dict_file())
        own.initialized = True
        for word, count in (("天气很好", 10000), ("公园", 500), ("散步", None)):
            own.add_word(word, count)
        monkeypatch.setattr(module.jieba, "load_userdict", lambda path: None)
        theirs = funasr_model(jieba_usr_dict="a word list")
        theirs.jieba_usr_dict = own
        text = "今天天气很好我们去公园散步"
        # FunASR's array has one entry for each character too: words are filled up with "none".
        wanted = funasr_marks(theirs, [text])
        assert list(by_word.marks(list(text)))[:-1] == wanted[:-1]
        assert len(wanted) == len(text)


class TestContract:
    def test_it_is_what_the_pipeline_asks_for(self, by_character: CtPunct) -> None:
        punctuator: Punctuator = by_character
        info = punctuator.info
        assert (info.role, info.name, info.sha256) == ("punc", "ct-punc", "f" * 64)

    @given(words=words_lists)
    @settings(max_examples=60)
    def test_one_mark_for_every_word(
        self, by_character: CtPunct, by_word: CtPunct, words: list[str]
    ) -> None:
        for punctuator in (by_character, by_word):
            before = list(words)
            marks = punctuator.marks(words)
            assert len(marks) == len(words)
            assert set(marks) <= {"", "，", "。", "？", "、"}
            assert words == before
            assert all(
                not mark for word, mark in zip(words, marks, strict=True) if not word.strip()
            )
            assert punctuator.marks(words) == marks

    def test_no_words_have_no_marks(self, by_character: CtPunct) -> None:
        assert by_character.marks([]) == ()
        assert by_character.marks(["", " "]) == ("", "")

    def test_nothing_is_forced_at_the_end(self, tmp_path: Path) -> None:
        silent = load(write_ct_punct(tmp_path, bias=NO_MARKS))
        assert silent.marks(random_words(0, 30)) == ("",) * 30

    def test_capitals_do_not_matter(self, by_character: CtPunct) -> None:
        lower = by_character.marks(["hello", "我", "world", "好"])
        assert by_character.marks(["Hello", "我", "WORLD", "好"]) == lower

    def test_words_outside_the_vocabulary_are_unknown_words(self, by_character: CtPunct) -> None:
        words = random_words(1, 20)
        words[7] = "鿿"
        first = by_character.marks(words)
        words[7] = "neverheard"
        assert by_character.marks(words) == first

    def test_a_word_of_several_units_gets_the_mark_of_the_last(self, by_character: CtPunct) -> None:
        marks = by_character.marks(["今", "天", "天", "气", "很", "好"])
        joined = by_character.marks(["今天", "天", "气很好"])
        assert joined == (marks[1], marks[2], marks[5])

    def test_a_mark_inside_a_word_list_word_does_not_occur(self, tmp_path: Path) -> None:
        always = write_ct_punct(tmp_path, word_list=["天气很好 10000"], bias=[0, 0, 99, 0, 0, 0])
        assert load(always).marks(list("天气很好我")) == ("", "", "", "，", "，")
        assert load(always).marks(["天气", "很好我"]) == ("", "，")

    def test_english_words_are_not_joined_by_the_word_list(self, by_word: CtPunct) -> None:
        units = list(by_word._cut(["今", "天", "hello", "world", "公", "园", "it's"]))
        assert units == ["今天", "hello", "world", "公园", "it's"]

    def test_the_word_list_stays_out_of_the_jieba_of_the_process(self, by_word: CtPunct) -> None:
        assert by_word.marks(["天"]) is not None
        assert jieba.dt.FREQ.get("天气很好") is None


class TestLongSentences:
    def test_the_last_comma_ends_a_sentence_without_end(self, tmp_path: Path) -> None:
        words = random_words(3, 500)
        marks = load(write_ct_punct(tmp_path, bias=NO_ENDS)).marks(words)
        ends = [place for place, mark in enumerate(marks) if mark == "。"]
        assert ends
        assert ends[0] <= ct_punct.LONG_SENTENCE + ct_punct.WINDOW
        assert "，" in marks

    def test_a_text_without_any_mark_costs_no_more_and_more(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        silent = load(write_ct_punct(tmp_path, bias=NO_MARKS))
        seen: list[int] = []
        forward = silent._predict

        def watched(ids: list[int]) -> list[int]:
            seen.append(len(ids))
            return forward(ids)

        monkeypatch.setattr(silent, "_predict", watched)
        assert silent.marks(random_words(0, 1_500)) == ("",) * 1_500
        assert max(seen) == ct_punct.LONGEST_TEXT

    def test_settled_marks_do_not_change_with_more_text(self, tmp_path: Path) -> None:
        punctuator = load(write_ct_punct(tmp_path, bias=RARE_ENDS))
        words = random_words(9, 300)
        whole = punctuator.marks(words)
        part = punctuator.marks(words[:200])
        last_end = max(place for place, mark in enumerate(part[:180]) if mark in {"。", "？"})
        assert last_end > 40
        assert part[:last_end] == whole[:last_end]


class TestFolder:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> Path:
        return write_ct_punct(tmp_path / "broken")

    @pytest.mark.parametrize("name", ["config.yaml", "model.pt", "tokens.json"])
    def test_a_missing_file(self, broken: Path, name: str) -> None:
        (broken / name).unlink()
        with pytest.raises(ModelError):
            load(broken)

    def test_a_missing_tensor(self, broken: Path) -> None:
        tensors = torch.load(broken / "model.pt", weights_only=True)
        del tensors["decoder.weight"]
        torch.save(tensors, broken / "model.pt")
        with pytest.raises(ModelError, match=r"decoder\.weight is missing"):
            load(broken)

    def test_a_vocabulary_of_another_size(self, broken: Path) -> None:
        tokens = json.dumps([*TOKENS, "more"], ensure_ascii=False)
        (broken / "tokens.json").write_text(tokens, encoding="utf-8")
        with pytest.raises(ModelError, match=r"embed\.weight has the shape"):
            load(broken)

    def test_a_vocabulary_without_the_unknown_word(self, broken: Path) -> None:
        tokens = json.dumps(["x", *TOKENS[1:]], ensure_ascii=False)
        (broken / "tokens.json").write_text(tokens, encoding="utf-8")
        with pytest.raises(ModelError, match="<unk>"):
            load(broken)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"model": "FsmnVADStreaming"}, "--punc"),
            ({"encoder": "ConformerEncoder"}, "--punc"),
            ({"model_conf": None}, "no punc_list"),
            ({"model_conf": {"punc_list": []}}, "no punc_list"),
            ({"model_conf": {"punc_list": ["_", "。", "!!"]}}, "'!!'"),
            ({"model_conf": {"punc_list": ["_", ["。"]]}}, "cannot place"),
            ({"model_conf": {"punc_list": ["_", "，"]}}, "no full stop"),
            ({"encoder_conf": {"nonsense": 1}}, "cannot be built"),
            ({"encoder_conf": None}, "cannot be built"),
            ({"jieba_usr_dict": "jieba_usr_dict"}, "jieba_usr_dict: is missing"),
        ],
    )
    def test_a_configuration_that_does_not_fit(
        self, broken: Path, change: dict[str, Any], message: str
    ) -> None:
        write_config(broken, {**config(), **change})
        with pytest.raises(ModelError, match=message):
            load(broken)

    def test_a_word_list_that_is_no_text(self, broken: Path) -> None:
        (broken / "jieba_usr_dict").write_bytes(b"\xff\xfe\x00\xd8")
        with pytest.raises(ModelError, match="not a list of words"):
            load(broken)

    def test_ascii_marks_in_the_list_mean_the_same(self, broken: Path) -> None:
        content = config()
        content["model_conf"]["punc_list"] = ["<unk>", "_", ",", "。", "?", "、"]
        write_config(broken, content)
        words = random_words(2, 20)
        assert load(broken).marks(words) == load(write_ct_punct(broken)).marks(words)

    def test_a_failing_device_stops_the_run(
        self, by_character: CtPunct, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("CUDA error: gone\nmore lines")

        monkeypatch.setattr(by_character._model, "punc_forward", fail)
        with pytest.raises(RunError, match=r"failed on cpu: CUDA error: gone$"):
            by_character.marks(["好"])
