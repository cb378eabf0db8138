"""Orders that the exchange itself places to close positions, and what they fill outside the book."""

from decimal import Decimal

from margind.engine import events as e
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import AutoClose, Market, Millis, OrderType, Side, TimeInForce
from margind.engine.rules.settlement import Trade, settle
from margind.engine.state import State

LIQUIDATION_ID = "autoclose-"
"""Documented: how client order ids of liquidations begin. Assumed: the order's number follows."""
ADL_ID = "adl_autoclose"
"""Documented: the client order id of a deleveraging."""


class Closing:
    """One row of an account that the exchange closes, or part of it.

    Assumed: users may give their own orders such ids (no page refuses them); what tells them apart is
    `auto_close`.
    """

    def __init__(self, state: State, account: str, market: Market, key: PositionKey, now: Millis) -> None:
        self.state = state
        self.account = account
        self.market = market
        self.symbol, self.position_side = self.key = key
        self.now = now

    @property
    def half(self) -> MarketAccount:
        """The account's half on this market."""
        return self.state.accounts[self.account].on(self.market)

    @property
    def position_amt(self) -> Decimal:
        """What is left of the position."""
        position = self.half.positions.get(self.key)
        return ZERO if position is None else position.position_amt

    def order(self, kind: AutoClose, quantity: Decimal, price: Decimal) -> e.OrderAccepted:
        """A limit order, immediate or cancelled, that only reduces."""
        order_id = self.state.next_order_id
        order = Order(
            order_id=order_id,
            client_order_id=ADL_ID if kind is AutoClose.ADL else f"{LIQUIDATION_ID}{order_id}",
            symbol=self.symbol,
            side=Side.SELL if self.position_amt > ZERO else Side.BUY,
            position_side=self.position_side,
            type=OrderType.LIMIT,
            time_in_force=TimeInForce.IOC,
            price=price,
            orig_qty=quantity,
            reduce_only=True,
            auto_close=kind,
            time=self.now,
            update_time=self.now,
        )
        return e.OrderAccepted(self.account, self.market, order, rests=False, time=self.now)

    def calculated(
        self, order_id: int, quantity: Decimal, trade_id: int, realized_profit: Decimal | None = None
    ) -> e.OrderFilled:
        """A fill of such an order at its own price, outside the book."""
        order = self.half.open_orders[order_id]
        trade = Trade(
            order.price,
            quantity,
            trade_id,
            is_maker=False,
            against_house=False,
            is_calculated=True,
            realized_profit=realized_profit,
        )
        return settle(self.state, self.account, self.half, order, trade, now=self.now)
