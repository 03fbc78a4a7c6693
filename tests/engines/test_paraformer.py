"""The recogniser on random weights: what must hold whatever a model has learned.

`test_demo_model.py` under tests/real asks whether it recognises speech.
"""

from __future__ import annotations

import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from asrcli.clock import SAMPLE_RATE
from asrcli.engines import vendor
from asrcli.engines.device import Device
from asrcli.engines.features import fbank
from asrcli.engines.paraformer import Paraformer
from asrcli.engines.spare import Spare
from asrcli.errors import DeviceMemoryError, ModelError, RecordingError, RunError
from asrcli.pipeline.decode import decode
from asrcli.values import Batch, Decoded, HotwordSet, SpeechSpan, Token
from tests.engines.seaco_folder import COMMON, write_seaco

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.engines.base import Asr
    from asrcli.values import FloatArray

CPU = Device("cpu", "fp32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seaco(tmp_path_factory.mktemp("models") / "seaco")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Paraformer:
    return Paraformer(folder, device=CPU, name="tiny", sha256="0" * 64)


@pytest.fixture(autouse=True)
def no_hotwords(engine: Paraformer) -> None:
    engine.set_hotwords(HotwordSet())


def sounds(*seconds: float) -> list[FloatArray]:
    generator = np.random.default_rng(7)
    made = []
    for length in seconds:
        count = int(length * SAMPLE_RATE)
        swell = np.abs(np.sin(np.arange(count) / 1500.0))
        noise = generator.standard_normal(count) * 0.1
        made.append((noise * swell).clip(-1, 1).astype(np.float32))
    return made


LENGTHS = (0.9, 6.0, 0.03, 2.5, 13.7, 1.01, 3.3, 0.4)


def hotwords(count: int, weight: float = 1.0) -> HotwordSet:
    generator = np.random.default_rng(3)
    words = ("".join(generator.choice(list(COMMON), 3)) for _ in range(count))
    return HotwordSet(tuple((word, weight) for word in dict.fromkeys(words)))


def every_pair() -> HotwordSet:
    """Whatever two characters stand side by side, they are a word of this list."""
    return HotwordSet(tuple((a + b, 1.0) for a in COMMON for b in COMMON))


def text_and_times(tokens: tuple[Token, ...]) -> list[tuple[str, int, int, bool]]:
    return [(token.text, token.start_ms, token.end_ms, token.biased) for token in tokens]


def test_it_is_an_asr(engine: Paraformer) -> None:
    asr: Asr = engine
    assert asr.info.role == "asr"
    assert asr.batch_seconds > 0


@pytest.mark.parametrize("words", [0, 3, 50, 51, 150, None])
def test_a_span_gets_the_same_in_any_batch(engine: Paraformer, words: int | None) -> None:
    engine.set_hotwords(every_pair() if words is None else hotwords(words))
    batch = sounds(*LENGTHS)
    alone = [text_and_times(engine.decode([one])[0]) for one in batch]
    together = [text_and_times(tokens) for tokens in engine.decode(batch)]
    backwards = [text_and_times(tokens) for tokens in engine.decode(batch[::-1])]
    assert together == alone
    assert backwards[::-1] == alone
    assert sum(map(len, alone)) > 40


def test_confidences_agree_between_batches(engine: Paraformer) -> None:
    batch = sounds(*LENGTHS)
    for one, tokens in zip(batch, engine.decode(batch), strict=True):
        alone = engine.decode([one])[0]
        assert [t.confidence for t in tokens] == pytest.approx([t.confidence for t in alone])


@pytest.mark.parametrize("words", [0, 3])
def test_features_say_what_samples_say(engine: Paraformer, words: int) -> None:
    engine.set_hotwords(hotwords(words))
    batch = sounds(0.9, 6.0, 0.03, 2.5, 3.3)
    mel = [fbank(torch.tensor(samples)).numpy() for samples in batch]
    said = [text_and_times(tokens) for tokens in engine.decode(batch)]
    assert [text_and_times(tokens) for tokens in engine.decode(mel)] == said
    mixed = [mel[0], batch[1], mel[2], mel[3], batch[4]]
    assert [text_and_times(tokens) for tokens in engine.decode(mixed)] == said
    assert sum(map(len, said)) > 10


def test_unusable_features_are_refused(engine: Paraformer) -> None:
    with pytest.raises(RecordingError, match="not float32"):
        engine.decode([np.zeros((10, 79), np.float32)])


def test_times_are_monotone_and_inside_the_span(engine: Paraformer) -> None:
    batch = sounds(*LENGTHS)
    for one, tokens in zip(batch, engine.decode(batch), strict=True):
        for token in tokens:
            assert 0 <= token.start_ms <= token.end_ms <= len(one) // 16
            assert 0.0 < token.confidence <= 1.0
        for earlier, later in pairwise(tokens):
            assert earlier.start_ms <= later.start_ms
            assert earlier.end_ms <= max(later.start_ms, earlier.start_ms)


def test_a_batch_without_tokens_is_blank(folder: Path) -> None:
    engine = Paraformer(folder, device=CPU, name="tiny", sha256="")
    torch.nn.init.constant_(engine._model.predictor.cif_output.bias, -30.0)
    batch = sounds(0.5, 2.0)
    assert engine.decode(batch) == [(), ()]


def test_one_blank_span_leaves_its_neighbours_alone(engine: Paraformer) -> None:
    short, long = sounds(0.03, 5.0)
    blank, heard = engine.decode([short, long])
    assert blank == ()
    assert text_and_times(heard) == text_and_times(engine.decode([long])[0])


def test_no_spans_give_no_results(engine: Paraformer) -> None:
    assert engine.decode([]) == []


def test_the_samples_are_left_as_they_were(engine: Paraformer) -> None:
    batch = sounds(1.0)
    before = batch[0].copy()
    batch[0].flags.writeable = False
    engine.decode(batch)
    assert np.array_equal(batch[0], before)


def test_an_unusable_span_is_refused(engine: Paraformer) -> None:
    good = sounds(1.0)[0]
    broken = good.copy()
    broken[100] = np.nan
    with pytest.raises(RecordingError, match="finite"):
        engine.decode([good, broken])


def test_words_without_tokens_are_reported(engine: Paraformer) -> None:
    words = HotwordSet((("的一是", 1.0), ("iPhone", 1.0), ("龘", 1.0), ("hello", 2.0)))
    dropped = engine.set_hotwords(words)
    assert [word.text for word in dropped] == ["iPhone", "龘"]
    assert all("no token" in word.reason for word in dropped)


def test_the_list_changes_what_is_written(engine: Paraformer) -> None:
    batch = sounds(6.0)
    plain = engine.decode(batch)[0]
    engine.set_hotwords(every_pair())
    biased = engine.decode(batch)[0]
    assert not any(token.biased for token in plain)
    assert any(token.biased for token in biased)
    engine.set_hotwords(HotwordSet())
    assert engine.decode(batch)[0] == plain


def test_a_list_changes_nothing_but_its_own_words(engine: Paraformer) -> None:
    batch = sounds(6.0)
    plain = engine.decode(batch)[0]
    words = hotwords(20)
    engine.set_hotwords(words)
    biased = engine.decode(batch)[0]
    written = "".join(token.text for token in biased)
    assert not any(word in written for word, _ in words.words)
    assert text_and_times(biased) == text_and_times(plain)


def test_the_order_of_the_list_does_not_matter(engine: Paraformer) -> None:
    batch = sounds(6.0)
    words = hotwords(120)
    engine.set_hotwords(words)
    forward = engine.decode(batch)[0]
    engine.set_hotwords(HotwordSet(words.words[::-1]))
    assert text_and_times(engine.decode(batch)[0]) == text_and_times(forward)


def test_a_weight_counts_as_often_as_it_says(engine: Paraformer) -> None:
    batch = sounds(6.0)
    once = hotwords(8).words
    engine.set_hotwords(HotwordSet((*once, once[0], once[0])))
    thrice = engine.decode(batch)[0]
    engine.set_hotwords(HotwordSet(((once[0][0], 3.0), *once[1:])))
    weighted = engine.decode(batch)[0]
    assert text_and_times(weighted) == text_and_times(thrice)
    assert [t.confidence for t in weighted] == pytest.approx([t.confidence for t in thrice])


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_lower_precision_runs_on_a_cpu(folder: Path, precision: str) -> None:
    engine = Paraformer(folder, device=Device("cpu", precision), name="tiny", sha256="")
    engine.set_hotwords(hotwords(60))
    results = engine.decode(sounds(2.0, 5.0))
    assert [len(tokens) > 0 for tokens in results] == [True, True]


def test_the_same_folder_gives_the_same_engine(folder: Path, engine: Paraformer) -> None:
    again = Paraformer(folder, device=CPU, name="tiny", sha256="")
    assert again.decode(sounds(3.0)) == engine.decode(sounds(3.0))


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), DeviceMemoryError),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), DeviceMemoryError),
        (MemoryError(), DeviceMemoryError),
        (RuntimeError("CUDA error: an illegal memory access"), RunError),
        (RuntimeError("zeros: Dimension size must be non-negative"), RecordingError),
        (RuntimeError(), RecordingError),
    ],
)
def test_errors_of_torch_are_translated(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    wanted: type[Exception],
) -> None:
    def fail(*_: object) -> None:
        raise error

    engine = Paraformer(folder, device=CPU, name="tiny", sha256="")
    monkeypatch.setattr(engine, "_features", fail)
    with pytest.raises(wanted) as caught:
        engine.decode(sounds(1.0))
    assert caught.value.__cause__ is error


