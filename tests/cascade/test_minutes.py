"""Minutes come from recordings and from files of candles; what cannot be played is refused with its place."""

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from margind.cascade.minutes import Minutes, minutes_of_file, recorded_minutes
from margind.engine.model.terms import Market
from margind.facts.load import load_facts
from tests.cascade.crash import START, candles, crash_file

FACTS = {market: load_facts(market) for market in Market}
MINUTE = 60_000


def of_file(path: Path, symbol: str = "BTCUSDT") -> Minutes:
    return minutes_of_file(path, symbol, FACTS)


def prices(minutes: Minutes, *seconds: int) -> list[Decimal]:
    """Mark prices at some seconds; the feed says only what changed."""
    shown = [minutes.feed.start(minutes.start, minutes.anchor)]
    shown += [tick for second in seconds if (tick := minutes.feed.at(minutes.start + second * 1000))]
    return [price.mark_price for tick in shown for symbol, price in tick.usdm if symbol == minutes.symbol]


def test_the_price_goes_from_open_to_close_inside_each_candle(tmp_path: Path) -> None:
    minutes = of_file(crash_file(tmp_path))
    assert (minutes.start, minutes.count, minutes.end) == (START, 10, START + 10 * MINUTE)
    assert prices(minutes, 59, 119) == [Decimal(100_000), Decimal(99_500), Decimal(98_000)]


def test_a_gzipped_file_without_a_header_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "crash.csv.gz"
    path.write_bytes(gzip.compress("\n".join(candles()).encode()))
    assert of_file(path).count == 10


def test_a_part_begins_and_ends_inside_the_minutes(tmp_path: Path) -> None:
    whole = of_file(crash_file(tmp_path))
    part = whole.part(START + 2 * MINUTE + 5, 3 * MINUTE)
    assert (part.start, part.count) == (START + 2 * MINUTE, 3)
    assert prices(part)[0] == Decimal(98_000)
    assert whole.part(None, None).count == 10
    assert whole.part(START + 8 * MINUTE, 60 * MINUTE).count == 2
    for outside in (START - MINUTE, START + 10 * MINUTE):
        with pytest.raises(ValueError, match="it goes from 2025-10-10T21:03Z to 2025-10-10T21:13Z"):
            whole.part(outside, None)


def without_third(lines: list[str]) -> list[str]:
    return lines[:2] + lines[3:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_third, "candle 3 does not follow the one before by a minute"),
        (
            lambda lines: [*lines[:1], "not,a,candle"],
            "candle 2 is not open_time, open, high, low, close, volume",
        ),
        (lambda lines: [lines[0], lines[1].replace("98000", "x")], "candle 2 is not open_time"),
        (lambda lines: lines[:0], "there are no candles in it"),
    ],
)
def test_a_file_that_holds_no_candles_is_refused_by_line(
    tmp_path: Path, change: Callable[[list[str]], list[str]], said: str
) -> None:
    path = tmp_path / "candles.csv"
    path.write_text("\n".join(change(candles())))
    with pytest.raises(ValueError, match=said):
        of_file(path)


def test_an_unknown_symbol_or_recording_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="NOPE is not listed"):
        of_file(crash_file(tmp_path), "NOPE")
    with pytest.raises(ValueError, match="unknown recording 'nope'; there are: 2025-05-10"):
        recorded_minutes("nope", "BTCUSDT", FACTS)
    with pytest.raises(ValueError, match="has no DOGEUSDT on USDⓈ-M; it has: BTCUSDT, ETHUSDT, LAYERUSDT"):
        recorded_minutes("2025-05-05-layer", "DOGEUSDT", FACTS)


def test_a_recording_is_played_at_its_own_times() -> None:
    minutes = recorded_minutes("2025-05-05-layer", "LAYERUSDT", FACTS)
    assert minutes.start == 1_746_373_020_000
    part = minutes.part(1_746_514_200_000, 180 * MINUTE)
    # 2025-05-06 06:50 UTC: the recording says 2.7 at its open.
    assert part.count == 180
    assert Decimal(2) < prices(part)[0] < Decimal(3)
