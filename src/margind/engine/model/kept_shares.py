"""What position rows add to the sums of their assets: kept, because an order changes one row of many."""

from decimal import Decimal

import msgspec

from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.decimals import E8, ZERO
from margind.engine.model.positions import Position
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import PositionSide, Rounding


class RowShare(msgspec.Struct):
    """What one row takes from, or adds to, what is left for orders."""

    position: Position | None
    price: SymbolPrice
    chosen: SymbolConfiguration | None
    """What the position's part came from: it holds as long as these are the same objects."""

    leverage: int
    rate: Decimal
    """Of the initial margin."""
    max_notional: Decimal | None
    notional: Decimal = ZERO
    of_position: Decimal = ZERO
    of_orders: Decimal = ZERO
    """Both are added; the margin that resting orders bind is negative."""


class KeptShares:
    """The shares of all rows as last computed, and their sums: no part of the state."""

    __slots__ = (
        "at_most",
        "changed",
        "facts_version",
        "only_orders_changed",
        "prices_version",
        "rounding",
        "rows",
        "sums",
    )

    def __init__(self) -> None:
        self.rows: dict[tuple[str, PositionSide], RowShare] = {}
        self.sums: dict[str, Decimal] = {}
        """Per margin asset."""
        self.changed: set[tuple[str, PositionSide]] = set()
        """Rows whose position, orders or configuration changed since."""
        self.only_orders_changed = True
        self.at_most = ZERO
        """What the orders that came since bind at most: no order frees what another binds."""
        self.prices_version = -1
        self.facts_version = -1
        self.rounding: Rounding | None = None

    def change(self, key: tuple[str, PositionSide]) -> None:
        """A row has another position or configuration."""
        self.changed.add(key)
        self.only_orders_changed = False

    def rest(self, key: tuple[str, PositionSide], value: Decimal) -> None:
        """Orders of a row are worth so much more, in the margin asset."""
        share = self.rows.get(key)
        if share is None:
            self.change(key)
            return
        self.changed.add(key)
        if value > ZERO:
            self.at_most += value * share.rate + E8  # for it is rounded up
