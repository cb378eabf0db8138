"""The price–time order book of one symbol: house liquidity from the feed, and users' orders beside it.

The book knows no accounts: an entry is an order id and a quantity, and the house is the entry `HOUSE`.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import BUY, RPI, Side, TimeInForce

HOUSE = 0
"""The feed's entry of a level; order ids start at 1."""

Level = dict[int, Decimal]
"""Entries of one price, first come first: order id to remaining quantity."""


class BookSide:
    """All bids or all asks."""

    __slots__ = ("_is_bid", "house", "levels", "prices")

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self.prices: list[Decimal] = []
        """Ascending, for bids too."""
        self.levels: dict[Decimal, Level] = {}
        self.house: tuple[Decimal, ...] = ()
        """The prices at which a feed let the house stand, best first; what was taken is no longer there."""

    @property
    def best(self) -> Decimal | None:
        """The price a taker meets first."""
        if not self.prices:
            return None
        return self.prices[-1] if self._is_bid else self.prices[0]

    def add(self, price: Decimal, order_id: int, quantity: Decimal) -> None:
        """Put an entry at the end of its level's queue."""
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = {}
            insort(self.prices, price)
        level[order_id] = quantity

    def reduce(self, price: Decimal, order_id: int, quantity: Decimal) -> None:
        """Take a quantity from an entry; an entry with nothing left goes, and an empty level with it."""
        level = self.levels.get(price)
        if level is None or order_id not in level:
            return
        left = level[order_id] - quantity
        if left > ZERO:
            level[order_id] = left
        else:
            self.remove(price, order_id)

    def remove(self, price: Decimal, order_id: int) -> None:
        """Take an entry off the book."""
        level = self.levels.get(price)
        if level is None:
            return
        level.pop(order_id, None)
        if not level:
            del self.levels[price]
            del self.prices[bisect_left(self.prices, price)]

    def set_house(self, levels: tuple[tuple[Decimal, Decimal], ...]) -> None:
        """Let the house stand at these prices and no others; where it stood already it keeps its place."""
        kept = {price for price, quantity in levels if quantity > ZERO}
        for price in self.house:
            if price not in kept:
                self.remove(price, HOUSE)
        for price, quantity in levels:
            if quantity > ZERO:
                level = self.levels.get(price)
                if level is not None and HOUSE in level:
                    level[HOUSE] = quantity
                else:
                    self.add(price, HOUSE, quantity)
        self.house = tuple(sorted(kept, reverse=self._is_bid))

    def step_aside(self, price: Decimal) -> None:
        """Let the house leave the levels that an order of the other side at a price would meet."""
        for level in self.house:
            if self.reaches(level, price):
                self.remove(level, HOUSE)

    @property
    def house_quote(self) -> tuple[Decimal, Decimal] | None:
        """Where the house stands nearest to the other side, and with how much; None when it does not."""
        for price in self.house:
            level = self.levels.get(price)
            if level is not None and HOUSE in level:
                return price, level[HOUSE]
        return None

    @property
    def best_of_users(self) -> tuple[Decimal, int] | None:
        """Price and id of the user's order that a taker meets first; None when users have nothing here."""
        for price in self.inwards():
            for order_id in self.levels[price]:
                if order_id != HOUSE:
                    return price, order_id
        return None

    def inwards(self) -> Iterator[Decimal]:
        """Prices in the order in which a taker meets them."""
        return reversed(self.prices) if self._is_bid else iter(self.prices)

    def reaches(self, price: Decimal, limit: Decimal | None) -> bool:
        """Whether a taker with a limit accepts this side's price."""
        if limit is None:
            return True
        return price >= limit if self._is_bid else price <= limit

    def depth(self, levels: int) -> list[tuple[Decimal, Decimal]]:
        """The first levels with their total quantities, best first."""
        rows: list[tuple[Decimal, Decimal]] = []
        for price in self.inwards():
            if len(rows) == levels:
                break
            rows.append((price, sum(self.levels[price].values(), ZERO)))
        return rows

    def price_at(self, place: int) -> Decimal | None:
        """The price of the n-th level, 1 being the best; None when there are fewer."""
        if len(self.prices) < place:
            return None
        return self.prices[-place] if self._is_bid else self.prices[place - 1]


class Book:
    """Bids and asks of one symbol, and apart from them those of RPI orders.

    Documented: RPI orders match only orders from the app or the website, which here are the house's. Takers
    pass them over, so they may cross the other side, and each other.
    """

    __slots__ = ("asks", "bids", "rpi_asks", "rpi_bids")

    def __init__(self) -> None:
        self.bids = BookSide(is_bid=True)
        self.asks = BookSide(is_bid=False)
        self.rpi_bids = BookSide(is_bid=True)
        self.rpi_asks = BookSide(is_bid=False)

    def side(self, side: Side) -> BookSide:
        """What everybody may trade with on a side: the house and all orders but RPI orders."""
        return self.bids if side is BUY else self.asks

    def against(self, side: Side) -> BookSide:
        """What a taker of a side trades with."""
        return self.asks if side is BUY else self.bids

    def resting(self, side: Side, time_in_force: TimeInForce) -> BookSide:
        """Where an order of a side rests."""
        if time_in_force is RPI:
            return self.rpi_bids if side is BUY else self.rpi_asks
        return self.side(side)

    def rpi_against(self, side: Side) -> BookSide:
        """The RPI orders that the house on a side trades with."""
        return self.rpi_asks if side is BUY else self.rpi_bids

    def met_by_house(self, side: Side) -> tuple[Decimal, int] | None:
        """Price and id of the users' order that the house on a side fills first, an RPI order or another.

        Assumed: at one price RPI orders come last.
        """
        first, rpi = self.against(side).best_of_users, self.rpi_against(side)
        best_rpi = rpi.best_of_users
        if first is None or (best_rpi is not None and not rpi.reaches(first[0], best_rpi[0])):
            return best_rpi
        return first

    def depth_with_rpi(self, side: Side, levels: int) -> list[tuple[Decimal, Decimal]]:
        """The first levels of a side with RPI orders among them, best first.

        Documented: crossed levels are hidden. Assumed: these are RPI quantities that meet anything on the
        other side, RPI orders too; nothing else is ever crossed.
        """
        own, rpi = self.side(side), self.resting(side, RPI)
        rows = dict(own.depth(levels))
        others = (self.against(side).best, self.rpi_against(side).best)
        for price, quantity in rpi.depth(len(rpi.prices)):
            if not any(best is not None and rpi.reaches(price, best) for best in others):
                rows[price] = rows.get(price, ZERO) + quantity
        return sorted(rows.items(), reverse=side is BUY)[:levels]

    @property
    def is_crossed(self) -> bool:
        """Whether a bid stands at or above an ask, RPI orders aside: never, between two commands."""
        bid, ask = self.bids.best, self.asks.best
        return bid is not None and ask is not None and bid >= ask
