"""One drawn crowd in two tables: one that NumPy adds up, and one that somebody else does."""

import random

import numpy as np

from margind.sweep.arithmetic import Arithmetic, WithNumpy
from margind.sweep.need import Need
from margind.sweep.segment import Floats, Ladder
from margind.sweep.table import Table

MOST_RUNS = 5


def ladder(rng: random.Random) -> Ladder:
    """Brackets whose requirement is continuous, as published ones are."""
    caps = sorted(10 ** rng.uniform(1, 7) for _ in range(rng.randint(0, 4)))
    rates = sorted(rng.uniform(0.004, 0.5) for _ in range(len(caps) + 1))
    cums = [0.0]
    for cap, low, high in zip(caps, rates, rates[1:], strict=False):
        cums.append(cums[-1] + cap * (high - low))
    return Ladder(np.array([-np.inf, *caps]), np.array([*caps, np.inf]), np.array(rates), np.array(cums))


class Twins:
    """Rows with at most one position in each run."""

    def __init__(self, rng: random.Random, need: Need, other: Arithmetic) -> None:
        self.rng = rng
        self.ladders = [ladder(rng) for _ in range(rng.randint(1, MOST_RUNS))]
        self.x = [10 ** rng.uniform(-6, 5) for _ in self.ladders]
        self.tables = [Table(need, WithNumpy()), Table(need, other)]
        for table in self.tables:
            for brackets, x in zip(self.ladders, self.x, strict=True):
                table.columns.add_segment(brackets, x)
        units = rng.randint(1, 400)
        for _ in range(units):
            assert self.tables[0].add_unit() == self.tables[1].add_unit()
        self.nobody = need.width
        self.rows = (units + 1) * need.width
        self.wallets = dict.fromkeys(range(need.width, self.rows), 0.0)
        self.legs: dict[int, list[tuple[int, int, float, float]]] = {row: [] for row in self.wallets}
        self.settle(list(self.wallets))

    def settle(self, rows: list[int]) -> None:
        """Give rows other positions and wallets."""
        for row in rows:
            for segment, place, _, _ in self.legs[row]:
                for table in self.tables:
                    table.columns.drop_leg(segment, place)
            runs = self.rng.sample(range(len(self.x)), self.rng.randint(0, len(self.x)))
            self.legs[row] = [self.leg(segment, row) for segment in runs]
            self.wallets[row] = self.rng.uniform(-0.1, 0.5) * self.worth(row)
        keys = [(segment, place) for row in rows for segment, place, _, _ in self.legs[row]]
        for table in self.tables:
            table.settle(rows, [self.wallets[row] for row in rows], keys)

    def leg(self, segment: int, row: int) -> tuple[int, int, float, float]:
        value = 10 ** self.rng.uniform(0, 8) * self.rng.choice([1, -1])
        amount, constant = value / self.x[segment], -value * self.rng.uniform(0.8, 1.2)
        place, same = (table.columns.add_leg(segment, row, amount, constant) for table in self.tables)
        assert place == same
        return segment, place, amount, constant

    def worth(self, row: int) -> float:
        """At most what the positions of a row put into its sums."""
        worth = 0.0
        for segment, _, amount, constant in self.legs[row]:
            worth += abs(amount) * self.x[segment] + abs(constant) + self.ladders[segment].cums[-1]
        return worth

    def step(self) -> None:
        """One price moves, or all do; or a few rows change."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.2:
            self.settle(rng.sample(list(self.wallets), min(3, len(self.wallets))))
            return
        scale = rng.choice([1e-6, 1e-3, 0.2])
        new = [x * rng.uniform(1 - scale, 1 + scale) for x in self.x]
        if kind < 0.6:
            self.x = new
            for table in self.tables:
                table.move_all(np.array(new))
            return
        moved = rng.randrange(len(new))
        self.x[moved] = new[moved]
        reached, same = (table.move(moved, new[moved]).tolist() for table in self.tables)
        assert reached == same

    def sums(self) -> tuple[Floats, Floats]:
        """Both tables' sums, by kind of sum and row, without the unit that nobody has."""
        first, second = (table._totals[:, self.nobody : self.rows].copy() for table in self.tables)
        return first, second

    def gross(self) -> Floats:
        """What goes into the sums of each row at most."""
        return np.array([abs(wallet) + self.worth(row) for row, wallet in self.wallets.items()])
