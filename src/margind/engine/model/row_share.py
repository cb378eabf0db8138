"""What a position row adds to the sums of its asset: kept, because an order changes one row of many."""

from decimal import Decimal

import msgspec

from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.decimals import ZERO
from margind.engine.model.positions import Position
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Rounding


class RowShare(msgspec.Struct):
    """The parts of the sums and what they came from: they hold as long as those are the same objects."""

    position: Position | None
    price: SymbolPrice
    chosen: SymbolConfiguration | None
    facts_version: int
    rounding: Rounding

    rate: Decimal
    """Of the initial margin."""
    isolated: bool
    notional: Decimal = ZERO
    isolated_wallet: Decimal = ZERO
    unrealized_profit: Decimal = ZERO
    initial_margin: Decimal = ZERO

    bids: Decimal = ZERO
    asks: Decimal = ZERO
    """Values of what rests, from which comes what it binds:"""
    open_order_initial_margin: Decimal = ZERO
