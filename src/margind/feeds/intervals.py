"""Kline intervals: where candles begin and end."""

from datetime import UTC, datetime

from margind.engine.model.terms import Millis

MINUTE: Millis = 60_000
DAY: Millis = 86_400_000

# Documented: the intervals of the kline endpoints. Months are counted, all others have a length.
_LENGTHS: dict[str, Millis] = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": 60 * MINUTE,
    "2h": 120 * MINUTE,
    "4h": 240 * MINUTE,
    "6h": 360 * MINUTE,
    "8h": 480 * MINUTE,
    "12h": 720 * MINUTE,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": 7 * DAY,
}
_MONTH = "1M"
INTERVALS = (*_LENGTHS, _MONTH)

# Weeks begin on Monday; 1970-01-01 was a Thursday.
_OFFSETS: dict[str, Millis] = {"1w": 4 * DAY}


def open_time(interval: str, time: Millis) -> Millis:
    """When the candle that holds `time` begins, UTC; ValueError for an interval that does not exist."""
    if interval == _MONTH:
        moment = datetime.fromtimestamp(time // 1000, UTC)
        return _millis(datetime(moment.year, moment.month, 1, tzinfo=UTC))
    if interval not in _LENGTHS:
        raise ValueError(f"unknown interval {interval!r}; there are: {', '.join(INTERVALS)}")
    offset = _OFFSETS.get(interval, 0)
    length = _LENGTHS[interval]
    return (time - offset) // length * length + offset


def next_open_time(interval: str, opened: Millis) -> Millis:
    """When the candle after the one that begins at `opened` begins."""
    if interval == _MONTH:
        return open_time(interval, opened + 32 * DAY)
    return opened + _LENGTHS[interval]


def open_time_back(interval: str, opened: Millis, count: int) -> Millis:
    """When the candle `count` before the one that begins at `opened` begins."""
    if interval == _MONTH:
        for _ in range(count):
            opened = open_time(interval, opened - 1)
        return opened
    return opened - count * _LENGTHS[interval]


def _millis(moment: datetime) -> Millis:
    return int(moment.timestamp()) * 1000
