from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from asrcli.engines.device import Device
from asrcli.engines.model_folder import check_folder
from asrcli.engines.paraformer import Paraformer
from asrcli.values import HotwordSet
from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.model import build_model, token_list, warm_start
from recipes.demo_model.pack import pack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("speech")


def write_cmvn(path: Path) -> Path:
    row = " ".join(["0.1"] * 560)
    parts = [f"<{name}> 560 560\n<LearnRateCoef> 0 [ {row} ]\n" for name in ("AddShift", "Rescale")]
    path.write_text(f"<Nnet>\n<Splice> 560 560\n[ 0 ]\n{''.join(parts)}</Nnet>\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("packed")
    tokens = token_list(lexicon().characters)
    cmvn = write_cmvn(place / "cmvn")
    pack(build_model(len(tokens)).state_dict(), cmvn, place / "model")
    return place / "model"


def test_the_program_loads_what_was_packed(folder: Path) -> None:
    assert check_folder(folder, role="asr") == "asr"
    engine = Paraformer(folder, device=Device("cpu", "fp32"), name="demo", sha256="")
    assert engine.set_hotwords(HotwordSet((("王玮", 1.0),))) == ()
    sound = np.random.default_rng(1).standard_normal(16000).astype(np.float32) * 0.1
    assert len(engine.decode([np.clip(sound, -1, 1)])) == 1


def test_it_fits_into_the_wheel_and_holds_no_pickle(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 12_000_000
    assert not (folder / "model.pt").exists()


def test_files_have_no_blank_line_that_would_stop_funasr(folder: Path) -> None:
    for name in ("seg_dict", "am.mvn"):
        assert all((folder / name).read_text(encoding="utf-8").splitlines())
    tokens = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    assert tokens[:3] == ["<blank>", "<s>", "</s>"]
    assert tokens[-2:] == ["<nobias>", "<unk>"]


def test_a_warm_start_moves_rows_to_their_characters(folder: Path) -> None:
    characters = lexicon().characters
    tokens = token_list([*reversed(characters[:50]), "龘"])
    model = build_model(len(tokens), seed=3)
    before = model.decoder.output_layer.weight.detach().clone()
    known = warm_start(model, tokens, folder)
    assert known == len(tokens) - 1
    packed = build_model(len(token_list(characters))).decoder.output_layer.weight
    old = token_list(characters).index(characters[7])
    torch.testing.assert_close(
        model.decoder.output_layer.weight[tokens.index(characters[7])],
        packed[old].detach(),
        atol=2e-3,
        rtol=1e-2,
    )
    fresh = tokens.index("龘")
    torch.testing.assert_close(model.decoder.output_layer.weight[fresh], before[fresh])
