"""Requests signed ahead of time, so that the load costs the generator nothing."""

import hashlib
import hmac
import os
import time
from typing import NamedTuple

import msgspec

HOW_MANY = 1000
"""Different requests in one round, so that none can be remembered."""

_WINDOW_MS = 600_000


class Key(NamedTuple):
    """An API key."""

    api_key: str
    secret_key: str

    def sign(self, payload: str) -> str:
        """The signature of a payload."""
        return hmac.new(self.secret_key.encode(), payload.encode(), hashlib.sha256).hexdigest()

    def target(self, path: str, timestamp: int) -> str:
        """A path with its signed query."""
        query = f"recvWindow={_WINDOW_MS}&timestamp={timestamp}"
        return f"{path}?{query}&signature={self.sign(query)}"

    @property
    def headers(self) -> dict[str, str]:
        """What says whose request it is."""
        return {"X-MBX-APIKEY": self.api_key}


def http_requests(key: Key, path: str, port: int) -> list[bytes]:
    """Signed GET requests of one path."""
    head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-MBX-APIKEY: {key.api_key}\r\n\r\n"
    return [f"GET {key.target(path, stamp)}{head}".encode() for stamp in _timestamps()]


def websocket_requests(key: Key, method: str) -> list[bytes]:
    """Signed, framed and masked requests of one WebSocket API method."""
    return [frame(websocket_request(key, method, stamp)) for stamp in _timestamps()]


def websocket_request(key: Key, method: str, timestamp: int) -> bytes:
    """The JSON of one request."""
    params: dict[str, object] = {"apiKey": key.api_key, "recvWindow": _WINDOW_MS, "timestamp": timestamp}
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = key.sign(payload)
    return msgspec.json.encode({"id": f"bench-{timestamp}", "method": method, "params": params})


def frame(payload: bytes) -> bytes:
    """A masked text frame."""
    mask = os.urandom(4)
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def _timestamps() -> range:
    now = time.time_ns() // 1_000_000
    return range(now - HOW_MANY, now)
