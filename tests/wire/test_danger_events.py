"""MARGIN_CALL and forceOrder have the fields, texts and order of their pages."""

from decimal import Decimal

import msgspec

from margind.engine.events import MarginCalled
from margind.engine.events.liquidation import CalledPosition
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    AutoClose,
    MarginType,
    Market,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from margind.facts.load import load_facts
from margind.wire.force_orders import force_order
from margind.wire.margin_calls import margin_call
from margind.wire.replies import encode

CROSS = CalledPosition(
    symbol="ETHUSDT",
    position_side=PositionSide.LONG,
    position_amt=Decimal("1.327"),
    margin_type=MarginType.CROSSED,
    isolated_wallet=Decimal(0),
    mark_price=Decimal("187.17127"),
    unrealized_profit=Decimal("-1.166074"),
    maint_margin=Decimal("1.614445"),
)


def called(*positions: CalledPosition, wallet: str | None) -> MarginCalled:
    return MarginCalled(
        account="demo",
        market=Market.USDM,
        pool=MarginPool("USDT"),
        margin_ratio=Decimal("0.81"),
        cross_wallet_balance=None if wallet is None else Decimal(wallet),
        positions=positions,
        time=1587727187525,
    )


def test_a_margin_call_is_that_of_its_page() -> None:
    """Documented: 'Event: Margin Call', example."""
    told = encode(margin_call(called(CROSS, wallet="3.16812045"), 1587727187525, msgspec.UNSET))
    assert told == (
        b'{"e":"MARGIN_CALL","E":1587727187525,"cw":"3.16812045","p":[{"s":"ETHUSDT","ps":"LONG","pa":"1.327",'
        b'"mt":"CROSSED","iw":"0","mp":"187.17127","up":"-1.166074","mm":"1.614445"}]}'
    )


def test_a_margin_call_of_an_isolated_position_has_no_cross_wallet() -> None:
    isolated = msgspec.structs.replace(
        CROSS, margin_type=MarginType.ISOLATED, isolated_wallet=Decimal("12.5")
    )
    told = msgspec.json.decode(encode(margin_call(called(isolated, wallet=None), 1, msgspec.UNSET)))
    assert "cw" not in told
    assert (told["p"][0]["mt"], told["p"][0]["iw"]) == ("ISOLATED", "12.5")


def test_coinms_margin_call_carries_the_account_alias() -> None:
    told = encode(margin_call(called(CROSS, wallet="1"), 1, "SfsR"))
    assert told.startswith(b'{"e":"MARGIN_CALL","E":1,"i":"SfsR","cw":"1","p":')


def test_a_forced_order_is_shown_without_its_owner() -> None:
    """0.014 sold for 9910 each: the fields of 'Liquidation Order Streams', with those that came in 2026."""
    order = Order(
        order_id=7,
        client_order_id="autoclose-7",
        symbol="BTCUSDT",
        side=Side.SELL,
        position_side=PositionSide.BOTH,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
        price=Decimal(9910),
        orig_qty=Decimal("0.014"),
        executed_qty=Decimal("0.014"),
        cum_quote=Decimal("138.74"),
        status=OrderStatus.FILLED,
        auto_close=AutoClose.LIQUIDATION,
        time=1568014460890,
        update_time=1568014460893,
    )
    contract = load_facts(Market.USDM).contracts["BTCUSDT"]
    assert encode(force_order(order, Decimal("0.004"), contract, 1568014460894)) == (
        b'{"e":"forceOrder","E":1568014460894,"st":1,"o":{"s":"BTCUSDT","ps":"BTCUSDT","S":"SELL","o":"LIMIT",'
        b'"f":"IOC","q":"0.014","p":"9910.00","ap":"9910","X":"FILLED","l":"0.004","z":"0.014",'
        b'"T":1568014460893}}'
    )
