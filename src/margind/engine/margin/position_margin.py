"""The margins of one position: notional, profit, initial and maintenance margin."""

from decimal import Decimal

import msgspec

from margind.engine.margin import formulas
from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, up8
from margind.engine.model.positions import Position
from margind.engine.model.traced import Traced


class PositionMargin(msgspec.Struct, frozen=True, gc=False):
    """One position valued at the mark price, exact: nothing here is rounded."""

    notional: Decimal
    unrealized_profit: Decimal
    initial_margin: Decimal
    maint_margin: Decimal


def initial_margin_rate(leverage: int | Decimal, symbol: str = "") -> Decimal:
    """1 / leverage, rounded up at 8 decimals.

    Observed: 11x is 0.09090910; leverages that divide 1 evenly do not tell.
    """
    if leverage.__class__ is Traced:
        return formulas.INITIAL_MARGIN_RATE(up8(ONE / leverage), symbol)
    rate = _RATES.get(int(leverage))
    if rate is None:
        rate = _RATES[int(leverage)] = up8(ONE / leverage)
    return rate


_RATES: dict[int, Decimal] = {}


def position_margin(
    position: Position, contract: Contract, brackets: Brackets, rate: Decimal, mark_price: Decimal
) -> PositionMargin:
    """Value one position at the mark price; `rate` is its initial margin rate."""
    payoff = contract.payoff
    notional = payoff.notional(position.position_amt, mark_price)
    value = abs(notional)
    bracket = brackets.holding(value)
    return PositionMargin(
        notional=notional,
        unrealized_profit=payoff.profit(position.position_amt, position.entry_price, mark_price),
        # Assumed: margins are taken from the exact notional, not from the printed one.
        initial_margin=value * rate,
        # `cum` keeps the requirement continuous where two brackets meet.
        maint_margin=value * bracket.maint_margin_ratio - bracket.cum,
    )


def named(margin: PositionMargin, scope: str) -> PositionMargin:
    """The same margins; when they are traced, each remembers its name and the row it belongs to."""
    if margin.notional.__class__ is Decimal:
        return margin
    return PositionMargin(
        notional=margin.notional,
        unrealized_profit=formulas.EXACT_UNREALIZED_PROFIT(margin.unrealized_profit, scope),
        initial_margin=formulas.EXACT_INITIAL_MARGIN(margin.initial_margin, scope),
        maint_margin=formulas.EXACT_MAINT_MARGIN(margin.maint_margin, scope),
    )
