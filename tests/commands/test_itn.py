"""`asr itn`: one line out for each text in, as it arrives."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from asrcli.commands import itn as command
from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


def run(*args: str, stdin: str | bytes = "") -> Result:
    app = typer.Typer()
    app.command()(command.itn)
    return CliRunner().invoke(app, args, input=stdin)


def test_a_line_for_each_argument() -> None:
    result = run("下午三点半", "三个人")
    assert result.exit_code == 0
    assert result.stdout == "下午3:30\n三个人\n"


def test_the_example_in_the_help_works() -> None:
    (example,) = [line for line in (command.itn.__doc__ or "").splitlines() if "Example:" in line]
    program, group, *args = shlex.split(example.split("Example:")[1])
    assert (program, group) == ("asr", "itn")
    assert run(*args).stdout == "2025年3月15日下午3:30\n"


def test_lines_from_stdin() -> None:
    result = run(stdin="二十三个人\r\n\n百分之五\n最后一行十五号")
    assert result.stdout == "23个人\n\n5%\n最后一行15号\n"


def test_a_byte_order_mark_is_no_text() -> None:
    assert run(stdin=b"\xef\xbb\xbf" + "十五号\n".encode()).stdout == "15号\n"


def test_no_lines_are_no_output() -> None:
    result = run(stdin="")
    assert (result.exit_code, result.stdout) == (0, "")


def test_lines_are_written_as_they_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(typer, "echo", seen.append)

    def arriving() -> Iterator[bytes]:
        yield "十五号\n".encode()
        assert seen == ["15号"]
        yield "三点半\n".encode()

    class Stdin:
        buffer = arriving()

    monkeypatch.setattr(sys, "stdin", Stdin())
    command.itn()
    assert seen == ["15号", "3:30"]


def test_bytes_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO("好\n".encode() + "十五号\n".encode("gb18030")))
    monkeypatch.setattr(sys, "stdin", stream)
    with pytest.raises(UsageError, match=r"^stdin, line 2: not UTF-8 text; .*iconv"):
        command.itn()


def test_iso_style() -> None:
    assert run("--itn-style", "iso", "二零二五年三月十五号").stdout == "2025-03-15\n"
    result = run("--itn-style", "us", "三点")
    assert isinstance(result.exception, UsageError)
    assert "must be one of zh, iso" in str(result.exception)


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    wishes = tmp_path / "list.txt"
    wishes.write_text("\ufeffkeep: 三点\nreplace: 三点半会 => 3:30会\n", encoding="utf-8")
    assert run("--itn-list", str(wishes), "三点半会在三点").stdout == "3:30会在三点\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), (b"\xff\xfe", "save it as UTF-8"), (b"drop: x\n", "line 1")],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    result = run("--itn-list", str(path), "三点")
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert str(path) in str(result.exception)
    assert "\n" not in str(result.exception)


def test_the_program_reads_a_pipe(subprocess_env: Mapping[str, str]) -> None:
    code = "import typer; from asrcli.commands.itn import itn; typer.run(itn)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="一共三百二十七块五\n".encode(),
        env=dict(subprocess_env) | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.decode() == "一共327块5\n"
    assert done.stderr == b""


def test_nothing_heavy_is_imported(fresh_python: Callable[[str], str]) -> None:
    code = (
        "import sys; from asrcli.commands.itn import itn; import asrcli.itn;"
        "print([m for m in ('torch', 'numpy', 'pandas') if m in sys.modules])"
    )
    assert fresh_python(code) == "[]\n"
