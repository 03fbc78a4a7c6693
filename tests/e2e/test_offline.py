"""Silence: what is on this machine is used without a packet, as the kernel sees it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.engines import store
from asrcli.engines.model_folder import file_hashes
from asrcli.engines.record import record_of, write_record
from tests.hub_server import running_hub, tiny_files, write_files
from tests.network_watch import TOUCHED, remote_calls, run_watched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOOKING = [
    ["models", "list"],
    ["models", "verify"],
    ["models", "path", "fsmn-vad"],
    ["models", "path", "demo", "--offline"],
    ["models", "export", "out"],
    ["doctor"],
]


@pytest.fixture(autouse=True)
def model(fence: Path) -> Path:
    """A model in the cache, as a pull leaves it."""
    files = tiny_files("fsmn-vad")
    folder = write_files(store.models_folder() / "fsmn-vad", files)
    hashes = file_hashes(folder, files).items()
    source = ("modelscope", "owner/name", "v1")
    write_record(folder, record_of(folder, hashes, name="fsmn-vad", source=source))
    return folder


@pytest.mark.parametrize("args", LOOKING, ids=" ".join)
def test_looking_touches_no_network(
    args: list[str], tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    done = run_watched(args, tmp_path, subprocess_env)
    # The doctor misses the models that are not here, and says so.
    assert done.returncode == (1 if args == ["doctor"] else 0), done.stderr


def test_a_model_that_is_not_here_is_not_asked_for_offline(
    tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    done = run_watched(["models", "path", "ct-punc", "--offline"], tmp_path, subprocess_env)
    assert done.returncode == 1
    assert "--offline is set" in done.stderr


def test_the_watch_sees_a_download(tmp_path: Path, subprocess_env: Mapping[str, str]) -> None:
    with running_hub({}) as hub:
        env = {**subprocess_env, "MODELSCOPE_ENDPOINT": hub.endpoint}
        done = run_watched(["models", "pull", "ct-punc"], tmp_path, env)
    assert done.returncode == TOUCHED
    assert hub.requests == []


@pytest.mark.parametrize("args", LOOKING[:3], ids=" ".join)
def test_the_kernel_is_not_asked_for_the_network(
    args: list[str], tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    assert remote_calls(args, tmp_path, subprocess_env) == []


def test_the_kernel_is_seen_to_be_asked_for_a_download(
    tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    files = tiny_files("paraformer-en")
    with running_hub(
        {"iic/speech_paraformer-large-vad-punc_asr_nat-en-16k-common-vocab10020": files}
    ) as hub:
        env = {**subprocess_env, "MODELSCOPE_ENDPOINT": hub.endpoint}
        assert remote_calls(["models", "pull", "paraformer-en"], tmp_path, env) != []
