"""What happens does not depend on the screen that is installed."""

import pytest

from margind.engine import events as e
from margind.engine.state_hash import state_hash
from margind.errors import Refusal
from margind.errors.impossible import Impossible
from tests.simulation.actions import next_command
from tests.simulation.test_crashes import crash, crashing_world
from tests.simulation.world import World
from tests.sweep.ways import Way

STEPS = 120


def step(world: World, number: int) -> list[e.Event]:
    command = crash(world) if number % 4 == 0 else next_command(world)
    try:
        return world.do(command)
    except (Refusal, Impossible):
        return []


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_a_crashing_market_goes_the_same_way_with_either_screen(seed: int, way: Way) -> None:
    exact, swept = crashing_world(seed), crashing_world(seed)
    swept.state.screen = way.screen()
    liquidations, calls = 0, 0
    for number in range(STEPS):
        events = step(exact, number)
        assert step(swept, number) == events
        liquidations += sum(isinstance(event, e.LiquidationStarted) for event in events)
        calls += sum(isinstance(event, e.MarginCalled) for event in events)
    assert state_hash(swept.state, timeless=False) == state_hash(exact.state, timeless=False)
    assert liquidations
    assert calls
