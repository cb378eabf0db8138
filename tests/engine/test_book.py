"""The order book and its naive twin, by the same tests; and the engine's matching against the twin's."""

import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.book import HOUSE, Book, BookSide
from margind.engine.model.contracts import PercentPrice
from margind.engine.model.terms import Market, SelfTradePrevention, Side, TimeInForce
from tests.engine.builders import NAME, Desk, cross, document, numbers
from tests.engine.invariants import check_book
from tests.engine.naive_book import Entry, NaiveBook, NaiveSide
from tests.engine.strategies import examples
from tests.scenarios.orders import BTC, cancel, limit, market, only, open_orders, quote

ONE, TWO, THREE = numbers(1, 2, 3)
AnySide = BookSide | NaiveSide


def sides(*, is_bid: bool) -> list[AnySide]:
    return [BookSide(is_bid=is_bid), NaiveSide(is_bid=is_bid)]


@pytest.mark.parametrize("is_bid", [True, False])
@pytest.mark.parametrize("naive", [False, True], ids=["book", "naive twin"])
class TestOneSide:
    def side(self, *, is_bid: bool, naive: bool) -> AnySide:
        return sides(is_bid=is_bid)[naive]

    def test_the_best_price_is_the_highest_bid_or_the_lowest_ask(self, is_bid: bool, naive: bool) -> None:
        side = self.side(is_bid=is_bid, naive=naive)
        assert (side.best, side.price_at(1), side.house_quote, side.best_of_users) == (None,) * 4
        for order_id, price in enumerate((TWO, THREE, ONE), start=1):
            side.add(price, order_id, ONE)
        ordered = [THREE, TWO, ONE] if is_bid else [ONE, TWO, THREE]
        assert side.best == ordered[0]
        assert [price for price, _ in side.depth(9)] == ordered
        assert [side.price_at(place) for place in (1, 2, 3, 4)] == [*ordered, None]

    def test_a_level_is_the_sum_of_its_entries_and_goes_with_the_last(
        self, is_bid: bool, naive: bool
    ) -> None:
        side = self.side(is_bid=is_bid, naive=naive)
        side.add(ONE, 1, TWO)
        side.add(ONE, 2, THREE)
        assert side.depth(1) == [(ONE, Decimal(5))]
        side.reduce(ONE, 1, ONE)
        assert side.depth(1) == [(ONE, Decimal(4))]
        side.reduce(ONE, 1, ONE)
        assert side.best_of_users == (ONE, 2)
        side.remove(ONE, 2)
        assert side.depth(1) == []

    def test_removing_what_is_not_there_changes_nothing(self, is_bid: bool, naive: bool) -> None:
        side = self.side(is_bid=is_bid, naive=naive)
        side.add(ONE, 1, TWO)
        side.remove(TWO, 1)
        side.remove(ONE, 9)
        side.reduce(TWO, 1, ONE)
        side.reduce(ONE, 9, ONE)
        assert side.depth(9) == [(ONE, TWO)]

    def test_the_house_stands_where_it_says_and_nowhere_else(self, is_bid: bool, naive: bool) -> None:
        side = self.side(is_bid=is_bid, naive=naive)
        side.add(TWO, 1, ONE)
        side.set_house(((ONE, THREE), (TWO, ONE)))
        assert sorted(side.depth(9)) == [(ONE, THREE), (TWO, TWO)]
        assert side.best_of_users == (TWO, 1)
        side.set_house(((TWO, Decimal(0)), (THREE, ONE)))
        assert sorted(side.depth(9)) == [(TWO, ONE), (THREE, ONE)]
        assert side.house_quote == (THREE, ONE)

    def test_the_house_quote_is_the_best_that_is_left(self, is_bid: bool, naive: bool) -> None:
        side = self.side(is_bid=is_bid, naive=naive)
        side.set_house(((ONE, ONE), (THREE, ONE)))
        best, next_best = (THREE, ONE) if is_bid else (ONE, THREE)
        assert side.house_quote == (best, ONE)
        side.reduce(best, HOUSE, ONE)
        assert side.house_quote == (next_best, ONE)


PRICES = st.integers(1, 6).map(Decimal)
STEPS = st.one_of(
    st.tuples(st.just("add"), PRICES, PRICES),
    st.tuples(st.just("reduce"), PRICES, PRICES),
    st.tuples(st.just("remove"), PRICES, PRICES),
    st.tuples(st.just("house"), PRICES, st.integers(0, 3).map(Decimal)),
)


