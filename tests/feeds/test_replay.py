"""Recorded markets are played as they were recorded, in a loop, at the time of the exchange."""

from decimal import Decimal
from itertools import pairwise

import pytest

from margind.engine.model.terms import Market
from margind.feeds.catalogue import default_recording, make_feed, recordings
from margind.feeds.feed import Feed, Kline
from tests.feeds.support import (
    MINUTE,
    MINUTE_OF_START,
    NOW,
    funding_rates,
    klines,
    price_of,
    reference,
)

WEEK = 7 * 24 * 60 * MINUTE

# BTCUSDT of 2025-05-10 18:37 to 18:41 UTC as recorded: open, high, low, close, volume.
RECORDED = [
    ("103048.2", "103051.8", "103003.9", "103003.9", "51.064"),
    ("103003.9", "103061.6", "103000", "103040.3", "87.482"),
    ("103040.4", "103082", "103040.3", "103065.4", "43.833"),
    ("103065.5", "103065.5", "103015.6", "103035.8", "34.996"),
    ("103035.7", "103050.5", "103023.6", "103047.8", "34.569"),
]


@pytest.fixture
def feed() -> Feed:
    return make_feed("replay", reference())


def numbers(kline: Kline) -> tuple[Decimal, ...]:
    return kline.open, kline.high, kline.low, kline.close, kline.volume


def test_the_first_moment_is_the_minute_of_the_start(feed: Feed) -> None:
    # The bar falls, so it goes up first: 12 of 20 seconds from 103048.2 to 103051.8 are 2.16, cut to ticks.
    price = price_of(feed.start(NOW), "BTCUSDT")
    assert price.last_price == price.mark_price == price.index_price == Decimal("103050.3")
    assert price.time == MINUTE_OF_START + 12_000
    assert feed.anchor == MINUTE_OF_START


def test_bid_and_ask_are_one_tick_apart_and_the_last_trade_was_at_one_of_them(feed: Feed) -> None:
    rising = price_of(feed.start(NOW), "BTCUSDT")
    assert (rising.bid_price, rising.ask_price) == (Decimal("103050.2"), Decimal("103050.3"))
    falling = price_of(feed.at(MINUTE_OF_START + 30_000), "BTCUSDT")
    assert falling.bid_price == falling.last_price
    assert falling.ask_price - falling.bid_price == Decimal("0.1")
    # A 120th of 51.064.
    assert rising.bid_qty == rising.ask_qty == Decimal("0.425")


def test_a_recording_goes_round(feed: Feed) -> None:
    first = price_of(feed.start(NOW), "BTCUSDT")
    again = price_of(feed.at(NOW + WEEK), "BTCUSDT")
    assert again.last_price == first.last_price
    assert again.time == first.time + WEEK


def test_the_default_recording_ends_where_it_began(feed: Feed) -> None:
    feed.start(MINUTE_OF_START)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        before, after = klines(feed, symbol, now=MINUTE_OF_START + WEEK, limit=2)
        assert abs(after.open / before.close - 1) < Decimal("0.0005")


def test_a_symbol_is_told_only_when_its_price_moves(feed: Feed) -> None:
    feed.start(NOW)
    assert feed.at(NOW + 600) is None  # the same second
    assert feed.at(NOW + 1000) is not None
    told = [feed.at(NOW + second * 1000) for second in range(2, 600)]
    assert all(tick is None or not tick.is_empty for tick in told)
    assert any(tick is not None and "BTCUSDT" not in dict(tick.usdm) for tick in told)


def test_prices_do_not_depend_on_who_asked_when(feed: Feed) -> None:
    feed.start(NOW)
    for second in range(1, 200):
        feed.at(NOW + second * 1000)
    often = price_of(feed.at(NOW + 200_000), "BTCUSDT")
    once = make_feed("replay", reference())
    once.start(NOW)
    assert price_of(once.at(NOW + 200_000), "BTCUSDT") == often


def test_started_with_its_anchor_a_feed_goes_on_where_it_stood(feed: Feed) -> None:
    feed.start(NOW)
    later = NOW + 90 * MINUTE
    stood = price_of(feed.at(later), "ETHUSDT")
    restarted = make_feed("replay", reference())
    assert price_of(restarted.start(later, anchor=feed.anchor), "ETHUSDT") == stood


def test_prices_change_with_each_second(feed: Feed) -> None:
    assert feed.next_change(NOW) == MINUTE_OF_START + 13_000
    assert feed.next_change(MINUTE_OF_START) == MINUTE_OF_START + 1000


