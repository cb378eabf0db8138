"""The mean of an index over a span of time: what a dated contract is settled at."""

from decimal import Decimal

import msgspec

from margind.engine.model.terms import Millis


class IndexAverage(msgspec.Struct, frozen=True):
    """An index from `since` to `end`, each value weighed by how long it stood.

    Documented: the mean of the index of each second. An index that changes at full seconds has the same mean
    weighed by time.
    """

    since: Millis
    end: Millis
    index: Decimal
    """The value now."""
    until: Millis
    """When it took that value."""
    total: Decimal
    """The values before, times the milliseconds each stood."""

    def moved(self, index: Decimal, time: Millis) -> "IndexAverage":
        """The index has another value from a time on."""
        until = min(max(time, self.until), self.end)
        return IndexAverage(
            self.since, self.end, index, until, self.total + self.index * (until - self.until)
        )

    def at(self, time: Millis) -> Decimal:
        """The mean up to a time; the value itself where no time has passed."""
        until = min(max(time, self.until), self.end)
        passed = until - self.since
        if passed <= 0:
            return self.index
        return (self.total + self.index * (until - self.until)) / passed


def average_from(since: Millis, end: Millis, index: Decimal) -> IndexAverage:
    """A mean that begins with a value."""
    return IndexAverage(since, end, index, since, Decimal(0))