@examples(300)
@given(st.booleans(), st.lists(STEPS, max_size=40))
def test_one_side_and_its_twin_stay_the_same(is_bid: bool, steps: list[tuple[str, Decimal, Decimal]]) -> None:
    real, naive = sides(is_bid=is_bid)
    assert isinstance(real, BookSide)
    ids: dict[int, Decimal] = {}
    for number, (kind, price, quantity) in enumerate(steps, start=1):
        chosen = int(price) % len(ids) if ids else 0
        order_id = list(ids)[chosen] if ids else number
        for side in (real, naive):
            if kind == "add":
                side.add(price, number, quantity)
            elif kind == "house":
                side.set_house(((price, quantity), (price + 2, quantity)))
            elif kind == "reduce":
                side.reduce(ids.get(order_id, price), order_id, quantity)
            else:
                side.remove(ids.get(order_id, price), order_id)
        if kind == "add":
            ids[number] = price
        assert real.depth(99) == naive.depth(99)
        assert (real.house_quote, real.best_of_users) == (naive.house_quote, naive.best_of_users)
        assert real.prices == sorted(real.levels)
        assert all(real.levels.values())


USERS = ("first", "second", NAME)


def crowd() -> Desk:
    """Three rich users, and prices that may go anywhere."""
    desk = Desk({BTC: "100"})
    row = msgspec.structs.replace(
        desk.state.markets[Market.USDM].contracts[BTC],
        percent_price=PercentPrice(Decimal(50), Decimal("0.01"), "4"),
        market_take_bound=Decimal("0.99"),
        min_notional=None,
        max_num_orders=10_000,
    )
    desk.do(c.ListContracts((row,)))
    for name in USERS:
        if name != NAME:
            desk.do(c.OpenAccount(name))
        rich = document({"USDT": "1000000000"}, {BTC: cross(20)})
        desk.do(c.LoadAccount(name, False, rich, document()))
    return desk


def time_in_force(rng: random.Random, *, meets: bool) -> TimeInForce:
    """What meets the book is no RPI order: that would be refused."""
    kind = rng.random()
    if kind < 0.2:
        return TimeInForce.IOC
    return TimeInForce.RPI if kind < 0.5 and not meets else TimeInForce.GTC


@pytest.mark.parametrize("seed", range(8))
def test_orders_trade_as_in_the_naive_book(seed: int) -> None:
    rng, desk, naive = random.Random(seed), crowd(), NaiveBook()
    middle = 1000

    def price(distance: int) -> Decimal:
        return Decimal(middle + rng.randint(-distance, distance)) / 10

    def trades_of(events: list[e.Event]) -> list[Entry]:
        """What the makers saw, and takers of the house."""
        return [
            (fill.price, HOUSE if not fill.is_maker else fill.order_id, fill.quantity)
            for fill in only(events, e.OrderFilled)
            if fill.is_maker or fill.against_house
        ]

    traded = 0
    quote(desk, "99.9", "100.1")
    naive.house_moves((Decimal("99.9"), Decimal(500)), (Decimal("100.1"), Decimal(500)))
    for _ in range(250):
        kind, side, name = rng.random(), rng.choice(list(Side)), rng.choice(USERS)
        quantity = Decimal(rng.randint(1, 30))
        common = {"account": name, "self_trade_prevention": SelfTradePrevention.NONE}
        if kind < 0.55:
            wanted = price(12)
            in_force = time_in_force(rng, meets=naive.meets(side, wanted))
            events = desk.do(limit(side, str(quantity), str(wanted), time_in_force=in_force, **common))
            expected = naive.take(side, wanted, quantity)
            left = quantity - sum((row[2] for row in expected), Decimal(0))
            if left and in_force is not TimeInForce.IOC:
                naive.resting(side, in_force).add(
                    wanted, only(events, e.OrderAccepted)[0].order.order_id, left
                )
        elif kind < 0.65:
            events = desk.do(market(side, str(quantity), **common))
            expected = naive.take(side, None, quantity)
        elif kind < 0.8:
            mine = list(open_orders(desk, name).values())
            if not mine:
                continue
            order = rng.choice(mine)
            events, expected = desk.do(cancel(order, name)), []
            naive.resting(order.side, order.time_in_force).remove(order.price, order.order_id)
        else:
            middle += rng.randint(-8, 8)
            bid, ask = Decimal(middle - 1) / 10, Decimal(middle + 1) / 10
            bid_qty, ask_qty = Decimal(rng.randint(0, 60)), Decimal(rng.randint(0, 60))
            events = quote(desk, str(bid), str(ask), bid_qty=str(bid_qty), ask_qty=str(ask_qty))
            expected = naive.house_moves((bid, bid_qty), (ask, ask_qty))
        assert trades_of(events) == expected
        traded += len(expected)
        book = desk.state.book(Market.USDM, BTC)
        assert (book.bids.depth(99), book.asks.depth(99)) == (naive.bids.depth(99), naive.asks.depth(99))
        assert book.rpi_bids.depth(99) == naive.rpi_bids.depth(99)
        assert book.rpi_asks.depth(99) == naive.rpi_asks.depth(99)
        check_book(desk.state, Market.USDM, BTC)
    assert traded > 100


def test_a_book_that_is_only_the_house_may_be_locked() -> None:
    # A feed of one price says the same for bid and ask: nobody's order stands there.
    book = Book()
    book.bids.set_house(((ONE, ONE),))
    book.asks.set_house(((ONE, ONE),))
    assert book.is_crossed
