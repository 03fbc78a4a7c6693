from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines import fsmn_vad, vendor
from asrcli.engines.features import fbank
from asrcli.engines.fsmn_vad import FsmnVad
from asrcli.errors import ModelError, RecordingError, RunError
from tests.engines.fsmn_vad_folder import config, funasr_vad, write_config, write_fsmn_vad

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.engines.base import Vad
    from asrcli.values import FloatArray


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fsmn_vad(tmp_path_factory.mktemp("models") / "fsmn-vad")


def load(folder: Path, max_silence_ms: int = 800) -> FsmnVad:
    return FsmnVad(folder, max_silence_ms=max_silence_ms, name="fsmn-vad", sha256="f" * 64)


@pytest.fixture(scope="module")
def vad(folder: Path) -> FsmnVad:
    return load(folder, 300)


def probabilities(vad: FsmnVad, samples: FloatArray) -> np.ndarray:
    """The probability of silence of every frame."""
    seen: list[np.ndarray] = []

    def watched(sound: FloatArray, frames: slice, memory: Any) -> Any:
        silence, mel = vad._silence(sound, frames, memory)
        seen.append(silence)
        return silence, mel

    stream = fsmn_vad.FsmnStream(vad._rule, vad._stack, watched)
    stream.feed(samples)
    stream.finish()
    return np.concatenate(seen)


