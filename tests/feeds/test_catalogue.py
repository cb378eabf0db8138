"""Feeds are made from words, and a word that means nothing is answered with those that do."""

from decimal import Decimal

import pytest

from margind.feeds.catalogue import make_feed, options_named
from tests.feeds.support import reference


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("live", {}, "unknown feed 'live'; there are: replay, synthetic, manual"),
        ("replay", {"recording": "x"}, "unknown recording 'x'; there are: 2025-05-10, 2025-05-05-layer"),
        ("replay", {"recording": 7}, "unknown recording 7; there are"),
        ("replay", {"seed": 1}, "a replay feed has no option 'seed'; there are: recording"),
        ("manual", {"seed": 1}, "a manual feed has no option 'seed'; there are: none"),
        ("synthetic", {"symbols": ["NOSUCH"]}, "unknown symbol 'NOSUCH'"),
        ("synthetic", {"symbols": "BTCUSDT"}, "symbols must be a list"),
        ("synthetic", {"symbols": []}, "symbols must be a list"),
        ("synthetic", {"seed": 0.5}, "seed must be a text or an integer"),
        ("synthetic", {"seed": True}, "seed must be a text or an integer"),
        ("synthetic", {"volatility": "1e-3"}, "volatility must be a decimal as text"),
        ("synthetic", {"volatility": 0.001}, "volatility must be a decimal as text"),
        ("synthetic", {"volatility": "0"}, "volatility must be between 0 and 0.003"),
        ("synthetic", {"volatility": "0.0031"}, "volatility must be between 0 and 0.003"),
    ],
)
def test_what_cannot_be_made_is_refused_and_says_what_can(
    kind: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_feed(kind, reference(), **options)


def test_a_word_is_a_kind_or_a_recording() -> None:
    assert options_named("manual") == {"kind": "manual"}
    assert options_named("2025-05-10") == {"kind": "replay", "recording": "2025-05-10"}
    with pytest.raises(ValueError, match="unknown feed 'btc'; there are: replay, synthetic, manual, 2025-05"):
        options_named("btc")


def test_feeds_say_what_they_are() -> None:
    facts = reference()
    assert make_feed("replay", facts).name == "2025-05-10"
    assert make_feed("manual", facts).name == "manual"
    synthetic = make_feed("synthetic", facts, seed=9, volatility=Decimal("0.001"))
    assert synthetic.description == "seeded prices around the reference, seed 9, 0.001 a minute"
