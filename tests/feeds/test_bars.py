"""Inside a minute the price takes one written way, and candles are made of minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.feeds.bars import Bar, bar_until, price_at

RISING = Bar(open=100, high=140, low=80, close=121, volume=600)
FALLING = Bar(open=100, high=140, low=80, close=99, volume=600)


@pytest.mark.parametrize(
    ("second", "price", "bought"),
    [
        (0, 100, False),
        (10, 90, False),  # half way down to the low
        (20, 80, True),
        (30, 110, True),  # half way up to the high
        (40, 140, False),
        (59, 121, False),
    ],
)
def test_a_rising_bar_goes_by_its_low_to_its_high(second: int, price: int, bought: bool) -> None:
    assert price_at(RISING, second) == (price, bought)


@pytest.mark.parametrize(("second", "price"), [(0, 100), (10, 120), (20, 140), (30, 110), (40, 80), (59, 99)])
def test_a_falling_bar_goes_by_its_high_to_its_low(second: int, price: int) -> None:
    assert price_at(FALLING, second)[0] == price


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low = draw(st.integers(1, 10**7))
    high = low + draw(st.integers(0, 10**5))
    return Bar(
        draw(st.integers(low, high)), high, low, draw(st.integers(low, high)), draw(st.integers(0, 10**9))
    )


@given(bars())
def test_the_way_through_a_bar_has_its_open_high_low_and_close(bar: Bar) -> None:
    prices = [price_at(bar, second)[0] for second in range(60)]
    assert (prices[0], max(prices), min(prices), prices[-1]) == (bar.open, bar.high, bar.low, bar.close)


@given(bars())
def test_a_bar_is_whole_after_its_last_second(bar: Bar) -> None:
    assert bar_until(bar, 59) == bar


@given(bars(), st.integers(0, 59))
def test_an_unfinished_bar_tells_only_what_has_happened(bar: Bar, second: int) -> None:
    prices = [price_at(bar, passed)[0] for passed in range(second + 1)]
    seen = bar_until(bar, second)
    assert (seen.open, seen.high, seen.low, seen.close) == (prices[0], max(prices), min(prices), prices[-1])


def test_an_unfinished_bar_has_its_share_of_the_volume() -> None:
    assert bar_until(RISING, 29).volume == 300
