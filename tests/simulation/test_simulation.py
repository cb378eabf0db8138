"""Many users trade at random on both markets; after every command everything must still add up.

`MARGIND_SIMULATION_SEEDS=100:200` runs other seeds, `MARGIND_SIMULATION_STEPS` makes each run longer.
"""

import contextlib
import os
from collections import Counter
from decimal import localcontext

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.margin.available import available_at_least, available_balance
from margind.engine.model.decimals import CONTEXT
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
    fits_as_it_costs,
    reports,
)
from tests.engine.plain import plain_report, plain_state
from tests.simulation.actions import next_command
from tests.simulation.world import World

FIRST, _, LAST = os.environ.get("MARGIND_SIMULATION_SEEDS", "0:6").partition(":")
STEPS = int(os.environ.get("MARGIND_SIMULATION_STEPS", "300"))


def step(world: World, seen: Counter[str]) -> None:
    """One command; refused, it leaves everything as it was, and otherwise everything adds up."""
    command = next_command(world)
    name = type(command).__name__
    before = plain_state(world.state)
    if isinstance(command, c.PlaceOrder):
        seen["fits easily"] += fits_as_it_costs(world.state, command)
    try:
        events = world.do(command)
    except (Refusal, Impossible) as refusal:
        assert plain_state(world.state) == before
        seen[f"{name} refused: {refusal}"] += 1
        return
    seen[name] += 1
    seen.update(type(event).__name__ for event in events)
    check_money_is_conserved(world.state)
    check_orders(world.state)
    check_positions(world.state)
    check_books(world.state)
    check_running_sums(world.state)
    check_reports(world.state)


def replayed(world: World) -> State:
    """The state that the events give, each from its text, with the feed's last prices beside them."""
    decode, encode = msgspec.json.Decoder(e.Event).decode, msgspec.json.encode
    again = State(world.facts, world.settings)
    with localcontext(CONTEXT):
        for event in world.events:
            apply(again, decode(encode(event)))
    for market, of_market in world.state.markets.items():
        again.markets[market].prices = dict(of_market.prices)
        again.markets[market].prices_version = of_market.prices_version
    return again


@pytest.mark.parametrize("seed", range(int(FIRST), int(LAST or int(FIRST) + 1)))
def test_everything_adds_up_after_every_command(seed: int) -> None:
    world, seen = World(seed), Counter[str]()
    for _ in range(STEPS):
        step(world, seen)
    assert seen["OrderFilled"] > STEPS / 10
    assert seen["OrderAccepted"] > STEPS / 5
    assert seen["fits easily"] > STEPS / 10
    assert sum(count for name, count in seen.items() if "refused" in name) < STEPS * 0.6
    again = replayed(world)
    assert plain_state(again) == plain_state(world.state)
    assert list(map(plain_report, reports(again))) == list(map(plain_report, reports(world.state)))
    assert state_hash(again, timeless=False) == state_hash(world.state, timeless=False)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_sooner_known_to_be_available_is_never_more_than_there_is(seed: int) -> None:
    """Nobody adds up anew in between, so that orders come and go on top of each other."""
    world, gathered = World(seed), 0
    rounding = world.settings.initial_margin_rounding
    for _ in range(STEPS):
        with contextlib.suppress(Refusal, Impossible):
            world.do(next_command(world))
        for account in world.state.accounts.values():
            for market, of_market in world.state.markets.items():
                half = account.on(market)
                gathered += half.shares.at_most > 0
                anew = half.imagined()
                with localcontext(CONTEXT):
                    for asset in half.wallets:
                        sooner = available_at_least(half, of_market, asset, rounding)
                        assert sooner <= available_balance(anew, of_market, asset, rounding)
    assert gathered > STEPS
