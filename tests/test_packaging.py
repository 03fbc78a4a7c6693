"""What a user installs: the wheel holds the program and its data, and works from there."""

from __future__ import annotations

import email
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import asrcli
from tests.source_tree import PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_BYTES = 16_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this checkout, built as pip builds it, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--no-cache-dir", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def names_of(wheel: zipfile.ZipFile) -> set[str]:
    return set(wheel.namelist())


def test_every_module_is_in_it(wheel: zipfile.ZipFile) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py")}
    assert modules - names_of(wheel) == set()


def test_its_data_is_in_it(wheel: zipfile.ZipFile) -> None:
    data = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert {"asrcli/py.typed", "asrcli/assets/demo/model.safetensors"} <= data
    assert data - names_of(wheel) == set()


def test_the_schema_is_in_it(wheel: zipfile.ZipFile) -> None:
    assert [name for name in names_of(wheel) if name.endswith("schema.json")] != []


def test_the_recordings_are_in_it(wheel: zipfile.ZipFile) -> None:
    folder = ROOT / "examples" / "recordings"
    expected = {
        f"asrcli/assets/recordings/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert len(expected) == 11
    assert expected - names_of(wheel) == set()


def test_nothing_else_is_in_it(wheel: zipfile.ZipFile) -> None:
    info = f"asrcli-{asrcli.__version__}.dist-info/"
    assert [name for name in names_of(wheel) if not name.startswith(("asrcli/", info))] == []
    assert [name for name in names_of(wheel) if "test" in name or name.endswith(".pyc")] == []


def test_it_is_small_and_for_every_platform(wheel: zipfile.ZipFile) -> None:
    assert wheel.filename is not None
    assert wheel.filename.endswith("-py3-none-any.whl")
    assert sum(entry.compress_size for entry in wheel.infolist()) < MAX_BYTES


def test_its_metadata_states_version_licence_and_dependencies(wheel: zipfile.ZipFile) -> None:
    info = f"asrcli-{asrcli.__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["Version"] == asrcli.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert f"{info}/licenses/LICENSE" in names_of(wheel)
    stated = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    asked = [Requirement(line) for line in project["dependencies"]]
    assert sorted(map(described, stated)) == sorted(map(described, asked))


def described(requirement: Requirement) -> tuple[str, str, str]:
    name = canonicalize_name(requirement.name)
    return name, str(requirement.specifier), str(requirement.marker)


@pytest.fixture(scope="module")
def unpacked(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files in a folder of their own, as pip would put them."""
    folder = tmp_path_factory.mktemp("site")
    wheel.extractall(folder)
    return folder


def from_wheel(
    code: str, *, site: Path, folder: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run code that can import the package from the wheel only."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**env, "PYTHONPATH": str(site)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_starts_from_it(
    unpacked: Path, tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    code = (
        "import asrcli, asrcli.cli\n"
        "print(asrcli.__file__)\n"
        "raise SystemExit(asrcli.cli.run(['--version']))\n"
    )
    done = from_wheel(code, site=unpacked, folder=tmp_path, env=subprocess_env)
    assert done.returncode == 0, done.stderr
    file, version = done.stdout.splitlines()
    assert file == str(unpacked / "asrcli" / "__init__.py")
    assert version == f"asr {asrcli.__version__}"


def test_the_demo_finds_model_and_recordings_in_it(
    unpacked: Path, tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    code = (
        "from asrcli.commands.demo import recordings_folder\n"
        "from asrcli.engines.hub import find_model\n"
        "print(recordings_folder())\n"
        "print(find_model('demo', offline=True).path)\n"
    )
    done = from_wheel(code, site=unpacked, folder=tmp_path, env=subprocess_env)
    assert done.returncode == 0, done.stderr
    assets = unpacked / "asrcli" / "assets"
    assert done.stdout.splitlines() == [str(assets / "recordings"), str(assets / "demo")]
