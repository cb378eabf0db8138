"""What an account has done is in its document: saved and loaded elsewhere it is the same account."""

from decimal import Decimal

from margind.engine import events as e
from margind.engine.model.terms import Market, OrderType, Side
from tests.control.support import Caller, played
from tests.scenarios.orders import conditional, limit, market

LAB = "/exchanges/lab"
STATE = f"{LAB}/accounts/alice/state"
PRICES = f"{LAB}/prices?symbols=BTCUSDT,ETHUSDT"


async def _quote(call: Caller, **last: str) -> None:
    """Last and mark price of a symbol, and a quote one unit around it."""
    prices = {
        symbol: {
            "markPrice": price,
            "lastPrice": price,
            "bidPrice": str(Decimal(price) - 1),
            "askPrice": str(Decimal(price) + 1),
            "bidQty": "1000",
            "askQty": "1000",
        }
        for symbol, price in last.items()
    }
    assert (await call("PUT", f"{LAB}/prices", {"usdm": prices})).status == 200


async def _traded(call: Caller) -> None:
    """A position with profits taken, one that was closed, and orders of every kind, two of them fired."""
    runtime = call.exchanges.get("lab")
    await _quote(call, BTCUSDT="60000", ETHUSDT="3000")
    await call("PUT", STATE, {"usdm": {"wallets": {"USDT": {"walletBalance": "100000"}}}})
    stop = {"symbol": "BTCUSDT", "account": "alice"}
    for command in (
        market(Side.BUY, "0.5", "BTCUSDT", account="alice"),
        market(Side.SELL, "2", "ETHUSDT", account="alice"),
        limit(Side.BUY, "0.1", "50000", "BTCUSDT", account="alice"),
        conditional(OrderType.STOP_MARKET, Side.SELL, "0.1", "55000", **stop),
        conditional(OrderType.TAKE_PROFIT_MARKET, Side.SELL, None, "70000", close_position=True, **stop),
        conditional(OrderType.STOP, Side.BUY, "0.2", "61000", price=Decimal(52000), **stop),
        conditional(
            OrderType.TRAILING_STOP_MARKET, Side.SELL, "0.1", None, callback_rate=Decimal("2.5"), **stop
        ),
        conditional(
            OrderType.TRAILING_STOP_MARKET,
            Side.BUY,
            "0.1",
            None,
            callback_rate=Decimal(10),
            activate_price=Decimal(40000),
            **stop,
        ),
    ):
        await runtime.execute(command)
    await call("POST", f"{LAB}/clock", {"advance_ms": 1000})
    await _quote(call, BTCUSDT="62000", ETHUSDT="2900")
    await runtime.execute(market(Side.SELL, "0.1", "BTCUSDT", account="alice"))
    await runtime.execute(market(Side.BUY, "2", "ETHUSDT", account="alice"))
    await call("POST", f"{LAB}/clock", {"advance_ms": 1000})


@played
async def test_a_traded_account_is_the_same_on_another_exchange(call: Caller) -> None:
    await _traded(call)
    document = (await call("GET", STATE)).json
    await call.lab("fresh")
    await call("PUT", "/exchanges/fresh/prices", (await call("GET", PRICES)).json)
    copied = await call("PUT", "/exchanges/fresh/accounts/alice/state", document)
    assert copied.json == document

    here, there = (
        call.exchanges.get(name).state.accounts["alice"].on(Market.USDM) for name in ("lab", "fresh")
    )
    assert len(here.algo_orders) == 4
    assert [order.algo_id for order in here.open_orders.values()] == [0, 3]
    assert [order.extreme_price for order in here.algo_orders.values()] == [0, 0, 62000, 0]
    assert here.realized[next(iter(here.realized))]
    for name in ("wallets", "symbols", "positions", "open_orders", "algo_orders", "realized"):
        assert getattr(there, name) == getattr(here, name), name
    assert here.touched.keys() - here.positions.keys()
    for key in here.touched:
        assert there.update_time(key) == here.update_time(key), key
    report = [
        (await call("GET", f"/exchanges/{name}/accounts/alice/report")).json for name in ("lab", "fresh")
    ]
    assert report[0]["usdm"] == report[1]["usdm"]


@played
async def test_a_trailing_stop_follows_on_from_where_it_was(call: Caller) -> None:
    await _traded(call)
    document = (await call("GET", STATE)).json
    await call("PUT", STATE, document)
    # 2.5 % below 62000 is 60450.
    await _quote(call, BTCUSDT="60451")
    half = call.exchanges.get("lab").state.accounts["alice"].on(Market.USDM)
    assert len(half.algo_orders) == 4
    await _quote(call, BTCUSDT="60450")
    assert OrderType.TRAILING_STOP_MARKET in {order.type for order in half.algo_orders.values()}
    assert len(half.algo_orders) == 3


@played
async def test_conditional_orders_that_a_document_does_not_have_are_cancelled(call: Caller) -> None:
    await _traded(call)
    runtime = call.exchanges.get("lab")
    told: list[e.Event] = []
    runtime.listeners.append(told.extend)
    document = (await call("GET", STATE)).json
    kept, *others = document["usdm"]["algoOrders"]
    document["usdm"]["algoOrders"] = [kept]
    assert (await call("PUT", STATE, document)).json == document
    cancelled = [event.algo_id for event in told if isinstance(event, e.AlgoOrderChanged)]
    assert cancelled == [row["algoId"] for row in others]
    rows = runtime.journal.history.algo_orders("alice", Market.USDM, "BTCUSDT", now=runtime.now())
    ended = [row.algo_id for row in rows if row.status == "CANCELED"]
    assert sorted(ended) == sorted(cancelled)


@played
async def test_a_conditional_order_whose_number_was_used_gets_another(call: Caller) -> None:
    await _traded(call)
    first = (await call("GET", STATE)).json["usdm"]["algoOrders"][0]
    other = {"usdm": {"algoOrders": [{**first, "clientAlgoId": "somebody else's"}]}}
    (shown,) = (await call("PUT", STATE, other)).json["usdm"]["algoOrders"]
    # Five were placed.
    assert shown == {**first, "clientAlgoId": "somebody else's", "algoId": 6}
