"""The loops over all positions compiled by numba: the extra `margind[compiled]`, for large crowds."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from margind.sweep.columns import Columns
from margind.sweep.need import GUARD, NARROW, OwnPool
from margind.sweep.segment import NO_BRACKETS, Floats, Indices

AT_ONCE = 256
"""Positions that are asked together whether one has left its bracket: hardly any has."""

Loop = Callable[..., Any]


def compile_loop(loop: Loop) -> Loop:
    """Machine code, made at the first call and kept on the disk until this file changes.

    So whatever stands in another file comes as an argument. Before a division nobody asks: no amount is zero.
    """
    try:
        return numba.njit(cache=True, error_model="numpy")(loop)
    except RuntimeError:  # there is no folder to keep it in
        return numba.njit(error_model="numpy")(loop)


@compile_loop
def _is_any_outside(at: float, first: int, last: int, low: Floats, high: Floats) -> bool:
    outside = 0
    for slot in range(first, last):
        outside += (at < low[slot]) | (at > high[slot])
    return outside > 0


@compile_loop
def _find_bracket(  # as Columns.find_brackets
    slot: int,
    at: float,
    low: Floats,
    high: Floats,
    bracket: Indices,
    amount: Floats,
    constant: Floats,
    floors: Floats,
    caps: Floats,
    rates: Floats,
    cums: Floats,
    guard: float,
    narrow: float,
    mix: Floats,
    slopes: Floats,
    offsets: Floats,
) -> None:
    size, held = abs(amount[slot]), bracket[slot]
    value = size * at
    while value > caps[held]:
        held += 1
    while value <= floors[held]:
        held -= 1
    bracket[slot] = held
    low[slot], high[slot] = floors[held] / size, caps[held] / size
    weight = size * (rates[held] + guard)
    cum = cums[held] - guard * (cums[held] + abs(constant[slot])) - narrow
    for number in range(len(mix)):
        slopes[number, slot] = mix[number, 0] * weight + mix[number, 1] * amount[slot]
        offsets[number, slot] = mix[number, 0] * cum - mix[number, 1] * constant[slot]


@compile_loop
def _add_up(
    x: Floats,
    starts: Indices,
    ends: Indices,
    row: Indices,
    low: Floats,
    high: Floats,
    bracket: Indices,
    amount: Floats,
    constant: Floats,
    floors: Floats,
    caps: Floats,
    rates: Floats,
    cums: Floats,
    guard: float,
    narrow: float,
    mix: Floats,
    slopes: Floats,
    offsets: Floats,
    totals: Floats,
) -> None:
    for run in range(len(x)):
        at = x[run]
        for first in range(starts[run], ends[run], AT_ONCE):
            last = min(first + AT_ONCE, ends[run])
            if _is_any_outside(at, first, last, low, high):
                for slot in range(first, last):
                    if at < low[slot] or at > high[slot]:
                        _find_bracket(
                            slot, at, low, high, bracket, amount, constant,
                            floors, caps, rates, cums, guard, narrow, mix, slopes, offsets,
                        )  # fmt: skip
            for number in range(len(mix)):
                total, slope, offset = totals[number], slopes[number], offsets[number]
                for slot in range(first, last):
                    # Unsigned, because a signed index is first asked whether it counts from the end.
                    total[np.uint64(row[slot])] += slope[slot] * at - offset[slot]


@compile_loop
def _move(
    at: float,
    dx: float,
    start: int,
    end: int,
    row: Indices,
    low: Floats,
    high: Floats,
    slopes: Floats,
    totals: Floats,
    left: Indices,
) -> int:
    found = 0
    for first in range(start, end, AT_ONCE):
        last = min(first + AT_ONCE, end)
        for number in range(len(slopes)):
            total, slope = totals[number], slopes[number]
            for slot in range(first, last):
                total[np.uint64(row[slot])] += slope[slot] * dx
        if _is_any_outside(at, first, last, low, high):
            for slot in range(first, last):
                if at < low[slot] or at > high[slot]:
                    left[found] = slot
                    found += 1
    return found


class Compiled:
    """The loops as machine code."""

    def __init__(self) -> None:
        # Made, or fetched from the disk, now and not when the first price waits for it.
        nothing = Columns(OwnPool(1.0))
        nothing.add_segment(NO_BRACKETS, 1.0)
        totals = np.zeros((1, 1))
        self.add_up(nothing, totals)
        self.move(nothing, 0, 0.0, totals)

    def add_up(self, columns: Columns, totals: Floats) -> None:
        """Run by run, a few positions at a time: their brackets first, then what they are worth."""
        c = columns
        _add_up(
            c.x, c.starts, c.ends, c.row, c.low, c.high, c.bracket, c.amount, c.constant,
            *c.brackets, GUARD, NARROW, c.mix, c.slopes, c.offsets, totals,
        )  # fmt: skip

    def move(self, columns: Columns, segment: int, dx: float, totals: Floats) -> Indices:
        """One run."""
        c, start, end = columns, columns.starts[segment], columns.ends[segment]
        left = np.empty(end - start, np.intp)
        found = _move(c.x[segment], dx, start, end, c.row, c.low, c.high, c.slopes, totals, left)
        return left[:found]
