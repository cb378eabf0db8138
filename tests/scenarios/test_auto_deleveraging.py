"""Auto-deleveraging: traders in profit close what the fund cannot take. Numbers worked by hand."""

from decimal import Decimal

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import AutoClose, Market, OrderStatus
from tests.engine.builders import NAME, Desk, numbers
from tests.engine.invariants import check_money_is_conserved
from tests.scenarios.dangers import closing_orders, falls, fund, isolated_long, orders_of, trader, wallet_of
from tests.scenarios.orders import BTC, BUY, SELL, fills, limit, only, open_orders, placed, rows


def opposed(*traders: tuple[str, str, str, int], money: str = "10") -> Desk:
    """10 long from 100 with 50 set aside, and other traders; the fund has a little money."""
    desk = isolated_long(insurance_fund={"USDT": Decimal(money)})
    for name, amount, entry_price, leverage in traders:
        trader(desk, name, amount, entry_price, leverage)
    return desk


def test_the_first_in_the_queue_is_closed_first_at_the_bankruptcy_price() -> None:
    # At 90 the first won 6 · 30 and the second 6 · 15 on like wallets; the third has lost, the fourth is on
    # the same side.
    desk = opposed(
        ("second", "-6", "105", 20),
        ("first", "-6", "120", 20),
        ("third", "-6", "80", 20),
        ("fourth", "6", "80", 20),
    )

    events = falls(desk, "90")

    # The fund would lose 10 · (95 - 90) = 50.
    assert only(events, e.PositionTakenOver) == []
    assert closing_orders(events, AutoClose.ADL) == orders_of((BTC, "6", "95"), (BTC, "4", "95"))
    assert fills(events) == rows(
        ("first", "95", "6"), (NAME, "95", "6"), ("second", "95", "4"), (NAME, "95", "4")
    )
    assert all(event.is_calculated and not event.commission for event in only(events, e.OrderFilled))
    assert wallet_of(desk, "first") == 10_000 + 6 * 25
    assert wallet_of(desk, "second") == 10_000 + 4 * 10
    left = desk.state.accounts["second"].usdm.positions
    assert [row.position_amt for row in left.values()] == [-2]
    assert (wallet_of(desk), fund(desk)) == numbers("950", "0")
    check_money_is_conserved(desk.state)


def test_its_orders_say_what_they_are() -> None:
    desk = opposed(("first", "-20", "120", 20))
    orders = [event.order for event in only(falls(desk, "90"), e.OrderAccepted) if event.account == "first"]
    assert [order.client_order_id for order in orders] == ["adl_autoclose"]
    assert orders[0].auto_close is AutoClose.ADL
    assert open_orders(desk, "first") == {}


def test_a_smaller_wallet_stands_in_front_at_the_same_profit() -> None:
    desk = opposed(("calm", "-10", "120", 20), ("bold", "-10", "120", 20))
    desk.do(c.Transfer("bold", Market.USDM, "USDT", Decimal(-9000)))
    assert fills(falls(desk, "90"))[0] == ("bold", Decimal(95), Decimal(10))


def test_a_fund_that_can_pay_deleverages_nobody() -> None:
    desk = opposed(("first", "-10", "120", 20), money="50")
    assert closing_orders(falls(desk, "90"), AutoClose.ADL) == []
    assert fund(desk) == -50


def test_a_take_over_that_gains_needs_no_money() -> None:
    desk = opposed(("first", "-10", "120", 20), money="0")
    events = falls(desk, "95.9", bids="0")
    assert closing_orders(events, AutoClose.ADL) == []
    assert fund(desk) == 9


def test_what_nobody_in_profit_can_take_the_house_takes() -> None:
    desk = opposed(("first", "-6", "120", 20), ("loser", "-9", "80", 20))

    events = falls(desk, "90")

    assert fills(events) == rows(("first", "95", "6"), (NAME, "95", "6"), (NAME, "95", "4"))
    assert only(events, e.OrderFilled)[-1].status is OrderStatus.FILLED
    assert (wallet_of(desk), fund(desk)) == numbers("950", "0")
    check_money_is_conserved(desk.state)


def test_open_orders_of_a_deleveraged_trader_are_cancelled() -> None:
    desk = opposed(("first", "-10", "120", 20))
    falls(desk, "96.5")
    placed(desk, limit(SELL, "2", "120", account="first"))
    placed(desk, limit(BUY, "2", "91", account="first", reduce_only=True))
    elsewhere = placed(desk, limit(BUY, "2", "50", symbol="ETHUSDT", account="first"))

    falls(desk, "90", bids="0")

    assert list(open_orders(desk, "first", Market.USDM)) == [elsewhere.order_id]
