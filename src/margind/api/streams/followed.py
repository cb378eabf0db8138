"""What the listeners of an account have been told of it: the state after each event, not the latest one."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

import msgspec

from margind.engine import events as e
from margind.engine.margin.order_margin import resting_value
from margind.engine.model.account import Account, PositionKey
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ZERO, cut8
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import Market, PositionSide, Side
from margind.engine.order_life import OrderEvent, order_after

SIDES = {False: (PositionSide.BOTH,), True: (PositionSide.LONG, PositionSide.SHORT)}
"""The rows of a symbol, in one-way and in hedge mode."""


class Followed:
    """One half of an account.

    By the time events are told, the state may be further on: one command causes several events, and others
    are carried out while the journal writes. Listeners hear what was true after each event: it is kept here.
    """

    def __init__(self, account: Account, of_market: MarketState, sequence: int) -> None:
        half = account.on(of_market.market)
        self.account = account.name
        self.number = account.number
        self.of_market = of_market
        self.sequence = sequence
        """The last event that is part of it; what is told later comes on top."""
        self.dual_side_position = account.dual_side_position
        self.multi_assets_margin = half.multi_assets_margin
        self.wallets = {asset: wallet.wallet_balance for asset, wallet in half.wallets.items()}
        self.symbols = dict(half.symbols)
        self.positions = dict(half.positions)
        self.realized = dict(half.realized)
        self.orders = dict(half.open_orders)
        self.changes: dict[str, Decimal] = {}
        """What a document that is being loaded has changed in the wallets."""

    @property
    def market(self) -> Market:
        """The market of this half."""
        return self.of_market.market

    def contract(self, symbol: str) -> Contract:
        """A listed contract."""
        return self.of_market.contracts[symbol]

    def configuration(self, symbol: str) -> SymbolConfiguration:
        """What the user chose for a symbol, or its default."""
        chosen = self.symbols.get(symbol)
        return self.of_market.default_configuration(symbol) if chosen is None else chosen

    # Taking over events

    def order_moved(self, event: OrderEvent) -> Order:
        """An order was filled, changed or ended: the order after that."""
        order = order_after(self.orders[event.order_id], event)
        if order.is_open:
            self.orders[order.order_id] = order
        else:
            del self.orders[order.order_id]
        return order

    def filled(self, event: e.OrderFilled) -> None:
        """What a fill did to wallets and position; the order is moved apart from that."""
        self.wallets[event.margin_asset] = event.wallet_balance
        if event.commission:
            self.wallets[event.commission_asset] = event.commission_balance
        key = (event.symbol, event.position_side)
        self.realized[key] = event.accumulated_realized
        if event.position_amt:
            self.positions[key] = Position(
                event.symbol,
                event.position_side,
                event.position_amt,
                event.entry_price,
                event.break_even_price,
                event.isolated_wallet,
            )
        else:
            self.positions.pop(key, None)

    def delivered(self, event: e.PositionDelivered) -> None:
        """What a delivery did to wallets and position."""
        self.wallets[event.margin_asset] = event.wallet_balance
        if event.commission:
            self.wallets[event.commission_asset] = event.commission_balance
        key = (event.symbol, event.order.position_side)
        self.realized[key] = event.accumulated_realized
        self.positions.pop(key, None)

    def isolated_wallet_moved(self, key: PositionKey, isolated_wallet: Decimal) -> None:
        """The wallet of an isolated position has another balance."""
        self.positions[key] = msgspec.structs.replace(self.positions[key], isolated_wallet=isolated_wallet)

    # Reading

    def cross_wallet(self, asset: str) -> Decimal:
        """The wallet less what belongs to isolated positions."""
        margin_assets = self.of_market.margin_assets
        isolated = (
            position.isolated_wallet
            for (symbol, _), position in self.positions.items()
            if margin_assets[symbol] == asset
        )
        return self.wallets.get(asset, ZERO) - sum(isolated, ZERO)

    def rows(self, symbol: str) -> Iterator[Position]:
        """The position rows of a symbol, flat ones too: both legs in hedge mode."""
        for side in SIDES[self.dual_side_position]:
            yield self.position((symbol, side))

    def position(self, key: PositionKey) -> Position:
        """A position row, flat when there is none."""
        return self.positions.get(key) or Position(*key, ZERO, ZERO, ZERO)

    def resting(self, symbol: str, position_side: PositionSide) -> tuple[Decimal, Decimal]:
        """What rests on both sides: `b` and `a` of ORDER_TRADE_UPDATE.

        Documented: the value of open bids and asks on USDⓈ-M, their quantity on COIN-M. Observed: an order
        counts from its NEW on, even if it is filled at once; a market order never does. Assumed: the orders
        of one position row, as in the positions of the account.
        """
        orders = [
            order
            for order in self.orders.values()
            if order.symbol == symbol and order.position_side is position_side
        ]
        if self.market is Market.COINM:
            bids = (order.remaining_qty for order in orders if order.binds_margin and order.side is Side.BUY)
            asks = (order.remaining_qty for order in orders if order.binds_margin and order.side is Side.SELL)
            return sum(bids, ZERO), sum(asks, ZERO)
        with localcontext(CONTEXT):
            value = resting_value(orders, self.contract(symbol))
        return cut8(value.bids), cut8(value.asks)
