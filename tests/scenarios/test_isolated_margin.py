"""Adding margin to an isolated position and taking it out."""

from decimal import Decimal

import msgspec

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import MarginChangeType, Market, PositionSide, Side
from tests.engine.builders import (
    NAME,
    NOW,
    Desk,
    cross,
    document,
    held,
    isolated,
    market_of,
    numbers,
    resting,
)
from tests.scenarios.refusals import refusal

BOTH, LONG = PositionSide.BOTH, PositionSide.LONG


def change(
    symbol: str, amount: str, side: PositionSide = BOTH, *, adds: bool = False
) -> c.ChangePositionMargin:
    return c.ChangePositionMargin(NAME, market_of(symbol), symbol, side, Decimal(amount), adds)


def faq() -> Desk:
    """Isolated wallet 30, long 2 at 100, mark 105, 10x, maintenance 1.05."""
    desk = Desk({"ETHUSDT": "105"}, {"ETHUSDT": [(50, None, "0.005")]})
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}, [held("ETHUSDT", "2", "100", "30")]))
    return desk


def test_margin_can_be_taken_out_down_to_the_initial_margin() -> None:
    # Documented: FAQ 'How to Adjust Margin Balance': min(30 - 1.05, 30 + 10 - 21) = 19.
    assert refusal(faq(), change("ETHUSDT", "19.00000001")) is errors.ISOLATED_BALANCE_INSUFFICIENT
    desk = faq()
    assert desk.do(change("ETHUSDT", "19")) == [
        e.IsolatedMarginChanged(
            NAME,
            Market.USDM,
            "ETHUSDT",
            BOTH,
            "USDT",
            Decimal(-19),
            Decimal(11),
            MarginChangeType.USER_ADJUST,
            NOW,
        )
    ]
    row = desk.asset("USDT")
    assert (desk.row("ETHUSDT").isolated_wallet, row.wallet_balance, row.cross_wallet_balance) == numbers(
        11, 100, 89
    )


def test_a_profit_cannot_be_taken_out_below_the_maintenance_margin() -> None:
    # Mark 200 at 10x: 30 + 200 - 40 = 190, but the wallet holds 30 and 2 of maintenance stay.
    desk = Desk({"ETHUSDT": "200"}, {"ETHUSDT": [(50, None, "0.005")]})
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}, [held("ETHUSDT", "2", "100", "30")]))
    assert refusal(desk, change("ETHUSDT", "28.00000001")) is errors.ISOLATED_BALANCE_INSUFFICIENT
    desk.do(change("ETHUSDT", "28"))


def test_coin_margin_can_be_taken_out_by_the_same_rule() -> None:
    # By hand: 0.01 + 1000 · (1/50000 - 1/40000) - 0.1 · 1000/40000 = 0.01 - 0.005 - 0.0025.
    desk = Desk({"BTCUSD_PERP": "40000"})
    position = held("BTCUSD_PERP", "10", "50000", "0.01")
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": isolated(10)}, [position]))
    assert refusal(desk, change("BTCUSD_PERP", "0.00250001")) is errors.ISOLATED_BALANCE_INSUFFICIENT
    desk.do(change("BTCUSD_PERP", "0.0025"))


def test_nothing_can_be_taken_out_of_a_position_in_need() -> None:
    desk = Desk({"ETHUSDT": "80"})
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}, [held("ETHUSDT", "2", "100", "30")]))
    assert refusal(desk, change("ETHUSDT", "0.00000001")) is errors.ISOLATED_BALANCE_INSUFFICIENT


def test_margin_can_be_added_up_to_the_free_cross_wallet() -> None:
    desk = faq()
    assert refusal(desk, change("ETHUSDT", "70.00000001", adds=True)) is errors.CROSS_BALANCE_INSUFFICIENT
    desk.do(change("ETHUSDT", "70", adds=True))
    assert (desk.row("ETHUSDT").isolated_wallet, desk.asset("USDT").available_balance) == numbers(100, 0)
    assert desk.asset("USDT").cross_wallet_balance == 0


