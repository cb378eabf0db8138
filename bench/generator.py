"""A load generator: connections that each wait for a reply and then send the next request, in one thread.

A program of its own (`python -m bench.generator`), so that it can have a core: it reads a `Job` and writes a
`Load`, both as MessagePack. HTTP and WebSocket differ only in how the length of a reply is told.
"""

import re
import selectors
import socket
import subprocess
import sys
import time
from itertools import cycle
from typing import Literal

import msgspec

from bench import cores

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_LARGEST_READ = 1 << 18
_STATUS_WITHIN = 80
"""A reply says its status within its first bytes; no reply is shorter."""


class Job(msgspec.Struct):
    """What to do."""

    kind: Literal["http", "websocket"]
    port: int
    connections: int
    seconds: float
    requests: list[bytes]
    path: str = ""
    """Where a WebSocket is opened."""


class Load(msgspec.Struct):
    """What came of it."""

    replies: int
    seconds: float
    failures: int
    p50_us: float

    @property
    def per_second(self) -> float:
        """Replies per second."""
        return self.replies / self.seconds


def generate(job: Job) -> Load:
    """Runs the load in a process of its own, on the load's core."""
    with cores.on(cores.LOAD):
        run = subprocess.run(
            [sys.executable, "-m", "bench.generator"],
            input=msgspec.msgpack.encode(job),
            stdout=subprocess.PIPE,
            check=True,
        )
    return msgspec.msgpack.decode(run.stdout, type=Load)


class _Connection:
    """One connection with one request on its way."""

    __slots__ = ("head", "left", "sent_at", "socket")

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.sent_at = 0.0
        self.left = 0
        """Bytes of the present reply still to come."""
        self.head = b""

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)


def _http_reply(data: bytes) -> tuple[int, bool] | None:
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = _LENGTH.search(data, 0, end + 2)
    assert length is not None, data[:200]
    return end + 4 + int(length[1]), data[9:12] == b"200"


def _websocket_reply(data: bytes) -> tuple[int, bool] | None:
    measured = reply_frame(data)
    return None if measured is None else (measured[1], b'"status":200' in data[:_STATUS_WITHIN])


def reply_frame(data: bytes) -> tuple[int, int] | None:
    """Where the payload of a server's frame begins and ends; None while too little of it is there."""
    if len(data) < _STATUS_WITHIN:
        return None
    size, start = data[1], 2
    if size == 126:
        size, start = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(data[2:10], "big"), 10
    return start, start + size


def handshake(connected: socket.socket, path: str) -> None:
    """Turn a connection into a WebSocket."""
    host, port = connected.getpeername()
    connected.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    reply = connected.recv(4096)
    assert reply.startswith(b"HTTP/1.1 101"), reply
    assert reply.endswith(b"\r\n\r\n"), reply


def _connect(job: Job) -> _Connection:
    connected = socket.create_connection(("127.0.0.1", job.port))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if job.kind == "websocket":
        handshake(connected, job.path)
    return _Connection(connected)


def run(job: Job) -> Load:
    """Keep all connections busy until the time is over."""
    measure = _http_reply if job.kind == "http" else _websocket_reply
    requests = cycle(job.requests)
    waited: list[float] = []
    replies = failures = 0
    with selectors.DefaultSelector() as selector:
        for _ in range(job.connections):
            connection = _connect(job)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(requests))
        began = time.perf_counter()
        end = began + job.seconds
        while time.perf_counter() < end:
            for ready, _ in selector.select(1):
                connection = ready.data
                data = connection.socket.recv(_LARGEST_READ)
                assert data, "the server hung up"
                if connection.left:
                    connection.left -= len(data)
                else:
                    head = connection.head + data
                    measured = measure(head)
                    if measured is None:
                        connection.head = head
                        continue
                    length, is_good = measured
                    failures += not is_good
                    connection.left, connection.head = length - len(head), b""
                if not connection.left:
                    waited.append(time.perf_counter() - connection.sent_at)
                    replies += 1
                    connection.send(next(requests))
        seconds = time.perf_counter() - began
    waited.sort()
    return Load(replies, seconds, failures, waited[len(waited) // 2] * 1e6)


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.msgpack.encode(run(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)))
    )