class Narrow(Paraformer):
    """A recogniser whose device holds `room` padded seconds; a failed attempt leaves a trace."""

    room = 12.0
    attempts: list[int]
    held: list[weakref.ref[torch.Tensor]]

    def _decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        self.attempts.append(len(batch))
        if len(batch) * max(map(len, batch)) > self.room * SAMPLE_RATE:
            tensor = torch.zeros(10)
            self.held.append(weakref.ref(tensor))
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super()._decode(batch)


def narrow(folder: Path, spare: Spare | None = None) -> Narrow:
    made = Narrow(folder, device=CPU, name="tiny", sha256="0" * 64, spare=spare)
    made.attempts, made.held = [], []
    return made


def through_the_ladder(asr: Narrow, sounds: list[FloatArray]) -> list[Decoded | RecordingError]:
    spans = [(key, SpeechSpan(0, 0, len(sound))) for key, sound in enumerate(sounds)]
    longest = max(map(len, sounds))
    return decode(Batch(tuple(spans), longest), dict(zip(spans, sounds, strict=True)), asr)


def test_a_batch_that_does_not_fit_is_halved_and_nothing_is_lost(
    folder: Path, engine: Paraformer
) -> None:
    asr, batch = narrow(folder), sounds(3.0, 2.9, 2.8, 3.0, 2.5, 0.6, 2.7, 0.4)
    results = through_the_ladder(asr, batch)
    found = [text_and_times(result.tokens) for result in results if isinstance(result, Decoded)]
    assert found == [text_and_times(engine.decode([one])[0]) for one in batch]
    # 24 seconds did not fit; twelve did.
    assert asr.attempts == [8, 4, 4]


