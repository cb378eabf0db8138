"""Listen keys: made, prolonged, closed, expired; one per account and market."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from margind.engine.commands import Transfer
from margind.engine.model.terms import Market
from tests.api.stream_world import ANNE, COINM, KEYS, USDM, StreamWorld
from tests.api.support import FULL, OF_SIDE, OWNER, READER

HOUR = 60 * 60 * 1000


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


def move(world: StreamWorld, milliseconds: int) -> None:
    world.main.clock.move_to(world.main.now() + milliseconds)
    world.tick()


def pay(world: StreamWorld, account: str = ANNE, market: Market = USDM) -> None:
    asset = "USDT" if market is USDM else "BTC"
    world.execute(world.main, Transfer(account, market, asset, Decimal("0.5")))


@pytest.mark.parametrize("market", Market)
def test_a_key_has_64_letters_and_digits_and_is_given_again(world: StreamWorld, market: Market) -> None:
    key = world.listen_key("POST", market)["listenKey"]
    assert len(key) == 64
    assert key.isascii()
    assert key.isalnum()
    assert world.listen_key("POST", market) == {"listenKey": key}


def test_usdm_answers_a_prolonging_with_the_key_and_coinm_with_nothing(world: StreamWorld) -> None:
    keys = {market: world.listen_key("POST", market) for market in Market}
    assert world.listen_key("PUT", USDM) == keys[USDM]
    assert world.listen_key("PUT", COINM) == {}


@pytest.mark.parametrize("market", Market)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_without_a_key_there_is_nothing_to_prolong_or_close(
    world: StreamWorld, market: Market, method: str
) -> None:
    assert world.listen_key(method, market)["code"] == -1125


def test_a_closed_key_is_gone_and_silent(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    ear, _ = world.connect(key)
    assert world.listen_key("DELETE") == {}
    assert world.listen_key("PUT")["code"] == -1125
    pay(world)
    assert ear.heard == []
    assert world.listen_key()["listenKey"] != key


def test_markets_accounts_and_exchanges_have_keys_of_their_own(world: StreamWorld) -> None:
    keys = [
        world.listen_key("POST", USDM),
        world.listen_key("POST", COINM),
        world.listen_key("POST", USDM, FULL),
        world.listen_key("POST", USDM, OF_SIDE, prefix="/x/side"),
    ]
    assert len({key["listenKey"] for key in keys}) == 4
    assert world.listen_key("DELETE", COINM) == {}
    assert world.listen_key("PUT", USDM) == keys[0]


def test_a_key_without_the_permission_gets_no_listen_key(world: StreamWorld) -> None:
    assert world.listen_key(key=READER)["code"] == -2015


def test_the_websocket_api_does_the_same(world: StreamWorld) -> None:
    for market in Market:
        session = world.session(market)
        key = KEYS[ANNE].text
        started = world.frame_of(session, "userDataStream.start", apiKey=key)
        assert started["result"] == world.listen_key("POST", market)
        assert world.frame_of(session, "userDataStream.ping", apiKey=key)["result"] == started["result"]
        assert world.frame_of(session, "userDataStream.stop", apiKey=key)["result"] == {}
        assert world.frame_of(session, "userDataStream.ping", apiKey=key)["error"]["code"] == -1125


def test_a_key_lives_for_sixty_minutes_and_says_when_it_ends(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    ear, connection = world.connect(key)
    move(world, HOUR - 1)
    assert ear.heard == []
    move(world, 1)
    assert ear.taken() == [{"e": "listenKeyExpired", "E": world.main.now(), "listenKey": key}]
    pay(world)
    assert ear.heard == []
    assert list(connection.streams) == [key], "the connection stays as it is"
    assert world.listen_key("PUT")["code"] == -1125


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_call_gives_a_key_sixty_minutes_more(world: StreamWorld, method: str) -> None:
    key = world.listen_key()
    move(world, HOUR - 1)
    assert world.listen_key(method) == key
    move(world, HOUR - 1)
    assert world.listen_key(method) == key
    move(world, HOUR)
    assert world.listen_key() != key


def test_the_end_of_a_key_reaches_combined_and_filtered_listeners(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    wrapped, _ = world.connect(key, combined=True)
    named, _ = world.connect(key, events=frozenset({"listenKeyExpired"}))
    other, _ = world.connect(key, events=frozenset({"ACCOUNT_UPDATE"}))
    pay(world)
    move(world, HOUR)
    assert [message["stream"] for message in wrapped.heard] == [key, key]
    assert [message["data"]["e"] for message in wrapped.heard] == ["ACCOUNT_UPDATE", "listenKeyExpired"]
    assert [message["e"] for message in named.heard] == ["listenKeyExpired"]
    assert [message["e"] for message in other.heard] == ["ACCOUNT_UPDATE"]


def test_a_listener_hears_its_market_and_no_other(world: StreamWorld) -> None:
    usdm, coinm = (world.listen(ANNE, market) for market in (USDM, COINM))
    pay(world, market=COINM)
    assert usdm.heard == []
    assert coinm.heard[0]["a"]["B"] == [{"a": "BTC", "wb": "1.50000000", "cw": "1.50000000", "bc": "0.5"}]


def test_all_connections_of_a_key_hear_the_same(world: StreamWorld) -> None:
    ears = [world.listen() for _ in range(3)]
    pay(world)
    assert ears[0].texts
    assert [ear.texts for ear in ears] == [ears[0].texts] * 3


def test_one_connection_hears_the_keys_of_several_accounts(world: StreamWorld) -> None:
    keys = [world.listen_key(key=key)["listenKey"] for key in (KEYS[ANNE], FULL)]
    ear, _ = world.connect(*keys, combined=True)
    pay(world)
    pay(world, OWNER)
    assert [message["stream"] for message in ear.heard] == keys


def test_a_key_of_another_exchange_is_silent(world: StreamWorld) -> None:
    key = world.listen_key("POST", USDM, OF_SIDE, prefix="/x/side")["listenKey"]
    here, _ = world.connect(key)
    there, _ = world.connect(key, runtime=world.side)
    world.execute(world.side, Transfer(OWNER, USDM, "USDT", Decimal(1)))
    world.execute(world.main, Transfer(OWNER, USDM, "USDT", Decimal(1)))
    assert here.heard == []
    assert len(there.heard) == 1
