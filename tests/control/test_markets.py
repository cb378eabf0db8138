"""Prices, contracts and brackets set by hand."""

from decimal import Decimal
from typing import Any

import pytest

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Market
from tests.control.support import FACTS, START, Caller, played

LAB = "/exchanges/lab"
ALL_PRICES = {
    "markPrice": "61000.123456789012",
    "indexPrice": "61001",
    "lastPrice": "61000.0",
    "bidPrice": "60999.9",
    "bidQty": "2.500",
    "askPrice": "61000.1",
    "askQty": "0",
    "lastFundingRate": "-0.00012345",
    "nextFundingTime": START + 1000,
}
ALL_OF_AN_INDEX = {
    "index": "61001.5",
    "bidBuffer": "0.05",
    "askBuffer": "0.10",
    "autoExchangeBidBuffer": "0.025",
    "autoExchangeAskBuffer": "0.025",
}


@played
async def test_prices_keep_all_their_digits(call: Caller) -> None:
    document = {
        "usdm": {"BTCUSDT": ALL_PRICES},
        "coinm": {"BTCUSD_PERP": ALL_PRICES},
        "assetIndex": {"BTCUSD": ALL_OF_AN_INDEX},
    }
    assert (await call("PUT", f"{LAB}/prices", document)).json == document
    price = call.exchanges.get("lab").state.markets[Market.USDM].prices["BTCUSDT"]
    assert str(price.mark_price) == "61000.123456789012"
    assert price.time == START


@pytest.mark.parametrize("name", ALL_PRICES)
def test_a_price_that_is_left_out_keeps_its_value(name: str) -> None:
    @played
    async def scenario(call: Caller) -> None:
        await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": ALL_PRICES}})
        value = START + 5000 if name == "nextFundingTime" else "70000" if name == "askPrice" else "7"
        reply = await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": {name: value}}})
        assert reply.json["usdm"]["BTCUSDT"] == ALL_PRICES | {name: value}

    scenario()


@played
async def test_an_index_that_is_left_out_keeps_its_value(call: Caller) -> None:
    await call("PUT", f"{LAB}/prices", {"assetIndex": {"BTCUSD": ALL_OF_AN_INDEX}})
    reply = await call("PUT", f"{LAB}/prices", {"assetIndex": {"BTCUSD": {"askBuffer": "0.2"}}})
    assert reply.json["assetIndex"]["BTCUSD"] == ALL_OF_AN_INDEX | {"askBuffer": "0.2"}


