"""The budget follows the memory, learns where it was wrong, and remembers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import budget
from asrcli.engines.budget import CPU_SECONDS, LEAST_SECONDS, MOST_SECONDS, Budget
from asrcli.engines.device import Device

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "0123456789abcdef" * 4
COST = 2 << 20
CUDA = Device("cuda:0", "bf16")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    """A device whose free memory a test sets."""
    memory: dict[str, int | None] = {"bytes": 8 << 30}
    monkeypatch.setattr(Device, "free_bytes", lambda _self: memory["bytes"])
    monkeypatch.setattr(Device, "label", lambda self: f"GPU of {self.kind}")
    return memory


def of(folder: Path, device: Device = CUDA, model: str = MODEL) -> Budget:
    return Budget(device, model, cost=COST, folder=folder)


def test_a_gpu_batch_grows_with_free_memory(tmp_path: Path, free: dict[str, int | None]) -> None:
    sizes = []
    for megabytes in (0, 200, 1_000, 4_000, 100_000):
        free["bytes"] = megabytes << 20
        sizes.append(of(tmp_path).seconds())
    assert sizes == [LEAST_SECONDS, 50.0, 250.0, 1_000.0, MOST_SECONDS]


def test_a_cpu_batch_is_small_and_smaller_where_memory_is(
    tmp_path: Path, free: dict[str, int | None]
) -> None:
    cpu = of(tmp_path, Device("cpu", "fp32"))
    assert cpu.seconds() == CPU_SECONDS
    free["bytes"] = 200 << 20
    assert cpu.seconds() == 50.0


@pytest.mark.parametrize("name", ["mps", "cpu"])
def test_where_nobody_knows_the_memory_it_is_a_cpus(
    tmp_path: Path, free: dict[str, int | None], name: str
) -> None:
    free["bytes"] = None
    one = of(tmp_path, Device(name, "fp32"))
    assert one.seconds() == CPU_SECONDS
    one.overflowed(CPU_SECONDS)
    assert one.seconds() == one.limit == CPU_SECONDS / 2
    assert not (tmp_path / budget.FILE).exists()


def test_what_did_not_fit_is_halved_and_remembered(
    tmp_path: Path, free: dict[str, int | None]
) -> None:
    one = of(tmp_path)
    one.overflowed(1_000.0)
    assert one.limit == 500.0
    assert one.seconds() == 500.0
    one.overflowed(400.0)
    assert one.seconds() == 200.0
    again = of(tmp_path)
    assert again.seconds() == pytest.approx(200.0, rel=1e-3)
    assert again.limit == float("inf")


def test_more_memory_in_the_next_run_allows_more(
    tmp_path: Path, free: dict[str, int | None]
) -> None:
    of(tmp_path).overflowed(400.0)
    assert free["bytes"] is not None
    free["bytes"] *= 2
    assert of(tmp_path).seconds() == pytest.approx(400.0, rel=1e-3)


def test_a_single_long_span_teaches_nothing_for_good(
    tmp_path: Path, free: dict[str, int | None]
) -> None:
    of(tmp_path).overflowed(LEAST_SECONDS / 2)
    assert not (tmp_path / budget.FILE).exists()


def test_other_models_and_devices_learn_for_themselves(
    tmp_path: Path, free: dict[str, int | None]
) -> None:
    of(tmp_path).overflowed(100.0)
    assert of(tmp_path, model="f" * 64).seconds() == MOST_SECONDS
    assert of(tmp_path, Device("cuda:0", "fp32")).seconds() == MOST_SECONDS
    of(tmp_path, model="f" * 64).overflowed(200.0)
    assert len(json.loads((tmp_path / budget.FILE).read_text())) == 2


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"GPU of cuda bf16 0123456789abcdef": "x"}']
)
def test_a_damaged_file_counts_as_none(
    tmp_path: Path, free: dict[str, int | None], content: bytes
) -> None:
    (tmp_path / budget.FILE).write_bytes(content)
    one = of(tmp_path)
    assert one.seconds() == MOST_SECONDS
    one.overflowed(100.0)
    assert of(tmp_path).seconds() == pytest.approx(50.0, rel=1e-3)


def test_where_nothing_can_be_written_the_run_goes_on(
    tmp_path: Path, free: dict[str, int | None]
) -> None:
    (tmp_path / "file").write_text("in the way")
    one = of(tmp_path / "file" / "below")
    one.overflowed(100.0)
    assert one.seconds() == 50.0


def test_a_wider_model_costs_more() -> None:
    full = budget.bytes_per_second(width=512, feed_forward=2048, vocabulary=8404)
    small = budget.bytes_per_second(width=144, feed_forward=576, vocabulary=490)
    # 1.2 MiB were measured at full size.
    assert 1.2 * 2**20 < full < 4 * 2**20
    assert small < full / 3
