"""Ladders: continuous, rising, and joined by cum."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine.model.brackets import Bracket, Brackets
from margind.engine.model.configuration import default_configuration
from margind.engine.model.terms import Market
from margind.facts.load import load_facts
from tests.engine.builders import (
    BTCUSD_PERP_2021,
    BTCUSDT_2021,
    BTCUSDT_2026_09,
    ETHUSDT_2021,
    Desk,
    ladder,
    numbers,
)
from tests.engine.strategies import ladders


def maintenance(bracket: Bracket, notional: Decimal) -> Decimal:
    return notional * bracket.maint_margin_ratio - bracket.cum


def check(brackets: Brackets) -> None:
    rows = brackets.rows
    assert (rows[0].notional_floor, rows[0].cum) == numbers(0, 0)
    assert [row.bracket for row in rows] == list(range(1, len(rows) + 1))
    for lower, upper in pairwise(rows):
        edge = lower.notional_cap
        assert edge is not None
        assert edge == upper.notional_floor
        assert upper.notional_cap is None or upper.notional_cap > edge
        assert maintenance(lower, edge) == maintenance(upper, edge)
        assert lower.maint_margin_ratio <= upper.maint_margin_ratio
        assert lower.initial_leverage >= upper.initial_leverage
        # The edge belongs to the lower row, the next unit to the upper one.
        assert brackets.holding(edge) is lower
        assert brackets.holding(edge + Decimal("0.00000001")) is upper
    assert 0 < rows[0].maint_margin_ratio <= rows[-1].maint_margin_ratio <= 1


@pytest.mark.parametrize("market", list(Market))
def test_every_shipped_ladder_is_continuous_and_rises(market: Market) -> None:
    brackets = load_facts(market).brackets
    assert len(brackets) > 20
    for rows in brackets.values():
        check(rows)


@pytest.mark.parametrize("market", list(Market))
def test_every_shipped_ladder_would_be_accepted_from_an_operator(market: Market) -> None:
    desk = Desk()
    symbol = "BTCUSDT" if market is Market.USDM else "BTCUSD_PERP"
    for rows in set(load_facts(market).brackets.values()):
        desk.do(c.SetBrackets(((market, symbol, rows),)))
        assert desk.state.markets[market].brackets[symbol] == rows


@pytest.mark.parametrize("tiers", [BTCUSDT_2026_09, BTCUSDT_2021, ETHUSDT_2021, BTCUSD_PERP_2021])
def test_the_public_ladders_of_these_tests_are_continuous_and_rise(tiers: Any) -> None:
    check(ladder(tiers))


def test_published_cums_come_out_of_the_recurrence() -> None:
    # Documented: the liquidation FAQ's pairs 0.025/16300 (BTCUSDT) and 0.1/135365 (ETHUSDT).
    fourth, sixth = ladder(BTCUSDT_2021).rows[3], ladder(ETHUSDT_2021).rows[5]
    assert (fourth.maint_margin_ratio, fourth.cum) == numbers("0.025", 16300)
    assert (sixth.maint_margin_ratio, sixth.cum) == numbers("0.1", 135365)


@given(ladders(), st.lists(st.integers(0, 2 * 10**7), min_size=2, max_size=2).map(sorted))
def test_a_larger_position_never_needs_less(tiers: Any, notionals: list[int]) -> None:
    brackets = ladder(tiers)
    small, large = (Decimal(notional) for notional in notionals)
    less, more = (maintenance(brackets.holding(notional), notional) for notional in (small, large))
    assert 0 <= less <= more
    # What a bracket says is the most that any bracket says.
    assert less == max(maintenance(row, small) for row in brackets.rows)


def test_the_default_leverage_is_twenty_or_the_highest_below() -> None:
    assert default_configuration(ladder(BTCUSDT_2026_09)).leverage == 20
    assert default_configuration(ladder([(8, None, "0.05")])).leverage == 8
