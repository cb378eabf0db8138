"""Once the disk has failed an exchange says nothing more of what memory holds: a restart may not know it."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from margind import errors
from margind.runtime import ExchangeRuntime
from margind.storage import JournalError
from tests.api.stream_world import ANNE, BERT, KEYS, StreamWorld
from tests.api.support import code_of


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[StreamWorld]:
    """A world whose main exchange works until its disk is asked again."""
    world = StreamWorld()
    monkeypatch.setattr(world.main.journal, "append", _full)
    yield world
    world.close()


def _full(*_: object) -> "asyncio.Future[None]":
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, JournalError("disk full"))
    return future


def place(world: StreamWorld) -> int:
    order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100000"
    return code_of(world.call("POST", "/fapi/v1/order", order, key=KEYS[ANNE]))


GONE = errors.DISCONNECTED.usdm


@pytest.mark.parametrize(
    "path",
    ["/fapi/v3/account", "/dapi/v1/balance", "/fapi/v1/openOrders", "/fapi/v1/allOrders?symbol=BTCUSDT"],
)
def test_nobody_reads_what_the_disk_did_not_take(world: StreamWorld, path: str) -> None:
    path, _, query = path.partition("?")
    assert code_of(world.call("GET", path, query, key=KEYS[ANNE])) == 0
    assert place(world) == GONE
    for key in (KEYS[ANNE], KEYS[BERT]):
        response = world.call("GET", path, query, key=key)
        assert (response.status, code_of(response)) == (503, GONE)


@pytest.mark.parametrize("path", ["/fapi/v1/ping", "/dapi/v1/depth?symbol=BTCUSD_PERP"])
def test_a_monitor_sees_it_in_public_calls_too(world: StreamWorld, path: str) -> None:
    path, _, query = path.partition("?")
    assert world.send("GET", path, query).status == 200
    place(world)
    assert code_of(world.send("GET", path, query)) == GONE


def test_the_websocket_api_says_the_same(world: StreamWorld) -> None:
    place(world)
    reply = world.ask_signed(world.session(), "v2/account.status", KEYS[ANNE])
    assert (reply["status"], reply["error"]["code"]) == (503, GONE)


def test_streams_fall_silent(world: StreamWorld) -> None:
    mine = world.listen()
    book, _ = world.connect("btcusdt@bookTicker", "btcusdt@markPrice@1s")
    world.tick(20)
    assert book.taken()
    place(world)
    world.tick(20)
    assert (mine.heard, book.heard) == ([], [])


def test_other_exchanges_go_on(world: StreamWorld) -> None:
    place(world)
    assert world.send("GET", "/x/side/fapi/v1/depth", "symbol=BTCUSDT").status == 200


def test_the_log_says_once_which_exchange_and_why(
    world: StreamWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "margind"):
        for _ in range(2):
            place(world)
    assert caplog.messages == ["the exchange main answers nothing more: disk full"]


def test_a_feed_whose_price_cannot_be_kept_ends_and_the_exchange_can_be_reset(world: StreamWorld) -> None:
    runtime = world.main

    def due(_: ExchangeRuntime) -> None:
        raise JournalError("disk full")

    async def scenario() -> None:
        runtime.clock.change(runtime.clock.mode.SYSTEM)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ExchangeRuntime, "catch_up", due)
            await asyncio.wait_for(runtime.run(), 5)
        world.exchanges.when_opened.append(world.desks.open)
        await world.exchanges.reset("main")

    world.run(scenario())
    assert world.send("GET", "/fapi/v1/ping").status == 200
