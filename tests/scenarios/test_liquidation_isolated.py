"""Liquidation of an isolated position: it loses its own wallet and no more. Numbers worked by hand."""

from decimal import Decimal

import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import (
    AutoClose,
    ExpiryReason,
    LiquidationPrice,
    Market,
    OrderStatus,
    PositionSide,
    Side,
    TimeInForce,
)
from tests.engine.builders import NAME, Desk, Tiers, document, held, isolated, numbers
from tests.engine.invariants import check_money_is_conserved
from tests.scenarios.dangers import (
    cleared,
    closing_orders,
    falls,
    fund,
    in_danger,
    isolated_long,
    orders_of,
    rises,
    wallet_of,
)
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    SELL,
    SHORT,
    ends,
    fills,
    limit,
    only,
    placed,
    position,
    rows,
)

THREE_TIERS: Tiers = [(50, "1000", "0.01"), (20, "5000", "0.05"), (5, None, "0.1")]


def test_nothing_happens_while_the_margin_is_above_maintenance() -> None:
    # liquidation price (50 - 1000) / (10 · (0.01 - 1)) = 95.95959596
    desk = isolated_long()
    assert only(falls(desk, "95.96"), e.LiquidationStarted) == []
    assert position(desk).position_amt == 10


def test_a_margin_ratio_of_exactly_100_percent_is_due() -> None:
    # 10 set aside and nothing lost at 100: 10 against 10 · 100 · 1 %. A hundred-millionth more is enough.
    for wallet, is_due in (("10.00000001", False), ("10", True)):
        desk = in_danger([held(BTC, "10", "100", wallet)], symbols={BTC: isolated(20)})
        assert bool(only(falls(desk, "100"), e.LiquidationStarted)) is is_due


def test_a_position_is_closed_on_the_book_and_its_fee_takes_what_is_left() -> None:
    desk = isolated_long()

    events = falls(desk, "95.9")

    # margin 50 - 41 = 9, maintenance 959 · 0.01 = 9.59
    started = only(events, e.LiquidationStarted)[0]
    assert started.pool == MarginPool("USDT", BTC)
    assert (started.margin_balance, started.maint_margin) == numbers("9", "9.59")
    # The order goes to the bankruptcy price 100 - 50 / 10, and is filled at the bid.
    assert closing_orders(events) == orders_of((BTC, "10", "95"))
    assert fills(events) == rows((NAME, "95.9", "10"))
    # fee 959 · 0.0125 = 11.9875, but 50 - 41 - 959 · 0.0005 = 8.5205 are left
    assert cleared(events) == [("fee", Decimal("-8.5205"))]
    ended = only(events, e.LiquidationEnded)[0]
    assert ended.pool == started.pool
    assert ended.maint_margin == 0
    assert desk.state.accounts[NAME].usdm.positions == {}
    assert (wallet_of(desk), fund(desk)) == numbers("950", "8.5205")
    check_money_is_conserved(desk.state)


def test_its_order_is_immediate_only_reduces_and_says_what_it_is() -> None:
    desk = isolated_long()
    order = only(falls(desk, "95.9"), e.OrderAccepted)[0].order
    assert order.client_order_id == f"autoclose-{order.order_id}"
    assert (order.side, order.time_in_force, order.reduce_only) == (SELL, TimeInForce.IOC, True)
    assert order.auto_close is AutoClose.LIQUIDATION


def test_what_the_book_does_not_take_goes_to_the_fund_at_the_bankruptcy_price() -> None:
    desk = isolated_long()

    events = falls(desk, "95.9", bids="4")

    assert closing_orders(events) == orders_of((BTC, "10", "95"), (BTC, "6", "95.23113333"))
    assert ends(events) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.IOC_REMAINDER)]
    # Of the wallet 50 - 16.4 - 383.6 · 0.0005 are left, and 383.6 · 0.0125 go to the fund: 28.6132. With the
    # loss of 24.6 on the rest that is 4.0132, below its maintenance margin of 5.754.
    fee = only(events, e.InsuranceCleared)[0]
    assert (fee.amount, fee.isolated_wallet) == numbers("-4.795", "28.6132")
    taken = only(events, e.PositionTakenOver)[0]
    # 100 - 28.6132 / 6 = 95.23113333; the fund sells at 95.9: 6 · 95.9 - 600 + 28.6132
    assert (taken.quantity, taken.price, taken.mark_price) == numbers("6", "95.23113333", "95.9")
    assert taken.amount == Decimal("4.0132")
    calculated = only(events, e.OrderFilled)[-1]
    assert calculated.is_calculated
    assert (calculated.realized_profit, calculated.commission) == numbers("-28.6132", "0")
    assert (wallet_of(desk), fund(desk)) == numbers("950", "8.8082")
    check_money_is_conserved(desk.state)


