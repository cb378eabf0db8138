"""Money from and to the outside world."""

from decimal import Decimal

import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import Counterparty, IncomeType, Market
from tests.engine.builders import NAME, NOW, Desk, cross, document, held
from tests.scenarios.refusals import impossible


def move(amount: str, asset: str = "USDT", market: Market = Market.USDM) -> c.Transfer:
    return c.Transfer(NAME, market, asset, Decimal(amount))


def test_what_comes_in_is_a_posting_with_two_sides() -> None:
    desk = Desk()
    assert desk.do(move("12.5")) == [
        e.BalanceChanged(
            NAME,
            Market.USDM,
            "USDT",
            Decimal("12.5"),
            Decimal("12.5"),
            Counterparty.OUTSIDE,
            IncomeType.TRANSFER,
            tran_id=1,
            time=NOW,
            info="TRANSFER",
        )
    ]
    assert desk.asset("USDT").wallet_balance == Decimal("12.5")
    assert desk.asset("USDT").update_time == NOW
    assert desk.state.ledger.balance(Market.USDM, "USDT", Counterparty.OUTSIDE) == Decimal("-12.5")
    assert desk.state.ledger.balance(Market.COINM, "BTC", Counterparty.OUTSIDE) == 0


def test_transfers_are_numbered() -> None:
    desk = Desk()
    events = desk.do(move("1")) + desk.do(move("1", "BTC", Market.COINM)) + desk.do(move("-1"))
    assert [event.tran_id for event in events if isinstance(event, e.BalanceChanged)] == [1, 2, 3]


def test_what_leaves_is_limited_by_max_withdraw_amount() -> None:
    # Wallet 100, profit 50, initial margin 20, maintenance 2: 98.
    desk = Desk({"BTCUSDT": "100"})
    desk.load(document({"USDT": "100"}, {"BTCUSDT": cross(10)}, [held("BTCUSDT", "2", "75")]))
    refused = impossible(desk, move("-98.00000001"))
    assert (refused.code, refused.http_status) == ("insufficient_balance", 409)
    assert "98.00000000 USDT" in refused.message
    desk.do(move("-98"))
    assert desk.asset("USDT").wallet_balance == 2


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (move("5", "XRP"), "unknown_asset"),
        (move("5", "USDT", Market.COINM), "unknown_asset"),
        (move("0"), "bad_amount"),
        (move("-0"), "bad_amount"),
        (move("0.000000001"), "bad_amount"),
        (c.Transfer("nobody", Market.USDM, "USDT", Decimal(1)), "unknown_account"),
    ],
)
def test_what_cannot_be_transferred(command: c.Transfer, code: str) -> None:
    assert impossible(Desk(), command).code == code
