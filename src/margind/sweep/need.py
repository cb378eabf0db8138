"""When a unit may be in need: what positions and wallets add to its sums, and what these must reach."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from margind.sweep.segment import Floats, Indices

GUARD = 2.0**-30
NARROW = 3e-8

Bools = npt.NDArray[np.bool_]


class Need(Protocol):
    """A kind of unit. If the first sum of its rows is minus infinity, nobody has it: it is never in need."""

    width: int
    """Rows of a unit."""
    mix: Floats
    """For each sum of a row how much of the maintenance counts in it, and how much of the balance."""

    def reached(self, totals: Floats, units: Indices | slice) -> Bools:
        """Which units may have a margin ratio at or above the threshold; totals by sum and row."""
        ...


class OwnPool:
    """One pool: what counts is maintenance less threshold · balance, so one sum tells."""

    width = 1

    def __init__(self, threshold: float) -> None:
        self.mix: Floats = np.array([[1.0, -threshold]])

    def reached(self, totals: Floats, units: Indices | slice) -> Bools:
        """Which pools require at least threshold · balance."""
        reached: Bools = totals[0][units] >= 0
        return reached


class JointWallet:
    """A wallet of several assets, a row for each. Its balances count at bid or ask, whichever is worse."""

    def __init__(self, threshold: float, assets: int) -> None:
        self._threshold = threshold
        self.mix: Floats = np.array([[1.0, 0.0], [0.0, 1.0]])
        # Where no asset is collateral, nobody has a joint wallet: its one row stays empty.
        self.width = max(1, assets)
        self.bid: Floats = np.ones(self.width)
        self.ask: Floats = np.ones(self.width)

    def reached(self, totals: Floats, units: Indices | slice) -> Bools:
        """Which wallets require at least threshold · equity, summed over their assets."""
        maint, balance = (total.reshape(-1, self.width)[units] for total in totals)
        equity = np.minimum(balance * self.bid, balance * self.ask)
        reached: Bools = (maint * self.ask - self._threshold * equity).sum(axis=1) >= 0
        return reached
