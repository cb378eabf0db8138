"""Funding rates: when a symbol pays, and what premium, interest, cap and floor make of each other."""

from decimal import Decimal

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO, half8
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market, Millis

HOUR: Millis = 3600 * 1000

USUAL_INTERVAL_HOURS = 8
"""Documented: every 8 hours unless `fundingInfo` says otherwise."""

FUNDING_INTERVALS = (1, 2, 4, 8)
"""Observed (2025): `fundingInfo` has 8, 4 and 1; whole numbers of them fit into a day."""

INTEREST_RATE = Decimal("0.0001")
"""Documented: FAQ 'Introduction to Binance Futures Funding Rates': 0.03 % a day, 0.01 % in 8 hours."""

DAMPENER = Decimal("0.0005")
"""Documented, there: interest counts within 0.05 % of the premium."""

IMPACT_MARGIN = Decimal(200)
"""Documented, there: impact prices are those of a trade that 200 USDT or USD margin at the top leverage."""

USUAL_CAP = Decimal("0.75")
"""Documented (announcements of adjusted caps): times the maintenance rate of the first bracket."""


class FundingTerms(msgspec.Struct, frozen=True):
    """When a symbol is funded, and within which bounds; a row of `fundingInfo`."""

    interval_hours: int = USUAL_INTERVAL_HOURS
    cap: Decimal | None = None
    """None for the usual one."""
    floor: Decimal | None = None
    update_time: Millis = 0

    def next_time(self, now: Millis) -> Millis:
        """The next funding after a moment: a whole number of intervals from midnight UTC."""
        return next_funding_time(now, self.interval_hours)


USUAL_TERMS = FundingTerms()


def next_funding_time(now: Millis, interval_hours: int) -> Millis:
    """The next funding after a moment at an interval of 1, 2, 4 or 8 hours."""
    interval = interval_hours * HOUR
    return (now // interval + 1) * interval


def premium_index(contract: Contract, brackets: Brackets, price: SymbolPrice) -> Decimal:
    """How far the contract trades above (positive) or below its index, as a fraction of the index.

    Documented: (max(0, impact bid - index) - max(0, index - impact ask)) / index, where the impact prices are
    those at which 200 · highest leverage could be sold and bought at once. Assumed: where the quote is too
    small for that the mark price stands for both (a feed has one level on each side).
    """
    index = price.index_price
    needed = IMPACT_MARGIN * brackets.max_leverage
    bid, ask = price.bid_price, price.ask_price
    if min(_value(contract, price.bid_qty, bid), _value(contract, price.ask_qty, ask)) < needed:
        bid = ask = price.mark_price
    return (max(ZERO, bid - index) - max(ZERO, index - ask)) / index


def _value(contract: Contract, quantity: Decimal, price: Decimal) -> Decimal:
    """In the quote asset."""
    return quantity * (contract.contract_size if contract.market is Market.COINM else price)


def funding_rate(premium: Decimal, terms: FundingTerms, brackets: Brackets) -> Decimal:
    """The rate that a premium makes, 8 decimals.

    Documented (formula since 2025-09-18): (P + clamp(interest - P, ±0.05 %)) / (8 / interval in hours), then
    between floor and cap. Assumed: rounded half away from zero.
    """
    dampened = min(max(INTEREST_RATE - premium, -DAMPENER), DAMPENER)
    rate = (premium + dampened) * terms.interval_hours / USUAL_INTERVAL_HOURS
    floor, cap = bounds(terms, brackets)
    return half8(min(max(rate, floor), cap))


def bounds(terms: FundingTerms, brackets: Brackets) -> tuple[Decimal, Decimal]:
    """The lowest and the highest rate of a symbol."""
    usual = USUAL_CAP * brackets.rows[0].maint_margin_ratio
    return (-usual if terms.floor is None else terms.floor), (usual if terms.cap is None else terms.cap)
