"""A position as it is remembered; a flat one is absent."""

from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Millis, PositionSide


class Position(msgspec.Struct, frozen=True, gc=False):
    """An open position. Amounts are signed: a short is negative."""

    symbol: str
    position_side: PositionSide
    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    isolated_wallet: Decimal = ZERO
    """The part of the wallet that belongs to this position alone; 0 when it is cross."""
    update_time: Millis = 0
