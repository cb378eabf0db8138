"""How far a synthetic contract trades from its index, and the mean of that which funding goes by."""

from decimal import Decimal
from typing import Protocol

from margind.engine.model.decimals import ONE
from margind.engine.model.terms import Millis
from margind.feeds.intervals import MINUTE

BILLION = 10**9
BASIS_MINUTES = 30
"""Documented: FAQ 'Mark Price': the basis in the second of the three prices is a mean of 30 minutes."""


class MinuteValues(Protocol):
    """Whole numbers, one for each minute counted from 1970."""

    def values(self, first: int, end: int) -> list[int]:
        """Those from `first` to before `end`."""


class Premiums:
    """The premium index of one contract at any time, in fractions of its index."""

    __slots__ = ("_minutes", "_of_funding")

    def __init__(self, minutes: MinuteValues) -> None:
        self._minutes = minutes
        self._of_funding = (0, 0, Decimal(0))

    def at(self, time: Millis) -> int:
        """The premium at a second, in billionths: on the straight way from one minute to the next."""
        minute, into = divmod(time, MINUTE)
        before, after = self._minutes.values(minute, minute + 2)
        return before + (after - before) * (into // 1000) // 60

    def basis(self, time: Millis) -> Decimal:
        """The mean of the last half hour."""
        minute = time // MINUTE
        values = self._minutes.values(minute - BASIS_MINUTES + 1, minute + 1)
        return Decimal(sum(values)) / (BASIS_MINUTES * BILLION)

    def of_funding(self, began: Millis, due: Millis, now: Millis) -> Decimal:
        """What funding goes by: the mean since the last funding, of which late values weigh more.

        Documented (FAQ 'Introduction to Binance Futures Funding Rates'): (1 · P1 + 2 · P2 + … + n · Pn) /
        (1 + 2 + … + n). Assumed: one value a minute (the exchange takes one every five seconds), and the same
        weights whatever the interval.
        """
        first, end = began // MINUTE, min(now // MINUTE + 1, due // MINUTE)
        if self._of_funding[:2] != (first, end):
            values = self._minutes.values(first, max(end, first + 1))
            weights = len(values) * (len(values) + 1) // 2
            total = sum(weight * value for weight, value in enumerate(values, start=1))
            self._of_funding = first, end, Decimal(total) / (weights * BILLION)
        return self._of_funding[2]


def index_price(last_price: Decimal, premium: int) -> Decimal:
    """The index that a price is so far above."""
    return last_price / (ONE + Decimal(premium) / BILLION)