def babble(seed: int, length: int) -> FloatArray:
    """Noise whose loudness and colour change several times a second."""
    generator = np.random.default_rng(seed)
    envelope = np.repeat(generator.uniform(0, 0.3, length // 3000 + 1) ** 2, 3000)[:length]
    sound = generator.normal(0, 1, length) * envelope
    sound[::2] *= (
        1 - np.repeat(generator.uniform(0, 1, length // 5000 + 1), 2500)[: len(sound[::2])]
    )
    return np.clip(sound, -1, 1).astype(np.float32)


class TestSpeech:
    def test_it_is_what_the_pipeline_asks_for(self, folder: Path) -> None:
        vad: Vad = load(folder)
        assert (vad.info.role, vad.info.name, vad.info.sha256) == ("vad", "fsmn-vad", "f" * 64)

    @pytest.mark.parametrize("seed", range(6))
    def test_regions_are_ordered_disjoint_and_inside(self, folder: Path, seed: int) -> None:
        samples = babble(seed, 100_000 + 37 * seed)
        regions = load(folder, 300).speech(samples)
        assert regions
        borders = [0, *[edge for region in regions for edge in region], len(samples)]
        assert borders == sorted(borders)
        assert all(start < end for start, end in regions)
        assert all(edge % 160 == 0 for region in regions for edge in region)

    def test_a_threshold_replaces_the_checkpoints_margin(self, folder: Path) -> None:
        samples = babble(1, 100_000)

        def heard(threshold: float | None) -> int:
            vad = FsmnVad(folder, max_silence_ms=300, name="v", sha256="", threshold=threshold)
            return sum(end - start for start, end in vad.speech(samples))

        own = (1 + config()["model_conf"]["speech_noise_thres"]) / 2
        assert heard(own) == heard(None)
        assert heard(0.0) == (len(samples) - 400) // 160 * 160 + 160
        amounts = [heard(threshold) for threshold in (0.0, 0.3, 0.5, 0.7, 1.0)]
        assert amounts == sorted(amounts, reverse=True)
        assert amounts[0] > amounts[-1]

    @pytest.mark.parametrize("length", [400, 401, 559, 560, 721, 880, 1_041, 1_200])
    def test_the_shortest_recordings(self, folder: Path, length: int) -> None:
        for start, end in load(folder).speech(babble(0, length)):
            assert 0 <= start < end <= length

    @pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100, 311, 312, 313])
    def test_chunks_change_nothing(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
    ) -> None:
        samples = babble(1, 50_000)
        vad = load(folder, 300)
        monkeypatch.setattr(fsmn_vad, "CHUNK_FRAMES", 10**9)
        whole, regions = probabilities(vad, samples), vad.speech(samples)
        monkeypatch.setattr(fsmn_vad, "CHUNK_FRAMES", chunk)
        np.testing.assert_allclose(probabilities(vad, samples), whole, atol=2e-5)
        assert vad.speech(samples) == regions

    @given(st.integers(0, 99), st.lists(st.integers(0, 30_000), max_size=9))
    @settings(max_examples=25, deadline=None)
    def test_pieces_change_nothing(self, vad: FsmnVad, seed: int, sizes: list[int]) -> None:
        samples = babble(seed, 60_000)
        stream = vad.listen()
        regions: list[tuple[int, int]] = []
        for piece in np.split(samples, np.clip(np.cumsum(sizes), 0, len(samples))):
            regions += stream.feed(piece).regions
        assert tuple(regions) + stream.finish().regions == vad.speech(samples)

    @given(st.integers(0, 99), st.integers(1_600, 40_000))
    @settings(max_examples=15, deadline=None)
    def test_what_is_settled_stays_so(self, vad: FsmnVad, seed: int, size: int) -> None:
        samples = babble(seed, 90_000)
        stream = vad.listen()
        pieces = (samples[first : first + size] for first in range(0, len(samples), size))
        heard = [*map(stream.feed, pieces), stream.finish()]
        for number, speech in enumerate(heard):
            later = [region for other in heard[number + 1 :] for region in other.regions]
            if speech.open is not None:
                assert later[0][0] == speech.open == speech.settled
                assert later[0][1] >= speech.reaches
            assert all(start >= speech.settled for start, _ in later)
        assert heard[-1].open is None

    @given(st.integers(0, 3), st.lists(st.integers(1, 250_000), min_size=1, max_size=4))
    @settings(max_examples=15, deadline=None)
    def test_the_frames_are_those_of_the_whole(
        self, vad: FsmnVad, seed: int, sizes: list[int]
    ) -> None:
        samples = babble(seed, 200_000 + 57 * seed)
        stream, given, at = vad.listen(), [], 0
        for size in (*sizes, len(samples)):
            given.append(stream.feed(samples[at : at + size]).mel)
            at += size
        given.append(stream.finish().mel)
        mel = np.concatenate([frames for frames in given if frames is not None])
        whole = fbank(torch.tensor(samples)).numpy()
        assert mel.shape == whole.shape
        # A product of other rows may round otherwise.
        assert np.abs(mel - whole).max() < 1e-4

    def test_working_memory_does_not_grow_with_the_recording(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vad = load(folder)
        seen: list[int] = []
        silence = vad._silence

        def watched(sound: FloatArray, frames: slice, memory: Any) -> Any:
            found = silence(sound, frames, memory)
            seen.append(len(found[0]))
            assert len(sound) <= (fsmn_vad.CHUNK_FRAMES + 12) * 160
            return found

        monkeypatch.setattr(vad, "_silence", watched)
        stream = vad.listen()
        for start in range(35):
            stream.feed(babble(start, 16_000))
        stream.finish()
        assert max(seen) == fsmn_vad.CHUNK_FRAMES
        assert sum(seen) == (16_000 * 35 - 400) // 160 + 1

    @pytest.mark.parametrize(
        ("pieces", "message"),
        [
            ([], "too few"),
            ([np.zeros(300, np.float32), np.zeros(99, np.float32)], "too few"),
            ([np.zeros(1_000, np.float32), np.full(1, np.inf, np.float32)], "finite"),
            ([np.zeros(1_000, np.float32), np.full(1, 2, np.float32)], "range"),
            ([np.zeros(1_000, np.int16)], "int16"),
        ],
    )
    def test_a_stream_refuses_what_breaks_the_contract(
        self, folder: Path, pieces: list[FloatArray], message: str
    ) -> None:
        stream = load(folder).listen()
        with pytest.raises(RecordingError, match=message):
            for piece in pieces:
                stream.feed(piece)
            stream.finish()

    @pytest.mark.parametrize("seconds", [10, 20, 30, 60])
    def test_the_same_speech_gives_the_same_regions_anywhere(
        self, folder: Path, seconds: int
    ) -> None:
        # The network remembers less than a second.
        lead = np.zeros(32_000, np.float32)
        samples = np.concatenate([lead, babble(3, 200_000), lead])
        shift = seconds * 16_000
        moved = np.concatenate([np.zeros(shift, np.float32), samples])
        vad = load(folder, 300)
        wanted = [region for region in vad.speech(samples) if region[0] > 24_000]
        assert wanted
        found = [(start - shift, end - shift) for start, end in vad.speech(moved)]
        assert [region for region in found if region[0] > 24_000] == wanted

    def test_calls_do_not_depend_on_each_other(self, folder: Path) -> None:
        vad = load(folder, 300)
        first = vad.speech(babble(4, 60_000))
        vad.speech(babble(5, 90_000))
        assert vad.speech(babble(4, 60_000)) == first

    def test_read_only_samples_are_read_without_a_warning(self, folder: Path) -> None:
        samples = babble(0, 20_000)
        samples.setflags(write=False)
        load(folder).speech(samples)

    @pytest.mark.parametrize(
        ("samples", "message"),
        [
            (np.zeros(399, np.float32), "too few"),
            (np.zeros(0, np.float32), "too few"),
            (np.zeros(1_000, np.int16), "int16"),
            (np.zeros((1_000, 2), np.float32), "dimensions"),
            (np.full(1_000, np.nan, np.float32), "finite"),
            (np.full(1_000, -1.01, np.float32), "range"),
        ],
    )
    def test_refuses_what_breaks_the_contract(
        self, folder: Path, samples: FloatArray, message: str
    ) -> None:
        with pytest.raises(RecordingError, match=message):
            load(folder).speech(samples)

    def test_a_failing_device_stops_the_run(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vad = load(folder)

        def fail(*_: object) -> None:
            raise RuntimeError("CUDA error: gone\nmore lines")

        monkeypatch.setattr(vad._encoder, "forward", fail)
        with pytest.raises(RunError, match=r"failed on cpu: CUDA error: gone$"):
            vad.speech(np.zeros(1_000, np.float32))

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("max_silence_ms", [200, 800])
    def test_the_whole_way_is_funasrs(self, folder: Path, seed: int, max_silence_ms: int) -> None:
        samples = babble(seed, 160_000 + 77 * seed)
        regions = load(folder, max_silence_ms).speech(samples)
        assert regions
        model = funasr_vad(config())
        model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
        frontend = vendor.load("frontends.wav_frontend").WavFrontendOnline(
            cmvn_file=str(folder / "am.mvn"), **config()["frontend_conf"]
        )
        with torch.inference_mode():
            results, _ = model.inference(
                [torch.from_numpy(samples)],
                key=["a"],
                frontend=frontend,
                cache={},
                max_end_silence_time=max_silence_ms,
                device="cpu",
            )
        assert [[start // 16, end // 16] for start, end in regions] == results[0]["value"]


class TestFolder:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> Path:
        return write_fsmn_vad(tmp_path / "broken")

    @pytest.mark.parametrize("name", ["config.yaml", "model.pt", "am.mvn"])
    def test_a_missing_file(self, broken: Path, name: str) -> None:
        (broken / name).unlink()
        with pytest.raises(ModelError):
            load(broken)

    def test_a_missing_tensor(self, broken: Path) -> None:
        tensors = torch.load(broken / "model.pt", weights_only=True)
        del tensors["encoder.out_linear2.linear.bias"]
        torch.save(tensors, broken / "model.pt")
        with pytest.raises(ModelError, match="is missing"):
            load(broken)

    def test_a_tensor_of_another_shape(self, broken: Path) -> None:
        content = config()
        content["encoder_conf"]["linear_dim"] = 25
        write_config(broken, content)
        with pytest.raises(ModelError, match="has the shape"):
            load(broken)

    def test_a_normalisation_of_another_size(self, broken: Path) -> None:
        text = (broken / "am.mvn").read_text().replace("-11 ", "", 1)
        (broken / "am.mvn").write_text(text)
        with pytest.raises(ModelError, match=r"am\.mvn"):
            load(broken)

    @pytest.mark.parametrize(
        ("part", "change", "message"),
        [
            ("", {"model": "CTTransformer"}, "--vad"),
            ("", {"encoder": "DFSMN"}, "--vad"),
            ("", {"model_conf": None}, "missing"),
            ("", {"frontend_conf": None}, "missing"),
            ("", {"encoder_conf": None}, "cannot be built"),
            ("model_conf", {"decibel_thres": -40.0}, "decibel_thres is -40"),
            ("model_conf", {"snr_thres": 3.0}, "snr_thres is 3"),
            ("model_conf", {"detect_mode": 0}, "detect_mode is 0"),
            ("model_conf", {"sample_rate": 8000}, "sample_rate is 8000"),
            ("model_conf", {"window_size_ms": None}, "cannot be used"),
            ("model_conf", {"speech_noise_thres": "high"}, "cannot be used"),
            ("model_conf", {"sil_pdf_ids": []}, "sil_pdf_ids"),
            ("model_conf", {"sil_pdf_ids": [4]}, "sil_pdf_ids"),
            ("frontend_conf", {"lfr_n": 2}, "lfr_n is 2"),
            ("frontend_conf", {"lfr_m": 7}, "lfr_m is 7"),
            ("frontend_conf", {"window": "povey"}, "window is povey"),
            ("encoder_conf", {"nonsense": 1}, "cannot be built"),
            ("encoder_conf", {"rorder": 2, "rstride": 1}, "rorder is 2"),
            ("encoder_conf", {"use_softmax": False}, "use_softmax is False"),
        ],
    )
    def test_a_configuration_that_does_not_fit(
        self, broken: Path, part: str, change: dict[str, Any], message: str
    ) -> None:
        content = config()
        (content[part] if part else content).update(change)
        write_config(broken, content)
        with pytest.raises(ModelError, match=message):
            load(broken)

    def test_dither_is_ignored(self, broken: Path) -> None:
        content = config()
        content["frontend_conf"]["dither"] = 1.0
        write_config(broken, content)
        samples = babble(0, 80_000)
        assert load(broken).speech(samples) == load(write_fsmn_vad(broken)).speech(samples)
