"""A report from traced inputs is the same report."""

from typing import Any

from hypothesis import assume, given

from margind.engine import commands as c
from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.margin.report import account_report
from margind.engine.margin.traced_inputs import (
    PriceSources,
    symbols_in_use,
    traced_account,
    traced_market,
)
from margind.engine.model.terms import Market
from margind.engine.model.traced import Input, Result, Step, Traced
from margind.errors.impossible import Impossible
from tests.engine.builders import NAME, Desk, document, held, index, isolated
from tests.engine.plain import plain
from tests.engine.strategies import examples, loads, prices

ROW_NUMBERS = (
    "notional",
    "unrealized_profit",
    "initial_margin",
    "maint_margin",
    "position_initial_margin",
    "open_order_initial_margin",
    "bid_notional",
    "ask_notional",
    "isolated_margin",
    "max_notional",
)


def both(desk: Desk, market: Market) -> tuple[Any, Any]:
    account, of_market = desk.state.accounts[NAME], desk.state.markets[market]
    symbols = symbols_in_use(account.on(market))
    traced = account_report(
        traced_account(account, of_market, symbols),
        traced_market(of_market, symbols, PriceSources("set by the test")),
        desk.settings,
    )
    return account_report(account, of_market, desk.settings), traced


@examples(80)
@given(loads(), prices())
def test_tracing_changes_no_digit(load: c.LoadAccount, moved: c.SetPrices) -> None:
    desk = Desk()
    desk.do(moved)
    try:
        desk.do(load)
    except Impossible:
        assume(False)
    for market in Market:
        ordinary, traced = both(desk, market)
        assert set(ordinary.positions) == set(traced.positions)
        for key, row in ordinary.positions.items():
            for name in ROW_NUMBERS:
                assert plain(getattr(row, name)) == plain(getattr(traced.positions[key], name)), name
            assert str(liquidation_price(ordinary, row)) == str(
                liquidation_price(traced, traced.positions[key])
            )
        assert plain(ordinary.assets) == plain(traced.assets)
        assert plain(ordinary.totals) == plain(traced.totals)
        assert plain(ordinary.multi_assets) == plain(traced.multi_assets)


def inputs_of(number: Any) -> set[tuple[str, str]]:
    """Names and scopes of the numbers that were given."""
    found: set[tuple[str, str]] = set()
    waiting = [number]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, Traced):
            continue
        match one.origin:
            case Input(name, scope, _):
                found.add((name, scope))
            case Step(_, operands):
                waiting += operands
            case Result(_, _, value):
                waiting.append(value)
    return found


def test_a_margin_leads_back_to_what_it_was_made_of() -> None:
    desk = Desk({"ETHUSDT": "98"}, asset_index={"USDTUSD": index("1", "0.1", "0.1")})
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}, [held("ETHUSDT", "1", "100", "30")]))
    _, traced = both(desk, Market.USDM)
    row = traced.positions["ETHUSDT", "BOTH"]
    assert inputs_of(row.position_initial_margin) == {
        ("positionAmt", "ETHUSDT"),
        ("markPrice", "ETHUSDT"),
        ("leverage", "ETHUSDT"),
    }
    assert inputs_of(row.isolated_margin) == {
        ("isolatedWallet", "ETHUSDT"),
        ("positionAmt", "ETHUSDT"),
        ("markPrice", "ETHUSDT"),
        ("entryPrice", "ETHUSDT"),
    }
    assert inputs_of(liquidation_price(traced, row)) >= {
        ("isolatedWallet", "ETHUSDT"),
        ("maintMarginRatio", "ETHUSDT"),
        ("cum", "ETHUSDT"),
    }
    assert inputs_of(traced.assets["USDT"].cross_wallet_balance) == {
        ("walletBalance", "USDT"),
        ("isolatedWallet", "ETHUSDT"),
    }
