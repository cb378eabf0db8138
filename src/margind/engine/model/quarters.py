"""The quarterly calendar: when dated contracts are delivered, and how their symbols name the day."""

from collections.abc import Iterator
from itertools import count, takewhile
from typing import NamedTuple

from margind.engine.model.terms import Millis

DAY: Millis = 24 * 3600 * 1000
DELIVERY_HOUR: Millis = 8 * 3600 * 1000
"""Documented: 08:00 UTC (FAQ 'Delivery & Settlement of Quarterly Futures')."""

_FRIDAY = 1
"""What the number of a day (1970-01-01, a Thursday, is 0) leaves when it is divided by 7."""
_LONGEST_YEAR: Millis = 366 * DAY
_MONTHS = ((3, 31, 90), (6, 30, 181), (9, 30, 273), (12, 31, 365))
"""The last month of each quarter, its length, and the days of the year that it ends; without a leap day."""


class QuarterDay(NamedTuple):
    """The end of a quarter's contracts."""

    time: Millis
    text: str
    """As symbols name it: 251226 for 2025-12-26."""


def next_quarter_day(after: Millis) -> QuarterDay:
    """The first one after a time. Documented: the last Friday of March, June, September and December."""
    return next(day for day in _from_before(after) if day.time > after)


def quarter_day_before(time: Millis) -> Millis:
    """The last one before a time."""
    return [day.time for day in takewhile(lambda day: day.time < time, _from_before(time))][-1]


def _from_before(time: Millis) -> Iterator[QuarterDay]:
    """All from the year before a time on, or from an earlier one."""
    for year in count(1969 + time // _LONGEST_YEAR):
        leap = 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0
        new_year = 365 * (year - 1970) + (year - 1969) // 4 - (year - 1901) // 100 + (year - 1601) // 400
        for month, length, end in _MONTHS:
            last = new_year + end + leap - 1
            back = (last - _FRIDAY) % 7
            yield QuarterDay(
                (last - back) * DAY + DELIVERY_HOUR, f"{year % 100:02}{month:02}{length - back:02}"
            )
