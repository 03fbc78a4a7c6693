"""Where the padding of a batch is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch


@dataclass(frozen=True, slots=True, eq=False)
class Padding:
    """Rows of different lengths in one rectangle.

    `lengths` lies on the host, so that no question about them waits for a device. `inside` is
    bool [batch, size]. `within` holds the flat places of what is no padding, int64 [n], row after
    row; `outside` those of the padding, None where all rows are of one length.
    """

    lengths: tuple[int, ...]
    inside: torch.Tensor
    within: torch.Tensor
    outside: torch.Tensor | None

    @classmethod
    def of(cls, lengths: Sequence[int], size: int, device: torch.device) -> Padding:
        """The padding of rows that are `lengths` long in a batch of `size` columns."""
        import torch

        inside = torch.arange(size) < torch.tensor(lengths)[:, None]
        within, outside = (part.flatten().nonzero()[:, 0] for part in (inside, ~inside))
        return cls(
            tuple(lengths),
            inside.to(device),
            within.to(device),
            outside.to(device) if len(outside) else None,
        )

    def clear(self, values: torch.Tensor) -> torch.Tensor:
        """Set the padding of [batch, size, dim] to zero, in place.

        The batch must be one block in memory; `values` may be some of its columns.
        """
        if self.outside is not None:
            values.view(-1, values.shape[-1]).index_fill_(0, self.outside, 0)
        return values

    def select(self, values: torch.Tensor) -> torch.Tensor:
        """[batch, size, ...] without the padding: [n, ...], row after row."""
        return values.flatten(0, 1).index_select(0, self.within)

    def keys(self, dtype: torch.dtype) -> torch.Tensor | None:
        """What attention adds to its scores, [batch, 1, 1, size]: minus infinity in the padding."""
        import torch

        if self.outside is None:
            return None
        mask = torch.zeros(self.inside.shape, dtype=dtype, device=self.inside.device)
        return mask.masked_fill_(~self.inside, float("-inf"))[:, None, None]

    def times(self, factor: int) -> Padding:
        """The same batch with every column split into `factor`."""
        lengths = [length * factor for length in self.lengths]
        return Padding.of(lengths, self.inside.shape[1] * factor, self.inside.device)