def test_below_the_bankruptcy_price_the_fund_pays_what_the_position_has_not() -> None:
    desk = isolated_long()

    events = falls(desk, "90")

    assert fills(events) == rows((NAME, "95", "10"))
    assert only(events, e.PositionTakenOver)[0].amount == -50
    assert (wallet_of(desk), fund(desk)) == numbers("950", "-50")


def test_orders_may_be_let_to_go_as_far_as_market_orders() -> None:
    # marketTakeBound 5 %: down to 85.5. Sold at 90 the position is short of 50 and of the trading fee 0.45.
    desk = isolated_long(liquidation_price=LiquidationPrice.TAKE_BOUND)

    events = falls(desk, "90")

    assert closing_orders(events) == orders_of((BTC, "10", "85.5"))
    assert fills(events) == rows((NAME, "90", "10"))
    assert cleared(events) == [("deficit", Decimal("50.45"))]
    assert (wallet_of(desk), fund(desk)) == numbers("950", "-50.45")


def test_a_large_position_goes_down_one_bracket_at_a_time_and_stops_when_maintenance_is_met() -> None:
    # 100 from 100 with 900 set aside, at 97.8: margin 680, maintenance 9780 · 0.1 - 290 = 688
    desk = in_danger([held(BTC, "100", "100", "900")], symbols={BTC: isolated(5)}, ladder=THREE_TIERS)
    assert only(falls(desk, "97.9"), e.LiquidationStarted) == []

    events = falls(desk, "97.8")

    # keeps at most 5000 / 97.8 = 51.1247…; the order goes to 100 - 900 / 100
    assert closing_orders(events) == orders_of((BTC, "48.876", "91"))
    # value 4780.0728: realized -107.5272, trading fee 2.3900364, liquidation fee 59.75091
    assert cleared(events) == [("fee", Decimal("-59.75091"))]
    left = position(desk)
    # nothing is released while it lasts: 900 - 107.5272 - 2.3900364 - 59.75091
    assert (left.position_amt, left.isolated_wallet) == numbers("51.124", "730.3318536")
    ended = only(events, e.LiquidationEnded)[0]
    # 51.124 · 97.8 = 4999.9272: maintenance 4999.9272 · 0.05 - 40
    assert (ended.margin_balance, ended.maint_margin) == numbers("617.8590536", "209.99636")
    check_money_is_conserved(desk.state)


def test_a_step_may_take_more_than_one_bracket() -> None:
    desk = in_danger(
        [held(BTC, "100", "100", "900")],
        symbols={BTC: isolated(5)},
        ladder=THREE_TIERS,
        liquidation_step_brackets=2,
    )
    # keeps at most 1000 / 97.8 = 10.2249…
    assert closing_orders(falls(desk, "97.8")) == orders_of((BTC, "89.776", "91"))


def test_only_the_orders_of_the_position_are_cancelled() -> None:
    desk = in_danger([held(BTC, "10", "100", "50")], symbols={BTC: isolated(20)})
    own = placed(desk, limit(BUY, "2", "90"))
    other = placed(desk, limit(BUY, "2", "90", "ETHUSDT"))

    events = falls(desk, "95.9")

    assert ends(events) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.LIQUIDATED)]
    open_orders = desk.state.accounts[NAME].usdm.open_orders
    assert own.order_id not in open_orders
    assert other.order_id in open_orders