def test_a_cross_profit_cannot_be_added() -> None:
    # Available 100 + 50 - 20 = 130, but the cross wallet less 2 of maintenance is 98.
    desk = Desk({"ETHUSDT": "105", "BTCUSDT": "100"})
    positions = [held("ETHUSDT", "2", "100", "30"), held("BTCUSDT", "2", "75")]
    desk.load(document({"USDT": "130"}, {"ETHUSDT": isolated(10), "BTCUSDT": cross(10)}, positions))
    assert refusal(desk, change("ETHUSDT", "98.00000001", adds=True)) is errors.CROSS_BALANCE_INSUFFICIENT
    desk.do(change("ETHUSDT", "98", adds=True))


def test_what_cross_positions_and_isolated_orders_bind_cannot_be_added() -> None:
    # 970 + 5 - 120 - 10 = 845, below 970 - 10 - 12.
    desk = Desk({"ETHUSDT": "98", "BTCUSDT": "1200"})
    positions = [held("ETHUSDT", "1", "100", "30"), held("BTCUSDT", "1", "1195")]
    configuration = {"ETHUSDT": isolated(10), "BTCUSDT": cross(10)}
    orders = [resting("ETHUSDT", Side.BUY, "100", "1")]
    desk.load(document({"USDT": "1000"}, configuration, positions, orders))
    assert refusal(desk, change("ETHUSDT", "845.00000001", adds=True)) is errors.CROSS_BALANCE_INSUFFICIENT
    desk.do(change("ETHUSDT", "845", adds=True))


def test_a_hedge_leg_has_margin_of_its_own() -> None:
    desk = Desk({"ETHUSDT": "100"})
    positions = [
        held("ETHUSDT", "1", "100", "20", LONG),
        held("ETHUSDT", "-1", "100", "20", PositionSide.SHORT),
    ]
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}, positions), dual=True)
    desk.do(change("ETHUSDT", "5", LONG, adds=True))
    assert desk.row("ETHUSDT", LONG).isolated_wallet == 25
    assert desk.row("ETHUSDT", PositionSide.SHORT).isolated_wallet == 20


MENDED: list[tuple[dict[str, object], errors.ErrorKind]] = [
    ({}, errors.BAD_SYMBOL),
    ({"symbol": "BTCUSDT"}, errors.AMOUNT_MUST_BE_POSITIVE),
    ({"amount": Decimal(0)}, errors.AMOUNT_MUST_BE_POSITIVE),
    ({"amount": Decimal("999.000000001")}, errors.BAD_PRECISION),
    ({"amount": Decimal(999)}, errors.POSITION_SIDE_NOT_MATCH),
    ({"position_side": BOTH}, errors.ADD_ISOLATED_MARGIN_REJECT),
    ({"symbol": "ADAUSDT"}, errors.ADD_ISOLATED_MARGIN_NO_POSITION_REJECT),
    ({"symbol": "ETHUSDT"}, errors.CROSS_BALANCE_INSUFFICIENT),
    ({"adds": False}, errors.ISOLATED_BALANCE_INSUFFICIENT),
]
"""What is mended one after the other, and what is refused then: all later faults are still there."""


def test_the_first_fault_wins() -> None:
    desk = Desk({"ETHUSDT": "105"})
    desk.load(
        document(
            {"USDT": "100"},
            {"ETHUSDT": isolated(10), "ADAUSDT": isolated(10)},
            [held("ETHUSDT", "2", "100", "30")],
            [resting("ADAUSDT", Side.BUY, "1", "1")],
        )
    )
    command = c.ChangePositionMargin(NAME, Market.USDM, "NOUSDT", LONG, Decimal("-0.000000001"), adds=True)
    for mended, kind in MENDED:
        command = msgspec.structs.replace(command, **mended)
        assert refusal(desk, command) is kind


def test_in_hedge_mode_the_side_must_be_named() -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(dual=True)
    assert refusal(desk, change("ETHUSDT", "5", BOTH)) is errors.POSITION_SIDE_NOT_MATCH
    assert refusal(desk, change("ETHUSDT", "5", LONG)) is errors.ADD_ISOLATED_MARGIN_REJECT


def test_an_isolated_leg_without_any_row_has_no_position() -> None:
    desk = Desk()
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}))
    assert refusal(desk, change("ETHUSDT", "5")) is errors.ADD_ISOLATED_MARGIN_NO_POSITION_REJECT
