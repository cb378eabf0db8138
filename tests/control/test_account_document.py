"""The account document: what is left out, what is refused, and that it says all there is to say."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margind.engine.model.terms import Market
from tests.control.support import FACTS, START, Caller, played

LAB = "/exchanges/lab"
STATE = f"{LAB}/accounts/alice/state"
THEN = 1_625_474_304_765

# The document of the control API's description.
DESCRIBED: dict[str, Any] = {
    "usdm": {
        "feeTier": 0,
        "feeBurn": True,
        "multiAssetsMargin": False,
        "dualSidePosition": False,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "tradeGroupId": -1,
        "wallets": {"USDT": {"walletBalance": "1000.00000000", "updateTime": THEN}},
        "symbols": {"BTCUSDT": {"leverage": 10, "marginType": "ISOLATED", "isAutoAddMargin": False}},
        "positions": [
            {
                "symbol": "BTCUSDT",
                "positionSide": "BOTH",
                "positionAmt": "0.010",
                "entryPrice": "60000.1",
                "breakEvenPrice": "60030.1",
                "isolatedWallet": "61.2",
                "updateTime": THEN,
            }
        ],
        "openOrders": [
            {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "positionSide": "BOTH",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "price": "59000",
                "origQty": "0.010",
                "executedQty": "0",
                "reduceOnly": False,
                "clientOrderId": "mine-1",
                "time": THEN,
            }
        ],
    },
    "coinm": {
        "feeTier": 0,
        "dualSidePosition": False,
        "wallets": {},
        "symbols": {},
        "positions": [],
        "openOrders": [],
    },
}
EMPTY_COINM = {
    "feeTier": 0,
    "dualSidePosition": False,
    "canTrade": True,
    "canDeposit": True,
    "canWithdraw": True,
    "wallets": {},
    "symbols": {},
    "positions": [],
    "openOrders": [],
}
EMPTY = {
    "usdm": EMPTY_COINM | {"feeBurn": True, "multiAssetsMargin": False, "tradeGroupId": -1},
    "coinm": EMPTY_COINM,
}


async def _loaded(call: Caller, document: object) -> Any:
    reply = await call("PUT", STATE, document)
    assert reply.status == 200, reply.body
    assert (await call("GET", STATE)).json == reply.json
    return reply.json


@played
async def test_a_fresh_account_is_the_empty_document(call: Caller) -> None:
    assert (await call("GET", STATE)).json == EMPTY


@played
async def test_the_described_document_is_taken_over_to_the_digit(call: Caller) -> None:
    shown = await _loaded(call, DESCRIBED)
    (order,) = shown["usdm"].pop("openOrders")
    assert order == DESCRIBED["usdm"]["openOrders"][0] | {
        "closePosition": False,
        "updateTime": THEN,
        "orderId": 1,
    }
    assert shown["usdm"] == {k: v for k, v in DESCRIBED["usdm"].items() if k != "openOrders"}
    assert shown["coinm"] == EMPTY_COINM


@played
async def test_what_is_left_out_takes_its_default(call: Caller) -> None:
    document = {
        "usdm": {
            "wallets": {"USDT": {"walletBalance": 7}, "BNB": {}},
            "symbols": {"BTCUSDT": {}, "BALUSDT": {"marginType": "ISOLATED"}},
            "positions": [{"symbol": "ETHUSDT", "positionAmt": "-0.5", "entryPrice": "3000.50"}],
            "openOrders": [{"symbol": "ETHUSDT", "side": "SELL", "price": "3100", "origQty": "2"}],
        }
    }
    # BALUSDT allows 10x at most; everything else stands at 20x.
    assert FACTS[Market.USDM].brackets["BALUSDT"].max_leverage == 10
    shown = await _loaded(call, document)
    assert shown["coinm"] == EMPTY_COINM
    assert shown["usdm"] == EMPTY["usdm"] | {
        "wallets": {
            "USDT": {"walletBalance": "7", "updateTime": START},
            "BNB": {"walletBalance": "0", "updateTime": START},
        },
        "symbols": {
            "BTCUSDT": {"leverage": 20, "marginType": "CROSSED", "isAutoAddMargin": False},
            "BALUSDT": {"leverage": 10, "marginType": "ISOLATED", "isAutoAddMargin": False},
        },
        "positions": [
            {
                "symbol": "ETHUSDT",
                "positionSide": "BOTH",
                "positionAmt": "-0.5",
                "entryPrice": "3000.50",
                "breakEvenPrice": "3000.50",
                "isolatedWallet": "0",
                "updateTime": START,
            }
        ],
        "openOrders": [
            {
                "symbol": "ETHUSDT",
                "side": "SELL",
                "positionSide": "BOTH",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "price": "3100",
                "origQty": "2",
                "executedQty": "0",
                "reduceOnly": False,
                "closePosition": False,
                "clientOrderId": "document-1",
                "orderId": 1,
                "time": START,
                "updateTime": START,
            }
        ],
    }


@played
async def test_a_document_replaces_all_that_was_there(call: Caller) -> None:
    await _loaded(call, DESCRIBED)
    await call("POST", f"{LAB}/accounts/alice/transfers", {"market": "coinm", "asset": "BTC", "amount": "3"})
    assert await _loaded(call, {}) == EMPTY
    books = (await call("GET", f"{LAB}/audit")).json
    assert books["balanced"] is True
    assert books["usdm"]["USDT"]["outside"] == books["coinm"]["BTC"]["outside"] == "0"


@played
async def test_null_is_as_good_as_leaving_out(call: Caller) -> None:
    position = {
        "symbol": "BTCUSDT",
        "positionAmt": "1",
        "entryPrice": "5",
        "breakEvenPrice": None,
        "updateTime": None,
    }
    shown = await _loaded(
        call, {"usdm": {"positions": [position], "symbols": {"BTCUSDT": {"leverage": None}}}}
    )
    assert shown["usdm"]["positions"][0]["breakEvenPrice"] == "5"
    assert shown["usdm"]["positions"][0]["updateTime"] == START
    assert shown["usdm"]["symbols"]["BTCUSDT"]["leverage"] == 20


@pytest.mark.parametrize(
    ("usdm", "coinm", "hedged"),
    [
        ({"dualSidePosition": True}, {}, True),
        ({}, {"dualSidePosition": True}, True),
        ({"dualSidePosition": True}, {"dualSidePosition": True}, True),
        ({}, {"dualSidePosition": False}, False),
        ({}, {}, False),
    ],
)
def test_the_position_mode_named_by_one_half_is_that_of_both(
    usdm: dict[str, Any], coinm: dict[str, Any], hedged: bool
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        shown = await _loaded(call, {"usdm": usdm, "coinm": coinm})
        assert [half["dualSidePosition"] for half in shown.values()] == [hedged, hedged]

    scenario()


@played
async def test_what_only_usdm_has_may_stand_in_the_other_half_at_its_default(call: Caller) -> None:
    coinm = {"feeBurn": True, "multiAssetsMargin": False, "tradeGroupId": -1}
    assert await _loaded(call, {"coinm": coinm}) == EMPTY


@played
async def test_filters_and_free_margin_do_not_judge_a_document(call: Caller) -> None:
    # Off tick and step, larger than any cap, without a cent, on a contract that is settling.
    assert FACTS[Market.USDM].contracts["WAVESUSDT"].status != "TRADING"
    position = {"symbol": "WAVESUSDT", "positionAmt": "999999999.00001", "entryPrice": "0.0000123"}
    shown = await _loaded(call, {"usdm": {"positions": [position]}})
    assert shown["usdm"]["positions"][0]["positionAmt"] == "999999999.00001"


@played
async def test_multi_assets_mode_and_a_negative_wallet_can_be_described(call: Caller) -> None:
    usdm = {
        "multiAssetsMargin": True,
        "wallets": {"USDT": {"walletBalance": "-5"}, "BTC": {"walletBalance": "1"}},
    }
    shown = await _loaded(call, {"usdm": usdm})
    assert shown["usdm"]["multiAssetsMargin"] is True
    assert (await call("GET", f"{LAB}/audit")).json["usdm"]["USDT"]["wallets"] == "-5"


LONG = {"symbol": "BTCUSDT", "positionAmt": "1", "entryPrice": "5"}
BUY = {"symbol": "BTCUSDT", "side": "BUY", "price": "5", "origQty": "1"}
ISOLATED = {"BTCUSDT": {"marginType": "ISOLATED"}}

IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"usdm": {"wallets": {"DOGE": {"walletBalance": "1"}}}}, "DOGE"),
    ({"usdm": {"wallets": {"USDT": {"walletBalance": "0.000000001"}}}}, "8 decimals"),
    ({"usdm": {"feeTier": 10}}, "feeTier"),
    ({"usdm": {"feeTier": -1}}, "feeTier"),
    ({"usdm": {"symbols": {"NOPEUSDT": {}}}}, "NOPEUSDT"),
    ({"usdm": {"symbols": {"BTCUSDT": {"leverage": 0}}}}, "leverage"),
    ({"usdm": {"symbols": {"BTCUSDT": {"leverage": 151}}}}, "leverage"),
    ({"usdm": {"multiAssetsMargin": True, "symbols": ISOLATED}}, "multi-assets"),
    ({"usdm": {"positions": [{**LONG, "symbol": "NOPEUSDT"}]}}, "NOPEUSDT"),
    ({"usdm": {"positions": [{**LONG, "positionSide": "LONG"}]}}, "one-way"),
    ({"usdm": {"dualSidePosition": True, "positions": [LONG]}}, "hedge"),
    ({"usdm": {"dualSidePosition": True, "positions": [{**LONG, "positionSide": "SHORT"}]}}, "positionAmt"),
    ({"usdm": {"positions": [LONG, LONG]}}, "twice"),
    ({"usdm": {"positions": [{**LONG, "entryPrice": "0"}]}}, "entryPrice"),
    ({"usdm": {"positions": [{"symbol": "BTCUSDT", "positionAmt": "1"}]}}, "entryPrice"),
    ({"usdm": {"positions": [{**LONG, "isolatedWallet": "1"}]}}, "isolatedWallet"),
    (
        {"usdm": {"symbols": ISOLATED, "positions": [{**LONG, "isolatedWallet": "1"}]}},
        "larger than the wallet",
    ),
    ({"usdm": {"openOrders": [{**BUY, "price": "0"}]}}, "price"),
    ({"usdm": {"openOrders": [{**BUY, "executedQty": "1"}]}}, "executed"),
    ({"usdm": {"openOrders": [{**BUY, "type": "MARKET"}]}}, "MARKET"),
    ({"usdm": {"openOrders": [{**BUY, "timeInForce": "FOK"}]}}, "FOK"),
    ({"usdm": {"openOrders": [{**BUY, "positionSide": "LONG"}]}}, "one-way"),
    ({"usdm": {"dualSidePosition": True}, "coinm": {"dualSidePosition": False}}, "dualSidePosition"),
    ({"coinm": {"multiAssetsMargin": True}}, "multiAssetsMargin"),
    ({"coinm": {"feeBurn": False}}, "feeBurn"),
    ({"coinm": {"tradeGroupId": 7}}, "tradeGroupId"),
    ({"coinm": {"wallets": {"USDT": {"walletBalance": "1"}}}}, "USDT"),
]
STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "orderType": "STOP_MARKET",
    "quantity": "1",
    "triggerPrice": "9",
    "clientAlgoId": "stop",
}
TRAIL = STOP | {"orderType": "TRAILING_STOP_MARKET", "activatePrice": "9", "callbackRate": "1"}


def _algo(*orders: dict[str, Any], market: str = "usdm") -> dict[str, Any]:
    return {market: {"algoOrders": list(orders)}}


IMPOSSIBLE += [
    (_algo(STOP | {"symbol": "BTCUSTD"}), "algoOrders stop"),
    (_algo(STOP | {"positionSide": "LONG"}), "algoOrders stop"),
    (_algo(STOP | {"orderType": "LIMIT"}), "belongs into openOrders"),
    (_algo(STOP | {"quantity": "0"}), "algoOrders stop.quantity"),
    (_algo(STOP | {"closePosition": True}), "without quantity"),
    (_algo(STOP | {"orderType": "STOP"}), "algoOrders stop.price"),
    (_algo(STOP | {"triggerPrice": "0"}), "algoOrders stop.triggerPrice"),
    (_algo(STOP | {"triggerPrice": "-1"}), "prices cannot be negative"),
    (_algo(TRAIL | {"callbackRate": "0"}), "algoOrders stop.callbackRate"),
    (_algo(TRAIL | {"activatePrice": "0"}), "algoOrders stop.activatePrice"),
    (_algo(STOP, STOP), "one clientAlgoId"),
    (_algo(STOP | {"algoId": 5}, STOP | {"algoId": 5, "clientAlgoId": "b"}), "the algoId 5"),
    (_algo(STOP | {"algoId": -1}), "algoId lies from"),
    (_algo(*(STOP | {"clientAlgoId": f"s-{n}"} for n in range(201))), "at most 200"),
    (_algo(STOP | {"symbol": "BTCUSD_PERP", "timeInForce": "GTD"}, market="coinm"), "no timeInForce GTD"),
    (
        {"usdm": {"positions": [LONG], "closedPositions": [{"symbol": LONG["symbol"]}]}},
        "listed twice",
    ),
]
MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"spot": {}}, "`spot`"),
    ({"usdm": []}, "$.usdm"),
    ({"usdm": {"totalWalletBalance": "1"}}, "`totalWalletBalance`"),
    ({"usdm": {"feeTier": "0"}}, "$.usdm.feeTier"),
    ({"usdm": {"feeBurn": "true"}}, "$.usdm.feeBurn"),
    ({"usdm": {"dualSidePosition": None}}, "$.usdm.dualSidePosition"),
    ({"usdm": {"wallets": {"USDT": "1"}}}, "$.usdm.wallets[...]"),
    ({"usdm": {"wallets": {"USDT": {"walletBalance": 0.1}}}}, "walletBalance"),
    ({"usdm": {"wallets": {"USDT": {"walletBalance": "1e3"}}}}, "'1e3'"),
    ({"usdm": {"wallets": {"USDT": {"updateTime": -1}}}}, "updateTime"),
    ({"usdm": {"symbols": {"BTCUSDT": {"leverage": 2.5}}}}, "leverage"),
    ({"usdm": {"symbols": {"BTCUSDT": {"marginType": "cross"}}}}, "'cross'"),
    ({"usdm": {"positions": [{"symbol": "BTCUSDT"}]}}, "`positionAmt`"),
    ({"usdm": {"positions": [LONG, {**LONG, "notional": "1"}]}}, "`notional`"),
    ({"usdm": {"openOrders": [{**BUY, "side": "LONG"}]}}, "'LONG'"),
]


@pytest.mark.parametrize(
    ("document", "code", "named"),
    [
        *((document, "impossible_document", named) for document, named in IMPOSSIBLE),
        *((document, "bad_json", named) for document, named in MALFORMED),
    ],
)
def test_an_impossible_document_is_refused_whole_and_says_why(
    document: dict[str, Any], code: str, named: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        await _loaded(call, DESCRIBED)
        before = await call.hash()
        reply = await call("PUT", STATE, document)
        assert reply.error == (400, code)
        assert named in reply.message
        assert await call.hash() == before

    scenario()


# Every document that can be loaded comes back as one that makes the same account


def _decimals(digits: int, places: int) -> st.SearchStrategy[str]:
    units = st.integers(1, 10**digits)
    return st.builds(_plain, units, st.integers(0, places))


def _plain(units: int, places: int) -> str:
    text = str(units).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}" if places else text


TIMES = st.none() | st.integers(0, START)
SYMBOLS = {
    "usdm": (["BTCUSDT", "ETHUSDT", "BTCUSDC", "BALUSDT"], ["USDT", "USDC", "BNB", "BTC"]),
    "coinm": (["BTCUSD_PERP", "ETHUSD_PERP"], ["BTC", "ETH", "LINK"]),
}


@st.composite
def halves(draw: st.DrawFn, market: str, hedged: bool, joint: bool) -> dict[str, Any]:
    symbols, assets = SYMBOLS[market]
    margin_types = ["CROSSED"] if joint else ["CROSSED", "ISOLATED"]
    sides = ["LONG", "SHORT"] if hedged else ["BOTH"]
    keys = draw(
        st.lists(st.tuples(st.sampled_from(symbols), st.sampled_from(sides)), unique=True, max_size=4)
    )
    orders = draw(st.lists(st.tuples(st.sampled_from(symbols), st.sampled_from(sides)), max_size=3))
    prices, sizes = _decimals(15, 10), _decimals(12, 8)
    half: dict[str, Any] = {
        "feeTier": draw(st.integers(0, 9)),
        "dualSidePosition": hedged,
        "canTrade": draw(st.booleans()),
        "wallets": {
            asset: {"walletBalance": draw(_decimals(18, 8)), "updateTime": draw(TIMES)}
            for asset in draw(st.lists(st.sampled_from(assets), unique=True))
        },
        "symbols": {
            symbol: {
                "leverage": draw(st.none() | st.integers(1, 10)),
                "marginType": draw(st.sampled_from(margin_types)),
            }
            for symbol in draw(st.lists(st.sampled_from(symbols), unique=True))
        },
        "positions": [
            {
                "symbol": symbol,
                "positionSide": side,
                "positionAmt": ("-" if side == "SHORT" or (side == "BOTH" and draw(st.booleans())) else "")
                + draw(sizes),
                "entryPrice": draw(prices),
                "breakEvenPrice": draw(st.none() | prices),
                "updateTime": draw(TIMES),
            }
            for symbol, side in keys
        ],
        "openOrders": [
            {
                "symbol": symbol,
                "positionSide": side,
                # No two of them would trade with each other.
                **draw(st.sampled_from(_BIDS_AND_ASKS)),
                "type": draw(st.sampled_from(["LIMIT", "STOP"])),
                "timeInForce": draw(st.sampled_from(["GTC", "GTX"])),
                "origQty": f"1{draw(sizes)}",
                "executedQty": draw(st.sampled_from(["0", "0.00000001"])),
                "reduceOnly": draw(st.booleans()),
                "clientOrderId": draw(st.none() | st.just("") | st.text(max_size=8).map(f"{place}-".__add__)),
                "time": draw(TIMES),
                "stopPrice": draw(prices),
                "cumQuote": draw(prices),
                "goodTillDate": draw(TIMES),
                "workingType": draw(st.sampled_from(["MARK_PRICE", "CONTRACT_PRICE"])),
                "priceRate": draw(st.sampled_from(["0", "0.3", "10"])),
                "activatePrice": draw(prices),
                "priceMatch": draw(st.sampled_from(["NONE", "QUEUE"])),
                "selfTradePreventionMode": draw(st.sampled_from(["NONE", "EXPIRE_MAKER"])),
                "orderId": draw(st.sampled_from([0, 10 * place + 1])),
            }
            for place, (symbol, side) in enumerate(orders)
        ],
        "algoOrders": [
            {
                "symbol": symbol,
                "positionSide": side,
                "side": draw(st.sampled_from(["BUY", "SELL"])),
                **draw(st.sampled_from(_CONDITIONAL)),
                "timeInForce": draw(st.sampled_from(["GTC", "GTX"])),
                "workingType": draw(st.sampled_from(["MARK_PRICE", "CONTRACT_PRICE"])),
                "priceProtect": draw(st.booleans()),
                "algoId": draw(st.sampled_from([0, 10 * place + 3])),
                "clientAlgoId": draw(st.sampled_from(["", f"algo-{place}"])),
                **({} if (time := draw(TIMES)) is None else {"createTime": time, "updateTime": time + 1}),
            }
            for place, (symbol, side) in enumerate(orders)
        ],
        "closedPositions": [
            {
                "symbol": symbol,
                "positionSide": side,
                "updateTime": draw(TIMES),
                "accumulatedRealized": draw(sizes),
            }
            for symbol in symbols[:1]
            for side in sides
            if (symbol, side) not in keys
        ],
    }
    if market == "usdm":
        half |= {
            "multiAssetsMargin": joint,
            "feeBurn": draw(st.booleans()),
            "tradeGroupId": draw(st.integers(-1, 9)),
        }
    return half


_CONDITIONAL = [
    {"orderType": "STOP_MARKET", "quantity": "1", "triggerPrice": "0.5"},
    {"orderType": "TAKE_PROFIT", "quantity": "0.00000001", "triggerPrice": "7", "price": "8"},
    {"orderType": "STOP", "quantity": "3", "triggerPrice": "7", "priceMatch": "QUEUE"},
    {"orderType": "TAKE_PROFIT_MARKET", "closePosition": True, "triggerPrice": "7"},
    {"orderType": "TRAILING_STOP_MARKET", "quantity": "1", "activatePrice": "9", "callbackRate": "0.3"},
    {
        "orderType": "TRAILING_STOP_MARKET",
        "quantity": "1",
        "activatePrice": "9",
        "callbackRate": "20",
        "extremePrice": "8.123456789",
    },
]
_BIDS_AND_ASKS = [
    *({"side": "BUY", "price": price} for price in ("0.0000000001", "1000", "59999.90")),
    *({"side": "SELL", "price": price} for price in ("60000", "999999999999999.9999999999")),
]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    hedged, joint = draw(st.booleans()), draw(st.booleans())
    return {market: draw(halves(market, hedged, joint)) for market in ("usdm", "coinm")}


@given(documents())
@settings(max_examples=60)
def test_what_is_read_can_be_loaded_and_reads_the_same(document: dict[str, Any]) -> None:
    @played
    async def scenario(call: Caller) -> None:
        shown = await _loaded(call, document)
        await call.lab("copy")
        # Another time, because nothing in a complete document depends on the time at which it is loaded.
        await call("POST", "/exchanges/copy/clock", {"advance_ms": 999})
        copied = await call("PUT", "/exchanges/copy/accounts/alice/state", shown)
        assert copied.json == shown
        assert (await call.hash("copy"))["state_hash"] == (await call.hash())["state_hash"]
        assert await _loaded(call, shown) == shown
        for market, half in document.items():
            for asset, wallet in half["wallets"].items():
                assert shown[market]["wallets"][asset]["walletBalance"] == wallet["walletBalance"]
        assert (await call("GET", f"{LAB}/audit")).json["balanced"] is True

    scenario()
