"""One book ticker to a thousand listeners: how long the server keeps others waiting meanwhile."""

import resource
import selectors
import socket
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from bench import cores
from bench.generator import handshake
from bench.options import Options
from bench.programs import Caller, margind
from bench.result import Result
from bench.signed import frame

NAME = "fan-out"
LISTENERS = 1_000
UPDATES_A_SECOND = 20
LIMIT_MS = 50
PATH = "/ws"
SUBSCRIBE = b'{"method":"SUBSCRIBE","params":["btcusdt@bookTicker"],"id":1}'

_FRAME_STARTS = b'{"e":"bookTicker"'


def run(options: Options) -> Iterator[Result]:
    """The longest that a ping had to wait while prices move twenty times a second."""
    with margind("--no-demo") as server:
        caller, pinger = Caller(server), Caller(server)
        listeners = _Listeners(server.port)
        _move(caller, 0)
        waits: list[float] = []
        seconds, updates = options.seconds * 2, 0
        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            if passed * UPDATES_A_SECOND >= updates:
                updates += 1
                _move(caller, updates)
            asked = time.perf_counter()
            pinger.send("GET", "/fapi/v1/ping")
            waits.append((time.perf_counter() - asked) * 1000)
            time.sleep(0.001)
        time.sleep(0.5)
        heard = listeners.stop()
    waits.sort()
    detail = (
        f"{updates / seconds:.0f} updates a second, {heard / LISTENERS:.0f} of {updates} heard by each; "
        f"pings: median {waits[len(waits) // 2]:.1f} ms, 99 % {waits[len(waits) * 99 // 100]:.1f} ms"
    )
    yield Result(
        f"longest wait, book ticker to {LISTENERS} listeners", waits[-1], "ms", "at most", LIMIT_MS, detail
    )


def _move(caller: Caller, step: int) -> None:
    bid = 60_000 + step % 100
    price = {"bidPrice": str(bid), "bidQty": "5", "askPrice": str(bid + 1), "askQty": "5"}
    caller.control("PUT", "/prices", {"usdm": {"BTCUSDT": price}})


class _Listeners:
    """A process of its own that holds all connections and counts what they are told."""

    def __init__(self, port: int) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_listen, args=(port, theirs), daemon=True)
        self._process.start()
        assert self._pipe.poll(60), "the listeners did not connect"
        self._pipe.recv()

    def stop(self) -> int:
        """How many messages came in all."""
        self._pipe.send(None)
        heard = self._pipe.recv()
        self._process.join()
        assert isinstance(heard, int)
        return heard


def _listen(port: int, pipe: Connection) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with cores.on(cores.LOAD), selectors.DefaultSelector() as selector:
        for _ in range(LISTENERS):
            connected = socket.create_connection(("127.0.0.1", port))
            handshake(connected, PATH)
            connected.sendall(frame(SUBSCRIBE))
            connected.setblocking(False)
            selector.register(connected, selectors.EVENT_READ)
        selector.register(pipe, selectors.EVENT_READ)
        pipe.send(None)
        heard = 0
        while True:
            for key, _ in selector.select():
                if key.fileobj is pipe:
                    pipe.send(heard)
                    return
                assert isinstance(key.fileobj, socket.socket)
                heard += key.fileobj.recv(1 << 16).count(_FRAME_STARTS)