def test_klines_are_the_recorded_ones_at_exchange_time(feed: Feed) -> None:
    feed.start(NOW)
    rows = klines(feed, "BTCUSDT", now=NOW + 5 * MINUTE, start_time=MINUTE_OF_START, limit=5)
    assert [numbers(row) for row in rows] == [tuple(map(Decimal, row)) for row in RECORDED]
    assert [row.open_time for row in rows] == [MINUTE_OF_START + place * MINUTE for place in range(5)]
    assert rows[0].close_time == MINUTE_OF_START + 59_999


def test_five_minutes_are_one_candle_of_five(feed: Feed) -> None:
    feed.start(NOW)
    (row,) = klines(feed, "BTCUSDT", "5m", now=NOW + 5 * MINUTE, start_time=MINUTE_OF_START, limit=1)
    assert numbers(row) == tuple(map(Decimal, ("103048.2", "103082", "103000", "103047.8", "251.944")))
    # 51.064 · 103003.9 + 87.482 · 103040.3 + 43.833 · 103065.4 + 34.996 · 103035.8 + 34.569 · 103047.8
    assert row.quote_volume == Decimal("25959728.6074")


def test_the_last_candle_is_unfinished(feed: Feed) -> None:
    feed.start(NOW)
    rows = klines(feed, "BTCUSDT", limit=2)
    assert rows[-1].open_time == MINUTE_OF_START
    assert numbers(rows[-1])[:4] == tuple(map(Decimal, ("103048.2", "103050.3", "103048.2", "103050.3")))
    # 13 of 60 seconds of 51.064, cut to the step.
    assert rows[-1].volume == Decimal("11.063")


def test_klines_reach_back_before_the_start_for_a_year(feed: Feed) -> None:
    feed.start(NOW)
    rows = klines(feed, "BTCUSDT", "1h", limit=1500)
    assert len(rows) == 1500
    assert all(row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high for row in rows)
    assert len(klines(feed, "BTCUSDT", "1M", limit=500)) == 13


@pytest.mark.parametrize(
    ("window", "times"),
    [
        ({"limit": 3}, (-2, -1, 0)),
        ({"limit": 2, "end_time": MINUTE_OF_START - 1}, (-2, -1)),
        ({"start_time": MINUTE_OF_START - 3 * MINUTE + 1, "limit": 2}, (-2, -1)),
        ({"start_time": MINUTE_OF_START - MINUTE, "end_time": MINUTE_OF_START + 10**9}, (-1, 0)),
        ({"start_time": MINUTE_OF_START + MINUTE}, ()),
        ({"start_time": 10**18}, ()),
        ({"end_time": -(10**18)}, ()),
        ({"start_time": MINUTE_OF_START, "end_time": MINUTE_OF_START - 1}, ()),
    ],
)
def test_a_window_chooses_candles_by_their_open_time(
    feed: Feed, window: dict[str, int], times: tuple[int, ...]
) -> None:
    feed.start(NOW)
    rows = klines(feed, "BTCUSDT", "1m", **window)
    assert [row.open_time for row in rows] == [MINUTE_OF_START + place * MINUTE for place in times]


@pytest.mark.parametrize("symbol", ["BTCUSDT", "XRPUSDT"])
@pytest.mark.parametrize("interval", ["1m", "1M"])
def test_times_at_the_ends_of_the_range_have_no_candles(feed: Feed, symbol: str, interval: str) -> None:
    feed.start(NOW)
    assert klines(feed, symbol, interval, start_time=2**63 - 1) == []
    assert klines(feed, symbol, interval, end_time=-(2**63)) == []
    assert klines(feed, symbol, interval, start_time=-(2**63), limit=1)[0].open_time <= NOW


@pytest.mark.parametrize("window", [{}, {"start_time": 10**18}])
def test_an_unknown_interval_is_refused(feed: Feed, window: dict[str, int]) -> None:
    feed.start(NOW)
    for symbol in ("BTCUSDT", "XRPUSDT"):
        with pytest.raises(ValueError, match="unknown interval '2d'"):
            klines(feed, symbol, "2d", **window)


