"""The hook learns everything, no shell reads anything, and its failures change nothing."""

from __future__ import annotations

import http.server
import json
import shlex
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asrcli.errors import UsageError
from asrcli.nights import hook
from asrcli.nights.hook import call_hook, check_hook

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = {
    "exit_code": 3,
    "line": "2 recordings, $(touch pwned); 会议",
    "end": "complete",
    "output": "/out put",
    "left": 0,
    "counts": {"done": 1, "failed": 1, "set-aside": 0},
}
RUN_FILE = Path("/out put/run.json")


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


class TestCommand:
    """A program and its arguments."""

    def test_it_finds_the_facts_in_its_environment(self, tmp_path: Path) -> None:
        target = tmp_path / "seen.json"
        code = (
            "import json, os, sys; json.dump({k: v for k, v in os.environ.items()"
            f" if k.startswith('ASR_RUN_')}}, open({str(target)!r}, 'w'))"
        )
        assert call_hook(python(code), DOCUMENT, RUN_FILE) == ""
        assert json.loads(target.read_text()) == {
            "ASR_RUN_FILE": "/out put/run.json",
            "ASR_RUN_EXIT_CODE": "3",
            "ASR_RUN_LINE": "2 recordings, $(touch pwned); 会议",
            "ASR_RUN_END": "complete",
            "ASR_RUN_OUTPUT": "/out put",
            "ASR_RUN_LEFT": "0",
            "ASR_RUN_DONE": "1",
            "ASR_RUN_FAILED": "1",
            "ASR_RUN_SET_ASIDE": "0",
        }

    def test_no_shell_reads_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        code = "import sys; open('args', 'w').write(repr(sys.argv[1:]))"
        line = f"{python(code)} '$(touch pwned)' ; touch pwned"
        assert call_hook(line, DOCUMENT, RUN_FILE) == ""
        assert (tmp_path / "args").read_text() == "['$(touch pwned)', ';', 'touch', 'pwned']"
        assert not (tmp_path / "pwned").exists()

    def test_what_it_says_goes_to_standard_error(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert call_hook(python("print('sent')"), DOCUMENT, RUN_FILE) == ""
        captured = capfd.readouterr()
        assert (captured.out, captured.err) == ("", "sent\n")

    def test_its_failure_is_told(self) -> None:
        told = call_hook(python("raise SystemExit(7)"), DOCUMENT, RUN_FILE)
        assert told == f"--on-finish: {sys.executable} ended with 7"

    def test_it_may_not_take_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hook, "COMMAND_TIMEOUT_S", 0.05)
        told = call_hook(python("import time; time.sleep(60)"), DOCUMENT, RUN_FILE)
        assert told.endswith("was stopped after 0.05 s")

    def test_a_program_that_went_away_is_told(self) -> None:
        assert "cannot be started" in call_hook("/not/there", DOCUMENT, RUN_FILE)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what is sent, answers by the path."""

    seen: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Content-Type"], body))
        self.send_response(int(self.path.rsplit("/", 1)[-1]))
        self.send_header("Location", "/elsewhere/200")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@pytest.fixture
def server() -> Iterator[str]:
    Receiver.seen = []
    served = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


class TestUrl:
    """A web address."""

    def test_it_is_sent_the_document(self, server: str) -> None:
        assert call_hook(f"{server}/200", DOCUMENT, RUN_FILE) == ""
        [(path, kind, body)] = Receiver.seen
        assert (path, kind) == ("/200", "application/json; charset=utf-8")
        assert json.loads(body) == DOCUMENT

    @pytest.mark.parametrize("status", [302, 404, 500])
    def test_an_answer_that_is_no_yes_is_told(self, status: int, server: str) -> None:
        told = call_hook(f"{server}/{status}", DOCUMENT, RUN_FILE)
        assert told == f"--on-finish: 127.0.0.1 answered {status}"
        assert len(Receiver.seen) == 1

    def test_nobody_there_is_told_without_the_secret_of_the_address(self, server: str) -> None:
        port = int(server.rsplit(":", 1)[1])
        told = call_hook(f"http://127.0.0.1:{port}/x?token=secret", DOCUMENT, RUN_FILE)
        assert told.startswith("--on-finish: 127.0.0.1 ")
        assert "secret" not in told


class TestCheck:
    """What is found out before any work."""

    @pytest.mark.parametrize("good", ["", "true", f"{sys.executable} -c pass", "https://a.b/c"])
    def test_what_can_be_called(self, good: str) -> None:
        check_hook(good, offline=False)

    @pytest.mark.parametrize(
        ("bad", "offline", "said"),
        [
            ("https://a.b/c", True, "--offline forbids"),
            ("HTTP://a.b/c", True, "--offline forbids"),
            ("http:///x", False, "names no host"),
            ("http://[::1/x", False, "names no host"),
            ("no-such-program-here x", False, "no program 'no-such-program-here'"),
            ("'open quote", False, "No closing quotation"),
            ("''", False, "no program"),
        ],
    )
    def test_what_cannot(self, bad: str, offline: bool, said: str) -> None:
        with pytest.raises(UsageError, match=said) as caught:
            check_hook(bad, offline=offline)
        assert str(caught.value).startswith("--on-finish")

    def test_a_program_is_no_network_call(self) -> None:
        check_hook("true", offline=True)


def test_a_child_gets_no_input() -> None:
    code = "import sys; sys.exit(len(sys.stdin.read()))"
    assert call_hook(python(code), DOCUMENT, RUN_FILE) == ""
    assert subprocess.DEVNULL
