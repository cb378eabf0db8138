"""A manual feed never moves, and its candles show what was set."""

from decimal import Decimal

from margind.engine.model.terms import Market
from margind.feeds.catalogue import make_feed
from margind.feeds.feed import Feed
from tests.feeds.support import MINUTE, MINUTE_OF_START, NOW, klines, reference


def manual() -> Feed:
    feed = make_feed("manual", reference())
    assert feed.start(NOW).is_empty
    return feed


def test_nothing_changes_by_itself() -> None:
    feed = manual()
    assert feed.at(NOW + 10 * MINUTE) is None
    assert feed.next_change(NOW) is None


def test_candles_are_flat_until_a_price_is_set() -> None:
    rows = klines(manual(), "ETHUSDT", now=NOW + 2 * MINUTE)
    assert [row.open_time for row in rows] == [MINUTE_OF_START + place * MINUTE for place in range(3)]
    assert {row.close for row in rows} == {Decimal("3874.14")}


def test_prices_set_by_hand_are_the_candles() -> None:
    feed = manual()
    for seconds, price in ((60, "4000"), (70, "4100.123"), (80, "3900"), (240, "3950")):
        feed.observe(Market.USDM, "ETHUSDT", Decimal(price), MINUTE_OF_START + seconds * 1000)
    rows = klines(feed, "ETHUSDT", now=MINUTE_OF_START + 5 * MINUTE)
    prices = [(row.open, row.high, row.low, row.close) for row in rows]
    first, set_to = Decimal("3874.14"), Decimal(3900)
    assert prices == [
        (first, first, first, first),
        (first, Decimal("4100.123"), first, set_to),
        (set_to, set_to, set_to, set_to),
        (set_to, set_to, set_to, set_to),
        (set_to, Decimal(3950), set_to, Decimal(3950)),
        (Decimal(3950), Decimal(3950), Decimal(3950), Decimal(3950)),
    ]
    (five,) = klines(feed, "ETHUSDT", "5m", now=MINUTE_OF_START + 4 * MINUTE)
    assert (five.open, five.high, five.low, five.close) == (first, Decimal("4100.123"), first, Decimal(3950))


def test_a_window_chooses_candles_by_their_open_time() -> None:
    feed = manual()
    now = NOW + 5 * MINUTE
    window = klines(feed, "ETHUSDT", now=now, start_time=MINUTE_OF_START + 1, limit=2)
    assert [row.open_time for row in window] == [MINUTE_OF_START + MINUTE, MINUTE_OF_START + 2 * MINUTE]
    assert len(klines(feed, "ETHUSDT", now=now, end_time=MINUTE_OF_START + MINUTE)) == 2