def test_the_inverse_contract_is_derived_from_the_coin(feed: Feed) -> None:
    tick = feed.start(NOW)
    derived = price_of(tick, "BTCUSD_PERP")
    assert derived.last_price == Decimal("103050.3")
    rows = klines(feed, "BTCUSD_PERP", start_time=MINUTE_OF_START, limit=1, now=NOW + MINUTE)
    # 51.064 BTC at 103003.9 are 52597.9 contracts of 100 USD, and 52597 contracts 51.06311508 BTC.
    assert rows[0].volume == 52597
    assert abs(rows[0].quote_volume - Decimal("51.06311508")) < Decimal("0.0000001")


def test_the_index_of_a_coin_is_its_price_times_that_of_usdt(feed: Feed) -> None:
    tick = feed.start(NOW)
    index = dict(tick.asset_index)
    # 103050.3 · 0.99884101
    assert index["BTCUSD"].index == Decimal("102930.86573280")
    assert index["BTCUSD"].bid_buffer == Decimal("0.05")
    assert index.keys() == {"BTCUSD", "ETHUSD"}


def test_fundings_are_due_every_eight_hours_of_exchange_time(feed: Feed) -> None:
    price = price_of(feed.start(NOW), "BTCUSDT")
    assert price.next_funding_time == 1763740800000  # 16:00
    rows = funding_rates(feed, "BTCUSDT", limit=3)
    assert [row.funding_time for row in rows] == [1763654400000, 1763683200000, 1763712000000]
    # No basis was recorded, so the rate is the interest rate.
    assert {row.funding_rate for row in rows} == {Decimal("0.0001")}
    price_then = klines(feed, "BTCUSDT", start_time=1763712000000, limit=1)[0].open
    assert rows[-1].mark_price == price_then


def test_fundings_of_a_window(feed: Feed) -> None:
    feed.start(NOW)
    rows = funding_rates(feed, "BTCUSDT", start_time=1763654400000, limit=2)
    assert [row.funding_time for row in rows] == [1763654400000, 1763683200000]
    assert funding_rates(feed, "BTCUSDT", start_time=NOW) == []
    assert funding_rates(feed, "XRPUSDT") == []


def test_recorded_funding_rates_are_in_force_when_they_were() -> None:
    feed = make_feed("replay", reference(), recording="2022-12-13-coinm")
    tick = feed.start(1763683200000)  # midnight, so that the day's hours stay its hours
    # Settled at 00:00, 08:00 and 16:00: -0.00004062, -0.00001869, -0.00002983.
    assert price_of(tick, "BTCUSD_PERP").last_funding_rate == Decimal("-0.00001869")
    later = price_of(feed.at(1763683200000 + 9 * 3_600_000), "BTCUSD_PERP")
    assert later.last_funding_rate == Decimal("-0.00002983")
    rows = funding_rates(feed, "BTCUSD_PERP", now=1763683200000 + 86_400_000, start_time=1763683200000 + 1)
    assert [row.funding_rate for row in rows] == [
        Decimal("-0.00001869"),
        Decimal("-0.00002983"),
        Decimal("-0.00004062"),
    ]