@played
async def test_a_side_without_a_quantity_may_stand_anywhere(call: Caller) -> None:
    empty = {"bidPrice": "9", "askPrice": "8", "askQty": "0"}
    assert (await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": empty}})).status == 200
    filled = await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": {"askQty": "1"}}})
    assert filled.error == (400, "bad_price")


@played
async def test_the_index_of_a_new_margin_asset_can_be_set(call: Caller) -> None:
    await call("PUT", f"{LAB}/contracts", {"usdm": {"GOLDUSDT": NEW_CONTRACT}})
    reply = await call("PUT", f"{LAB}/prices", {"assetIndex": {"USDXUSD": {"index": "0.99"}}})
    assert reply.json["assetIndex"]["USDXUSD"]["index"] == "0.99"


@played
async def test_what_is_shown_of_prices_can_be_set_as_it_is(call: Caller) -> None:
    prices = {
        "usdm": {"BTCUSDT": ALL_PRICES},
        "coinm": {"BTCUSD_PERP": ALL_PRICES},
        "assetIndex": {"BTCUSD": ALL_OF_AN_INDEX},
    }
    await call("PUT", f"{LAB}/prices", prices)
    await call.lab("twin")
    query = "?symbols=BTCUSDT,BTCUSD_PERP,BTCUSD"
    shown = (await call("GET", f"{LAB}/prices{query}")).json
    assert shown["usdm"]["BTCUSDT"].items() >= ALL_PRICES.items()
    assert shown["assetIndex"]["BTCUSD"].items() >= ALL_OF_AN_INDEX.items()
    assert (await call("PUT", "/exchanges/twin/prices", shown)).json == prices
    assert (await call("GET", f"/exchanges/twin/prices{query}")).json == shown
    assert await call.hash("twin") == await call.hash()
    everything = (await call("GET", f"{LAB}/prices")).json
    assert set(everything["assetIndex"]) == set(FACTS[Market.USDM].asset_index)
    assert (await call("PUT", "/exchanges/twin/prices", everything)).status == 200
    assert (await call("GET", "/exchanges/twin/prices?symbols=ETHUSD")).json["usdm"] == {}


@played
async def test_setting_nothing_changes_nothing(call: Caller) -> None:
    before = await call.hash()
    reply = await call("PUT", f"{LAB}/prices", {})
    assert reply.json == {"usdm": {}, "coinm": {}, "assetIndex": {}}
    assert await call.hash() == before


@pytest.mark.parametrize(
    ("document", "status", "code", "named"),
    [
        ({"usdm": {"BTCUSDT": {"mark": "1"}}}, 400, "bad_json", "`mark`"),
        ({"usdm": {"BTCUSDT": {"mark_price": "1"}}}, 400, "bad_json", "`mark_price`"),
        ({"spot": {}}, 400, "bad_json", "`spot`"),
        ({"assetIndex": {"BTCUSD": {"bid": "1"}}}, 400, "bad_json", "`bid`"),
        ({"usdm": {"BTCUSDT": {"markPrice": 61000.5}}}, 400, "bad_json", "markPrice"),
        ({"usdm": {"BTCUSDT": {"markPrice": "Infinity"}}}, 400, "bad_json", "Infinity"),
        ({"usdm": {"BTCUSDT": {"markPrice": "0"}}}, 400, "bad_price", "BTCUSDT"),
        ({"usdm": {"BTCUSDT": {"markPrice": "-0"}}}, 400, "bad_price", "BTCUSDT"),
        ({"usdm": {"BTCUSDT": {"bidPrice": "-1"}}}, 400, "bad_price", "BTCUSDT"),
        ({"usdm": {"BTCUSDT": {"bidQty": "-1"}}}, 400, "bad_price", "BTCUSDT"),
        ({"usdm": {"BTCUSDT": {"nextFundingTime": -1}}}, 400, "bad_json", "nextFundingTime"),
        ({"usdm": {"BTCUSDT": {"nextFundingTime": "soon"}}}, 400, "bad_json", "nextFundingTime"),
        ({"usdm": {"NOPEUSDT": {"markPrice": "1"}}}, 404, "unknown_symbol", "NOPEUSDT"),
        ({"coinm": {"BTCUSDT": {"markPrice": "1"}}}, 404, "unknown_symbol", "BTCUSDT"),
        ({"assetIndex": {"BTCUSD": {"bidBuffer": "1"}}}, 400, "bad_price", "BTCUSD"),
        ({"assetIndex": {"BTCUSDT": {"index": "1"}}}, 404, "unknown_index", "there are "),
        ({"assetIndex": {"NOPEUSD": {"index": "1"}}}, 404, "unknown_index", "NOPEUSD"),
        ({"assetIndex": {"USDT": {"index": "1"}}}, 404, "unknown_index", "USDT"),
        ({"usdm": {"BTCUSDT": {"bidPrice": "9", "askPrice": "8"}}}, 400, "bad_price", "the bid 9 is above"),
        ({"usdm": {"BTCUSDT": {"bidPrice": "9999999"}}}, 400, "bad_price", "set both"),
    ],
    ids=str,
)
def test_prices_that_cannot_be_are_refused_whole_and_named(
    document: dict[str, Any], status: int, code: str, named: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        whole = {**document, "usdm": {"ETHUSDT": {"markPrice": "5"}, **document.get("usdm", {})}}
        reply = await call("PUT", f"{LAB}/prices", whole)
        assert reply.error == (status, code)
        assert named in reply.message
        assert await call.hash() == before

    scenario()


@played
async def test_a_price_set_by_hand_shows_in_the_candles(call: Caller) -> None:
    feed, before = call.exchanges.get("lab").feed, FACTS[Market.USDM].prices["BTCUSDT"].last_price
    assert before > 60_000
    await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": {"lastPrice": "50000"}}})
    await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": {"lastPrice": "60000"}}})
    (candle,) = feed.klines(Market.USDM, "BTCUSDT", "1h", start_time=None, end_time=None, limit=1, now=START)
    shown = [candle.open, candle.high, candle.low, candle.close]
    assert shown == [before, before, Decimal(50_000), Decimal(60_000)]


NEW_CONTRACT: dict[str, Any] = {
    "symbol": "GOLDUSDT",
    "baseAsset": "GOLD",
    "quoteAsset": "USDT",
    "marginAsset": "USDX",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "100000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
    ],
}
LOT = NEW_CONTRACT["filters"][1]
NO_TICK = {**NEW_CONTRACT["filters"][0], "tickSize": "0"}
LADDER: list[dict[str, Any]] = [
    {
        "bracket": 1,
        "initialLeverage": 10,
        "notionalCap": "1000",
        "notionalFloor": "0",
        "maintMarginRatio": "0.01",
        "cum": "0",
    },
    {
        "bracket": 2,
        "initialLeverage": 5,
        "notionalCap": None,
        "notionalFloor": "1000",
        "maintMarginRatio": "0.02",
        "cum": "10",
    },
]
COIN_LADDER: list[dict[str, Any]] = [
    {
        "bracket": 1,
        "initialLeverage": 10,
        "qtyCap": "5",
        "qtyFloor": "0",
        "maintMarginRatio": "0.01",
        "cum": "0",
    }
]


@played
async def test_a_new_contract_is_used_once_it_has_brackets_and_a_price(call: Caller) -> None:
    position = {"symbol": "GOLDUSDT", "positionAmt": "1", "entryPrice": "100"}
    document = {"usdm": {"wallets": {"USDX": {"walletBalance": "50"}}, "positions": [position]}}
    state = f"{LAB}/accounts/alice/state"

    listed = await call("PUT", f"{LAB}/contracts", {"usdm": {"GOLDUSDT": NEW_CONTRACT}})
    assert listed.json == {"missing": {"GOLDUSDT": ["brackets", "prices"]}}
    assert (await call("PUT", state, document)).error == (400, "impossible_document")

    bracketed = await call("PUT", f"{LAB}/brackets", {"usdm": {"GOLDUSDT": LADDER}})
    assert bracketed.json == {"missing": {"GOLDUSDT": ["prices"]}}
    assert (await call("PUT", state, document)).error == (400, "impossible_document")

    await call("PUT", f"{LAB}/prices", {"usdm": {"GOLDUSDT": {"markPrice": "110"}}})
    assert (await call("PUT", state, document)).status == 200
    assert (await call("PUT", f"{LAB}/brackets", {"usdm": {"GOLDUSDT": LADDER}})).json == {"missing": {}}
    assert (await call("GET", f"{LAB}/audit")).json["usdm"]["USDX"]["wallets"] == "50"


@played
async def test_a_listed_contract_is_replaced(call: Caller) -> None:
    market = call.exchanges.get("lab").state.markets[Market.USDM]
    count = len(market.contracts)
    row = {**NEW_CONTRACT, "marginAsset": "USDT", "pricePrecision": 1}
    row.pop("symbol")
    assert (await call("PUT", f"{LAB}/contracts", {"usdm": {"BTCUSDT": row}})).json == {"missing": {}}
    assert len(market.contracts) == count
    assert market.contracts["BTCUSDT"].price_precision == 1


@played
async def test_coin_margined_contracts_and_brackets_have_their_own_words(call: Caller) -> None:
    row = {
        **NEW_CONTRACT,
        "symbol": "GOLDUSD_PERP",
        "pair": "GOLDUSD",
        "contractSize": 10,
        "marginAsset": "GOLD",
    }
    assert (await call("PUT", f"{LAB}/contracts", {"coinm": {"GOLDUSD_PERP": row}})).status == 200
    assert (await call("PUT", f"{LAB}/brackets", {"coinm": {"GOLDUSD_PERP": COIN_LADDER}})).status == 200
    market = call.exchanges.get("lab").state.markets[Market.COINM]
    assert market.contracts["GOLDUSD_PERP"].contract_size == 10
    assert market.brackets["GOLDUSD_PERP"].rows[0].notional_floor == ZERO


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "symbol": "SILVERUSDT"}}}, "SILVERUSDT"),
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "filters": []}}}, "LOT_SIZE"),
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "marginAsset": 7}}}, "marginAsset"),
        ({"usdm": {"GOLDUSDT": {}}}, "GOLDUSDT"),
        ({"usdm": {"GOLD/USDT": {**NEW_CONTRACT, "symbol": "GOLD/USDT"}}}, "symbol"),
        ({"coinm": {"GOLDUSDT": NEW_CONTRACT}}, "pair"),
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "marginAsset": ""}}}, "name of an asset"),
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "marginAsset": "usdt"}}}, "such as USDT"),
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "contractType": "FOREVER"}}}, "PERPETUAL"),
        ({"usdm": {"GOLDUSDT": {**NEW_CONTRACT, "filters": [NO_TICK, LOT]}}}, "tickSize"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_contract_that_is_none_is_refused_with_all_that_came_with_it(
    document: dict[str, Any], named: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        whole = {
            **document,
            "usdm": {"GOODUSDT": {**NEW_CONTRACT, "symbol": "GOODUSDT"}, **document.get("usdm", {})},
        }
        reply = await call("PUT", f"{LAB}/contracts", whole)
        assert reply.error == (400, "bad_contract")
        assert named in reply.message
        assert await call.hash() == before

    scenario()


@pytest.mark.parametrize(
    ("document", "status", "code", "named"),
    [
        ({"usdm": {"BTCUSDT": []}}, 400, "bad_brackets", "BTCUSDT"),
        ({"usdm": {"BTCUSDT": [{**LADDER[0], "cum": "1"}]}}, 400, "bad_brackets", "cum"),
        ({"usdm": {"BTCUSDT": [LADDER[1], LADDER[0]]}}, 400, "bad_brackets", "bracket"),
        (
            {"usdm": {"BTCUSDT": [{**LADDER[0], "initialLeverage": "10"}]}},
            400,
            "bad_brackets",
            "initialLeverage",
        ),
        (
            {"usdm": {"BTCUSDT": [{**LADDER[0], "maintMarginRatio": 0.01}]}},
            400,
            "bad_brackets",
            "maintMarginRatio",
        ),
        ({"usdm": {"BTCUSDT": [{**LADDER[0], "maxLeverage": 10}]}}, 400, "bad_brackets", "no maxLeverage"),
        ({"usdm": {"BTCUSDT": COIN_LADDER}}, 400, "bad_brackets", "notionalCap"),
        ({"coinm": {"BTCUSD_PERP": LADDER}}, 400, "bad_brackets", "qtyCap"),
        ({"usdm": {"NOPEUSDT": LADDER}}, 404, "unknown_symbol", "NOPEUSDT"),
        ({"usdm": {"BTCUSDT": {}}}, 400, "bad_json", "Expected `array`"),
        ({"usdm": {"BTCUSDT": [7]}}, 400, "bad_json", "Expected `object`"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_brackets_that_do_not_fit_together_are_refused_whole(
    document: dict[str, Any], status: int, code: str, named: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        whole = {**document, "usdm": {"ETHUSDT": LADDER, **document.get("usdm", {})}}
        reply = await call("PUT", f"{LAB}/brackets", whole)
        assert reply.error == (status, code)
        assert named in reply.message
        assert await call.hash() == before

    scenario()


HOUR = 3_600_000


@played
async def test_a_symbol_is_funded_on_terms_of_ones_own(call: Caller) -> None:
    document = {
        "usdm": {"BTCUSDT": {"fundingIntervalHours": 1, "adjustedFundingRateCap": "0.001"}},
        "coinm": {"BTCUSD_PERP": {"fundingIntervalHours": 4}},
    }
    premium = {"markPrice": "102000", "indexPrice": "100000", "bidQty": "0"}
    assert (await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": premium}})).status == 200

    reply = await call("PUT", f"{LAB}/funding", document)

    # The floor left out: three quarters of the first bracket's 0.4 %.
    hours = [START // (hours * HOUR) * hours * HOUR + hours * HOUR for hours in (1, 4)]
    assert reply.json["usdm"]["BTCUSDT"] == {
        "fundingIntervalHours": 1,
        "adjustedFundingRateCap": "0.001",
        "adjustedFundingRateFloor": "-0.00300",
        "nextFundingTime": hours[0],
    }
    assert reply.json["coinm"]["BTCUSD_PERP"]["nextFundingTime"] == hours[1]
    prices = call.exchanges.get("lab").state.markets[Market.USDM].prices
    # A premium of 2 % less the 0.05 %, an eighth of it for one hour: 0.24 %, at its cap.
    assert prices["BTCUSDT"].last_funding_rate == Decimal("0.001")


@played
async def test_a_synthetic_symbol_is_funded_at_its_new_interval(call: Caller) -> None:
    await call.lab("moving", feed={"kind": "synthetic", "symbols": ["BTCUSDT"]})
    await call("PUT", "/exchanges/moving/funding", {"usdm": {"BTCUSDT": {"fundingIntervalHours": 1}}})
    runtime = call.exchanges.get("moving")
    due = [START // HOUR * HOUR + count * HOUR for count in (1, 2, 3)]
    for then in due:
        assert runtime.state.markets[Market.USDM].prices["BTCUSDT"].next_funding_time == then
        await call("POST", "/exchanges/moving/clock", {"now": then})


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"BTCUSDT": {"fundingIntervalHours": 3}}, (400, "bad_funding_terms")),
        ({"BTCUSDT": {"adjustedFundingRateCap": "-0.02"}}, (400, "bad_funding_terms")),
        ({"BTCUSDT_251226": {"fundingIntervalHours": 4}}, (400, "no_funding")),
        ({"NOPEUSDT": {"fundingIntervalHours": 4}}, (404, "unknown_symbol")),
    ],
)
def test_funding_terms_that_cannot_be_are_refused(row: dict[str, Any], error: tuple[int, str]) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        assert (await call("PUT", f"{LAB}/funding", {"usdm": row})).error == error
        assert await call.hash() == before

    scenario()


@played
async def test_what_a_recording_funds_keeps_its_terms(call: Caller) -> None:
    await call.lab("replayed", feed={"kind": "replay", "recording": "2025-05-05-layer"})
    document = {"usdm": {"LAYERUSDT": {"fundingIntervalHours": 1}}}
    assert (await call("PUT", "/exchanges/replayed/funding", document)).error == (409, "recorded_funding")
