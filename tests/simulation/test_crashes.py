"""Prices crash while users trade: whoever is in danger is liquidated, and all of it still adds up."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.margin.danger import pools_with_positions
from margind.engine.model.terms import AutoClose, LiquidationPrice, Market
from margind.engine.state import State
from margind.engine.state_hash import state_hash
from margind.errors import Refusal
from margind.errors.impossible import Impossible
from tests.engine.invariants import (
    check_books,
    check_money_is_conserved,
    check_orders,
    check_positions,
    check_reports,
    check_running_sums,
    reports,
)
from tests.engine.plain import plain_report, plain_state
from tests.simulation.actions import next_command
from tests.simulation.test_simulation import FIRST, LAST, STEPS, replayed
from tests.simulation.world import MARKS, World

SMALL_FUND = {"USDT": Decimal(200), "USDC": Decimal(50), "BTC": Decimal("0.05"), "ETH": Decimal(0)}


def crashing_world(seed: int) -> World:
    """Worlds with a fund that is soon used up, one that pays everything, and both rules of prices."""
    return World(
        seed,
        insurance_fund=SMALL_FUND if seed % 2 else {},
        liquidation_step_brackets=1 + seed % 3,
        liquidation_price=LiquidationPrice.TAKE_BOUND if seed % 3 == 1 else LiquidationPrice.BANKRUPTCY,
    )


def crash(world: World) -> c.Command:
    """A price jumps, one way or the other, by up to a third."""
    market = world.rng.choice([Market.USDM, Market.USDM, Market.COINM])
    symbol = world.rng.choice(list(MARKS[market]))
    ticks = int(world.state.markets[market].prices[symbol].mark_price * 10)
    share = world.rng.choice([-33, -20, -10, -5, -2, 2, 5, 10, 20, 33])
    return world.moved(market, symbol, ticks * share // 100)


def check_nobody_is_left_in_danger(state: State) -> None:
    """Every pool covers its maintenance margin; one without positions is not below zero."""
    for report in reports(state):
        pools = pools_with_positions(report)
        assert not any(health.is_due for health in pools)
        filled = {health.pool.asset for health in pools if not health.pool.is_isolated}
        for asset, row in report.assets.items():
            if asset not in report.rates and asset not in filled:
                assert row.cross_wallet_balance >= 0
        if report.multi_assets is not None and "" not in filled:
            assert report.multi_assets.equity >= 0
        assert all(position.isolated_wallet >= 0 for position in report.positions.values())


def liquidations(events: list[e.Event]) -> Iterator[list[e.Event]]:
    """The events of each liquidation; they never lie within one another."""
    inside: list[e.Event] | None = None
    for event in events:
        if isinstance(event, e.LiquidationStarted):
            assert inside is None
            inside = []
        if inside is not None:
            inside.append(event)
        if isinstance(event, e.LiquidationEnded):
            assert inside is not None
            yield inside
            inside = None
    assert inside is None


def check_liquidations(world: World, events: list[e.Event]) -> None:
    """A liquidation needs no more orders than its positions have brackets, and one more for each."""
    for liquidation in liquidations(events):
        started, ended = liquidation[0], liquidation[-1]
        assert isinstance(started, e.LiquidationStarted)
        assert isinstance(ended, e.LiquidationEnded)
        assert (started.account, started.market, started.pool) == (ended.account, ended.market, ended.pool)
        orders = [
            event
            for event in liquidation
            if isinstance(event, e.OrderAccepted) and event.order.auto_close is AutoClose.LIQUIDATION
        ]
        assert {event.account for event in orders} == {started.account}
        assert all(event.order.client_order_id.startswith("autoclose-") for event in orders)
        ladders = world.state.markets[started.market].brackets
        for key in {(event.order.symbol, event.order.position_side) for event in orders}:
            of_row = [event for event in orders if (event.order.symbol, event.order.position_side) == key]
            assert 1 <= len(of_row) <= len(ladders[key[0]].rows) + 1
        assert not ended.maint_margin or ended.maint_margin < ended.margin_balance


def crash_step(world: World, seen: Counter[str]) -> None:
    """One command, now and then a crash; afterwards everything adds up and nobody is in danger."""
    command = crash(world) if world.rng.random() < 0.15 else next_command(world)
    name = type(command).__name__
    before = plain_state(world.state)
    try:
        events = world.do(command)
    except (Refusal, Impossible):
        assert plain_state(world.state) == before
        seen["refused"] += 1
        return
    seen[name] += 1
    seen.update(type(event).__name__ for event in events)
    seen["deleveraged"] += sum(
        isinstance(event, e.OrderAccepted) and event.order.auto_close is AutoClose.ADL for event in events
    )
    check_money_is_conserved(world.state)
    check_nobody_is_left_in_danger(world.state)
    check_liquidations(world, events)
    check_orders(world.state)
    check_positions(world.state)
    check_books(world.state)
    check_running_sums(world.state)
    check_reports(world.state)


def crashed(seed: int) -> tuple[World, Counter[str]]:
    world, seen = crashing_world(seed), Counter[str]()
    for _ in range(STEPS):
        crash_step(world, seen)
    return world, seen


@pytest.mark.parametrize("seed", range(int(FIRST), int(LAST or int(FIRST) + 1)))
def test_everything_adds_up_while_prices_crash(seed: int) -> None:
    world, seen = crashed(seed)
    assert seen["LiquidationStarted"] == seen["LiquidationEnded"] > 0
    assert seen["MarginCalled"] >= seen["LiquidationStarted"] / 2
    again = replayed(world)
    assert plain_state(again) == plain_state(world.state)
    assert list(map(plain_report, reports(again))) == list(map(plain_report, reports(world.state)))
    assert state_hash(again, timeless=False) == state_hash(world.state, timeless=False)


def test_the_same_seed_gives_the_same_hash() -> None:
    first, second = crashed(3)[0], crashed(3)[0]
    assert state_hash(first.state, timeless=False) == state_hash(second.state, timeless=False)
    assert first.events == second.events


def test_where_the_fund_is_small_traders_in_profit_are_deleveraged() -> None:
    assert sum(crashed(seed)[1]["deleveraged"] for seed in (1, 3)) > 0
