"""The timing head against FunASR's, one span at a time and together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from asrcli.engines.device import Device
from asrcli.engines.padding import Padding
from asrcli.engines.products import Products
from asrcli.engines.seaco import build
from asrcli.engines.timing import TimingHead
from tests.engines.seaco_folder import TINY, write_seaco

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTHS = (17, 30, 1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = write_seaco(tmp_path_factory.mktemp("timing") / "seaco", seed=4)
    return build(folder, vocabulary=TINY.vocabulary)[0].predictor


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def head(predictor: Any, precision: str = "fp32") -> TimingHead:
    device = Device("cpu", precision)
    return TimingHead(predictor, device, Products(device))


def frames() -> torch.Tensor:
    shape = (len(LENGTHS), max(LENGTHS), TINY.width)
    return torch.randn(shape, generator=torch.Generator().manual_seed(2))


def funasrs(predictor: Any, span: torch.Tensor) -> torch.Tensor:
    """Its weights for one span before they are scaled to the number of tokens."""
    fine = predictor.upsample_cnn(span.transpose(1, 2)).transpose(1, 2)
    fine, _ = predictor.blstm(fine)
    weights = torch.sigmoid(predictor.cif_output2(fine))
    weights = torch.relu(weights * predictor.smooth_factor2 - predictor.noise_threshold2)
    result: torch.Tensor = weights[0, :, 0]
    return result


@pytest.mark.parametrize(("precision", "limit"), [("fp32", 1e-6), ("bf16", 0.01), ("int8", 0.01)])
def test_every_span_of_a_batch_is_told_as_funasr_tells_it_alone(
    predictor: Any, precision: str, limit: float
) -> None:
    encoded = frames()
    padding = Padding.of(LENGTHS, max(LENGTHS), CPU)
    weights = head(predictor, precision)(encoded, padding)
    assert weights.shape == (len(LENGTHS), 3 * max(LENGTHS))
    for row, length in enumerate(LENGTHS):
        wanted = funasrs(predictor, encoded[row : row + 1, :length])
        assert float((weights[row, : 3 * length] - wanted).abs().max()) < limit
        assert not weights[row, 3 * length :].any()


def test_the_checkpoints_weights_stay_as_they_are(predictor: Any) -> None:
    before = {name: value.clone() for name, value in predictor.state_dict().items()}
    head(predictor, "bf16")
    after = predictor.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
