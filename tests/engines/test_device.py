"""Devices are what was asked for, or an error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch

from asrcli.engines import device
from asrcli.engines.device import (
    Device,
    _cgroup_quota,
    free_cores,
    resolve_device,
    set_threads,
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


def test_a_cpu_batch_is_small() -> None:
    assert 10 <= Device("cpu", "fp32").batch_seconds() <= 300


def test_a_gpu_batch_grows_with_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    for gigabytes in (0, 8, 80):
        monkeypatch.setattr(
            torch.cuda, "mem_get_info", lambda _, free=gigabytes << 30: (free, free)
        )
        sizes.append(Device("cuda:0", "fp16").batch_seconds())
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_threads_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert set_threads() == 3
    assert torch.get_num_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "none")
    assert set_threads() == free_cores()
    assert set_threads(1) == torch.get_num_threads() == 1


@pytest.mark.parametrize(
    ("content", "cores"),
    [("150000 100000", 1), ("400000 100000", 4), ("50000 100000", 1), ("max 100000", 1 << 16)],
)
def test_a_containers_quota_counts(tmp_path: Path, content: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(content)
    assert _cgroup_quota(str(tmp_path / "cpu.max")) == cores


@pytest.mark.parametrize(("load", "free"), [(0.1, 8), (3.4, 5), (7.6, 1), (40.0, 1)])
def test_cores_that_others_use_are_left_to_them(
    monkeypatch: pytest.MonkeyPatch, load: float, free: int
) -> None:
    monkeypatch.setattr(device, "usable_cores", lambda: 8)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert free_cores() == free


def test_no_quota_is_no_limit(tmp_path: Path) -> None:
    assert _cgroup_quota(str(tmp_path / "none")) == 1 << 16
    assert usable_cores() >= 1
