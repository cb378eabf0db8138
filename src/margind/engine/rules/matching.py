"""Where orders meet: an accepted order against the book, and the house against resting orders."""

from collections.abc import Iterator
from decimal import Decimal

from margind.engine import events as e
from margind.engine.model.account import MarketAccount
from margind.engine.model.book import HOUSE, Book
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    ExpiryReason,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from margind.engine.rules.settlement import Trade, settle
from margind.engine.state import State

AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
"""Trades at once or never."""

_PREVENTED = frozenset({TimeInForce.GTC, TimeInForce.IOC, TimeInForce.GTD})
"""Documented: self-trade prevention acts only with these."""


class Floor:
    """One symbol at one moment.

    Each event is applied before the next step, so every step reads books and positions as they are.
    """

    def __init__(self, state: State, market: Market, symbol: str, now: Millis) -> None:
        self.state = state
        self.market = market
        self.symbol = symbol
        self.now = now
        self._rows = [(symbol, side) for side in PositionSide]

    @property
    def book(self) -> Book:
        """The symbol's book."""
        return self.state.book(self.market, self.symbol)

    def half(self, account: str) -> MarketAccount:
        """An account's half on this market."""
        return self.state.accounts[account].on(self.market)

    def execute(self, account: str, order_id: int, limit: Decimal | None) -> Iterator[e.Event]:
        """Trade an accepted order as far as its limit goes; what is left rests or expires by its kind."""
        yield from self._match(account, order_id, limit)
        order = self.half(account).open_orders.get(order_id)
        if order is None:
            return
        if order.type is OrderType.MARKET:
            yield self._expired(account, order, ExpiryReason.MARKET_REMAINDER)
        elif order.time_in_force in AT_ONCE:
            yield self._expired(account, order, ExpiryReason.IOC_REMAINDER)
        else:
            yield e.OrderRested(account, self.market, self.symbol, order_id, self.now)

    def _match(self, account: str, order_id: int, limit: Decimal | None) -> Iterator[e.Event]:
        half = self.half(account)
        while (order := half.open_orders.get(order_id)) is not None:
            opposite = self.book.against(order.side)
            price = opposite.best
            if price is None or not opposite.reaches(price, limit):
                return
            wanted = allowed(half, order)
            if wanted <= ZERO:
                yield self._expired(account, order, ExpiryReason.REDUCE_ONLY)
                return
            maker_id, resting = next(iter(opposite.levels[price].items()))
            if maker_id == HOUSE:
                quantity = min(wanted, resting)
                trade = Trade(price, quantity, self.state.next_trade_id, is_maker=False, against_house=True)
                yield settle(self.state, account, half, order, trade, now=self.now)
            else:
                yield from self._meet_user(account, order, maker_id, price)
            yield from self._expire_what_no_longer_reduces(account, half)

    def _meet_user(self, account: str, order: Order, maker_id: int, price: Decimal) -> Iterator[e.Event]:
        half, maker_name = self.half(account), self.state.order_owners[maker_id]
        maker_half = self.half(maker_name)
        maker = maker_half.open_orders[maker_id]
        if self._is_same_user(account, maker_name) and order.time_in_force in _PREVENTED:
            prevention = order.self_trade_prevention
            if prevention is not SelfTradePrevention.NONE:
                yield from self._prevent(prevention, (account, order), (maker_name, maker))
                return
        available = allowed(maker_half, maker)
        if available <= ZERO:
            yield self._expired(maker_name, maker, ExpiryReason.REDUCE_ONLY)
            return
        quantity = min(allowed(half, order), available)
        trade_id = self.state.next_trade_id
        made = Trade(price, quantity, trade_id, is_maker=True, against_house=False)
        yield settle(self.state, maker_name, maker_half, maker, made, now=self.now)
        taken = Trade(price, quantity, trade_id, is_maker=False, against_house=False)
        yield settle(self.state, account, half, order, taken, now=self.now)
        if maker_name != account:
            yield from self._expire_what_no_longer_reduces(maker_name, maker_half)

    def _prevent(
        self, prevention: SelfTradePrevention, taker: tuple[str, Order], maker: tuple[str, Order]
    ) -> Iterator[e.Event]:
        """Documented: EXPIRE_TAKER, EXPIRE_MAKER or EXPIRE_BOTH, with status EXPIRED_IN_MATCH."""
        if prevention is not SelfTradePrevention.EXPIRE_TAKER:
            yield self._expired(*maker, ExpiryReason.SELF_TRADE, OrderStatus.EXPIRED_IN_MATCH)
        if prevention is not SelfTradePrevention.EXPIRE_MAKER:
            immediate = taker[1].time_in_force is TimeInForce.IOC
            reason = ExpiryReason.IOC_SELF_TRADE if immediate else ExpiryReason.SELF_TRADE
            yield self._expired(*taker, reason, OrderStatus.EXPIRED_IN_MATCH)

    def house_meets(self, side: Side) -> Iterator[e.Event]:
        """The house has come in at a new price: orders it crosses are filled at their own prices.

        `side` is the side the house stands on; it fills what it has there, and no more.
        """
        book = self.book
        house, resting = book.side(side), book.against(side)
        while (quote := house.house_quote) is not None and (best := book.met_by_house(side)) is not None:
            (price, quantity), (limit, order_id) = quote, best
            if not resting.reaches(limit, price):
                return
            name = self.state.order_owners[order_id]
            half = self.half(name)
            order = half.open_orders[order_id]
            available = allowed(half, order)
            if available <= ZERO:
                yield self._expired(name, order, ExpiryReason.REDUCE_ONLY)
                continue
            filled = min(quantity, available)
            trade = Trade(limit, filled, self.state.next_trade_id, is_maker=True, against_house=True)
            yield settle(self.state, name, half, order, trade, now=self.now)
            yield from self._expire_what_no_longer_reduces(name, half)

    def _is_same_user(self, taker: str, maker: str) -> bool:
        """Whether two orders belong to one user or one trade group. Documented: group -1 is none."""
        if taker == maker:
            return True
        # Documented: since 2026-06 COIN-M follows the setting of USDⓈ-M.
        accounts = self.state.accounts
        group = accounts[taker].usdm.trade_group_id
        return group != -1 and group == accounts[maker].usdm.trade_group_id

    def _expire_what_no_longer_reduces(self, account: str, half: MarketAccount) -> Iterator[e.Event]:
        """Reduce-only orders that have nothing left to reduce go. Observed: expiry reason 4."""
        for key in self._rows:
            row = half.rows.get(key)
            if row is None or not row.reducing:
                continue
            # Conditional orders wait on: what they close is looked at when they fire.
            for order in [row.orders[order_id] for order_id in row.reducing]:
                if not order.waits and allowed(half, order) <= ZERO:
                    yield self._expired(account, order, ExpiryReason.REDUCE_ONLY)

    def _expired(
        self,
        account: str,
        order: Order,
        reason: ExpiryReason,
        status: OrderStatus = OrderStatus.EXPIRED,
    ) -> e.OrderCancelled:
        return e.OrderCancelled(account, self.market, self.symbol, order.order_id, status, reason, self.now)


def allowed(half: MarketAccount, order: Order) -> Decimal:
    """How much of an order may be filled: a reduce-only one never more than there is to reduce.

    Assumed: its quantity stays as it was asked for, and reduce-only orders do not count against each other.
    """
    if not order.only_reduces:
        return order.remaining_qty
    position = half.positions.get((order.symbol, order.position_side))
    if position is None or (position.position_amt > ZERO) is (order.side is Side.BUY):
        return ZERO
    return min(order.remaining_qty, abs(position.position_amt))
