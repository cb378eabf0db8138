"""What resting orders bind."""

from decimal import Decimal

import msgspec
import pytest

from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.orders import Order
from margind.engine.model.terms import OrderType, PositionSide, Side
from tests.engine.builders import Desk, cross, document, held, isolated, numbers, resting

BUY, SELL = Side.BUY, Side.SELL


@pytest.mark.parametrize("configuration", [cross(10), isolated(10)], ids=["cross", "isolated"])
@pytest.mark.parametrize(
    ("amount", "bids", "asks", "margin"),
    [
        # By hand, at a mark of 100 and 10x: max(|N + B|, |N - A|) less |N|.
        ("5", "1.96", "8.24", "19.6"),
        ("5", "0", "12.36", "23.6"),
        ("0", "1", "1.5", "15"),
        ("-5", "9", "0.5", "5"),
        ("5", "0", "10", "0"),  # asks of twice the position are free
    ],
    ids=["both sides", "more than twice the position", "flat", "short", "exactly twice the position"],
)
def test_one_way_orders_are_charged_for_what_they_could_add(
    configuration: SymbolConfiguration, amount: str, bids: str, asks: str, margin: str
) -> None:
    desk = Desk({"ETHUSDT": "100"})
    # Bids of twice the quantity at half the price: a bid at 100 would have met the asks.
    bid, ask = resting("ETHUSDT", BUY, "50", bids), resting("ETHUSDT", SELL, "100", asks)
    orders = [msgspec.structs.replace(bid, orig_qty=bid.orig_qty * 2), ask]
    orders = [order for order in orders if order.orig_qty]
    positions = [held("ETHUSDT", amount, "100")] if amount != "0" else []
    desk.load(document({"USDT": "1000"}, {"ETHUSDT": configuration}, positions, orders))
    row = desk.row("ETHUSDT")
    assert row.open_order_initial_margin == Decimal(margin)
    assert row.position_initial_margin == abs(Decimal(amount)) * 10
    assert row.initial_margin == row.position_initial_margin + row.open_order_initial_margin


def test_a_public_row_with_bids_of_190_at_8x_binds_23_75() -> None:
    # Public: adshao/go-binance, v2/futures/position_risk_test.go, a flat row with an order.
    desk = Desk({"ADAUSDT": "0.2"})
    desk.load(
        document({"USDT": "100"}, {"ADAUSDT": cross(8)}, orders=[resting("ADAUSDT", BUY, "0.19", "1000")])
    )
    row = desk.row("ADAUSDT")
    assert (row.bid_notional, row.ask_notional) == numbers(190, 0)
    assert str(row.open_order_initial_margin) == "23.75000000"
    assert (row.position_amt, row.notional, row.position_initial_margin, row.maint_margin) == numbers(
        0, 0, 0, 0
    )


def test_an_order_counts_at_its_own_price_not_at_the_mark() -> None:
    desk = Desk({"ETHUSDT": "100"})
    orders = [resting("ETHUSDT", BUY, "90", "1"), resting("ETHUSDT", SELL, "130", "1")]
    desk.load(document({"USDT": "100"}, {"ETHUSDT": cross(10)}, orders=orders))
    row = desk.row("ETHUSDT")
    assert (row.bid_notional, row.ask_notional) == numbers(90, 130)
    assert row.open_order_initial_margin == 13


def test_only_what_remains_of_an_order_counts() -> None:
    desk = Desk({"ETHUSDT": "100"})
    order = resting("ETHUSDT", BUY, "100", "3", executed_qty=Decimal(2))
    desk.load(document({"USDT": "100"}, {"ETHUSDT": cross(10)}, orders=[order]))
    assert desk.row("ETHUSDT").open_order_initial_margin == 10


@pytest.mark.parametrize(
    "order",
    [
        resting("ETHUSDT", BUY, "100", "3", reduce_only=True),
        resting("ETHUSDT", BUY, "100", "3", close_position=True),
        resting("ETHUSDT", BUY, "100", "3", type=OrderType.STOP),
        resting("ETHUSDT", SELL, "100", "3", type=OrderType.TAKE_PROFIT),
        resting("ETHUSDT", SELL, "100", "3", type=OrderType.TRAILING_STOP_MARKET),
    ],
    ids=["reduce-only", "close-position", "untriggered stop", "untriggered take-profit", "trailing stop"],
)
def test_orders_that_cannot_add_to_a_position_bind_nothing(order: Order) -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(document({"USDT": "100"}, {"ETHUSDT": cross(10)}, orders=[order]))
    row = desk.row("ETHUSDT")
    assert (row.bid_notional, row.ask_notional, row.initial_margin) == numbers(0, 0, 0)


def test_in_hedge_mode_each_leg_is_charged_for_its_opening_orders_alone() -> None:
    desk = Desk({"ETHUSDT": "100"})
    long, short = PositionSide.LONG, PositionSide.SHORT
    orders = [
        resting("ETHUSDT", BUY, "50", "6", long),
        resting("ETHUSDT", SELL, "100", "40", long),
        resting("ETHUSDT", SELL, "100", "2", short),
        resting("ETHUSDT", BUY, "50", "100", short),
    ]
    positions = [held("ETHUSDT", "5", "100", side=long), held("ETHUSDT", "-4", "100", side=short)]
    desk.load(document({"USDT": "1000"}, {"ETHUSDT": cross(10)}, positions, orders), dual=True)
    # 300 and 200 at 10x; the closing 4000 and 5000 are free.
    assert desk.row("ETHUSDT", long).open_order_initial_margin == 30
    assert desk.row("ETHUSDT", short).open_order_initial_margin == 20
    assert desk.asset("USDT").initial_margin == 50 + 30 + 40 + 20


def test_coin_margined_orders_are_worth_contracts_times_size_over_their_price() -> None:
    desk = Desk({"BTCUSD_PERP": "60000"})
    orders = [resting("BTCUSD_PERP", BUY, "50000", "10")]
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": cross(10)}, orders=orders))
    row = desk.row("BTCUSD_PERP")
    assert str(row.bid_notional) == "0.02000000"
    assert str(row.open_order_initial_margin) == "0.00200000"


def test_coin_margined_asks_of_twice_the_position_are_free_to_the_last_digit() -> None:
    # 10 USD / 3 does not end; |N - 2N| - |N| must still be nothing.
    desk = Desk({"ETHUSD_PERP": "3"})
    for amount, ask in (("1", "2"), ("7", "14"), ("13", "26")):
        positions = [held("ETHUSD_PERP", amount, "3")]
        orders = [resting("ETHUSD_PERP", SELL, "3", ask)]
        desk.load(coinm=document({"ETH": "99"}, {"ETHUSD_PERP": cross(10)}, positions, orders))
        assert desk.row("ETHUSD_PERP").open_order_initial_margin == 0
