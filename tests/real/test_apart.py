"""Reading in processes changes nothing, on the real VAD and the examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.engines import factory
from asrcli.engines.factory import open_engines
from asrcli.pipeline.apart import listeners
from asrcli.pipeline.listen import Manner
from asrcli.settings import Settings
from tests import audio_samples as audio
from tests.pipeline.listening import listen
from tests.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("channels", "mel"), [("mix", True), ("split", False), ("auto", True)])
def test_the_examples_sound_the_same_in_a_process(
    fsmn_vad_folder: Path,
    demo_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    channels: str,
    mel: bool,
) -> None:
    monkeypatch.setattr(factory, "prepare", lambda _: None)
    settings = Settings(model="demo", device="cpu", offline=True)
    manner = Manner(channels, 15_000, mel)
    here, *_ = listeners(open_engines(settings), manner)
    there, *_ = listeners(open_engines(settings, size_bytes=factory.WORTH_PROCESSES_BYTES), manner)
    paths = sorted((ROOT / "examples" / "recordings").rglob("*.*"))
    sources = [audio.source(path) for path in paths if path.suffix != ".csv"]
    try:
        heard = [listen(there, source) for source in sources]
    finally:
        there.close()
    assert sum(len(one.pieces) for one in heard) > len(sources) > 5
    assert [one.facts for one in heard] == [listen(here, source).facts for source in sources]
