"""A real server in a process of its own: started, asked over plain sockets, killed, started again."""

import contextlib
import hmac
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

MARGIND = Path(sys.executable).with_name("margind")
"""Installed beside the interpreter that runs the tests."""

PATIENCE_S = 30
"""How long a test waits for what should take milliseconds."""


class Answer(NamedTuple):
    """One HTTP reply."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> int:
        """The code of an error of the exchange, 0 when it is none."""
        return 0 if self.status == 200 else int(self.json["code"])


class Server:
    """A running server; `log` is all that it said on standard error."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        ready = folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.log_file = folder / "log"
        command = [
            str(MARGIND),
            "serve",
            "--port",
            "0",
            "--feed",
            "manual",
            "--ready-file",
            str(ready),
            *options,
        ]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        deadline = time.monotonic() + PATIENCE_S
        while not ready.exists():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.005)
        told = msgspec.json.decode(ready.read_bytes())
        self.base_url, self.ws_url = told["base_url"], told["ws_url"]
        self.address = (urlsplit(self.base_url).hostname or "", urlsplit(self.base_url).port or 0)
        self.credentials = {account["name"]: account for account in told["accounts"]}
        self._connection = HTTPConnection(*self.address, timeout=PATIENCE_S)

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """End it politely; its exit code."""
        self._connection.close()
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._connection.close()
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    # Asking

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        connection: HTTPConnection | None = None,
        **headers: str,
    ) -> Answer:
        """The reply to one request, over a connection that is kept."""
        kept = connection or self._connection
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            kept.request(method, path, body, names)
        except ConnectionError:
            kept.close()  # the server had closed it after an earlier request
            kept.request(method, path, body, names)
        reply = kept.getresponse()
        found = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, found, reply.read())

    def call(
        self,
        method: str,
        path: str,
        parameters: str = "",
        account: str = "demo",
        connection: HTTPConnection | None = None,
    ) -> Answer:
        """The reply to a signed request."""
        known = self.credentials[account]
        query = signed(parameters, known["secret_key"])
        return self.send(method, f"{path}?{query}", connection=connection, x_mbx_apikey=known["api_key"])

    def control(self, method: str, path: str, document: object = None) -> Any:
        """The reply of the control API; `path` follows `/margind/v1/exchanges`."""
        body = None if document is None else msgspec.json.encode(document)
        answer = self.send(method, f"/margind/v1/exchanges{path}", body)
        assert answer.status == 200, answer
        return answer.json

    def open_account(self, name: str, **details: Any) -> dict[str, str]:
        """A new account on `main`; its credentials are remembered."""
        opened: dict[str, str] = self.control("POST", "/main/accounts", {"name": name, **details})
        self.credentials[name] = opened
        return opened

    def fingerprint(self) -> tuple[int, str]:
        """What tells whether anything has changed on `main`."""
        told = self.control("GET", "/main/hash")
        return told["sequence"], told["state_hash"]

    # Plain sockets

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.address, timeout=PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def exchange_bytes(self, sent: bytes, *, end: bool = True) -> bytes:
        """All that comes back until the server closes, after `sent` (and then the end of it)."""
        with self.connect() as connection:
            # Refused in the middle of what is sent: what came before is still to be read.
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection)


def read_to_end(connection: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def signed(parameters: str, secret_key: str) -> str:
    stamped = "&".join(filter(None, [parameters, f"timestamp={time.time_ns() // 1_000_000}"]))
    return f"{stamped}&signature={hmac.new(secret_key.encode(), stamped.encode(), 'sha256').hexdigest()}"


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """A server for the time of the block; when it ends, it must still live, and end without a complaint."""
    server = Server(folder, *options)
    try:
        yield server
        assert server.is_alive, server.log
        assert server.stop() == 0
        assert "Traceback" not in server.log, server.log
    finally:
        server.kill()
