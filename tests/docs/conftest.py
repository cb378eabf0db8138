"""One running server for all pages: everything in memory, prices standing still, the demo account funded."""

import contextlib
import hashlib
import hmac
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

MARGIND = [sys.executable, "-c", "from margind.cli import main; main()"]
START_S = 30


class Key(NamedTuple):
    """A key of an account, with its secret."""

    api_key: str
    secret_key: str


class Running(NamedTuple):
    """A server, and what its ready file says."""

    base_url: str
    ready: dict[str, Any]

    @property
    def demo(self) -> Key:
        (account,) = self.ready["accounts"]
        return Key(account["api_key"], account["secret_key"])

    def send(self, method: str, path: str, body: str | None = None) -> httpx.Response:
        """A request without a signature."""
        return httpx.request(method, self.base_url + path, content=body)

    def signed(self, method: str, path: str, query: str) -> httpx.Response:
        """A request of the demo account, signed now."""
        query += f"&timestamp={time.time_ns() // 1_000_000}"
        signature = hmac.new(self.demo.secret_key.encode(), query.encode(), hashlib.sha256).hexdigest()
        url = f"{self.base_url}{path}?{query}&signature={signature}"
        return httpx.request(method, url, headers={"X-MBX-APIKEY": self.demo.api_key})

    def read(self, key: Key, path: str, now: int) -> httpx.Response:
        """A signed GET."""
        query = f"timestamp={now}"
        signature = hmac.new(key.secret_key.encode(), query.encode(), hashlib.sha256).hexdigest()
        url = f"{self.base_url}{path}?{query}&signature={signature}"
        return httpx.get(url, headers={"X-MBX-APIKEY": key.api_key})


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Running]:
    ready_file, log = folder / "ready.json", folder / "log.txt"
    options = ["--memory", "--port", "0", "--feed", "manual", "--ready-file", str(ready_file)]
    with log.open("wb") as output:
        process = subprocess.Popen([*MARGIND, "serve", *options], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_S
        while not ready_file.exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        ready = msgspec.json.decode(ready_file.read_bytes())
        yield Running(ready["base_url"], ready)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def untouched_server(tmp_path: Path) -> Iterator[Running]:
    """One whose demo account nobody has traded with."""
    with serving(tmp_path) as running:
        yield running
