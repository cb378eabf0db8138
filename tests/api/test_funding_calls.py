"""What the funding calls tell: what was settled beside what the feed knows, and the terms that differ."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from margind.engine.commands import IndexPatch, PassTime, PricePatch, SetPrices, SettleFunding, Transfer
from margind.engine.model.terms import Market
from margind.runtime import ExchangeRuntime
from tests.api.stream_world import ANNE, COINM, USDM, StreamWorld
from tests.api.support import NOW, World, decoded

HOUR = 3_600_000
SECOND = 20


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


@pytest.fixture
def plain() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def get(world: World, path: str, parameters: str = "", runtime: ExchangeRuntime | None = None) -> Any:
    prefix = "" if runtime is None else f"/x/{runtime.name}"
    response = world.send("GET", prefix + path, parameters)
    assert response.status == 200, response.body
    return decoded(response)


def settle(world: StreamWorld, rate: str, market: Market = USDM, symbol: str = "BTCUSDT") -> None:
    world.execute(world.main, SettleFunding(market, symbol, Decimal(rate)))


def test_a_funding_settled_by_hand_is_history_whoever_paid_it(world: StreamWorld) -> None:
    settle(world, "-0.0375")
    world.place(ANNE, "BUY", "0.01")
    settle(world, "0.0002")
    row = {"symbol": "BTCUSDT", "fundingTime": NOW, "markPrice": "100000.00000000"}
    expected = [row | {"fundingRate": rate} for rate in ("-0.03750000", "0.00020000")]
    assert get(world, "/fapi/v1/fundingRate", "symbol=BTCUSDT") == expected
    assert get(world, "/fapi/v1/fundingRate", f"startTime={NOW}") == expected
    assert get(world, "/fapi/v1/fundingRate", "limit=1") == expected[1:]
    assert get(world, "/fapi/v1/fundingRate", "symbol=ETHUSDT") == []
    assert get(world, "/fapi/v1/fundingRate", f"endTime={NOW - 1}") == []


def test_coin_margined_fundings_have_a_history_of_their_own(world: StreamWorld) -> None:
    settle(world, "0.0003", COINM, "BTCUSD_PERP")
    assert get(world, "/dapi/v1/fundingRate", "symbol=BTCUSD_PERP") == [
        {"symbol": "BTCUSD_PERP", "fundingTime": NOW, "fundingRate": "0.00030000"}
    ]
    assert get(world, "/fapi/v1/fundingRate", "symbol=BTCUSDT") == []


def test_what_was_settled_stands_beside_what_the_feed_knows(plain: World) -> None:
    moving = plain.open_exchange("moving", "synthetic")
    known = get(plain, "/fapi/v1/fundingRate", "symbol=BTCUSDT&limit=2", moving)
    plain.execute(moving, SettleFunding(USDM, "BTCUSDT", Decimal("0.0123")))
    rows = get(plain, "/fapi/v1/fundingRate", "symbol=BTCUSDT&limit=3", moving)
    assert rows[:2] == known
    assert rows[2]["fundingRate"] == "0.01230000"
    assert [row["fundingTime"] % (8 * HOUR) == 0 for row in rows[:2]] == [True, True]
    assert rows[2]["fundingTime"] == moving.now()
    # From a start time the first rows.
    first = get(
        plain, "/fapi/v1/fundingRate", f"symbol=BTCUSDT&limit=1&startTime={rows[1]['fundingTime']}", moving
    )
    assert first == rows[1:2]


def test_a_funding_that_fell_due_is_history_at_the_time_it_was_due(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.01")
    patch = PricePatch(last_funding_rate=Decimal("0.0004"), next_funding_time=NOW - 7)
    world.execute(world.main, SetPrices({"BTCUSDT": patch}))
    world.execute(world.main, PassTime())
    (row,) = get(world, "/fapi/v1/fundingRate", "symbol=BTCUSDT")
    assert (row["fundingTime"], row["fundingRate"]) == (NOW - 7, "0.00040000")
    shown = get(world, "/fapi/v1/premiumIndex", "symbol=BTCUSDT")
    assert shown["nextFundingTime"] == (NOW // (8 * HOUR) + 1) * 8 * HOUR


def test_funding_info_lists_the_symbols_with_other_terms(world: StreamWorld) -> None:
    rows = {row["symbol"]: row for row in get(world, "/fapi/v1/fundingInfo")}
    # Public: a reply of 2025-08 (thrasher-corp/gocryptotrader), 25 rows; two were being delisted by 2025-10.
    assert len(rows) == 23
    assert rows["TRBUSDT"] == {
        "symbol": "TRBUSDT",
        "adjustedFundingRateCap": "0.02000000",
        "adjustedFundingRateFloor": "-0.02000000",
        "fundingIntervalHours": 4,
        "disclaimer": False,
        "updateTime": 1697703073725,
    }
    assert "BTCUSDT" not in rows
    assert get(world, "/dapi/v1/fundingInfo") == []
    shown = get(world, "/fapi/v1/premiumIndex", "symbol=TRBUSDT")
    assert shown["lastFundingRate"] == "0.00005000"
    assert shown["nextFundingTime"] == (NOW // (4 * HOUR) + 1) * 4 * HOUR


def test_a_recorded_symbol_has_the_interval_of_its_recording(plain: World) -> None:
    layer = plain.open_exchange("layer", "replay", recording="2025-05-05-layer")
    rows = {row["symbol"]: row for row in get(plain, "/fapi/v1/fundingInfo", runtime=layer)}
    assert rows["LAYERUSDT"]["fundingIntervalHours"] == 4
    assert "updateTime" not in rows["LAYERUSDT"]


def test_asset_indexes_are_told_each_second_as_the_call_tells_them(world: StreamWorld) -> None:
    every, _ = world.connect("!assetIndex@arr")
    one, _ = world.connect("btcusd@assetIndex")
    silent, _ = world.connect("xyzusd@assetIndex", "btcusdt@assetIndex")
    world.tick(SECOND)
    world.execute(world.main, SetPrices(asset_index={"BTCUSD": IndexPatch(index=Decimal("61475.02720330"))}))
    world.tick(SECOND)
    assert [len(ear.heard) for ear in (every, one, silent)] == [2, 2, 0]
    shown = get(world, "/fapi/v1/assetIndex", "symbol=BTCUSD")
    assert one.heard[1] == {
        "e": "assetIndexUpdate",
        "E": NOW,
        "s": "BTCUSD",
        "i": "61475.02720330",
        "b": shown["bidBuffer"],
        "a": shown["askBuffer"],
        "B": shown["bidRate"],
        "A": shown["askRate"],
        "q": shown["autoExchangeBidBuffer"],
        "g": shown["autoExchangeAskBuffer"],
        "Q": shown["autoExchangeBidRate"],
        "G": shown["autoExchangeAskRate"],
    }
    assert one.heard[1] in every.heard[1]
    assert [row["s"] for row in every.heard[1]] == [
        row["symbol"] for row in get(world, "/fapi/v1/assetIndex")
    ]


def test_an_auto_exchange_is_one_event_and_two_income_rows(world: StreamWorld) -> None:
    """A position of 1,000 pays all it is worth: 10,000 less the fee of 0.5000005 end at -5,000.5000005."""
    world.execute(world.main, SetPrices(asset_index={"USDTUSD": par(), "USDCUSD": par()}))
    world.execute(world.main, Transfer(ANNE, USDM, "USDC", Decimal(7000)))
    world.asked(ANNE, "POST", "multiAssetsMargin", multiAssetsMargin="true")
    world.place(ANNE, "BUY", "0.01")
    for _ in range(14):
        settle(world, "1")
    owed = wallet(world, "USDT")
    assert owed["balance"] == owed["crossWalletBalance"] == "-4000.50000050"
    assert owed["maxWithdrawAmount"] == "0.00000000"
    ear = world.listen()

    settle(world, "1")

    funding, exchange = ear.taken()
    assert (funding["a"]["m"], exchange["a"]["m"]) == ("FUNDING_FEE", "AUTO_EXCHANGE")
    assert exchange["a"] == {
        "B": [
            {"a": "USDT", "wb": "0.00000000", "cw": "0.00000000", "bc": "5000.5000005"},
            {"a": "USDC", "wb": "1999.49999950", "cw": "1999.49999950", "bc": "-5000.5000005"},
        ],
        "P": [],
        "m": "AUTO_EXCHANGE",
    }
    rows = world.asked(ANNE, "GET", "income", incomeType="AUTO_EXCHANGE")
    assert [(row["asset"], row["income"], row["symbol"]) for row in rows] == [
        ("USDT", "5000.50000050", ""),
        ("USDC", "-5000.50000050", ""),
    ]
    assert rows[0]["tranId"] != rows[1]["tranId"]
    assert wallet(world, "USDT")["balance"] == "0.00000000"


def par() -> IndexPatch:
    zero = Decimal(0)
    return IndexPatch(Decimal(1), zero, zero, zero, zero)


def wallet(world: StreamWorld, asset: str) -> Any:
    return next(row for row in world.asked(ANNE, "GET", "/fapi/v3/balance") if row["asset"] == asset)
