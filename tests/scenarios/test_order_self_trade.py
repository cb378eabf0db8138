"""Orders of one user, or of one trade group, that would trade with each other."""

import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import (
    ExpiryReason,
    OrderStatus,
    SelfTradePrevention,
    TimeInForce,
)
from tests.engine.builders import NAME, Desk, document
from tests.scenarios.orders import (
    BUY,
    OTHER,
    SELL,
    ends,
    fills,
    limit,
    only,
    open_orders,
    placed,
    quote,
    rows,
    third,
    trading,
)

IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
IN_MATCH = OrderStatus.EXPIRED_IN_MATCH

TAKER, MAKER, BOTH_SIDES = (
    SelfTradePrevention.EXPIRE_TAKER,
    SelfTradePrevention.EXPIRE_MAKER,
    SelfTradePrevention.EXPIRE_BOTH,
)


@pytest.mark.parametrize(
    ("mode", "ended", "traded"),
    [
        # A sell of 3 meets one's own buy of 2 at 100, behind it the house with 500 at 99.9.
        (TAKER, [ExpiryReason.SELF_TRADE], []),
        (MAKER, [ExpiryReason.SELF_TRADE], [(NAME, "99.9", "3")]),
        (BOTH_SIDES, [ExpiryReason.SELF_TRADE] * 2, []),
        (SelfTradePrevention.NONE, [], [(NAME, "100", "2"), (NAME, "100", "2"), (NAME, "99.9", "1")]),
    ],
)
def test_a_user_does_not_trade_with_itself_unless_it_says_so(
    mode: SelfTradePrevention, ended: list[ExpiryReason], traded: list[tuple[str, str, str]]
) -> None:
    desk = trading()
    own = placed(desk, limit(BUY, "2", "100"))
    events = desk.do(limit(SELL, "3", "99.9", self_trade_prevention=mode))
    assert [(row.status, row.reason) for row in only(events, e.OrderCancelled)] == [
        (IN_MATCH, reason) for reason in ended
    ]
    assert fills(events) == rows(*traded)
    assert (own.order_id in open_orders(desk)) is (mode is TAKER)


def test_it_is_the_takers_mode_that_counts() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "100", self_trade_prevention=TAKER))
    events = desk.do(limit(SELL, "2", "100", self_trade_prevention=MAKER))
    (cancelled,) = only(events, e.OrderCancelled)
    assert cancelled.order_id == 1
    assert len(open_orders(desk)) == 1


def test_what_traded_before_the_users_own_order_stays_traded() -> None:
    desk = trading()
    desk.do(limit(BUY, "1", "100", account=OTHER))
    placed(desk, limit(BUY, "2", "100"))
    events = desk.do(limit(SELL, "3", "100", self_trade_prevention=TAKER))
    assert fills(events) == rows((OTHER, "100", "1"), (NAME, "100", "1"))
    assert ends(events) == [(NAME, IN_MATCH, ExpiryReason.SELF_TRADE)]


def test_an_immediate_order_says_that_its_rest_fell_to_self_trade_prevention() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "100"))
    events = desk.do(limit(SELL, "3", "100", time_in_force=IOC, self_trade_prevention=BOTH_SIDES))
    assert [row.reason for row in only(events, e.OrderCancelled)] == [
        ExpiryReason.SELF_TRADE,
        ExpiryReason.IOC_SELF_TRADE,
    ]


def test_self_trade_prevention_does_not_act_on_fill_or_kill() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "100"))
    events = desk.do(limit(SELL, "2", "100", time_in_force=FOK))
    assert [fill.is_maker for fill in only(events, e.OrderFilled)] == [True, False]
    assert not desk.state.accounts[NAME].usdm.positions


@pytest.mark.parametrize(("groups", "prevented"), [((7, 7), True), ((7, 8), False), ((-1, -1), False)])
def test_users_of_one_trade_group_do_not_trade_with_each_other(
    groups: tuple[int, int], prevented: bool
) -> None:
    desk = trading(trade_group_id=groups[0])
    other = third(desk, trade_group_id=groups[1])
    desk.do(limit(BUY, "2", "100", account=other))
    events = desk.do(limit(SELL, "2", "100"))
    assert (ends(events) == [(other, IN_MATCH, ExpiryReason.SELF_TRADE)]) is prevented
    assert bool(fills(events)) is not prevented


def test_trade_groups_hold_on_coin_m_as_well() -> None:
    desk = Desk({"BTCUSD_PERP": "50000"})
    for name in ("first", "second"):
        desk.do(c.OpenAccount(name))
        usdm, coinm = document(trade_group_id=7), document({"BTC": "1"})
        desk.do(c.LoadAccount(name, False, usdm, coinm))
    quote(desk, "49000", "51000", "BTCUSD_PERP", mark="50000")
    desk.do(limit(BUY, "1", "50000", "BTCUSD_PERP", account="first"))
    events = desk.do(limit(SELL, "1", "50000", "BTCUSD_PERP", account="second"))
    assert ends(events) == [("first", IN_MATCH, ExpiryReason.SELF_TRADE)]
