"""Devices are what was asked for, or an error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch

from asrcli.engines import device
from asrcli.engines.device import (
    KERNELS_OF_A_BATCH,
    KERNELS_VARIABLE,
    Device,
    Threads,
    _cgroup_quota,
    resolve_device,
    resolve_devices,
    set_up_torch,
    share_cores,
    usable_cores,
)
from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("no_cuda")
def test_auto_is_the_cpu_without_cuda() -> None:
    assert resolve_device("auto", "auto") == Device("cpu", "fp32")


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize(
    ("asked", "name"),
    [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("cpu", "cpu")],
)
def test_cuda_is_numbered(asked: str, name: str) -> None:
    assert resolve_device(asked, "auto").name == name


@pytest.mark.usefixtures("no_cuda")
@pytest.mark.parametrize("asked", ["cuda", "cuda:0", "mps"])
def test_a_device_that_is_not_there_is_an_error(asked: str) -> None:
    with pytest.raises(UsageError, match=f"--device {asked}.*--device cpu"):
        resolve_device(asked, "auto")


@pytest.mark.usefixtures("cuda")
def test_a_number_too_high_is_an_error() -> None:
    with pytest.raises(UsageError, match="only 2 CUDA devices"):
        resolve_device("cuda:2", "auto")


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize(("asked", "precision"), [("cpu", "fp16"), ("cuda", "int8")])
def test_a_precision_the_device_lacks_is_an_error(asked: str, precision: str) -> None:
    with pytest.raises(UsageError, match=f"--precision {precision}"):
        resolve_device(asked, precision)


def test_free_memory_of_a_gpu_counts_what_torch_holds_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1_000, 9_000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 500)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 200)
    assert Device("cuda:0", "fp16").free_bytes() == 1_300


def test_the_decoders_of_a_cpu_share_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setattr(device, "_available_memory", lambda: 8_000)
    assert Device("cpu", "fp32").free_bytes() == 2_000
    monkeypatch.setattr(device, "_available_memory", lambda: None)
    assert Device("cpu", "fp32").free_bytes() is None
    assert Device("mps", "fp32").free_bytes() is None


@pytest.mark.parametrize(
    ("limit", "used", "left"),
    [("max", "5", 4096), ("3000", "1000", 2000), ("1000", "3000", 0), ("", "5", 4096)],
)
def test_a_containers_memory_counts(tmp_path: Path, limit: str, used: str, left: int) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable: 4 kB\n")
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text(used)
    assert device._available_memory(str(meminfo), str(tmp_path)) == left


@pytest.mark.parametrize("content", ["", "MemAvailable:", "MemAvailable: many kB"])
def test_memory_that_nobody_tells_is_unknown(tmp_path: Path, content: str) -> None:
    (tmp_path / "meminfo").write_text(content)
    assert device._available_memory(str(tmp_path / "meminfo"), str(tmp_path)) is None


def test_a_cpu_has_no_memory_of_its_own() -> None:
    cpu = Device("cpu", "fp32")
    cpu.give_back()
    assert cpu.peak_bytes() is None
    assert cpu.label() == "cpu"


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_torch_takes_the_threads_that_it_is_given() -> None:
    set_up_torch(Threads(1, 1, 3))
    assert torch.get_num_threads() == 3
    set_up_torch()
    assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("threads")
def test_kernels_are_kept_for_each_decoder_unless_the_user_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KERNELS_VARIABLE, raising=False)
    set_up_torch(Threads(3, 3, 1))
    assert os.environ[KERNELS_VARIABLE] == str(3 * KERNELS_OF_A_BATCH)
    monkeypatch.setenv(KERNELS_VARIABLE, "7")
    set_up_torch(Threads(3, 3, 1))
    assert os.environ[KERNELS_VARIABLE] == "7"


@pytest.mark.parametrize(
    ("kind", "cores", "threads"),
    [
        ("cpu", 1, Threads(1, 1, 1)),
        ("cpu", 2, Threads(2, 2, 1)),
        ("cpu", 8, Threads(8, 8, 1)),
        ("cpu", 15, Threads(8, 8, 1)),
        ("cpu", 64, Threads(8, 8, 8)),
        ("cuda", 1, Threads(1, 1, 1)),
        ("cuda", 4, Threads(1, 3, 1)),
        ("cuda", 64, Threads(1, 8, 1)),
        ("mps", 10, Threads(1, 8, 1)),
    ],
)
def test_the_cores_are_shared(kind: str, cores: int, threads: Threads) -> None:
    assert share_cores(kind, cores) == threads


def test_the_cores_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert share_cores("cpu") == Threads(3, 3, 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "none")
    monkeypatch.setattr(device, "usable_cores", lambda: 6)
    assert share_cores("cpu") == Threads(6, 6, 1)


@pytest.mark.parametrize(
    ("content", "cores"),
    [("150000 100000", 1), ("400000 100000", 4), ("50000 100000", 1), ("max 100000", 1 << 16)],
)
def test_a_containers_quota_counts(tmp_path: Path, content: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(content)
    assert _cgroup_quota(str(tmp_path / "cpu.max")) == cores


def test_no_quota_is_no_limit(tmp_path: Path) -> None:
    assert _cgroup_quota(str(tmp_path / "none")) == 1 << 16
    assert usable_cores() >= 1


class TestSeveral:
    @pytest.mark.usefixtures("cuda")
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("cuda:all", ["cuda:0", "cuda:1"]),
            ("cuda:1,cuda:0", ["cuda:1", "cuda:0"]),
            ("cuda:1", ["cuda:1"]),
            ("auto", ["cuda:0"]),
            ("cpu,cpu", ["cpu", "cpu"]),
        ],
    )
    def test_they_are_what_torch_sees(
        self, monkeypatch: pytest.MonkeyPatch, asked: str, found: list[str]
    ) -> None:
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
        assert [one.name for one in resolve_devices(asked, "auto")] == found

    def test_none_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        for asked in ("cuda:all", "cuda:0,cuda:1"):
            with pytest.raises(UsageError, match="no CUDA device"):
                resolve_devices(asked, "auto")

    @pytest.mark.usefixtures("cuda")
    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ("cuda:0,cuda:0", "named twice"),
            ("cuda,cuda:0", "named twice"),
            ("cuda:0,cuda:9", "only"),
        ],
    )
    def test_one_that_cannot_be_had_is_an_error(
        self, monkeypatch: pytest.MonkeyPatch, asked: str, message: str
    ) -> None:
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
        with pytest.raises(UsageError, match=message):
            resolve_devices(asked, "auto")
