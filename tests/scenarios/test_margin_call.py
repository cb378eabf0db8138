"""Margin calls: once when a pool comes near, and again only after it has recovered."""

from decimal import Decimal

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import MarginType, Market
from margind.engine.state_hash import state_hash
from tests.engine.builders import NAME, Desk, held, isolated, numbers
from tests.scenarios.dangers import falls, in_danger, isolated_long
from tests.scenarios.orders import BTC, SELL, market, only


def test_a_pool_is_called_once_with_all_that_its_message_says() -> None:
    # At 96.1: margin 50 - 39 = 11, maintenance 9.61, ratio 0.87363636
    desk = isolated_long()
    called = only(falls(desk, "96.1"), e.MarginCalled)
    assert [(row.pool, row.margin_ratio) for row in called] == [
        (MarginPool("USDT", BTC), Decimal("0.87363636"))
    ]
    assert called[0].cross_wallet_balance is None
    (shown,) = called[0].positions
    assert (shown.symbol, shown.margin_type) == (BTC, MarginType.ISOLATED)
    assert (shown.position_amt, shown.isolated_wallet, shown.mark_price) == numbers("10", "50", "96.1")
    assert (shown.unrealized_profit, shown.maint_margin) == numbers("-39", "9.61")

    assert only(falls(desk, "96.05"), e.MarginCalled) == []


def test_it_is_called_again_after_it_has_recovered() -> None:
    desk = isolated_long()
    falls(desk, "96.1")
    # margin 20, maintenance 9.7
    assert [row.pool.symbol for row in only(falls(desk, "97"), e.MarginCallEnded)] == [BTC]
    assert only(falls(desk, "96.1"), e.MarginCalled)


def test_the_threshold_is_a_setting() -> None:
    desk = isolated_long(margin_call_ratio=Decimal("0.9"))
    assert only(falls(desk, "96.1"), e.MarginCalled) == []
    # margin 10.5, maintenance 9.605
    assert only(falls(desk, "96.05"), e.MarginCalled)


def test_a_cross_call_lists_the_positions_of_its_pool_and_their_wallet() -> None:
    positions = [held(BTC, "10", "100"), held("ETHUSDT", "1", "100"), held("ADAUSDT", "1", "100", "40")]
    desk = in_danger(positions, "140", {"ADAUSDT": isolated(20)})
    # 100 - 10 · 11 = -10 at 89; at 91.2 balance 12, maintenance 9.12 + 1
    called = only(falls(desk, "91.2"), e.MarginCalled)[0]
    assert (called.pool, called.cross_wallet_balance) == (MarginPool("USDT"), Decimal(100))
    assert [row.symbol for row in called.positions] == [BTC, "ETHUSDT"]


def called_accounts(desk: Desk) -> set[str]:
    """Who was called and has not recovered."""
    return {name for name, account in desk.state.accounts.items() if account.usdm.margin_calls}


def test_who_closes_or_adds_margin_is_called_no_more() -> None:
    desk = isolated_long()
    falls(desk, "96.1")
    assert called_accounts(desk) == {NAME}
    events = desk.do(market(SELL, "10", reduce_only=True))
    assert only(events, e.MarginCallEnded)
    assert called_accounts(desk) == set()

    desk = isolated_long()
    falls(desk, "96.1")
    margin = c.ChangePositionMargin(
        NAME, Market.USDM, BTC, held(BTC, "1", "1").position_side, Decimal(20), True
    )
    assert only(desk.do(margin), e.MarginCallEnded)


def test_a_jump_past_100_percent_calls_and_liquidates_and_leaves_nobody_called() -> None:
    desk = isolated_long()
    kinds = [type(event) for event in falls(desk, "95.9")]
    assert kinds[0] is e.MarginCalled
    assert kinds[1] is e.LiquidationStarted
    assert kinds[-1] is e.MarginCallEnded
    assert called_accounts(desk) == set()


def test_who_is_called_is_part_of_the_state() -> None:
    desk, other = isolated_long(), isolated_long()
    falls(desk, "96.1")
    falls(other, "96.1")
    assert state_hash(desk.state, timeless=False) == state_hash(other.state, timeless=False)
    falls(other, "97")
    falls(other, "96.5")
    assert state_hash(desk.state, timeless=False) != state_hash(other.state, timeless=False)
