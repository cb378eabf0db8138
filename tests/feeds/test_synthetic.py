"""Synthetic prices follow from their seed alone."""

from decimal import Decimal
from itertools import pairwise

import pytest

from margind.feeds.catalogue import make_feed
from margind.feeds.feed import Feed, Kline
from tests.feeds.support import MINUTE, NOW, funding_rates, klines, price_of, reference


def synthetic(**options: object) -> Feed:
    return make_feed("synthetic", reference(), **options)


def test_the_same_seed_gives_the_same_prices_whatever_was_asked_before() -> None:
    often, once = synthetic(seed=7), synthetic(seed="7")
    often.start(NOW)
    for second in range(1, 300):
        often.at(NOW + second * 777)
    klines(often, "BTCUSDT", "1d")
    once.start(NOW - 5 * MINUTE)
    later = NOW + 10 * MINUTE
    assert price_of(often.at(later), "BTCUSDT") == price_of(once.at(later), "BTCUSDT")
    assert klines(often, "ETHUSDT", now=later, limit=5) == klines(once, "ETHUSDT", now=later, limit=5)


def test_another_seed_gives_other_prices() -> None:
    closes = {tuple(row.close for row in started(seed=seed)) for seed in range(5)}
    assert len(closes) == 5


def started(**options: object) -> list[Kline]:
    feed = synthetic(**options)
    feed.start(NOW)
    return klines(feed, "BTCUSDT", limit=3)


def test_contracts_on_one_coin_move_together() -> None:
    feed = synthetic()
    tick = feed.start(NOW)
    linear, inverse = price_of(tick, "BTCUSDT"), price_of(tick, "BTCUSD_PERP")
    assert abs(linear.last_price - inverse.last_price) <= Decimal("0.1")


def test_bars_join_and_hold_their_prices() -> None:
    feed = synthetic(volatility="0.002")
    feed.start(NOW)
    rows = klines(feed, "BTCUSDT", limit=1500)[:-1]
    for before, row in pairwise(rows):
        assert row.open == before.close
        assert row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high
        assert row.volume > 0


@pytest.mark.parametrize("volatility", ["0.0001", "0.0005", "0.003"])
def test_volatility_is_about_the_move_of_a_minute(volatility: str) -> None:
    feed = synthetic(volatility=volatility, seed=3)
    feed.start(NOW)
    rows = klines(feed, "BTCUSDT", limit=1440)[:-1]
    squares = sum(((row.close / row.open - 1) ** 2 for row in rows), start=Decimal(0))
    typical = (squares / len(rows)).sqrt()
    assert Decimal(volatility) / 2 < typical < Decimal(volatility) * 2


def test_prices_stay_around_their_reference() -> None:
    feed = synthetic(volatility="0.003")
    feed.start(NOW)
    centre = reference_price("BTCUSDT")
    for row in klines(feed, "BTCUSDT", "1d", now=NOW + 20 * 1440 * MINUTE):
        assert centre / 3 < row.low <= row.high < centre * 5 / 3


def reference_price(symbol: str) -> Decimal:
    return next(facts.prices[symbol].mark_price for facts in reference().values() if symbol in facts.prices)


def test_any_listed_contract_can_be_synthetic() -> None:
    feed = synthetic(symbols=["SOLUSDT", "1000PEPEUSDT"])
    tick = feed.start(NOW)
    assert {symbol for symbol, _ in tick.usdm} == {"SOLUSDT", "1000PEPEUSDT"}
    assert price_of(tick, "1000PEPEUSDT").last_price > 0


HOUR = 3_600_000
DUE = 1_763_740_800_000  # 2025-11-21 16:00 UTC, the first funding after the start


def premium_at(feed: Feed, time: int) -> Decimal:
    price = price_of(feed.at(time), "BTCUSDT")
    return price.last_price / price.index_price - 1


def test_the_rate_is_made_of_the_mean_premium_since_the_last_funding() -> None:
    """(1 · P1 + 2 · P2 + … + 480 · P480) / (1 + 2 + … + 480), then interest within 0.05 % of it."""
    for seed in range(6):
        feed = synthetic(seed=seed, symbols=["BTCUSDT"])
        feed.start(DUE - 8 * HOUR - 1000)
        weighted, weights = Decimal(0), 0
        for minute in range(480):
            weighted += (minute + 1) * premium_at(feed, DUE - 8 * HOUR + minute * MINUTE)
            weights += minute + 1
        mean = weighted / weights
        interest = Decimal("0.0001")
        bounded = min(max(interest - mean, Decimal("-0.0005")), Decimal("0.0005"))
        rate = min(max(mean + bounded, Decimal("-0.003")), Decimal("0.003"))

        shown = price_of(feed.at(DUE - 1000), "BTCUSDT").last_funding_rate
        assert abs(shown - rate) <= Decimal("0.00000001")
        (settled,) = funding_rates(feed, "BTCUSDT", limit=1, now=DUE)
        assert settled.funding_rate == shown


def test_some_fundings_are_more_than_interest_and_some_are_paid_by_shorts() -> None:
    feed = synthetic(symbols=["BTCUSDT"])
    feed.start(NOW)
    rates = {row.funding_rate for row in funding_rates(feed, "BTCUSDT", now=NOW + 30 * 24 * HOUR)}
    assert Decimal("0.0001") in rates
    assert min(rates) < 0 < Decimal("0.0001") < max(rates)


def test_the_mark_price_lies_between_index_with_funding_index_with_basis_and_last_price() -> None:
    feed = synthetic(symbols=["BTCUSDT"])
    price = price_of(feed.start(DUE - 4 * HOUR), "BTCUSDT")
    first = price.index_price * (1 + price.last_funding_rate / 2)
    basis = [premium_at(feed, DUE - 4 * HOUR - minute * MINUTE) for minute in reversed(range(30))]
    second = price.index_price * (1 + sum(basis, Decimal(0)) / 30)
    middle = sorted((first, second, price.last_price))[1]
    assert abs(price.mark_price - middle) < Decimal("0.001")
    assert price.index_price != price.last_price
