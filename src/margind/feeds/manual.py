"""Prices that move only when somebody sets them."""

from collections.abc import Mapping

from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market, Millis
from margind.feeds.bar_feed import BarFeed
from margind.feeds.feed import Tick


class ManualFeed(BarFeed):
    """A feed that covers nothing: every symbol stands at its reference price until it is set."""

    def __init__(self, reference: Mapping[Market, MarketFacts]) -> None:
        super().__init__("manual", "prices stand still until they are set", (), reference, 0)

    def at(self, now: Millis) -> Tick | None:
        """Nothing: no price changes by itself."""
        return None

    def next_change(self, now: Millis) -> Millis | None:
        """Never."""
        return None
