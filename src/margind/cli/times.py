"""Times as people write them: `8h`, `1d12h`, `2026-01-31T08:00Z`; inside they are milliseconds."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PIECE = re.compile(r"(\d+)(ms|[smhdw])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(\d+(ms|[smhdw]))+")


def duration(text: str) -> int:
    """The milliseconds of a length of time such as `90s` or `1d12h`."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is no duration; write it like 30s, 8h or 1d12h")
    return sum(int(count) * _UNITS[unit] for count, unit in _PIECE.findall(text))


def moment(text: str) -> int:
    """Milliseconds since 1970 at a date with or without a time of day, in UTC unless it says otherwise."""
    if text.isascii() and text.isdecimal() and len(text) > len("20260131"):
        return int(text)
    try:
        point = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it like 2026-01-31T08:00Z or in milliseconds") from None
    if point.tzinfo is None:
        point = point.replace(tzinfo=UTC)
    return (point - _EPOCH) // timedelta(milliseconds=1)


def moment_text(millis: int) -> str:
    """A point in time to the second."""
    return _utc(millis).strftime("%Y-%m-%d %H:%M:%S UTC")


def minute_text(millis: int) -> str:
    """The day and the minute of a point in time."""
    return _utc(millis).strftime("%m-%d %H:%M")


def day_text(millis: int) -> str:
    """The day of a point in time."""
    return _utc(millis).strftime("%Y-%m-%d")


def _utc(millis: int) -> datetime:
    return datetime.fromtimestamp(millis // 1000, UTC)


def duration_text(millis: int) -> str:
    """A length of time in its two largest units: `2h 5m`, `3d`, `40s`."""
    seconds = millis // 1000
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
