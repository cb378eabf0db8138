"""When the symbols of a feed are funded: as they were in a recording, or at the intervals of their terms."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from decimal import Decimal

from margind.engine.model.funding import HOUR, FundingTerms
from margind.engine.model.terms import Millis


class Fundings:
    """The fundings of one symbol, at whole hours of exchange time.

    A recording says how many hours apart they were at each of its moments, which may change on the way, and
    at which rates. Its hours are not those of the exchange's clock: the intervals are kept, from midnight on.
    """

    __slots__ = ("_changes", "_offset", "_rates", "_times")

    def __init__(
        self,
        terms: FundingTerms,
        times: tuple[Millis, ...],
        rates: tuple[Decimal, ...],
        offset: Callable[[Millis], Millis],
    ) -> None:
        self._changes: list[tuple[Millis, FundingTerms]] = [(0, terms)]
        """Since when which terms hold, the present ones last."""
        self._times = times
        """When each recorded rate was settled, in milliseconds from the first bar."""
        self._rates = rates
        self._offset = offset

    def change(self, terms: FundingTerms) -> None:
        """Fund on other terms from when they were set; what was due by then keeps those it had."""
        if terms != self._changes[-1][1]:
            self._changes.append((terms.update_time, terms))

    def terms_of(self, due: Millis) -> FundingTerms:
        """The terms of a funding: the last that were set before it."""
        found = (terms for since, terms in reversed(self._changes) if since < due)
        return next(found, self._changes[0][1])

    def recorded_rate(self, due: Millis) -> Decimal | None:
        """The rate that a recording has for a funding: the first that was settled then or later.

        Recordings go round, so what comes after the last is the first. None where nothing was recorded.
        """
        return self._rates[self._place(due)] if self._times else None

    def interval_hours(self, due: Millis) -> int:
        """How many hours before a time the funding before it was."""
        if len(self._times) < 2:  # noqa: PLR2004 - one time has no distance
            return self.terms_of(due).interval_hours
        place = max(self._place(due), 1)
        return max(round((self._times[place] - self._times[place - 1]) / HOUR), 1)

    def next_due(self, now: Millis) -> Millis:
        """The first funding after a moment."""
        if not self._times:
            return self.terms_of(now + 1).next_time(now)
        return next(self.dues(now + 1, now + 24 * HOUR))

    def dues(self, first: Millis, last: Millis) -> Iterator[Millis]:
        """The fundings of a span of time, both ends included, oldest first."""
        step = self._step
        due = -(-first // step) * step
        while due <= last:
            if self._is_due(due):
                yield due
            due += step

    def dues_back(self, first: Millis, last: Millis) -> Iterator[Millis]:
        """The same, newest first."""
        step = self._step
        due = last // step * step
        while due >= first:
            if self._is_due(due):
                yield due
            due -= step

    @property
    def _step(self) -> Millis:
        # The shortest interval there was: whole numbers of it fit into the others.
        return HOUR if self._times else min(terms.interval_hours for _, terms in self._changes) * HOUR

    def _is_due(self, due: Millis) -> bool:
        return due % (self.interval_hours(due) * HOUR) == 0

    def _place(self, due: Millis) -> int:
        # What was settled at a moment was in force until then.
        return bisect_right(self._times, self._offset(due - 1)) % len(self._times)
