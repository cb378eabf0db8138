"""Which feeds there are, and how one is made from its name or its options."""

from collections.abc import Mapping
from decimal import Decimal

from margind.engine.model.decimals import parse_decimal
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market
from margind.feeds.feed import Feed
from margind.feeds.manual import ManualFeed
from margind.feeds.replay import RecordedSymbol, RecordingInfo, ReplayFeed, recordings
from margind.feeds.synthetic import DEFAULT_SYMBOLS, DEFAULT_VOLATILITY, SyntheticFeed

__all__ = [
    "KINDS",
    "RecordedSymbol",
    "RecordingInfo",
    "default_recording",
    "make_feed",
    "options_named",
    "recordings",
]

KINDS = ("replay", "synthetic", "manual")

_OPTIONS = {"replay": {"recording"}, "synthetic": {"seed", "symbols", "volatility"}, "manual": set[str]()}


def default_recording() -> str:
    """The recording that is played when none is named."""
    return recordings()[0].name


def make_feed(kind: str, reference: Mapping[Market, MarketFacts], **options: object) -> Feed:
    """A feed that is not started yet; ValueError, with what there is, when it cannot be made.

    Options: `recording` (a name) for a replay; `seed` (a text or an integer), `symbols` (a list) and
    `volatility` (a decimal as text, per minute) for a synthetic one; none for a manual one.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown feed {kind!r}; there are: {', '.join(KINDS)}")
    unknown = options.keys() - _OPTIONS[kind]
    if unknown:
        allowed = ", ".join(sorted(_OPTIONS[kind])) or "none"
        raise ValueError(f"a {kind} feed has no option {min(unknown)!r}; there are: {allowed}")
    if kind == "manual":
        return ManualFeed(reference)
    if kind == "replay":
        return ReplayFeed(_recording(options.get("recording")), reference)
    return SyntheticFeed(
        reference,
        _seed(options.get("seed", "1")),
        _symbols(options.get("symbols", DEFAULT_SYMBOLS)),
        _volatility(options.get("volatility", DEFAULT_VOLATILITY)),
    )


def options_named(name: str) -> dict[str, str]:
    """The options a single word stands for: a kind of feed, or a recording to replay."""
    if name in KINDS:
        return {"kind": name}
    if name in {row.name for row in recordings()}:
        return {"kind": "replay", "recording": name}
    names = ", ".join((*KINDS, *(row.name for row in recordings())))
    raise ValueError(f"unknown feed {name!r}; there are: {names}")


def _recording(name: object) -> RecordingInfo:
    wanted = default_recording() if name is None else name
    for row in recordings():
        if row.name == wanted:
            return row
    raise ValueError(f"unknown recording {name!r}; there are: {', '.join(row.name for row in recordings())}")


def _seed(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("seed must be a text or an integer")  # noqa: TRY004 - a bad value of a request
    return str(value)


def _symbols(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(row, str) for row in value):
        raise ValueError("symbols must be a list of at least one symbol")
    return tuple(dict.fromkeys(value))


def _volatility(value: object) -> Decimal:
    number = parse_decimal(value) if isinstance(value, str) else value
    if not isinstance(number, Decimal):
        raise ValueError("volatility must be a decimal as text")  # noqa: TRY004 - a bad value of a request
    return number
