"""Positions, prices and brackets of the engine as the float64 numbers of a table."""

from decimal import Decimal

import numpy as np

from margind.engine.model.brackets import Brackets
from margind.engine.model.decimals import cut8
from margind.engine.model.payoff import Inverse, Payoff
from margind.engine.model.positions import Position
from margind.sweep.segment import Ladder


def place(payoff: Payoff, mark_price: Decimal) -> float:
    """The x of a mark price: what values and profits are straight lines in."""
    price = float(mark_price)
    return 1.0 / price if isinstance(payoff, Inverse) else price


def line(payoff: Payoff, position: Position) -> tuple[float, float]:
    """Amount and constant of a position: its profit is amount · x + constant."""
    amount = float(position.position_amt)
    if isinstance(payoff, Inverse):
        value = amount * float(payoff.contract_size)
        return -value, value / float(position.entry_price)
    return amount, -amount * float(cut8(position.entry_price))


def ladder(brackets: Brackets) -> Ladder:
    """The brackets of a symbol as columns."""
    rows = brackets.rows
    caps = [float(row.notional_cap or 0) for row in rows[:-1]]
    return Ladder(
        floors=np.array([-np.inf, *caps]),
        caps=np.array([*caps, np.inf]),
        rates=np.array([float(row.maint_margin_ratio) for row in rows]),
        cums=np.array([float(row.cum) for row in rows]),
    )
