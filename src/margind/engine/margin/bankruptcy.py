"""The bankruptcy price: where closing a position would leave nothing of what stands behind it."""

from decimal import Decimal

from margind.engine.margin.danger import PoolHealth, ask_rate, requirement
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.decimals import ZERO, book, half8


def backing(report: AccountReport, health: PoolHealth, row: PositionReport) -> Decimal:
    """What of a pool's margin balance stands behind one of its positions, in the position's margin asset.

    Assumed: several positions of a cross pool share it as they share the maintenance margin; no page says at
    which prices they are taken over.
    """
    whole = sum((requirement(report, other) for other in health.rows), ZERO)
    if len(health.rows) == 1 or not whole:
        share = health.margin_balance / len(health.rows)
    else:
        share = health.margin_balance * requirement(report, row) / whole
    return share / ask_rate(report, row)


def bankruptcy_price(row: PositionReport, backed: Decimal) -> Decimal | None:
    """The price at which a position has lost what backs it, at 8 decimals; None when no price takes so much.

    Assumed (by definition): for an isolated position the price where isolatedMargin is 0, entryPrice -
    direction · isolatedWallet / quantity; COIN-M 1 / (1 / entryPrice + direction · isolatedWallet / value).
    """
    return price_of_profit(row, row.exact.unrealized_profit - backed)


def price_of_profit(row: PositionReport, profit: Decimal) -> Decimal | None:
    """The price, at 8 decimals, at which closing a whole position realizes a profit."""
    price = row.contract.payoff.closing_price(row.position_amt, row.entry_price, profit)
    return None if price is None else half8(price) or None


def profit_at_mark(row: PositionReport) -> Decimal:
    """What closing a whole position at the mark price would book."""
    return book(row.exact.unrealized_profit)
