"""What the columns know of an account, and of the contracts they were made of."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple

from margind.engine.model.brackets import Brackets
from margind.engine.model.market_state import MarketState
from margind.engine.model.payoff import Payoff
from margind.engine.model.positions import Position
from margind.sweep.watch import Watch


class Shape(NamedTuple):
    """What decides which pools an account has; only wallets can change without it."""

    multi_assets_margin: bool
    positions: tuple[Position, ...]
    isolated: tuple[bool, ...]
    """Which positions are; empty when none is."""

    def rows(self) -> Iterator[tuple[Position, bool]]:
        """The positions, and whether they are isolated."""
        return zip(self.positions, self.isolated or repeat(False), strict=False)

    def has_rows_of(self, other: "Shape") -> bool:
        """Whether both have the same rows, all cross: then their pools keep their places."""
        return (
            not self.isolated
            and not other.isolated
            and self.multi_assets_margin is other.multi_assets_margin
            and [(row.symbol, row.position_side) for row in self.positions]
            == [(row.symbol, row.position_side) for row in other.positions]
        )


class Unit(NamedTuple):
    """One pool of an account in a watch. What its wallet is depends on the kind of pool."""

    watch: Watch
    number: int
    asset: str
    """Of a cross pool; empty for the joint wallet and for an isolated position."""
    isolated_wallet: Decimal


class Leg(NamedTuple):
    """Where a position stands in the columns, and the row that it adds to."""

    watch: Watch
    segment: int
    place: int
    row: int


class Terms(NamedTuple):
    """What of a contract the columns were made of."""

    payoff: Payoff
    margin_asset: str
    brackets: Brackets

    @staticmethod
    def of(of_market: MarketState, symbol: str) -> "Terms":
        """As they are now."""
        contract = of_market.contracts[symbol]
        return Terms(contract.payoff, contract.margin_asset, of_market.brackets[symbol])


class Record(NamedTuple):
    """Where an account stands in the columns."""

    shape: Shape
    units: tuple[Unit, ...]
    legs: tuple[Leg, ...]
