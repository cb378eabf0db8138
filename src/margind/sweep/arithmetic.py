"""The loops over all positions, in NumPy, and the choice of who carries them out."""

from functools import cache
from typing import Protocol

import numpy as np

from margind.sweep.columns import Columns
from margind.sweep.segment import Floats, Indices

BLOCK = 2**16
"""Positions that are worked on together, so that what is between two steps stays in the cache."""


class Arithmetic(Protocol):
    """Adds up lines. In which order is free: the guard covers every one."""

    def add_up(self, columns: Columns, totals: Floats) -> None:
        """Put each position into the bracket of its run's price, and add what it is worth to its row."""
        ...

    def move(self, columns: Columns, segment: int, dx: float, totals: Floats) -> Indices:
        """Take the rows of a run on by dx along their lines; the slots whose bracket its price has left."""
        ...


class WithNumpy:
    """The loops as NumPy's own: always there."""

    def __init__(self) -> None:
        self._value: Floats = np.empty(BLOCK)

    def add_up(self, columns: Columns, totals: Floats) -> None:
        """Block by block, whatever runs are in it."""
        x = np.repeat(columns.x, columns.capacities)
        sums = list(zip(totals, columns.slopes, columns.offsets, strict=True))
        for start in range(0, len(x), BLOCK):
            part = slice(start, min(start + BLOCK, len(x)))
            at, rows = x[part], columns.row[part]
            outside = (at < columns.low[part]) | (at > columns.high[part])
            if outside.any():
                which = np.flatnonzero(outside)
                columns.find_brackets(which + start, at[which])
            value = self._value[: len(at)]
            for total, slope, offset in sums:
                np.multiply(slope[part], at, out=value)
                np.subtract(value, offset[part], out=value)
                np.add.at(total, rows, value)

    def move(self, columns: Columns, segment: int, dx: float, totals: Floats) -> Indices:
        """One run at once."""
        run, x = columns.segments[segment], columns.x[segment]
        slots = run.slots
        rows = columns.row[slots]
        for total, slope in zip(totals, columns.slopes, strict=True):
            np.add.at(total, rows, slope[slots] * dx)
        outside = (x < columns.low[slots]) | (x > columns.high[slots])
        return np.flatnonzero(outside) + run.start


@cache
def compiled() -> Arithmetic | None:
    """The compiled loops; None where the extra `margind[compiled]` is not installed."""
    try:
        from margind.sweep.compiled import Compiled  # noqa: PLC0415 - loads numba, for a large crowd only
    except ImportError:
        return None
    return Compiled()