def test_what_did_not_fit_once_is_not_tried_again(folder: Path) -> None:
    asr, batch = narrow(folder), sounds(*[3.0] * 8)
    through_the_ladder(asr, batch)
    asr.attempts.clear()
    through_the_ladder(asr, batch)
    assert asr.attempts == [4, 4]
    assert asr.batch_seconds <= 12.0


def test_a_failed_attempt_holds_no_memory(folder: Path) -> None:
    asr = narrow(folder)
    with pytest.raises(DeviceMemoryError) as caught:
        asr.decode(sounds(7.0, 7.0))
    assert caught.value.__cause__ is not None
    assert [reference() for reference in asr.held] == [None]


def test_a_span_that_fits_nowhere_on_the_device_is_decoded_beside_it(
    folder: Path, engine: Paraformer
) -> None:
    notes: list[str] = []
    asr, batch = narrow(folder, Spare(lambda: engine, notes.append)), sounds(1.0, 13.0, 0.5)
    asr.set_hotwords(every_pair())
    results = through_the_ladder(asr, batch)
    engine.set_hotwords(every_pair())
    wanted = [text_and_times(engine.decode([one])[0]) for one in batch]
    found = [text_and_times(result.tokens) for result in results if isinstance(result, Decoded)]
    assert found == wanted
    assert len(notes) == 1


def test_a_span_that_fits_nowhere_is_refused_alone(folder: Path) -> None:
    first, second, third = through_the_ladder(narrow(folder), sounds(1.0, 13.0, 0.5))
    assert isinstance(first, Decoded)
    assert isinstance(second, RecordingError)
    assert "--max-segment" in str(second)
    assert isinstance(third, Decoded)


def test_a_cpu_tells_nothing_of_device_memory(engine: Paraformer) -> None:
    assert engine.memory_peak() == ""


def test_a_folder_without_cmvn_is_refused(tmp_path: Path) -> None:
    folder = write_seaco(tmp_path / "seaco")
    (folder / "am.mvn").unlink()
    with pytest.raises(ModelError, match=r"am\.mvn"):
        Paraformer(folder, device=CPU, name="tiny", sha256="")


def test_batch_one_equals_funasr(engine: Paraformer) -> None:
    """The layers are FunASR's, the way through them ours: both must end at the same tokens."""
    model = engine._model
    tokenizer = vendor.load("tokenizer.char_tokenizer").CharTokenizer(
        token_list=list(engine._spelling.tokens), unk_symbol="<unk>"
    )
    for sound in sounds(2.5, 6.0):
        frames, _ = engine._features([sound])
        lengths = torch.tensor([frames.shape[1]])
        encoded = model.encode(frames, lengths)[0]
        embeddings, counts, *_ = model.calc_predictor(encoded, lengths)
        counts = counts.round().long()
        scores = model._seaco_decode_with_ASF(encoded, lengths, embeddings, counts, None)
        wanted = tokenizer.ids2tokens(scores.argmax(-1)[0].tolist())
        written = "".join(token.text for token in engine.decode([sound])[0])
        spoken = "".join(piece.removesuffix("@@") for piece in wanted if piece[0] != "<")
        assert written == spoken


def test_a_twin_decodes_at_the_same_time_with_words_of_its_own(engine: Paraformer) -> None:
    batch = sounds(*LENGTHS)
    twin = engine.twin()
    twin.set_hotwords(every_pair())
    plain, biased = engine.decode(batch), twin.decode(batch)
    assert plain != biased
    with ThreadPoolExecutor(2) as threads:
        for _ in range(5):
            both = [threads.submit(one.decode, batch) for one in (engine, twin)]
            assert [one.result() for one in both] == [plain, biased]