def test_each_hedge_leg_stands_alone() -> None:
    legs = [held(BTC, "10", "100", "50", LONG), held(BTC, "-10", "100", "50", SHORT)]
    desk = in_danger(legs, symbols={BTC: isolated(20)}, dual=True)

    events = falls(desk, "95.9")

    assert [event.pool for event in only(events, e.LiquidationStarted)] == [MarginPool("USDT", BTC, LONG)]
    assert [order.position_side for order in [event.order for event in only(events, e.OrderAccepted)]] == [
        LONG
    ]
    assert position(desk, side=SHORT).isolated_wallet == 50


def test_a_short_is_bought_back() -> None:
    # liquidation price (50 + 1000) / (10 · 1.01) = 103.96039604, bankrupt at 105
    desk = in_danger([held(BTC, "-10", "100", "50")], symbols={BTC: isolated(20)})
    assert only(rises(desk, "103.96"), e.LiquidationStarted) == []

    events = rises(desk, "104")

    assert closing_orders(events) == orders_of((BTC, "10", "105"))
    assert only(events, e.OrderAccepted)[0].order.side is Side.BUY
    # 50 - 40 - 1040 · 0.0005 = 9.48, less than the fee 1040 · 0.0125 = 13
    assert cleared(events) == [("fee", Decimal("-9.48"))]
    assert wallet_of(desk) == 950


def test_a_funding_is_looked_at_too() -> None:
    desk = isolated_long()
    falls(desk, "96.5")
    # margin 50 - 35 = 15, maintenance 9.65; the funding takes 965 · 0.006 = 5.79
    events = desk.do(c.SettleFunding(Market.USDM, BTC, Decimal("0.006")))
    kinds = [type(event) for event in events]
    start = kinds.index(e.FundingSettled)
    assert kinds[start : start + 3] == [e.FundingSettled, e.MarginCalled, e.LiquidationStarted]
    assert wallet_of(desk) == Decimal(950)


def test_new_brackets_are_looked_at_too() -> None:
    desk = isolated_long()
    steeper = Desk({}, {BTC: [(20, None, "0.06")]}).facts[Market.USDM].brackets[BTC]
    # margin 50, maintenance 1000 · 0.06 = 60
    events = desk.do(c.SetBrackets(((Market.USDM, BTC, steeper),)))
    assert [event.pool.symbol for event in only(events, e.LiquidationStarted)] == [BTC]


def test_a_document_is_left_as_it_stands_until_a_price_or_a_change_finds_it() -> None:
    desk = isolated_long()
    falls(desk, "96.5")
    in_need = document({"USDT": "1000"}, {BTC: isolated(20)}, [held(BTC, "10", "100", "40")])
    assert only(desk.load(in_need), e.LiquidationStarted) == []

    events = desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal(1)))

    assert only(events, e.LiquidationEnded)
    assert wallet_of(desk) == 961


def test_without_liquidation_a_pool_stays_beyond_100_percent() -> None:
    desk = isolated_long(liquidation=False)
    assert falls(desk, "90") == []
    assert desk.row(BTC).isolated_margin == -50


@pytest.mark.parametrize("bids", ["0", "500"])
def test_coin_margined_positions_lose_coin(bids: str) -> None:
    desk = Desk({"BTCUSD_PERP": "50000"}, liquidation=True)
    positions = [held("BTCUSD_PERP", "-100", "50000", "0.01")]
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": isolated(20)}, positions))

    events = rises(desk, "52300", asks=bids, symbol="BTCUSD_PERP")

    # 10000 / 50000 - 10000 / 52300 = 0.00879541 lost of 0.01, maintenance 0.19120458 · 0.01
    order = closing_orders(events)[0]
    # 1 / (1 / 50000 - 0.01 / 10000) = 52631.578…
    assert order == ("BTCUSD_PERP", Decimal(100), Decimal("52631.5"))
    assert wallet_of(desk, asset="BTC", market=Market.COINM) == Decimal("0.99")
    if bids == "0":
        taken = only(events, e.PositionTakenOver)[0]
        assert (taken.price, taken.amount) == numbers("52631.57894737", "0.00120459")
    assert PositionSide.BOTH in {event.position_side for event in only(events, e.OrderFilled)}
    check_money_is_conserved(desk.state)
