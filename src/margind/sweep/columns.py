"""Positions as columns, a run for each symbol and leg, and the brackets that hold them."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from margind.sweep.need import GUARD, NARROW, Need
from margind.sweep.segment import NO_BRACKETS, Floats, Indices, Ladder, Segment

Number = TypeVar("Number", np.float64, np.intp)

SPARE = 8
"""Places that a run has free at least when it is laid out anew."""


class Columns:
    """Slots in runs. A slot adds slope · x - offset to each sum of its row while low <= x <= high."""

    def __init__(self, need: Need) -> None:
        self.mix = need.mix
        self.segments: list[Segment] = []
        self.x: Floats = np.ones(0)
        """The price of each run, on COIN-M its inverse."""
        self.base: Floats = np.ones(0)
        """What x was when everything was last summed up."""
        self.starts: Indices = np.zeros(0, np.intp)
        self.ends: Indices = np.zeros(0, np.intp)
        self.capacities: Indices = np.zeros(0, np.intp)
        self._bottoms: Indices = np.zeros(0, np.intp)
        self.brackets = NO_BRACKETS
        """Those of all runs, one run's after another's."""
        self._pending: list[tuple[int, int, int, float, float]] = []
        self.row: Indices = np.zeros(0, np.intp)
        self.low: Floats = np.zeros(0)
        self.high: Floats = np.zeros(0)
        self.slopes: Floats = np.zeros((len(need.mix), 0))
        self.offsets: Floats = np.zeros((len(need.mix), 0))
        self.amount: Floats = np.zeros(0)
        self.constant: Floats = np.zeros(0)
        self.bracket: Indices = np.zeros(0, np.intp)

    def add_segment(self, ladder: Ladder, x: float) -> int:
        """A run for the positions of one symbol and leg at a price."""
        self.segments.append(Segment(len(self.brackets.caps)))
        self.brackets = self.brackets.followed_by(ladder)
        self.x = np.append(self.x, x)
        self.base = np.append(self.base, x)
        self._bottoms = np.append(self._bottoms, self.segments[-1].bottom)
        self._note_runs()
        return len(self.segments) - 1

    def add_leg(self, segment: int, row: int, amount: float, constant: float) -> int:
        """A position in a row; its place in the run. It counts once it is written."""
        place = self.segments[segment].take()
        self.change_leg(segment, place, row, amount, constant)
        return place

    def change_leg(self, segment: int, place: int, row: int, amount: float, constant: float) -> None:
        """A position in a row, in place of what stood in its slot. It counts once it is written."""
        self._pending.append((segment, place, row, amount, constant))

    def drop_leg(self, segment: int, place: int) -> None:
        """Forget a position."""
        run = self.segments[segment]
        if place < run.capacity:
            slot = run.start + place
            for column in (self.slopes, self.offsets, self.amount, self.constant, self.row):
                column[..., slot] = 0
            self.low[slot], self.high[slot] = -np.inf, np.inf
        run.free.append(place)

    def write(self) -> None:
        """Take over the positions that were added or changed."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        segments, places, rows, amounts, constants = zip(*pending, strict=True)
        runs = [(number, self.segments[number]) for number in {*segments}]
        if any(run.used > run.capacity for _, run in runs):
            self._lay_out()
            self._note_runs()
        else:
            for number, run in runs:
                self.ends[number] = run.start + run.used
        of_segment = np.array(segments, np.intp)
        slots = self.starts[of_segment] + np.array(places, np.intp)
        self.row[slots] = rows
        self.amount[slots] = amounts
        self.constant[slots] = constants
        self.bracket[slots] = self._bottoms[of_segment]
        self.find_brackets(slots, self.x[of_segment])

    def _lay_out(self) -> None:
        """Give every run that is nearly full more room; empty slots belong to nobody and cost nothing."""
        moved: list[tuple[slice, slice]] = []
        end = 0
        for run in self.segments:
            old = slice(run.start, run.start + run.capacity)
            if run.used + run.used // 16 > run.capacity:
                run.capacity = run.used + run.used // 8 + SPARE
            run.start = end
            moved.append((slice(end, end + old.stop - old.start), old))
            end += run.capacity

        def longer(before: npt.NDArray[Number], empty: float = 0) -> npt.NDArray[Number]:
            after = np.full((*before.shape[:-1], end), empty, before.dtype)
            for new, old in moved:
                after[..., new] = before[..., old]
            return after

        self.row, self.bracket = longer(self.row), longer(self.bracket)
        self.low, self.high = longer(self.low, -np.inf), longer(self.high, np.inf)
        self.slopes, self.offsets = longer(self.slopes), longer(self.offsets)
        self.amount, self.constant = longer(self.amount), longer(self.constant)

    def _note_runs(self) -> None:
        runs = self.segments
        self.starts = np.fromiter((run.start for run in runs), np.intp, len(runs))
        self.ends = self.starts + np.fromiter((run.used for run in runs), np.intp, len(runs))
        self.capacities = np.fromiter((run.capacity for run in runs), np.intp, len(runs))

    def find_brackets(self, slots: Indices, x: Floats | float) -> None:
        """Take the line of the bracket that holds each position at a price, in steps from where it was."""
        floors, caps, rates, cums = self.brackets
        amount, constant, held = self.amount[slots], self.constant[slots], self.bracket[slots]
        size = np.abs(amount)
        value = size * x
        while True:
            above, below = value > caps[held], value <= floors[held]
            if not (above.any() or below.any()):
                break
            held += above
            held -= below
        self.bracket[slots] = held
        self.low[slots], self.high[slots] = floors[held] / size, caps[held] / size
        weight = size * (rates[held] + GUARD)
        cum = cums[held] - GUARD * (cums[held] + np.abs(constant)) - NARROW
        for number, (of_maint, of_balance) in enumerate(self.mix):
            self.slopes[number, slots] = of_maint * weight + of_balance * amount
            self.offsets[number, slots] = of_maint * cum - of_balance * constant

    def values(self, slots: Indices, x: Floats | float) -> Floats:
        """What positions add to each sum at a price within their brackets."""
        values: Floats = self.slopes[:, slots] * x - self.offsets[:, slots]
        return values
