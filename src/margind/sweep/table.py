"""The sums of the pools that positions belong to, in float64 with a guard that makes it safe.

A position's numbers are straight lines in x, which is the mark price on USDⓈ-M and its inverse on COIN-M:

    value = |amount| · x        profit = amount · x + constant        maintenance = value · rate - cum

so what decides, maintenance - threshold · balance, is one too, and a price that moves by dx moves it by
slope · dx: nothing else is looked at.

The guard. Let u = 2^-53. A pool's maintenance and balance are sums over its n positions of such lines, then
taken on by at most K moves. Call G = |wallet| + Σ (value + |constant| + cum) its gross amount, every rate
being at most 1. Each term takes at most 12 roundings (relative error u) from the decimals it is made of, a
sum of n terms in any order adds n - 1, each of K moves adds at most 9 (bracket changes included), and
everything is summed up anew before any x is twice or half of what it was, so no step is taken at a gross
amount above 4·G. Maintenance and balance are therefore each wrong by less than
4·G·(n + 9K + 12)·u·(1 + 2^-20), and with a threshold of at most 1 the two together by twice that, be it as
two sums or as one. With n < 2^16 and K < 2^14 this is below G·2^-32.

The exact engine cuts profit and maintenance of each position at 8 decimals, which moves the pair by less than
2·10^-8. So the lines count GUARD = 2^-30 of G, and NARROW = 3·10^-8 for each position, as maintenance on
top: what is found below the threshold is below it exactly. None of this depends on who adds up, and in which
order: see `arithmetic.py`.
"""

from collections.abc import Sequence

import numpy as np

from margind.sweep.arithmetic import Arithmetic
from margind.sweep.columns import Columns
from margind.sweep.need import GUARD, Bools, Need
from margind.sweep.segment import Floats, Indices

MOST_MOVES = 2**14
"""Moves of one price after which everything is summed up anew."""


class Table:
    """Units of so many rows as they need: one for a pool, one for each collateral asset of a joint wallet."""

    def __init__(self, need: Need, arithmetic: Arithmetic) -> None:
        self.need = need
        self.width = need.width
        self.arithmetic = arithmetic
        self.columns = Columns(need)
        self._moves = 0
        self._units = 1  # the first is nobody: empty slots belong to it
        self._free_units: list[int] = []
        self._wallets = _nobody(need, self.width)
        """What wallets alone add to each sum of each row."""
        self._totals = self._wallets.copy()

    # What there is

    def add_unit(self) -> int:
        """A pool, or a joint wallet, without positions; it counts once it is settled."""
        unit = self._free_units.pop() if self._free_units else self._units
        if unit == self._units:
            self._units += 1
            rows = self._units * self.width
            if rows > self._totals.shape[1]:
                more = _nobody(self.need, rows)
                self._wallets = np.concatenate((self._wallets, more), axis=1)
                self._totals = np.concatenate((self._totals, more), axis=1)
        return unit

    def drop_unit(self, unit: int) -> None:
        """Forget a pool whose positions were dropped."""
        rows = slice(unit * self.width, (unit + 1) * self.width)
        self._wallets[0, rows] = self._totals[0, rows] = -np.inf
        self._free_units.append(unit)

    def settle(self, rows: Sequence[int], wallets: Sequence[float], legs: Sequence[tuple[int, int]]) -> None:
        """Give rows their wallets, and sum them up anew from their legs (segment and place), all of them."""
        columns = self.columns
        columns.write()
        changed, wallet = np.array(rows, np.intp), np.array(wallets, np.float64)
        of_wallets = self.need.mix @ np.stack((np.abs(wallet) * GUARD, wallet))
        self._wallets[:, changed] = self._totals[:, changed] = of_wallets
        if legs:
            of_segment, place = np.array(legs, np.intp).T
            slots = columns.starts[of_segment] + place
            self._add(columns.row[slots], columns.values(slots, columns.x[of_segment]))

    def _add(self, rows: Indices, values: Floats) -> None:
        for total, value in zip(self._totals, values, strict=True):
            np.add.at(total, rows, value)

    # What it is worth

    def move(self, segment: int, x: float) -> Indices:
        """Take over a price; the units it reaches. Only the positions of this run are looked at."""
        columns = self.columns
        dx = x - columns.x[segment]
        columns.x[segment] = x
        left = self.arithmetic.move(columns, segment, dx, self._totals)
        if len(left):
            before = columns.values(left, x)
            columns.find_brackets(left, x)
            self._add(columns.row[left], columns.values(left, x) - before)
        self._moves += 1
        if self._moves >= MOST_MOVES or not 0.5 < x / columns.base[segment] < 2.0:  # noqa: PLR2004 - see the guard
            self.sum_up()
        rows = columns.row[columns.segments[segment].slots]
        return rows if self.width == 1 else rows // self.width

    def move_all(self, x: Floats) -> None:
        """Take over the prices of all runs at once."""
        self.columns.x = x
        self.sum_up()

    def sum_up(self) -> None:
        """Add everything up anew."""
        np.copyto(self._totals, self._wallets)
        self.arithmetic.add_up(self.columns, self._totals)
        self.columns.base = self.columns.x.copy()
        self._moves = 0

    def in_need(self, units: Indices | slice) -> Bools:
        """Which units may have a margin ratio at or above the threshold, which is at most 1."""
        return self.need.reached(self._totals, units)

    @property
    def units(self) -> int:
        """How many units there are, those that are free included."""
        return self._units

    @property
    def nbytes_swept(self) -> int:
        """What is read and written when everything is summed up and looked at."""
        c = self.columns
        read = (c.row, c.low, c.high, c.slopes, c.offsets, self._wallets, self._totals)
        return sum(array.nbytes for array in (*read, self._totals))


def _nobody(need: Need, rows: int) -> Floats:
    """Sums of rows that nobody has."""
    sums = np.zeros((len(need.mix), rows))
    sums[0] = -np.inf
    return sums
