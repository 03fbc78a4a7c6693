"""The timing head: how much of a token lies in each third of an encoder frame.

Shi et al. 2023, https://arxiv.org/abs/2301.12343. A transposed convolution whose stride is its
width is one product for each of the thirds. The recurrent layer reads a span forwards and, each
span turned round within its own length, backwards: so no padding is ever read before a frame,
and the whole batch goes through one kernel, which packed sequences cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asrcli.engines.weights import unfilled

if TYPE_CHECKING:
    import torch

    from asrcli.engines.device import Device
    from asrcli.engines.padding import Padding
    from asrcli.engines.products import Products


class TimingHead:
    """The part of FunASR's `CifPredictorV3` that tells times."""

    def __init__(self, predictor: Any, device: Device, products: Products) -> None:
        import torch

        self._split = predictor.upsample_times
        # [in, out, third] -> [third and out, in]
        weight = predictor.upsample_cnn.weight.detach().permute(2, 1, 0).flatten(0, 1)
        bias = predictor.upsample_cnn.bias.detach().repeat(self._split)
        self._upsample = products.matrix(weight, bias)
        self._dtype = products.dtype
        half = device.precision in ("bf16", "fp16")
        self._recurrent_dtype = products.dtype if half else torch.float32
        self._forwards, self._backwards = (
            _one_way(predictor.blstm, suffix).to(device.torch(), self._recurrent_dtype)
            for suffix in ("", "_reverse")
        )
        self._output = predictor.cif_output2
        self._factor, self._threshold = predictor.smooth_factor2, predictor.noise_threshold2

    def __call__(self, encoded: torch.Tensor, padding: Padding) -> torch.Tensor:
        """float32 [batch, frames, dim] -> weights float32 [batch, split * frames], padding zero."""
        import torch

        fine = self._upsample(encoded.to(self._dtype)).to(self._recurrent_dtype)
        fine = fine.view(len(fine), -1, encoded.shape[-1])
        inside = padding.times(self._split)
        places = _turned(inside)
        before = self._forwards(fine)[0]
        after = _turn(self._backwards(_turn(fine, places))[0], places)
        both = torch.cat([before, after], dim=-1).float()
        weights = torch.sigmoid(self._output(both)).squeeze(-1)
        weights = torch.relu(weights * self._factor - self._threshold)
        return weights * inside.inside


def _turned(padding: Padding) -> torch.Tensor:
    """Flat places int64 [batch * size] that turn every row round within its length."""
    import torch

    rows, size = padding.inside.shape
    places = torch.arange(size).expand(rows, -1)
    last = torch.tensor(padding.lengths)[:, None] - 1
    turned = torch.where(places <= last, last - places, places)
    return (turned + torch.arange(rows)[:, None] * size).flatten().to(padding.inside.device)


def _turn(frames: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    return frames.flatten(0, 1).index_select(0, places).view_as(frames)


def _one_way(both: Any, suffix: str) -> torch.nn.LSTM:
    """One direction of a bidirectional layer, its weights shared until they are converted."""
    import torch

    with unfilled():
        one = torch.nn.LSTM(both.input_size, both.hidden_size, batch_first=True)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    state = {name: getattr(both, name + suffix).detach() for name in names}
    one.load_state_dict(state, assign=True)
    return one.eval().requires_grad_(False)
