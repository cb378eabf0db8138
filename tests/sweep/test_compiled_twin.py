"""The compiled loops find what NumPy finds, within the error proven for both; and nobody has to have them."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.sweep import arithmetic
from margind.sweep.arithmetic import Arithmetic, WithNumpy, compiled
from margind.sweep.need import JointWallet, Need, OwnPool
from margind.sweep.screen import SweepScreen
from tests.engine.builders import Desk, document, held
from tests.engine.strategies import examples
from tests.sweep.exactly import check, everything
from tests.sweep.twins import MOST_RUNS, Twins
from tests.sweep.ways import NEVER

ROOT = Path(__file__).parents[2]
STEPS = 8
APART = 2 * 8 * (MOST_RUNS + 9 * STEPS + 12) * 2.0**-53
"""How far both may be apart, of what went into a sum: twice the error that `table.py` proves."""


def loops() -> Arithmetic:
    found = compiled()
    assert found is not None, "the development set has numba"
    return found


@given(seed=st.integers(0, 2**32), joint=st.booleans(), threshold=st.sampled_from([0.05, 0.8, 1.0]))
@examples(60)
def test_both_find_the_same_within_the_proven_error(seed: int, joint: bool, threshold: float) -> None:
    need: Need = JointWallet(threshold, 3) if joint else OwnPool(threshold)
    twins = Twins(random.Random(seed), need, loops())
    for _ in range(STEPS):
        twins.step()
        sums, others = twins.sums()
        allowed = APART * twins.gross()
        assert (np.abs(sums - others) <= allowed).all()
        # Whom only one of the two names is nearer to the threshold than both may be wrong.
        named, also = (table.in_need(slice(table.units)) for table in twins.tables)
        balance = sums[1] if joint else 0.0
        beyond = np.abs((sums[0] - threshold * balance).reshape(-1, need.width).sum(axis=1))
        near = beyond <= 2 * allowed.reshape(-1, need.width).sum(axis=1)
        assert (near | (named == also)[1:]).all()


def crowd(desk: Desk, numbers: range) -> None:
    """Accounts of which the poorest are in need at 100."""
    for number in numbers:
        desk.do(c.OpenAccount(f"account-{number}"))
        usdm = document({"USDT": f"0.{number + 1}"}, positions=[held("BTCUSDT", "1", "100")])
        desk.do(c.LoadAccount(f"account-{number}", False, usdm, document()))


def kinds(screen: SweepScreen) -> set[type]:
    return {type(watch.table.arithmetic) for market in screen._markets.values() for watch in market.watches}


def test_a_growing_crowd_is_left_to_the_compiled_loops_and_nothing_else_changes() -> None:
    desk, screen = Desk({"BTCUSDT": "100"}), SweepScreen(exact_up_to=0, compiled_from=6)
    crowd(desk, range(4))
    in_need, _ = check(screen, desk.state, everything(desk.state))
    assert in_need
    assert kinds(screen) == {WithNumpy}
    crowd(desk, range(4, 9))
    assert check(screen, desk.state, everything(desk.state))[0] >= in_need
    assert kinds(screen) == {type(loops())}


def test_without_the_extra_numpy_adds_up_a_large_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "margind.sweep.compiled", None)
    monkeypatch.setattr(arithmetic, "compiled", compiled.__wrapped__)
    desk, screen = Desk({"BTCUSDT": "100"}), SweepScreen(exact_up_to=0, compiled_from=0)
    crowd(desk, range(4))
    assert check(screen, desk.state, everything(desk.state))[0]
    assert kinds(screen) == {WithNumpy}


@pytest.mark.parametrize("compiled_from", [NEVER, 0])
def test_numba_is_loaded_for_a_large_crowd_only(compiled_from: int) -> None:
    code = (
        "import sys; from tests.sweep.test_compiled_twin import *; "
        "desk = Desk({'BTCUSDT': '100'}); crowd(desk, range(4)); before = 'numba' in sys.modules; "
        f"screen = SweepScreen(0, {compiled_from}); screen.suspects(desk.state, everything(desk.state)); "
        "print(before, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", str(compiled_from == 0)]
