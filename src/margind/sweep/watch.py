"""A table whose units have owners, and the owners that may be in need."""

import numpy as np
import numpy.typing as npt

from margind.sweep.arithmetic import Arithmetic
from margind.sweep.need import Need
from margind.sweep.segment import Indices, Ladder
from margind.sweep.table import Table

SLOTS_A_MOVE_COSTS = 2500
"""Moving one price by itself costs what adding up so many positions costs; see `bench/sweep.py`."""


class Watch:
    """Keeps up to date whose units may have reached the threshold."""

    def __init__(self, need: Need, arithmetic: Arithmetic) -> None:
        self.table = Table(need, arithmetic)
        self.in_need: dict[str, int] = {}
        """Accounts with at least one unit in need, and how many."""
        self._owners: dict[int, str] = {}
        self._needs: npt.NDArray[np.bool_] = np.zeros(1, np.bool_)
        self._segments: dict[tuple[str, str], int] = {}
        self._runs: dict[str, list[int]] = {}
        """Those of both sides, by symbol."""

    def segment(self, symbol: str, side: str, ladder: Ladder, x: float) -> int:
        """The run of a symbol and side; a new one stands at a price."""
        found = self._segments.get((symbol, side))
        if found is None:
            found = self._segments[symbol, side] = self.table.columns.add_segment(ladder, x)
            self._runs.setdefault(symbol, []).append(found)
        return found

    def add_unit(self, account: str) -> int:
        """A pool of an account."""
        unit = self.table.add_unit()
        self._owners[unit] = account
        if unit >= len(self._needs):
            longer = np.zeros(2 * unit + 2, np.bool_)
            longer[: len(self._needs)] = self._needs
            self._needs = longer
        return unit

    def drop_unit(self, unit: int) -> None:
        """Forget a pool."""
        self._set(unit, needs=False)
        self.table.drop_unit(unit)
        del self._owners[unit]

    def follow(self, prices: dict[str, float]) -> None:
        """Take over new prices of some symbols and look at the pools they reach."""
        numbers, places = [], []
        if self._runs:
            for symbol, x in prices.items():
                for number in self._runs.get(symbol, ()):
                    numbers.append(number)
                    places.append(x)
        if not numbers:
            return
        table = self.table
        used = table.columns.ends - table.columns.starts
        if used[numbers].sum() + SLOTS_A_MOVE_COSTS * len(numbers) < used.sum():
            for number, x in zip(numbers, places, strict=True):
                self.look(table.move(number, x))
        else:
            everywhere = table.columns.x.copy()
            everywhere[numbers] = places
            table.move_all(everywhere)
            self.look_everywhere()

    def look_everywhere(self) -> None:
        """Look at every unit anew."""
        needs = self.table.in_need(slice(self.table.units))
        for unit in np.flatnonzero(needs != self._needs[: self.table.units]).tolist():
            self._set(unit, needs=bool(needs[unit]))

    def look(self, units: Indices | list[int]) -> None:
        """Look at some units anew."""
        chosen = np.asarray(units, np.intp)
        needs = self.table.in_need(chosen)
        for which in np.flatnonzero(needs != self._needs[chosen]).tolist():
            self._set(int(chosen[which]), needs=bool(needs[which]))

    def _set(self, unit: int, *, needs: bool) -> None:
        if self._needs[unit] == needs:
            return
        self._needs[unit] = needs
        owner = self._owners[unit]
        count = self.in_need.get(owner, 0) + (1 if needs else -1)
        if count:
            self.in_need[owner] = count
        else:
            del self.in_need[owner]
