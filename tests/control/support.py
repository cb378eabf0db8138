"""The control door in this process: a server without sockets, and a caller that speaks ASGI to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from margind.api.keys import KeyRing
from margind.api.signing import verifier_for
from margind.clock import Clock, ClockMode, system_millis
from margind.control.door import ControlDoor
from margind.control.exchange_specs import bring_back
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.terms import Market
from margind.exchanges import Exchanges, ExchangeSpec
from margind.facts.load import load_facts
from margind.feeds.catalogue import make_feed
from margind.storage import DataFolderLock

START = 1_760_000_000_000
FACTS = {market: load_facts(market) for market in Market}


class Reply(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> tuple[int, str]:
        """Status and code of a refusal."""
        return self.status, self.json["error"]["code"]

    @property
    def message(self) -> str:
        text = self.json["error"]["message"]
        assert isinstance(text, str)
        return text


class Caller:
    """Calls the door as a client of this machine would."""

    def __init__(self, exchanges: Exchanges, token: str | None = None) -> None:
        self.exchanges = exchanges
        self.door = ControlDoor(
            exchanges, token=token, version="0.1.0", started=system_millis(), check_key=verifier_for
        )
        self.headers: dict[str, str] = {"host": "127.0.0.1:9000"}

    async def __call__(self, method: str, path: str, body: object = None, **headers: str | None) -> Reply:
        """The reply to one call; `path` follows the prefix, a body of bytes is sent as it is."""
        payload = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.send(method, f"/margind/v1{path}", [payload], **headers)

    async def send(self, method: str, target: str, parts: list[bytes], **headers: str | None) -> Reply:
        path, _, query = target.partition("?")
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value is not None],
            "client": ("127.0.0.1", 50000),
        }
        waiting = [
            {"type": "http.request", "body": part, "more_body": place < len(parts)}
            for place, part in enumerate(parts, start=1)
        ]
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop(0)

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await self.door(scope, receive, send)
        start, end = messages
        answered = {str(name, "latin-1"): str(value, "latin-1") for name, value in start["headers"]}
        return Reply(start["status"], answered, end["body"])

    async def lab(self, name: str = "lab", **document: object) -> None:
        """An exchange whose time and prices stand still, with the account alice."""
        document = {"clock": {"mode": "manual", "now": START}, **document}
        assert (await self("POST", "/exchanges", {"name": name, **document})).status == 200
        opened = await self("POST", f"/exchanges/{name}/accounts", {"name": "alice"})
        assert opened.status == 200

    def accepts(self, api_key: str) -> bool:
        """Whether any exchange of the server knows a key."""
        return any(api_key in runtime.state.keys for runtime in self.exchanges.by_name.values())

    async def hash(self, name: str = "lab") -> Any:
        return (await self("GET", f"/exchanges/{name}/hash")).json


@contextlib.asynccontextmanager
async def serving(folder: Path | None = None, token: str | None = None) -> AsyncIterator[Caller]:
    """A server with the exchange `main`, as `margind serve --feed manual` has it."""
    lock = None if folder is None else DataFolderLock(folder)
    exchanges, keys = Exchanges(FACTS, lock), KeyRing()
    exchanges.when_opened.append(keys.follow)
    exchanges.when_closed.append(keys.forget)
    try:
        await exchanges.create(
            ExchangeSpec(
                name="main",
                make_clock=lambda: Clock(ClockMode.SYSTEM),
                make_feed=lambda: make_feed("manual", exchanges.facts),
                settings=ExchangeSettings(),
                persistent=False,
            )
        )
        await bring_back(exchanges)
        yield Caller(exchanges, token)
    finally:
        await exchanges.close()
        if lock is not None:
            lock.release()


Scenario = Callable[[Caller], Awaitable[None]]


def played(scenario: Scenario) -> Callable[[], None]:
    """A test played against a server with `main` and the exchange `lab`."""

    async def run() -> None:
        async with serving() as call:
            await call.lab()
            await scenario(call)

    # Not `wraps`: pytest would take the scenario's argument for a fixture.
    def test() -> None:
        asyncio.run(run())

    test.__name__, test.__doc__ = getattr(scenario, "__name__", "test"), scenario.__doc__
    return test
