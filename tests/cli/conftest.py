"""A server of its own for the commands that need one, and a way to run commands."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from margind.cli.commands import margind

Run = Callable[..., Result]


class Server:
    """A `margind serve` that was started for the tests."""

    def __init__(self, process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
        self.process = process
        self.url: str = ready["base_url"]
        self.ready = ready

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(10)


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Server]:
    ready_file = folder / "ready.json"
    command = [sys.executable, "-c", "from margind.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--ready-file", str(ready_file), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            deadline = time.monotonic() + 30
            while not ready_file.exists():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "the server did not become ready"
                time.sleep(0.02)
            yield Server(process, json.loads(ready_file.read_text()))
        finally:
            process.kill()


def environment(**extra: str) -> dict[str, str]:
    """That of the tests, without what a developer may have set for margind."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MARGIND_")}
    return {**kept, **extra}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all: prices stand still, so that what is printed can be foreseen."""
    with started(tmp_path_factory.mktemp("server"), "--memory", "--feed", "manual") as server:
        yield server


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line as a pipe would see it."""
    for name in ("MARGIND_URL", "MARGIND_CONTROL_TOKEN", "MARGIND_EXCHANGE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, url: str | None = None, stdin: str | None = None) -> Result:
        environment = {} if url is None else {"MARGIND_URL": url}
        return CliRunner().invoke(margind, arguments, env=environment, input=stdin, prog_name="margind")

    return run