def test_recorded_fundings_keep_their_intervals() -> None:
    # Recorded: every four hours until 2025-05-06 08:00, from then on every hour.
    feed = make_feed("replay", reference(), recording="2025-05-05-layer")
    midnight = 1763683200000
    # The recording begins at 15:37; started at 16:37 its hours fall a whole number of hours from the clock's.
    start = midnight + 16 * 60 * MINUTE + 37 * MINUTE
    hour = 60 * MINUTE
    first = price_of(feed.start(start), "LAYERUSDT")
    assert first.next_funding_time == midnight + 20 * hour
    assert feed.funding_interval_hours(Market.USDM, "LAYERUSDT", start) == 4
    # 2025-05-06 12:10 of the recording.
    later = start + (8 * 60 + 23 + 24 * 60 + 12 * 60 + 10) * MINUTE
    price = price_of(feed.at(later), "LAYERUSDT")
    assert price.next_funding_time == (later // hour + 1) * hour
    assert feed.funding_interval_hours(Market.USDM, "LAYERUSDT", later) == 1
    assert feed.funding_interval_hours(Market.USDM, "BTCUSDT", later) is None
    rows = funding_rates(feed, "LAYERUSDT", start_time=start, now=later, limit=1000)
    gaps = {(after.funding_time - row.funding_time) // hour for row, after in pairwise(rows)}
    assert {1, 4} <= gaps
    assert rows[-1] == funding_rates(feed, "LAYERUSDT", now=later, limit=1)[0]
    # The rate shown until a funding is the one it is settled at.
    shown = price_of(feed.at(rows[-1].funding_time - MINUTE), "LAYERUSDT")
    assert shown.last_funding_rate == rows[-1].funding_rate


def test_the_index_of_a_coin_without_a_usdt_contract_is_that_of_its_coin_margined_one() -> None:
    feed = make_feed("replay", reference(), recording="2022-12-13-coinm")
    index = dict(feed.start(1763683200000).asset_index)
    assert index.keys() == {"BTCUSD"}
    assert index["BTCUSD"].index == Decimal(17204)


def test_a_minute_that_was_not_recorded_stands_still() -> None:
    feed = make_feed("replay", reference(), recording="2022-12-13-coinm")
    feed.start(1763683200000)
    # The minute of 04:28 closed at 17167, that of 04:29 is missing in the source.
    gap = 1763683200000 + (4 * 60 + 29) * MINUTE
    row = klines(feed, "BTCUSD_PERP", start_time=gap, limit=1, now=gap + 10 * MINUTE)[0]
    assert numbers(row) == (*(Decimal(17167),) * 4, Decimal(0))


def test_a_recorded_collapse_is_there_to_be_lived_through() -> None:
    feed = make_feed("replay", reference(), recording="2025-05-05-layer")
    assert price_of(feed.start(MINUTE_OF_START), "LAYERUSDT").last_price == Decimal("3.2183")
    day = 24 * 60 * MINUTE
    fallen = price_of(feed.at(MINUTE_OF_START + 2 * day), "LAYERUSDT")
    assert fallen.last_price < Decimal(2)
    assert fallen.last_funding_rate < Decimal("-0.004")


def test_symbols_that_are_not_recorded_keep_their_reference_price(feed: Feed) -> None:
    tick = feed.start(NOW)
    assert "XRPUSDT" not in dict(tick.usdm)
    (row,) = klines(feed, "XRPUSDT")
    assert numbers(row) == (Decimal("3.13"),) * 4 + (Decimal(0),)
    assert klines(feed, "NOSUCHUSDT") == []


def test_prices_set_by_hand_show_in_the_klines_of_symbols_that_are_not_recorded(feed: Feed) -> None:
    feed.start(NOW)
    feed.observe(Market.USDM, "XRPUSDT", Decimal(4), NOW + MINUTE)
    feed.observe(Market.USDM, "BTCUSDT", Decimal(1), NOW + MINUTE)
    feed.observe(Market.USDM, "NEWUSDT", Decimal(7), NOW + MINUTE)
    now = NOW + MINUTE
    assert klines(feed, "XRPUSDT", now=now)[-1].close == Decimal(4)
    assert klines(feed, "BTCUSDT", now=now)[-1].close > Decimal(100_000)
    assert klines(feed, "NEWUSDT", now=now)[-1].close == Decimal(7)


def test_every_recording_plays_and_says_where_it_comes_from() -> None:
    assert recordings()[0].name == default_recording()
    for recording in recordings():
        feed = make_feed("replay", reference(), recording=recording.name)
        tick = feed.start(NOW)
        told = {symbol for symbol, _ in tick.usdm + tick.coinm}
        assert told == {row.symbol for row in recording.symbols}
        for row in recording.symbols:
            assert row.licence in {"MIT", "Apache-2.0"}
            assert row.basis in {"recorded", "derived"}
            contract = reference()[row.market].contracts[row.symbol]
            assert (row.tick, row.step) == (contract.price_filter.tick_size, contract.lot_size.step_size)
            if row.market is Market.COINM:
                assert row.contract_size == contract.contract_size
            last = klines(feed, row.symbol, limit=1, now=NOW + recording.minutes * MINUTE)[0]
            assert last.open > 0


def test_a_dated_contract_has_the_candles_of_the_perpetual_it_follows(feed: Feed) -> None:
    feed.start(NOW)
    for market, dated, perpetual in (
        (Market.USDM, "BTCUSDT_251226", "BTCUSDT"),
        (Market.COINM, "BTCUSD_251226", "BTCUSD_PERP"),
    ):
        end = {"start_time": None, "end_time": None, "limit": 5, "now": NOW + 90_000}
        assert feed.klines(market, dated, "1m", **end) == feed.klines(market, perpetual, "1m", **end)  # type: ignore[arg-type]
    feed.observe(Market.USDM, "BTCUSDT_251226", Decimal(7), NOW)
    (candle,) = feed.klines(
        Market.USDM, "BTCUSDT_251226", "1m", start_time=None, end_time=None, limit=1, now=NOW + 1
    )
    assert candle.close == 7
