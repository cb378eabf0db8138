"""Candles begin where those of the exchange begin."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.feeds.intervals import INTERVALS, next_open_time, open_time, open_time_back


def millis(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("interval", "opened", "following"),
    [
        ("1m", "2025-05-14 15:37", "2025-05-14 15:38"),
        ("3m", "2025-05-14 15:36", "2025-05-14 15:39"),
        ("15m", "2025-05-14 15:30", "2025-05-14 15:45"),
        ("4h", "2025-05-14 12:00", "2025-05-14 16:00"),
        ("8h", "2025-05-14 08:00", "2025-05-14 16:00"),
        ("1d", "2025-05-14 00:00", "2025-05-15 00:00"),
        ("1w", "2025-05-12 00:00", "2025-05-19 00:00"),  # Mondays
        ("1M", "2025-05-01 00:00", "2025-06-01 00:00"),
    ],
)
def test_a_candle_begins_and_ends_on_its_own_boundary(interval: str, opened: str, following: str) -> None:
    assert open_time(interval, millis("2025-05-14 15:37") + 12_345) == millis(opened)
    assert next_open_time(interval, millis(opened)) == millis(following)


def test_the_month_before_january_is_december() -> None:
    assert open_time_back("1M", millis("2025-02-01"), 2) == millis("2024-12-01")
    assert next_open_time("1M", millis("2024-12-01")) == millis("2025-01-01")


@pytest.mark.parametrize("interval", ["", "1s", "7m", "1H", "1mo"])
def test_an_interval_that_does_not_exist_is_refused_by_name(interval: str) -> None:
    with pytest.raises(ValueError, match=f"unknown interval '{interval}'; there are: 1m, 3m"):
        open_time(interval, 0)


@given(interval=st.sampled_from(INTERVALS), time=st.integers(0, 4_000_000_000_000), count=st.integers(0, 40))
def test_candles_cover_time_without_gap_or_overlap(interval: str, time: int, count: int) -> None:
    opened = open_time(interval, time)
    assert opened <= time < next_open_time(interval, opened)
    back = open_time_back(interval, opened, count)
    for _ in range(count):
        back = next_open_time(interval, back)
    assert back == opened
