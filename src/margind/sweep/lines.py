"""Positions, prices and brackets of the engine as the float64 numbers of a table."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from margind.engine.model.brackets import Brackets
from margind.engine.model.decimals import cut8
from margind.engine.model.payoff import Inverse, Payoff
from margind.engine.model.positions import Position
from margind.sweep.segment import Ladder


def x_of(payoff: Payoff) -> Callable[[Decimal], float]:
    """What makes a mark price the x in which values and profits are straight lines."""
    return _inverse if isinstance(payoff, Inverse) else float


def _inverse(mark_price: Decimal) -> float:
    return 1.0 / float(mark_price)


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
