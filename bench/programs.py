"""The two servers that are compared, each a process of its own: margind, and one that does nothing."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bench import cores

MARGIND = Path(sys.executable).with_name("margind")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Program(NamedTuple):
    """A server that runs."""

    host: str
    port: int
    pid: int

    def cpu_seconds(self) -> float | None:
        """What it has computed so far; None where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def resident_mb(self) -> float:
        """Its resident memory in megabytes (of 1,000,000 bytes)."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True, check=True
        )
        return int(told.stdout) * 1024 / 1e6


class Caller:
    """Speaks to a server over one kept-alive connection."""

    def __init__(self, program: Program) -> None:
        self._connection = http.client.HTTPConnection(program.host, program.port, timeout=60)

    def send(self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}) -> bytes:
        """The body of the reply, which has to be a good one."""
        payload = None if body is None else msgspec.json.encode(body)
        self._connection.request(method, path, payload, dict(headers))
        reply = self._connection.getresponse()
        content = reply.read()
        assert reply.status == 200, content
        return content

    def send_raw(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> bytes:
        """The same with a body that is ready."""
        self._connection.request(method, path, body, dict(headers))
        reply = self._connection.getresponse()
        content = reply.read()
        assert reply.status == 200, content
        return content

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A call to the control API; `path` follows the exchange `main`."""
        return msgspec.json.decode(self.send(method, f"/margind/v1/exchanges/main{path}", body))


@contextlib.contextmanager
def margind(*options: str, data: Path | None = None) -> Iterator[Program]:
    """Run margind on the server's core, its prices standing still; without a data folder it keeps nothing."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        kept = ["--memory"] if data is None else ["--data", str(data)]
        fixed = ["serve", *kept, "--port", "0", "--feed", "manual", "--ready-file", str(ready)]
        with _running([str(MARGIND), *fixed, *options]) as process:
            while not ready.exists():
                assert process.poll() is None, "margind did not start"
                time.sleep(0.01)
            told = msgspec.json.decode(ready.read_bytes())
            yield Program("127.0.0.1", int(told["base_url"].rpartition(":")[2]), told["pid"])


@contextlib.contextmanager
def bare(reply: bytes) -> Iterator[Program]:
    """Run the server that does nothing on the server's core: the same uvicorn, the same bytes."""
    with tempfile.NamedTemporaryFile() as file, socket.socket() as listener:
        file.write(reply)
        file.flush()
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "bench.bare", file.name, str(listener.fileno())]
        with _running(command, pass_fds=[listener.fileno()]) as process:
            _wait_for(port)
            yield Program("127.0.0.1", port, process.pid)


@contextlib.contextmanager
def _running(command: Sequence[str], pass_fds: Sequence[int] = ()) -> Iterator[subprocess.Popen[bytes]]:
    with cores.on(cores.SERVER):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, pass_fds=pass_fds)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the bare server did not start"
            time.sleep(0.01)
        else:
            return
