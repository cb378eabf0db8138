"""Market streams: what each pushes, how often, and what is silent."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from margind.api.streams.names import market_of, parse
from margind.engine.model.terms import Market
from tests.api.stream_world import ANNE, BERT, COINM, USDM, StreamWorld
from tests.api.support import NOW, decoded

SECOND = 20
"""In ticks of the desk."""

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


def get(world: StreamWorld, path: str, query: str = "") -> Any:
    response = world.send("GET", path, query)
    assert response.status == 200, response.body
    return decoded(response)


# ---- names


@pytest.mark.parametrize(
    ("name", "market"),
    [
        ("btcusdt@bookTicker", USDM),
        ("btcusd_perp@depth5@100ms", COINM),
        ("btcusd@markPrice", COINM),
        ("ethusdt@kline_1m", USDM),
        ("!markPrice@arr@1s", USDM),
        ("btcusdt@markPrice@1s", USDM),
        ("btcusdt@depth20@500ms", USDM),
    ],
)
def test_a_symbol_tells_the_market(world: StreamWorld, name: str, market: Market) -> None:
    assert market_of(world.main.state, name, None) is market


@pytest.mark.parametrize("name", ["!bookTicker", "!markPrice@arr", "!ticker@arr", "!miniTicker@arr"])
def test_what_names_no_symbol_is_usdms_unless_the_address_says_otherwise(
    world: StreamWorld, name: str
) -> None:
    assert market_of(world.main.state, name, None) is USDM
    assert market_of(world.main.state, name, COINM) is COINM


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@",
        "btcusdt",
        "btcusdt@trades",
        "btcusdt@depth7",
        "btcusdt@depth@1s",
        "btcusdt@kline",
        "btcusdt@kline_2m",
        "btcusdt@bookTicker@1s",
        "btcusdt@bookTicker5",
        "btcusdt@markPrice@100ms",
        "!bookTicker@arr",
        "nothere@bookTicker",
        "BTCUSDT@bookTicker",
        "btcusd@bookTicker",
    ],
)
def test_other_names_are_no_streams(world: StreamWorld, name: str) -> None:
    assert market_of(world.main.state, name, None) is None
    ear, _ = world.connect(name)
    world.quote("100009.9", "100010.1")
    world.tick(SECOND * 3)
    assert ear.heard == []


@pytest.mark.parametrize(
    ("name", "usdm", "coinm"),
    [
        ("btcusdt@bookTicker", None, None),
        ("!bookTicker", 5000, None),
        ("btcusdt@markPrice", 3000, 3000),
        ("btcusdt@markPrice@1s", 1000, 1000),
        ("btcusdt@kline_1h", 250, 250),
        ("btcusdt@ticker", 2000, 500),
        ("!ticker@arr", 1000, 1000),
        ("btcusdt@depth", 250, 250),
        ("btcusdt@depth10@100ms", 100, 100),
    ],
)
def test_a_stream_has_its_documented_speed(name: str, usdm: int | None, coinm: int | None) -> None:
    speeds = [parse(name, market) for market in (USDM, COINM)]
    assert [stream.every_ms if stream else 0 for stream in speeds] == [usdm, coinm]


# ---- book ticker and depth


def test_a_book_ticker_shows_the_house_and_users_together(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@bookTicker")
    world.tick()
    first = ear.taken()[0]
    assert list(first) == ["e", "u", "s", "ps", "b", "B", "a", "A", "T", "E", "st"]
    assert [first[key] for key in ("b", "B", "a", "A", "st")] == [
        "99999.90",
        "1000.000",
        "100000.10",
        "1000.000",
        1,
    ]
    world.place(ANNE, "BUY", "0.03", "100000")
    world.tick()
    better = ear.taken()[0]
    assert [better[key] for key in ("b", "B", "a")] == ["100000.00", "0.030", "100000.10"]
    assert better["u"] > first["u"]
    world.place(BERT, "SELL", "0.01")
    world.tick()
    assert ear.taken()[0]["B"] == "0.020"


def test_a_book_ticker_is_pushed_when_something_changes_and_when_somebody_joins(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@bookTicker")
    world.tick()
    assert len(ear.taken()) == 1
    world.tick(SECOND)
    world.place(ANNE, "BUY", "0.01", "90000")
    world.tick()
    assert ear.heard == [], "the best prices are as they were"
    other, _ = world.connect("btcusdt@bookTicker")
    world.tick()
    assert len(other.heard) == 1


def test_all_book_tickers_come_every_five_seconds_on_usdm(world: StreamWorld) -> None:
    usdm, _ = world.connect("!bookTicker")
    coinm, _ = world.connect("!bookTicker", market=COINM)
    world.tick(SECOND * 5 - 1)
    assert usdm.heard == []
    assert {event["s"] for event in coinm.taken()} >= {"BTCUSD_PERP", "ETHUSD_PERP"}
    world.tick()
    assert "BTCUSDT" in {event["s"] for event in usdm.taken()}
    world.quote("100009.9", "100010.1")
    world.tick(SECOND * 5)
    assert [event["s"] for event in usdm.heard] == ["BTCUSDT"]


def test_rpi_orders_are_left_out_of_market_data(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@bookTicker")
    world.place(ANNE, "BUY", "0.03", "100000", timeInForce="RPI")
    world.tick()
    assert ear.taken()[0]["b"] == "99999.90"


def test_rpi_orders_have_a_stream_of_their_own(world: StreamWorld) -> None:
    plain, _ = world.connect("btcusdt@depth@500ms")
    ear, _ = world.connect("btcusdt@rpiDepth@500ms")
    world.place(BERT, "BUY", "0.03", "100000", timeInForce="RPI")
    world.tick(9)
    assert ear.heard == []
    world.tick()
    (event,) = ear.taken()
    assert (event["e"], event["b"], event["a"]) == ("depthUpdate", [["100000.00", "0.030"]], [])
    # What crosses is hidden: the level goes, and the order that crosses it comes.
    world.place(ANNE, "SELL", "0.01", "100000")
    world.tick(10)
    (event,) = ear.taken()
    assert (event["b"], event["a"]) == ([["100000.00", "0.000"]], [["100000.00", "0.010"]])
    assert [(event["b"], event["a"]) for event in plain.heard] == [([], [["100000.00", "0.010"]])]


@pytest.mark.parametrize(
    "stream", ["btcusdt@rpiDepth", "btcusdt@rpiDepth@100ms", "btcusd_perp@rpiDepth@500ms"]
)
def test_the_stream_of_rpi_orders_has_one_speed_and_one_market(world: StreamWorld, stream: str) -> None:
    ear, _ = world.connect(stream)
    world.place(BERT, "BUY", "0.03", "100000", timeInForce="RPI")
    world.tick(10)
    assert ear.heard == []


def test_an_empty_side_shows_zeros(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.01", "99000")
    world.quote("99999.9", "100000.1", quantity="0")
    ear, _ = world.connect("btcusdt@bookTicker")
    world.tick()
    event = ear.heard[0]
    assert [event[key] for key in ("b", "B", "a", "A")] == ["99000.00", "0.010", "0.00", "0.000"]


@pytest.mark.parametrize(
    ("speed", "ticks"), [("", 5), ("@500ms", 10), ("@100ms", 2)], ids=["250ms", "500ms", "100ms"]
)
def test_a_partial_book_is_pushed_at_its_speed(world: StreamWorld, speed: str, ticks: int) -> None:
    ear, _ = world.connect(f"btcusdt@depth5{speed}")
    world.tick(ticks - 1)
    assert ear.heard == []
    world.tick()
    (event,) = ear.taken()
    assert (event["b"], event["a"]) == ([["99999.90", "1000.000"]], [["100000.10", "1000.000"]])
    world.tick(ticks)
    assert ear.heard == []


def test_a_partial_book_has_so_many_levels(world: StreamWorld) -> None:
    for number in range(8):
        world.place(ANNE, "BUY", "0.002", str(99_000 - number))
    ear, _ = world.connect("btcusdt@depth5@100ms")
    world.tick(2)
    prices = [price for price, _ in ear.heard[0]["b"]]
    assert prices == ["99999.90", "99000.00", "98999.00", "98998.00", "98997.00"]


def test_a_local_book_follows_by_the_documented_rules(world: StreamWorld) -> None:
    """Drop what is older than the snapshot, begin with U <= lastUpdateId <= u, then each pu is the last u."""
    ear, _ = world.connect("btcusdt@depth@100ms")
    order_id = world.place(ANNE, "BUY", "0.03", "99500")
    world.tick(2)
    snapshot = get(world, "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000")
    world.place(BERT, "SELL", "0.01", "99600")
    world.tick(2)
    world.place(ANNE, "SELL", "0.004", "100000")
    world.asked(ANNE, "DELETE", "order", symbol="BTCUSDT", orderId=order_id)
    world.tick(2)
    world.quote("99998.9", "99999.1")
    world.tick(2)
    last, book = snapshot["lastUpdateId"], {side: dict(snapshot[side]) for side in ("bids", "asks")}
    used = [event for event in ear.heard if event["u"] >= last]
    assert used[0]["U"] <= last <= used[0]["u"]
    for before, event in pairwise(used):
        assert event["pu"] == before["u"]
    for event in used:
        for side, changes in (("bids", event["b"]), ("asks", event["a"])):
            for price, quantity in changes:
                book[side][price] = quantity
                if float(quantity) == 0:
                    del book[side][price]
    now = get(world, "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000")
    assert book == {side: dict(now[side]) for side in ("bids", "asks")}
    assert len(ear.heard) >= 4


def test_a_snapshot_of_a_book_that_stood_still_still_fits(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@depth@100ms")
    world.place(ANNE, "BUY", "0.03", "99500")
    world.tick(2)
    assert ear.taken()
    last = get(world, "/fapi/v1/depth", "symbol=BTCUSDT&limit=5")["lastUpdateId"]
    world.place(ANNE, "BUY", "0.03", "99501")
    world.tick(2)
    (event,) = ear.heard
    assert event["U"] <= last <= event["u"]


# ---- trades


def test_trades_of_one_taker_at_one_price_are_one_aggregate(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@aggTrade")
    for quantity in ("0.01", "0.02"):
        world.place(BERT, "BUY", quantity, "100000")
    first = world.main.state.next_trade_id
    world.place(ANNE, "SELL", "0.05")
    shown = [[event[key] for key in ("p", "q", "nq", "f", "l", "a", "m")] for event in ear.heard]
    assert shown == [
        ["100000.00", "0.030", "0.030", first, first + 1, first, True],
        ["99999.90", "0.020", "0.020", first + 2, first + 2, first + 2, True],
    ]
    assert list(ear.heard[0]) == ["e", "E", "a", "s", "p", "q", "nq", "f", "l", "T", "m", "st"]


def test_a_resting_order_that_the_house_meets_is_a_trade_too(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.01", "99000")
    ear, _ = world.connect("btcusdt@aggTrade")
    world.quote("98899.9", "98900.1")
    (event,) = ear.heard
    assert (event["p"], event["q"], event["m"]) == ("99000.00", "0.010", True)


def test_nq_leaves_out_what_met_rpi_orders(world: StreamWorld) -> None:
    world.place(BERT, "BUY", "0.01", "100000", timeInForce="RPI")
    world.place(BERT, "BUY", "0.02", "100000")
    ear, _ = world.connect("btcusdt@aggTrade")
    world.quote("99899.9", "99900.1")
    assert [(event["q"], event["nq"]) for event in ear.heard] == [("0.020", "0.020"), ("0.010", "0.000")]


def test_coinm_trades_have_no_nq(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusd_perp@aggTrade")
    world.place(ANNE, "BUY", "2", market=COINM)
    assert [(event["p"], event["q"], event["m"], event["st"]) for event in ear.heard] == [
        ("100000.1", "2", False, 2)
    ]
    assert "nq" not in ear.heard[0]


# ---- prices


def test_mark_prices_come_by_the_second_though_the_clock_stands(world: StreamWorld) -> None:
    slow, _ = world.connect("btcusdt@markPrice")
    fast, _ = world.connect("btcusdt@markPrice@1s")
    world.tick(SECOND * 6)
    assert (len(slow.heard), len(fast.heard)) == (2, 6)
    event = fast.heard[0]
    assert list(event) == ["e", "E", "s", "ps", "p", "i", "P", "r", "T", "st"]
    shown = get(world, "/fapi/v1/premiumIndex", "symbol=BTCUSDT")
    assert (event["p"], event["i"], event["r"], event["T"]) == (
        shown["markPrice"],
        shown["indexPrice"],
        shown["lastFundingRate"],
        shown["nextFundingTime"],
    )


def test_all_mark_prices_are_one_list_and_those_of_a_pair_another(world: StreamWorld) -> None:
    everything, _ = world.connect("!markPrice@arr@1s")
    pair, _ = world.connect("btcusd@markPrice@1s")
    world.tick(SECOND)
    assert len(everything.heard[0]) == len(get(world, "/fapi/v1/premiumIndex"))
    pairs = get(world, "/dapi/v1/premiumIndex", "pair=BTCUSD")
    assert [row["s"] for row in pair.heard[0]] == [row["symbol"] for row in pairs]


def test_a_candle_is_final_once_and_the_next_one_follows(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@kline_1m")
    world.tick(5)
    running = ear.taken()[-1]["k"]
    assert (running["t"], running["x"], running["i"], running["s"]) == (
        NOW // MINUTE_MS * MINUTE_MS,
        False,
        "1m",
        "BTCUSDT",
    )
    world.main.clock.move_to(running["T"] + 2)
    world.quote("100100", "100100.2", mark="100100")
    world.tick(5)
    final, following = (event["k"] for event in ear.taken())
    assert (final["t"], final["x"]) == (running["t"], True)
    assert (following["t"], following["x"], following["h"]) == (running["T"] + 1, False, "100100.00")
    world.tick(SECOND)
    assert ear.heard == [], "nothing changed"


def test_a_candle_reads_as_the_rest_reply(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@kline_1h", "btcusd_perp@kline_1h")
    world.tick(5)
    for event, path in zip(ear.heard, ("/fapi/v1/klines", "/dapi/v1/klines"), strict=True):
        row = get(world, path, f"symbol={event['s']}&interval=1h&limit=1")[0]
        candle = event["k"]
        assert [candle[key] for key in ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")] == row


@pytest.mark.parametrize(
    ("path", "symbol", "turnover"),
    [("/fapi/v1/", "BTCUSDT", "quoteVolume"), ("/dapi/v1/", "BTCUSD_PERP", "baseVolume")],
)
def test_a_ticker_reads_as_the_24_hour_statistics(
    world: StreamWorld, path: str, symbol: str, turnover: str
) -> None:
    ear, _ = world.connect(f"{symbol.lower()}@ticker")
    mini, _ = world.connect(f"{symbol.lower()}@miniTicker")
    world.tick(SECOND * 2)
    row = get(world, path + "ticker/24hr", f"symbol={symbol}")
    row = row if isinstance(row, dict) else row[0]
    event, short = ear.heard[0], mini.heard[0]
    named = {
        "p": "priceChange",
        "P": "priceChangePercent",
        "w": "weightedAvgPrice",
        "c": "lastPrice",
        "Q": "lastQty",
        "o": "openPrice",
        "h": "highPrice",
        "l": "lowPrice",
        "v": "volume",
        "q": turnover,
        "O": "openTime",
        "C": "closeTime",
        "F": "firstId",
        "L": "lastId",
        "n": "count",
    }
    assert {key: event[key] for key in named} == {key: row[name] for key, name in named.items()}
    assert {key: short[key] for key in "cohlvq"} == {key: event[key] for key in "cohlvq"}


def test_24_hours_begin_at_a_full_minute_and_end_now(world: StreamWorld) -> None:
    """Prices set by hand: 104956.1 first, 100000 in the same minute, then 101000 and 99500 within two hours.

    The window begins before the first price, so it opens there: down 5456.1, which is 5.198 %.
    """
    for hours, mark in ((1, "101000"), (2, "99500")):
        world.main.clock.move_to(NOW + hours * HOUR_MS)
        world.quote(f"{int(mark) - 1}.9", f"{mark}.1", mark=mark)
    row = get(world, "/fapi/v1/ticker/24hr", "symbol=BTCUSDT")
    began = world.main.now() // MINUTE_MS * MINUTE_MS - 24 * HOUR_MS
    assert (row["openTime"], row["closeTime"]) == (began, world.main.now())
    assert [row[key] for key in ("openPrice", "highPrice", "lowPrice", "lastPrice")] == [
        "104956.10",
        "104956.10",
        "99500.00",
        "99500.00",
    ]
    assert (row["priceChange"], row["priceChangePercent"]) == ("-5456.10", "-5.198")
    assert (row["volume"], row["quoteVolume"], row["count"]) == ("0.000", "0.00", 0)


def test_what_was_longer_ago_than_24_hours_no_longer_counts(world: StreamWorld) -> None:
    world.main.clock.move_to(NOW + HOUR_MS)
    world.quote("100999.9", "101000.1", mark="101000")
    world.main.clock.move_to(NOW + 26 * HOUR_MS)
    row = get(world, "/fapi/v1/ticker/24hr", "symbol=BTCUSDT")
    assert (row["openPrice"], row["lowPrice"], row["priceChange"]) == ("101000.00", "101000.00", "0.00")


def test_all_tickers_list_only_what_moved(world: StreamWorld) -> None:
    ear, _ = world.connect("!miniTicker@arr")
    world.tick(SECOND)
    assert len(ear.taken()[0]) == len(get(world, "/fapi/v1/ticker/24hr"))
    world.tick(SECOND)
    assert ear.heard == []
    world.quote("100999.9", "101000.1", mark="101000")
    world.tick(SECOND)
    assert [[row["s"] for row in event] for event in ear.heard] == [["BTCUSDT"]]


def test_a_message_is_made_once_for_all_who_hear_it(world: StreamWorld) -> None:
    ears = [world.connect("btcusdt@bookTicker")[0] for _ in range(3)]
    wrapped, _ = world.connect("btcusdt@bookTicker", combined=True)
    world.tick()
    assert len({ear.texts[0] for ear in ears}) == 1
    assert wrapped.texts == [b'{"stream":"btcusdt@bookTicker","data":%b}' % ears[0].texts[0]]
