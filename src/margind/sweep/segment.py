"""The positions of one symbol and one leg within the columns of a table."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


class Ladder(NamedTuple):
    """Brackets, lowest first. The lowest reaches down, the highest up, without bound."""

    floors: Floats
    caps: Floats
    rates: Floats
    cums: Floats

    def followed_by(self, other: "Ladder") -> "Ladder":
        """The brackets of another symbol after these."""
        return Ladder(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


NO_BRACKETS = Ladder(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))


class Segment:
    """A run of slots that share a price and a ladder; slots are handed out and taken back."""

    __slots__ = ("bottom", "capacity", "free", "start", "used")

    def __init__(self, bottom: int) -> None:
        self.bottom = bottom
        """The place of its lowest bracket among those of all symbols."""
        self.start = 0
        self.capacity = 0
        self.used = 0
        self.free: list[int] = []

    def take(self) -> int:
        """A place in the run that nobody uses."""
        if self.free:
            return self.free.pop()
        self.used += 1
        return self.used - 1

    @property
    def slots(self) -> slice:
        """Where the run stands in the columns."""
        return slice(self.start, self.start + self.used)
