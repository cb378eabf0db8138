"""Positions as columns, and the sums of the pools they belong to, in float64 with a guard that makes it safe.

A position's numbers are straight lines in x, which is the mark price on USDⓈ-M and its inverse on COIN-M:

    value = |amount| · x        profit = amount · x + constant        maintenance = value · rate - cum

so a price that moves by dx moves its pools by (rate · |amount| · dx, amount · dx): nothing else is looked at.

The guard. Let u = 2^-53. A pool's maintenance and balance are sums over its n positions of such lines, then
taken on by at most K moves. Call G = |wallet| + Σ (value + |constant| + cum) its gross amount, every rate
being at most 1. Each term takes at most 8 roundings (relative error u) from the decimals it is made of, a sum
of n terms in any order adds n - 1, each of K moves adds at most 9 (bracket changes included), and everything
is summed up anew before any x is twice or half of what it was, so no step is taken at a gross amount above
4·G. Each sum is therefore wrong by less than 4·G·(n + 9K + 8)·u·(1 + 2^-20), and the two together, with a
threshold of at most 1, by twice that. With n < 2^16 and K < 2^14 this is below G·2^-32.

The exact engine cuts profit and maintenance of each position at 8 decimals, which moves the pair by less than
2·10^-8. So the table counts GUARD = 2^-30 of G, and NARROW = 3·10^-8 for each position, as maintenance on
top: what it finds below the threshold is below it exactly.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from margind.sweep.segment import NO_BRACKETS, Floats, Indices, Ladder, Segment

Number = TypeVar("Number", np.float64, np.bool_)

GUARD = 2.0**-30
NARROW = 3e-8
MOST_MOVES = 2**14
"""Moves of one price after which everything is summed up anew."""

BLOCK = 2**14
"""Positions that are worked on together, so that what is between two steps stays in the cache."""

SPARE = 8
"""Places that a run has free at least when it is laid out anew."""


class Table:
    """Units of `width` rows each: a pool alone has one, a joint wallet one for every collateral asset."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self.segments: list[Segment] = []
        self.x: Floats = np.ones(0)
        self._base: Floats = np.ones(0)
        self._capacities: Indices = np.zeros(0, np.intp)
        self._brackets = NO_BRACKETS
        self._moves = 0
        self._amount: Floats = np.zeros(0)
        self._constant: Floats = np.zeros(0)
        self._weight: Floats = np.zeros(0)
        self._cum: Floats = np.zeros(0)
        self._low: Floats = np.zeros(0)
        self._high: Floats = np.zeros(0)
        self._row: Indices = np.zeros(0, np.intp)
        self._bracket: Indices = np.zeros(0, np.intp)
        self._room = np.zeros(0), np.zeros(0)
        """Where maintenance and balance of all positions are prepared for adding up."""
        self.bid: Floats = np.ones(width)
        self.ask: Floats = np.ones(width)
        self._units = 1  # the first is nobody: empty slots belong to it
        self._free_units: list[int] = []
        self._wallet: Floats = np.zeros(width)
        self._maint: Floats = np.zeros(width)
        self._balance: Floats = np.zeros(width)
        self._lives: npt.NDArray[np.bool_] = np.zeros(1, np.bool_)
        self._pending: list[tuple[int, int, int, float, float]] = []

    # What there is

    def add_segment(self, ladder: Ladder, x: float) -> int:
        """A run for the positions of one symbol and leg at a price."""
        self.segments.append(Segment(len(self._brackets.caps)))
        self._brackets = self._brackets.followed_by(ladder)
        self.x = np.append(self.x, x)
        self._base = np.append(self._base, x)
        self._capacities = np.append(self._capacities, 0)
        return len(self.segments) - 1

    def add_unit(self) -> int:
        """A pool, or a joint wallet, without positions."""
        unit = self._free_units.pop() if self._free_units else self._units
        if unit == self._units:
            self._units += 1
            if self._units > len(self._lives):
                self._lives = _longer(self._lives, 2 * self._units)
                rows = 2 * self._units * self.width
                self._wallet, self._maint = _longer(self._wallet, rows), _longer(self._maint, rows)
                self._balance = _longer(self._balance, rows)
        self._lives[unit] = True
        return unit

    def drop_unit(self, unit: int) -> None:
        """Forget a pool whose positions were dropped."""
        self._lives[unit] = False
        self._free_units.append(unit)

    def add_leg(self, segment: int, row: int, amount: float, constant: float) -> int:
        """A position in a row; its place in the run. It counts once `settle` was called."""
        place = self.segments[segment].take()
        self._pending.append((segment, place, row, amount, constant))
        return place

    def drop_leg(self, segment: int, place: int) -> None:
        """Forget a position; whoever drops one settles the legs and rows that remain."""
        run = self.segments[segment]
        if place < run.capacity:
            slot = run.start + place
            for column in (self._amount, self._constant, self._weight, self._cum, self._row):
                column[slot] = 0
            self._low[slot], self._high[slot] = -np.inf, np.inf
        run.free.append(place)

    def settle(self, rows: Sequence[int], wallets: Sequence[float], legs: Sequence[tuple[int, int]]) -> None:
        """Give rows their wallets, and sum them up anew from their legs (segment and place), all of them."""
        self._write_pending()
        if not rows:
            return
        changed, wallet = np.array(rows, np.intp), np.array(wallets, np.float64)
        self._wallet[changed] = wallet
        self._balance[changed] = wallet
        self._maint[changed] = np.abs(wallet) * GUARD
        if legs:
            of_segment, place = np.array(legs, np.intp).T
            starts = np.fromiter((run.start for run in self.segments), np.intp, len(self.segments))
            slots = starts[of_segment] + place
            self._add_up(slots, self._row[slots], self.x[of_segment])

    def _add_up(self, slots: Indices, rows: Indices, x: Floats) -> None:
        np.add.at(self._maint, rows, self._weight[slots] * x - self._cum[slots])
        np.add.at(self._balance, rows, self._amount[slots] * x + self._constant[slots])

    def _write_pending(self) -> None:
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        if any(run.used > run.capacity for run in self.segments):
            self._lay_out()
        segments, places, rows, amounts, constants = zip(*pending, strict=True)
        of_segment = np.array(segments, np.intp)
        starts = np.fromiter((run.start for run in self.segments), np.intp, len(self.segments))
        slots = starts[of_segment] + np.array(places, np.intp)
        self._row[slots] = rows
        self._amount[slots] = amounts
        self._constant[slots] = constants
        bottoms = np.fromiter((run.bottom for run in self.segments), np.intp, len(self.segments))
        self._bracket[slots] = bottoms[of_segment]
        self._find_brackets(slots, self.x[of_segment])

    def _lay_out(self) -> None:
        """Give every run that is full more room; empty slots belong to nobody and cost nothing."""
        moved: list[tuple[slice, slice]] = []
        end = 0
        for run in self.segments:
            old = slice(run.start, run.start + run.capacity)
            if run.used > run.capacity:
                run.capacity = run.used + run.used // 4 + SPARE
            run.start = end
            moved.append((slice(end, end + old.stop - old.start), old))
            end += run.capacity
        self._room = np.zeros(end), np.zeros(end)
        self._capacities = np.fromiter((run.capacity for run in self.segments), np.intp, len(self.segments))
        for name in ("_amount", "_constant", "_weight", "_cum", "_low", "_high", "_row", "_bracket"):
            before = getattr(self, name)
            empty = {"_low": -np.inf, "_high": np.inf}.get(name, 0)
            after = np.full(end, empty, before.dtype)
            for new, old in moved:
                after[new] = before[old]
            setattr(self, name, after)

    def _find_brackets(self, slots: Indices, x: Floats | float) -> None:
        """Take the line of the bracket that holds each position at a price, in steps from where it was."""
        floors, caps, rates, cums = self._brackets
        size, held = np.abs(self._amount[slots]), self._bracket[slots]
        value = size * x
        while True:
            above, below = value > caps[held], value <= floors[held]
            if not (above.any() or below.any()):
                break
            held += above
            held -= below
        self._bracket[slots] = held
        self._low[slots], self._high[slots] = floors[held] / size, caps[held] / size
        self._weight[slots] = size * (rates[held] + GUARD)
        cum = cums[held]
        self._cum[slots] = cum - GUARD * (cum + np.abs(self._constant[slots])) - NARROW

    # What it is worth

    def move(self, segment: int, x: float) -> Indices:
        """Take over a price; the units it reaches. Only the positions of this run are looked at."""
        run = self.segments[segment]
        dx = x - self.x[segment]
        self.x[segment] = x
        slots = run.slots
        rows = self._row[slots]
        # No row stands twice in a run, but for the empty slots, which add nothing to nobody.
        self._maint[rows] += self._weight[slots] * dx
        self._balance[rows] += self._amount[slots] * dx
        outside = (x < self._low[slots]) | (x > self._high[slots])
        if outside.any():
            self._change_brackets(np.flatnonzero(outside) + run.start, x)
        self._moves += 1
        if self._moves >= MOST_MOVES or not 0.5 < x / self._base[segment] < 2.0:  # noqa: PLR2004 - see the guard
            self.sum_up()
        return rows if self.width == 1 else rows // self.width

    def _change_brackets(self, slots: Indices, x: float) -> None:
        rows = self._row[slots]
        before = self._weight[slots] * x - self._cum[slots]
        self._find_brackets(slots, x)
        self._maint[rows] += self._weight[slots] * x - self._cum[slots] - before

    def move_all(self, x: Floats) -> None:
        """Take over the prices of all runs at once."""
        self.x = x
        self.sum_up()

    def sum_up(self) -> None:
        """Add everything up anew."""
        maint, balance = self._room
        x = np.repeat(self.x, self._capacities)
        for start in range(0, len(x), BLOCK):
            part = slice(start, start + BLOCK)
            self._prepare(part, x[part], maint[part], balance[part])
        rows = len(self._wallet)
        self._maint = np.bincount(self._row, maint, rows).astype(np.float64, copy=False)
        self._maint += np.abs(self._wallet) * GUARD
        self._balance = np.bincount(self._row, balance, rows).astype(np.float64, copy=False)
        self._balance += self._wallet
        self._base = self.x.copy()
        self._moves = 0

    def _prepare(self, part: slice, x: Floats, maint: Floats, balance: Floats) -> None:
        outside = (x < self._low[part]) | (x > self._high[part])
        if outside.any():
            which = np.flatnonzero(outside)
            self._find_brackets(which + part.start, x[which])
        np.multiply(self._weight[part], x, out=maint)
        np.subtract(maint, self._cum[part], out=maint)
        np.multiply(self._amount[part], x, out=balance)
        np.add(balance, self._constant[part], out=balance)

    def in_need(self, units: Indices | slice, threshold: float) -> npt.NDArray[np.bool_]:
        """Which units may have a margin ratio at or above a threshold of at most 1."""
        if self.width == 1:
            needs: npt.NDArray[np.bool_] = self._maint[units] >= threshold * self._balance[units]
        else:
            balance = self._balance.reshape(-1, self.width)[units]
            maint = self._maint.reshape(-1, self.width)[units]
            equity = np.minimum(balance * self.bid, balance * self.ask)
            needs = (maint * self.ask - threshold * equity).sum(axis=1) >= 0
        return needs & self._lives[units]

    @property
    def units(self) -> int:
        """How many units there are, those that are free included."""
        return self._units

    @property
    def nbytes(self) -> int:
        """What the columns and sums take."""
        arrays = [*vars(self).values(), *self._room]
        return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))


def _longer(array: npt.NDArray[Number], length: int) -> npt.NDArray[Number]:
    longer = np.zeros(length, array.dtype)
    longer[: len(array)] = array
    return longer
