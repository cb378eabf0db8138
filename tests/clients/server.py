"""A server of its own for the client tests: the real program, started as a user starts it."""

import contextlib
import hashlib
import hmac
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import msgspec

MARGIND = Path(sys.executable).with_name("margind")
"""Installed beside the interpreter that runs the tests."""


class Access(NamedTuple):
    """A key, the account it belongs to, and where it is good."""

    name: str
    base_url: str
    ws_url: str
    api_key: str
    secret_key: str

    def get(self, path: str, **parameters: object) -> Any:
        """A signed GET without any client between: the reply's JSON."""
        return self.ask("GET", path, **parameters)

    def ask(self, method: str, path: str, **parameters: object) -> Any:
        """A signed call, everything in the query."""
        query = urlencode({**parameters, "timestamp": time.time_ns() // 1_000_000})
        signature = signed(self.secret_key, query.encode())
        url = f"{self.base_url}{path}?{query}&signature={signature}"
        request = Request(url, method=method, headers={"X-MBX-APIKEY": self.api_key})  # noqa: S310 - our own
        return _json(request)


def signed(secret_key: str, payload: bytes) -> str:
    """The HMAC signature of a payload."""
    return hmac.new(secret_key.encode(), payload, hashlib.sha256).hexdigest()


class Server(NamedTuple):
    """A running server."""

    base_url: str
    ws_url: str

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A call to the control API; `path` follows the exchange `main`."""
        data = None if body is None else msgspec.json.encode(body)
        url = f"{self.base_url}/margind/v1/exchanges/main{path}"
        reply = _json(Request(url, data, method=method))  # noqa: S310 - our own server
        assert "error" not in reply, reply
        return reply

    def open_account(self, name: str, document: object, **key: object) -> Access:
        """A new account that is exactly the document."""
        opened = self.control("POST", "/accounts", {"name": name, **({"key": key} if key else {})})
        self.control("PUT", f"/accounts/{name}/state", document)
        return Access(name, self.base_url, self.ws_url, opened["api_key"], opened["secret_key"])


def _json(request: Request) -> Any:
    try:
        with urlopen(request, timeout=10) as reply:  # noqa: S310 - our own server
            return msgspec.json.decode(reply.read())
    except HTTPError as error:
        with error:
            return msgspec.json.decode(error.read())


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """A server that keeps nothing, whose prices stand still unless told."""
    ready = folder / "ready.json"
    command = [str(MARGIND), "serve", "--memory", "--port", "0", "--feed", "manual", *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--ready-file", str(ready)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while not ready.exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "the server did not start within 30 s"
            time.sleep(0.01)
        told = msgspec.json.decode(ready.read_bytes())
        yield Server(told["base_url"], told["ws_url"])
    finally:
        process.terminate()
        process.wait(timeout=10)
    assert (folder / "log").read_text().count("Traceback") == 0, (folder / "log").read_text()
