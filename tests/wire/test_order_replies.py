"""Orders, fills and changes as the pages and public replies print them.

Sources: developers.binance.com, both futures markets, as of 2026-01-15; where it says so, replies that users
of public clients have shown. Fields that came after a source was printed are named in `since`.
"""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind import errors
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import (
    AlgoStatus,
    Market,
    OrderStatus,
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from margind.errors import Refusal
from margind.wire import algo_orders, orders
from margind.wire.coinm import orders as coinm
from margind.wire.replies import encode
from margind.wire.usdm import orders as usdm
from tests.wire.accounts import BTCUSD_PERP, BTCUSDT, Listed, contract

ETHUSDT = Listed("ETHUSDT", "3000")
ENJUSDT = Listed("ENJUSDT", "0.29", quantity_precision=0, price_precision=5)
BNBUSDT = Listed("BNBUSDT", "700", quantity_precision=2, price_precision=3)
ETHUSD_PERP = Listed("ETHUSD_PERP", "4500", "ETH", 0, 2, contract_size="10")
BTCUSD_200925 = Listed("BTCUSD_200925", "11000", "BTC", 0, 1, contract_size="100")
BTCUSD_200626 = Listed("BTCUSD_200626", "8800", "BTC", 0, 1, contract_size="100")


def printed(view: object) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(encode(view))
    return document


def on_usdm(listed: Listed) -> Contract:
    return contract(Market.USDM, listed)


def on_coinm(listed: Listed) -> Contract:
    return contract(Market.COINM, listed)


def order(listed: Listed, order_id: int, price: str, quantity: str, **fields: Any) -> Order:
    return Order(
        order_id=order_id,
        client_order_id=fields.pop("client_order_id", "testOrder"),
        symbol=listed.symbol,
        side=fields.pop("side", Side.BUY),
        position_side=fields.pop("position_side", PositionSide.BOTH),
        type=fields.pop("type", OrderType.LIMIT),
        time_in_force=fields.pop("time_in_force", TimeInForce.GTC),
        price=Decimal(price),
        orig_qty=Decimal(quantity),
        self_trade_prevention=fields.pop("self_trade_prevention", SelfTradePrevention.NONE),
        **fields,
    )


def filled(listed: Listed, order_id: int, price: str, quantity: str, value: Decimal, **fields: Any) -> Order:
    return order(
        listed,
        order_id,
        price,
        quantity,
        executed_qty=Decimal(quantity),
        cum_quote=value,
        status=OrderStatus.FILLED,
        **fields,
    )


def test_a_placed_order_is_the_example_of_the_websocket_api() -> None:
    placed = order(
        BTCUSDT,
        325078477,
        "43187",
        "0.1",
        client_order_id="iCXL1BywlBaf2sesNUrVl3",
        update_time=1702555534435,
    )
    assert printed(usdm.order_reply(placed, on_usdm(BTCUSDT))) == {
        "orderId": 325078477,
        "symbol": "BTCUSDT",
        "status": "NEW",
        "clientOrderId": "iCXL1BywlBaf2sesNUrVl3",
        "price": "43187.00",
        "avgPrice": "0.00",
        "origQty": "0.100",
        "executedQty": "0.000",
        "cumQty": "0.000",
        "cumQuote": "0.00000",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "stopPrice": "0.00",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "LIMIT",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "updateTime": 1702555534435,
    }


def test_the_keys_of_replies_come_in_the_order_of_public_replies() -> None:
    # The WebSocket API's examples and logs of 2021 to 2025; what came later stands beside its kin.
    placed, row = order(BTCUSDT, 1, "43187", "0.1"), order(BTCUSD_200925, 1, "9000", "1")
    middle = [
        *("timeInForce", "type", "reduceOnly", "closePosition", "side", "positionSide", "stopPrice"),
        *("workingType", "priceProtect", "origType", "priceMatch", "selfTradePreventionMode", "goodTillDate"),
    ]
    assert list(printed(usdm.order_reply(placed, on_usdm(BTCUSDT)))) == [
        *("orderId", "symbol", "status", "clientOrderId", "price", "avgPrice", "origQty", "executedQty"),
        *("cumQty", "cumQuote", *middle, "updateTime"),
    ]
    assert list(printed(coinm.order_row(row, on_coinm(BTCUSD_200925)))) == [
        *(
            "orderId",
            "symbol",
            "pair",
            "status",
            "clientOrderId",
            "price",
            "avgPrice",
            "origQty",
            "executedQty",
        ),
        *("cumQuote", "cumBase", *middle, "time", "updateTime"),
    ]


def test_a_changed_order_shows_pair_and_base_value_as_well() -> None:
    changed = order(BTCUSDT, 20072994037, "30005", "1")
    reply = printed(usdm.amended_order(changed, on_usdm(BTCUSDT)))
    assert reply.items() >= {"pair": "BTCUSDT", "cumBase": "0", "cumQuote": "0.00000"}.items()
    assert reply.keys() - printed(usdm.order_reply(changed, on_usdm(BTCUSDT))).keys() == {"pair", "cumBase"}


def test_a_queried_market_order_is_a_public_reply() -> None:
    # A user's log of 2025-12-22: GET /fapi/v1/order.
    since = {"pair": "ETHUSDT", "cumBase": "0"}
    bought = filled(
        ETHUSDT,
        8389766058155948588,
        "0",
        "0.007",
        Decimal("21.40523"),
        client_order_id="AL0F55jVYngvTWweEpAFb2",
        type=OrderType.MARKET,
        self_trade_prevention=SelfTradePrevention.EXPIRE_MAKER,
        time=1766412825838,
        update_time=1766412825838,
    )
    assert printed(usdm.order_row(bought, on_usdm(ETHUSDT))) == since | {
        "orderId": 8389766058155948588,
        "symbol": "ETHUSDT",
        "status": "FILLED",
        "clientOrderId": "AL0F55jVYngvTWweEpAFb2",
        "price": "0.00",
        "avgPrice": "3057.89000",
        "origQty": "0.007",
        "executedQty": "0.007",
        "cumQuote": "21.40523",
        "timeInForce": "GTC",
        "type": "MARKET",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "stopPrice": "0.00",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "MARKET",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "time": 1766412825838,
        "updateTime": 1766412825838,
    }


def test_an_average_price_that_does_not_end_is_rounded() -> None:
    # 0.001 at 10000 and 0.002 at 10001: 30.002 / 0.003 = 10000.666…
    bought = filled(BTCUSDT, 1, "10001", "0.003", Decimal("30.002"))
    assert printed(usdm.order_row(bought, on_usdm(BTCUSDT)))["avgPrice"] == "10000.66667"


def test_before_the_first_fill_queries_print_more_zeros_than_replies_to_orders() -> None:
    # Documented: the examples of order.place ("0.00") and 'Query Order' ("0.00000").
    resting, terms = order(BTCUSDT, 1, "20000", "1"), on_usdm(BTCUSDT)
    assert printed(usdm.order_reply(resting, terms))["avgPrice"] == "0.00"
    assert printed(usdm.order_row(resting, terms))["avgPrice"] == "0.00000"


def test_a_forced_order_is_the_first_example_of_the_page() -> None:
    since = {"pair": "BTCUSDT", "cumBase": "0"}
    closed = filled(
        BTCUSDT,
        6071832819,
        "10871.09",
        "0.001",
        Decimal("10.91321"),
        client_order_id="autoclose-1596107620040000020",
        side=Side.SELL,
        time_in_force=TimeInForce.IOC,
        time=1596107620044,
        update_time=1596107620087,
    )
    # The example is older than the decimals: it prints "stopPrice": "0".
    assert printed(usdm.force_order(closed, on_usdm(BTCUSDT))) == since | {
        "orderId": 6071832819,
        "symbol": "BTCUSDT",
        "status": "FILLED",
        "clientOrderId": "autoclose-1596107620040000020",
        "price": "10871.09",
        "avgPrice": "10913.21000",
        "origQty": "0.001",
        "executedQty": "0.001",
        "cumQuote": "10.91321",
        "timeInForce": "IOC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "SELL",
        "positionSide": "BOTH",
        "stopPrice": "0.00",
        "workingType": "CONTRACT_PRICE",
        "origType": "LIMIT",
        "time": 1596107620044,
        "updateTime": 1596107620087,
    }


def test_a_trailing_stop_shows_how_it_trails() -> None:
    # The example of 'New Order' of COIN-M, with a trigger price of its own time left out.
    trailing = order(
        BTCUSD_200925,
        22542179,
        "0",
        "10",
        type=OrderType.TRAILING_STOP_MARKET,
        position_side=PositionSide.SHORT,
        activate_price=Decimal(9020),
        callback_rate=Decimal("0.003"),
        update_time=1566818724722,
    )
    reply = printed(coinm.order_reply(trailing, on_coinm(BTCUSD_200925)))
    assert (reply["activatePrice"], reply["priceRate"]) == ("9020", "0.3")
    fired = msgspec.structs.replace(trailing, type=OrderType.MARKET, orig_type=OrderType.TRAILING_STOP_MARKET)
    reply = printed(coinm.order_row(fired, on_coinm(BTCUSD_200925)))
    assert (reply["type"], reply["origType"], reply["priceRate"]) == (
        "MARKET",
        "TRAILING_STOP_MARKET",
        "0.3",
    )
    plain = printed(coinm.order_row(order(BTCUSD_200925, 1, "9000", "1"), on_coinm(BTCUSD_200925)))
    assert "activatePrice" not in plain
    assert "priceRate" not in plain


def test_a_queried_order_of_coin_m_is_a_public_reply() -> None:
    # A client library's sample of 2021: GET /dapi/v1/order; 10 / 4522.14 = 0.00221134…
    since = {
        "cumQuote": "0",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
    }
    sold = filled(
        ETHUSD_PERP,
        18742727411,
        "0",
        "1",
        CONTEXT.divide(Decimal(10), Decimal("4522.14")),
        client_order_id="x-xcKtGhcu3e2d1503fdd543b3b02419",
        type=OrderType.MARKET,
        side=Side.SELL,
        time=1636061952660,
        update_time=1636061952660,
    )
    assert printed(coinm.order_row(sold, on_coinm(ETHUSD_PERP))) == since | {
        "orderId": 18742727411,
        "symbol": "ETHUSD_PERP",
        "pair": "ETHUSD",
        "status": "FILLED",
        "clientOrderId": "x-xcKtGhcu3e2d1503fdd543b3b02419",
        "price": "0",
        "avgPrice": "4522.14",
        "origQty": "1",
        "executedQty": "1",
        "cumBase": "0.00221134",
        "timeInForce": "GTC",
        "type": "MARKET",
        "reduceOnly": False,
        "closePosition": False,
        "side": "SELL",
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "MARKET",
        "time": 1636061952660,
        "updateTime": 1636061952660,
    }


def test_a_changed_order_of_coin_m_is_the_example() -> None:
    changed = order(
        BTCUSD_PERP,
        20072994037,
        "30005",
        "1",
        client_order_id="LJ9R4QZDihCaS8UAOOLpgW",
        position_side=PositionSide.LONG,
        update_time=1629182711600,
    )
    assert printed(coinm.order_reply(changed, on_coinm(BTCUSD_PERP))) == {
        "orderId": 20072994037,
        "symbol": "BTCUSD_PERP",
        "pair": "BTCUSD",
        "status": "NEW",
        "clientOrderId": "LJ9R4QZDihCaS8UAOOLpgW",
        "price": "30005",
        "avgPrice": "0.0",
        "origQty": "1",
        "executedQty": "0",
        "cumQty": "0",
        "cumBase": "0",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY",
        "positionSide": "LONG",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "LIMIT",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "updateTime": 1629182711600,
    }


@pytest.mark.parametrize(
    ("order_id", "price", "average", "value"),
    [(165123080, "11326.9", "11326.9", "0.00882854"), (207251986, "11619.4", "11661.2", "0.00857544")],
)
def test_forced_orders_of_coin_m_are_the_examples(
    order_id: int, price: str, average: str, value: str
) -> None:
    exact = CONTEXT.divide(Decimal(100), Decimal(average))
    row = printed(
        coinm.force_order(filled(BTCUSD_200925, order_id, price, "1", exact), on_coinm(BTCUSD_200925))
    )
    assert (row["price"], row["avgPrice"], row["cumBase"]) == (price, average, value)


class Fill(msgspec.Struct):
    """What the history keeps of a fill."""

    symbol: str
    trade_id: int
    order_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    value: Decimal
    realized_profit: Decimal
    commission: Decimal
    commission_asset: str
    is_maker: bool
    time: int
    position_side: PositionSide = PositionSide.BOTH


def test_a_fill_is_a_public_reply() -> None:
    # A user's question of 2023-08-11: GET /fapi/v1/userTrades.
    since = {"pair": "ENJUSDT", "baseQty": "0"}
    fill = Fill(
        symbol="ENJUSDT",
        trade_id=249279148,
        order_id=8705959000,
        side=Side.SELL,
        price=Decimal("0.2907"),
        quantity=Decimal(103),
        value=Decimal("29.9421"),
        realized_profit=Decimal("0.1648"),
        commission=Decimal("0.00598842"),
        commission_asset="USDT",
        is_maker=True,
        time=1691768513014,
    )
    assert printed(usdm.trade(fill, on_usdm(ENJUSDT))) == since | {
        "buyer": False,
        "commission": "0.00598842",
        "commissionAsset": "USDT",
        "id": 249279148,
        "maker": True,
        "marginAsset": "USDT",
        "orderId": 8705959000,
        "positionSide": "BOTH",
        "price": "0.29070",
        "qty": "103",
        "quoteQty": "29.94210",
        "realizedPnl": "0.16480000",
        "side": "SELL",
        "symbol": "ENJUSDT",
        "time": 1691768513014,
    }


def test_a_fill_of_coin_m_is_the_example() -> None:
    since = {"quoteQty": "0"}
    fill = Fill(
        symbol="BTCUSD_200626",
        trade_id=6,
        order_id=28,
        side=Side.SELL,
        price=Decimal(8800),
        quantity=Decimal(1),
        value=CONTEXT.divide(Decimal(100), Decimal(8800)),
        realized_profit=Decimal(0),
        commission=Decimal("0.00000454"),
        commission_asset="BTC",
        is_maker=False,
        time=1590743483586,
    )
    assert printed(coinm.trade(fill, on_coinm(BTCUSD_200626))) == since | {
        "symbol": "BTCUSD_200626",
        "id": 6,
        "orderId": 28,
        "pair": "BTCUSD",
        "side": "SELL",
        "price": "8800",
        "qty": "1",
        "realizedPnl": "0",
        "marginAsset": "BTC",
        "baseQty": "0.01136364",
        "commission": "0.00000454",
        "commissionAsset": "BTC",
        "time": 1590743483586,
        "positionSide": "BOTH",
        "buyer": False,
        "maker": False,
    }


class Changed(msgspec.Struct):
    """What the history keeps of a change."""

    amendment_id: int
    symbol: str
    order_id: int
    client_order_id: str
    price_before: Decimal
    price: Decimal
    orig_qty_before: Decimal
    orig_qty: Decimal
    count: int
    modify_id: int | None
    time: int


def test_a_change_is_the_example() -> None:
    changed = Changed(
        5363,
        "BTCUSDT",
        20072994037,
        "LJ9R4QZDihCaS8UAOOLpgW",
        Decimal(30004),
        Decimal("30003.20"),
        Decimal("1.000"),
        Decimal("1.000"),
        3,
        None,
        1629184560899,
    )
    (row,) = orders.amendments([changed], "BTCUSDT")
    assert printed(row) == {
        "amendmentId": 5363,
        "symbol": "BTCUSDT",
        "pair": "BTCUSDT",
        "orderId": 20072994037,
        "clientOrderId": "LJ9R4QZDihCaS8UAOOLpgW",
        "time": 1629184560899,
        "amendment": {
            "price": {"before": "30004", "after": "30003.2"},
            "origQty": {"before": "1", "after": "1"},
            "count": 3,
        },
    }
    changed.modify_id = 8
    (named,) = orders.amendments([changed], "BTCUSDT")
    assert printed(named)["amendment"]["modifyId"] == 8


def test_countdowns_and_cancelled_orders_answer_as_the_examples() -> None:
    assert printed(orders.countdown("BTCUSDT", 100_000)) == {"symbol": "BTCUSDT", "countdownTime": "100000"}
    assert printed(orders.ALL_CANCELLED) == {
        "code": 200,
        "msg": "The operation of cancel all open order is done.",
    }


def test_a_refused_element_of_a_batch_is_code_and_message() -> None:
    refusal = Refusal(errors.REDUCE_ONLY_REJECT)
    assert printed(orders.refused(refusal, Market.USDM)) == {
        "code": -2022,
        "msg": "ReduceOnly Order is rejected.",
    }


TAKE_PROFIT = AlgoOrder(
    algo_id=2146760,
    client_algo_id="6B2I9XVcJpCjqPAJ4YoFX7",
    symbol="BNBUSDT",
    side=Side.SELL,
    position_side=PositionSide.BOTH,
    type=OrderType.TAKE_PROFIT,
    time_in_force=TimeInForce.GTC,
    quantity=Decimal("0.01"),
    price=Decimal(750),
    trigger_price=Decimal(750),
    working_type=WorkingType.CONTRACT_PRICE,
    self_trade_prevention=SelfTradePrevention.EXPIRE_MAKER,
    create_time=1750485492076,
    update_time=1750485492076,
)

TAKE_PROFIT_PRINTED = {
    "algoId": 2146760,
    "clientAlgoId": "6B2I9XVcJpCjqPAJ4YoFX7",
    "algoType": "CONDITIONAL",
    "orderType": "TAKE_PROFIT",
    "symbol": "BNBUSDT",
    "side": "SELL",
    "positionSide": "BOTH",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "algoStatus": "NEW",
    "triggerPrice": "750.000",
    "price": "750.000",
    "icebergQuantity": None,
    "selfTradePreventionMode": "EXPIRE_MAKER",
    "workingType": "CONTRACT_PRICE",
    "priceMatch": "NONE",
    "closePosition": False,
    "priceProtect": False,
    "reduceOnly": False,
    "createTime": 1750485492076,
    "updateTime": 1750485492076,
    "triggerTime": 0,
    "goodTillDate": 0,
}


def test_a_placed_conditional_order_is_the_example() -> None:
    assert printed(algo_orders.algo_reply(TAKE_PROFIT, on_usdm(BNBUSDT))) == TAKE_PROFIT_PRINTED | {
        "activatePrice": "",
        "callbackRate": "",
    }


def test_a_queried_conditional_order_is_the_example() -> None:
    since = {"actualType": "", "actualQty": "0.00"}
    cancelled = msgspec.structs.replace(TAKE_PROFIT, status=AlgoStatus.CANCELED, update_time=1750514545091)
    assert printed(algo_orders.algo_row(cancelled, on_usdm(BNBUSDT), None)) == TAKE_PROFIT_PRINTED | since | {
        "algoStatus": "CANCELED",
        "updateTime": 1750514545091,
        "actualOrderId": "",
        "actualPrice": "0.00000",
        "tpTriggerPrice": "0.000",
        "tpPrice": "0.000",
        "slTriggerPrice": "0.000",
        "slPrice": "0.000",
        "tpOrderType": "",
    }


def test_a_conditional_order_that_fired_shows_what_it_became() -> None:
    fired = msgspec.structs.replace(
        TAKE_PROFIT, status=AlgoStatus.TRIGGERED, actual_order_id=77, trigger_time=1750514545091
    )
    sold = filled(BNBUSDT, 77, "750", "0.01", Decimal("7.505"))
    row = printed(algo_orders.algo_row(fired, on_usdm(BNBUSDT), sold))
    assert (row["actualOrderId"], row["actualPrice"], row["actualType"], row["actualQty"]) == (
        "77",
        "750.50000",
        "LIMIT",
        "0.01",
    )


def test_a_trailing_stop_in_the_algo_service_prints_its_rate_in_percent() -> None:
    trailing = msgspec.structs.replace(
        TAKE_PROFIT,
        type=OrderType.TRAILING_STOP_MARKET,
        activate_price=Decimal(760),
        callback_rate=Decimal("0.01"),
    )
    reply = printed(algo_orders.algo_reply(trailing, on_usdm(BNBUSDT)))
    assert (reply["activatePrice"], reply["callbackRate"]) == ("760.000", "1")


def test_a_cancelled_conditional_order_is_the_example() -> None:
    assert printed(algo_orders.algo_cancelled(TAKE_PROFIT)) == {
        "algoId": 2146760,
        "clientAlgoId": "6B2I9XVcJpCjqPAJ4YoFX7",
        "code": "200",
        "msg": "success",
    }


def test_the_book_lists_pairs_of_price_and_quantity() -> None:
    bids, asks = [(Decimal("4.0"), Decimal(431))], [(Decimal("4.000002"), Decimal(12))]
    assert printed(usdm.depth(on_usdm(BTCUSDT), 1027024, (1589436922972, 1589436922959), bids, asks)) == {
        "lastUpdateId": 1027024,
        "E": 1589436922972,
        "T": 1589436922959,
        "bids": [["4.00", "431.000"]],
        "asks": [["4.000002", "12.000"]],
    }
    with_names = printed(coinm.depth(on_coinm(BTCUSD_PERP), 1, (2, 3), bids, asks))
    assert (with_names["symbol"], with_names["pair"]) == ("BTCUSD_PERP", "BTCUSD")
