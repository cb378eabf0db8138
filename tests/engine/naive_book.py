"""A second opinion on the order book: one list of entries, looked through from end to end for everything."""

from decimal import Decimal

from margind.engine.model.book import HOUSE
from margind.engine.model.terms import Side, TimeInForce

Entry = tuple[Decimal, int, Decimal]
"""Price, order id, quantity; earlier entries of a price come first."""


class NaiveSide:
    """All bids or all asks, with the calls of the real one."""

    def __init__(self, *, is_bid: bool) -> None:
        self.is_bid = is_bid
        self.entries: list[Entry] = []

    def queue(self) -> list[Entry]:
        """In the order in which a taker meets them."""
        return sorted(self.entries, key=lambda entry: -entry[0] if self.is_bid else entry[0])

    def add(self, price: Decimal, order_id: int, quantity: Decimal) -> None:
        self.entries.append((price, order_id, quantity))

    def remove(self, price: Decimal, order_id: int) -> None:
        self.entries = [entry for entry in self.entries if entry[:2] != (price, order_id)]

    def reduce(self, price: Decimal, order_id: int, quantity: Decimal) -> None:
        reduced = [
            (at, name, left - quantity if (at, name) == (price, order_id) else left)
            for at, name, left in self.entries
        ]
        self.entries = [entry for entry in reduced if entry[2] > 0]

    def set_house(self, levels: tuple[tuple[Decimal, Decimal], ...]) -> None:
        wanted = {price: quantity for price, quantity in levels if quantity > 0}
        kept = [
            (price, name, wanted[price] if name == HOUSE else left)
            for price, name, left in self.entries
            if name != HOUSE or price in wanted
        ]
        stands = {price for price, name, _ in kept if name == HOUSE}
        self.entries = kept + [
            (price, HOUSE, quantity) for price, quantity in wanted.items() if price not in stands
        ]

    def depth(self, levels: int) -> list[tuple[Decimal, Decimal]]:
        prices = list(dict.fromkeys(price for price, _, _ in self.queue()))[:levels]
        return [
            (price, sum((left for at, _, left in self.entries if at == price), Decimal(0)))
            for price in prices
        ]

    def price_at(self, place: int) -> Decimal | None:
        rows = self.depth(place)
        return rows[place - 1][0] if len(rows) >= place else None

    @property
    def best(self) -> Decimal | None:
        return self.price_at(1)

    @property
    def house_quote(self) -> tuple[Decimal, Decimal] | None:
        return next(((price, left) for price, name, left in self.queue() if name == HOUSE), None)

    @property
    def best_of_users(self) -> tuple[Decimal, int] | None:
        return next(((price, name) for price, name, _ in self.queue() if name != HOUSE), None)

    def reaches(self, price: Decimal, limit: Decimal | None) -> bool:
        return limit is None or (price >= limit if self.is_bid else price <= limit)


class NaiveBook:
    """Bids and asks, and what happens when an order comes."""

    def __init__(self) -> None:
        self.bids, self.asks = NaiveSide(is_bid=True), NaiveSide(is_bid=False)
        self.rpi_bids, self.rpi_asks = NaiveSide(is_bid=True), NaiveSide(is_bid=False)

    def side(self, side: Side) -> NaiveSide:
        return self.bids if side is Side.BUY else self.asks

    def against(self, side: Side) -> NaiveSide:
        return self.asks if side is Side.BUY else self.bids

    def resting(self, side: Side, in_force: TimeInForce) -> NaiveSide:
        if in_force is TimeInForce.RPI:
            return self.rpi_bids if side is Side.BUY else self.rpi_asks
        return self.side(side)

    def meets(self, side: Side, limit: Decimal) -> bool:
        opposite = self.against(side)
        return any(opposite.reaches(price, limit) for price, _, _ in opposite.entries)

    def take(self, side: Side, limit: Decimal | None, quantity: Decimal) -> list[Entry]:
        """Trade as far as the limit and the quantity go: price, whom with, how much."""
        opposite, trades = self.against(side), []
        for price, name, left in opposite.queue():
            if not quantity or not opposite.reaches(price, limit):
                break
            traded = min(left, quantity)
            opposite.reduce(price, name, traded)
            trades.append((price, name, traded))
            quantity -= traded
        return trades

    def house_moves(self, bid: tuple[Decimal, Decimal], ask: tuple[Decimal, Decimal]) -> list[Entry]:
        """The house stands elsewhere; whom it meets there it fills at their prices."""
        self.bids.set_house((bid,))
        self.asks.set_house((ask,))
        trades = []
        for house, users, rpi in (
            (self.asks, self.bids, self.rpi_bids),
            (self.bids, self.asks, self.rpi_asks),
        ):
            everybody = NaiveSide(is_bid=users.is_bid)
            everybody.entries = users.entries + rpi.entries
            for price, name, left in everybody.queue():
                quote = house.house_quote
                if name == HOUSE or quote is None or not users.reaches(price, quote[0]):
                    continue
                traded = min(left, quote[1])
                house.reduce(quote[0], HOUSE, traded)
                users.reduce(price, name, traded)
                rpi.reduce(price, name, traded)
                trades.append((price, name, traded))
        return trades
