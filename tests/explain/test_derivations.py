"""Derivations of any account: each step, worked out from its text alone, gives the number of the report."""

from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given

from margind.engine.margin.derivation import Derivation, derivation, each_once
from margind.engine.margin.expression import expression_of, worked_out
from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.margin.traced_inputs import (
    PriceSources,
    symbols_in_use,
    traced_account,
    traced_market,
)
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.terms import MarginType, Market, Side
from margind.engine.model.traced import Formula, Traced
from margind.engine.model.traced import given as input_of
from tests.engine.builders import NAME, Desk, cross, document, held, resting
from tests.explain import evaluate
from tests.explain.accounts import desk

NAMED = Formula("total", "a sum", "a page", "documented")


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[str]:
    return st.decimals(low, high, places=places).map(lambda number: f"{number:f}")


@st.composite
def traded(draw: st.DrawFn) -> Desk:
    exchange = desk()
    multi = draw(st.booleans())
    symbols, positions, orders = {}, [], []
    for symbol, mark in (("BTCUSDT", 60321), ("ETHUSDT", 2510), ("ETHBTC", 1), ("ADAUSDT", 1)):
        isolated = not multi and draw(st.booleans())
        margin_type = MarginType.ISOLATED if isolated else MarginType.CROSSED
        symbols[symbol] = SymbolConfiguration(draw(st.integers(1, 100)), margin_type)
        amount = draw(decimals("-2", "2", 3))
        if Decimal(amount):
            entry = draw(decimals(f"{mark * Decimal('0.5')}", f"{mark * 2}", 11))
            wallet = draw(decimals("0", "100", 8)) if isolated and symbol != "ETHBTC" else "0"
            positions.append(held(symbol, amount, entry, wallet))
        if draw(st.booleans()):
            price, side = (
                draw(decimals(f"{mark * Decimal('0.5')}", f"{mark * 2}", 2)),
                draw(st.sampled_from(Side)),
            )
            orders.append(
                resting(symbol, side, price, "1.5", executed_qty=Decimal(draw(decimals("0", "1", 1))))
            )
    wallets = {"USDT": draw(decimals("1000", "100000", 8)), "BTC": draw(decimals("0", "2", 8)), "USDC": "5"}
    inverse = [
        held("BTCUSD_PERP", "17", draw(decimals("30000", "90000", 2))),
        held("BTCUSD_260925", "-7", draw(decimals("30000", "90000", 2))),
    ]
    exchange.load(
        document(wallets, symbols, positions, orders, multi_assets_margin=multi),
        document(
            {"BTC": draw(decimals("0", "1", 8))}, {"BTCUSD_PERP": cross(draw(st.integers(1, 50)))}, inverse
        ),
    )
    return exchange


def traced_report(exchange: Desk, market: Market) -> AccountReport:
    account, listed = exchange.state.accounts[NAME], exchange.state.markets[market]
    symbols = symbols_in_use(account.on(market))
    return account_report(
        traced_account(account, listed, symbols),
        traced_market(listed, symbols, PriceSources("a feed")),
        exchange.settings,
    )


def numbers_of(report: AccountReport) -> list[Decimal]:
    rows = [*report.positions.values(), *report.assets.values(), *([report.totals] if report.totals else [])]
    numbers = [getattr(row, name) for row in rows for name in row.__struct_fields__]
    numbers += [liquidation_price(report, row) for row in report.positions.values()]
    return [number for number in numbers if isinstance(number, Decimal)]


@given(traded())
def test_every_step_of_every_number_gives_the_number(exchange: Desk) -> None:
    for market in Market:
        traced, plain = numbers_of(traced_report(exchange, market)), numbers_of(exchange.report(market))
        assert [str(Decimal(number)) for number in traced] == [str(number) for number in plain]
        for number in traced:
            if not isinstance(number, Traced):
                assert not number
                continue
            assert worked_out(expression_of(number)) == number
            explained = derivation(number)
            assert Decimal(explained.value) == number
            for step in each_once(explained):
                if isinstance(step, Derivation):
                    assert evaluate.worked_out(step.substituted, step.rounding) == Decimal(step.value)


def test_a_sum_of_very_many_positions_is_explained() -> None:
    total = Decimal(0)
    for place in range(3000):
        total = total + input_of(Decimal(place), "maintMargin", "somebody", f"S{place}")
    explained = derivation(NAMED(total, "USDT"))  # type: ignore[arg-type]
    assert isinstance(explained, Derivation)
    assert explained.formula.startswith("S0.maintMargin + S1.maintMargin + S2.maintMargin")
    assert len(explained.inputs) == 3000


def test_what_cancels_out_is_not_told_but_equal_numbers_do_not_cancel() -> None:
    one, other = (input_of(Decimal(5), name, "somebody") for name in ("one", "other"))
    back = one + other - one
    apart = one - other
    kept = derivation(NAMED(back))  # type: ignore[arg-type]
    both = derivation(NAMED(apart))  # type: ignore[arg-type]
    assert isinstance(kept, Derivation)
    assert isinstance(both, Derivation)
    assert kept.formula == "other"
    assert (both.formula, both.substituted) == ("one − other", "5 − 5")


def test_a_leverage_of_one_is_still_told() -> None:
    leverage = input_of(Decimal(1), "leverage", "somebody")
    explained = derivation(NAMED(Decimal(7) / leverage * Decimal(1)))  # type: ignore[arg-type]
    assert isinstance(explained, Derivation)
    assert explained.formula == "7 / leverage"


def test_a_number_used_twice_is_explained_once() -> None:
    price = input_of(Decimal(2), "price", "somebody")
    value = NAMED(price * price, "A")
    explained = derivation(NAMED(value + value * price))  # type: ignore[arg-type]
    assert [step.path for step in each_once(explained)] == ["total", "A.total", "price"]


def test_a_number_without_a_name_is_explained_without_one() -> None:
    explained = derivation(input_of(Decimal(2), "price", "somebody") + Decimal(1))
    assert isinstance(explained, Derivation)
    assert (explained.path, explained.formula, explained.value) == ("", "price + 1", "3")
