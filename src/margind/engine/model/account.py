"""A user's futures account: wallets, positions, orders and configuration on both markets."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.kept_shares import KeptShares
from margind.engine.model.ledger import Wallet
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.payoff import Payoff
from margind.engine.model.positions import Position
from margind.engine.model.row_orders import RowOrders
from margind.engine.model.terms import USDM, Market, PositionSide

PositionKey = tuple[str, PositionSide]

_SIDES = tuple(PositionSide)


class MarketAccount:
    """The half of an account that lives on one market. Only `State.apply` writes to it."""

    __slots__ = (
        "algo_orders",
        "can_deposit",
        "can_trade",
        "can_withdraw",
        "client_order_ids",
        "fee_burn",
        "fee_tier",
        "margin_calls",
        "market",
        "multi_assets_margin",
        "open_orders",
        "positions",
        "realized",
        "rows",
        "shares",
        "symbols",
        "touched",
        "trade_group_id",
        "wallets",
    )

    def __init__(self, market: Market) -> None:
        self.market = market
        self.fee_tier = 0
        self.fee_burn = True
        self.multi_assets_margin = False
        self.can_trade = True
        self.can_deposit = True
        self.can_withdraw = True
        self.trade_group_id = -1
        self.wallets: dict[str, Wallet] = {}
        self.symbols: dict[str, SymbolConfiguration] = {}
        self.positions: dict[PositionKey, Position] = {}
        self.open_orders: dict[int, Order] = {}
        self.rows: dict[PositionKey, RowOrders] = {}
        """The same orders by the position row they act on; a row without orders is absent."""
        self.shares = KeptShares()
        self.client_order_ids: dict[str, int] = {}
        """Ids of open orders by what their client calls them."""
        self.algo_orders: dict[int, AlgoOrder] = {}
        """Conditional orders that wait."""
        self.margin_calls: dict[MarginPool, None] = {}
        """Pools that were called and have not recovered since."""
        self.realized: dict[PositionKey, Decimal] = {}
        """Realized profit of each position row so far, before fees."""
        self.touched: dict[PositionKey, int] = {}
        """Last change of positions that are flat now, so that their rows keep their time."""

    def imagined(self, **changes: object) -> "MarketAccount":
        """A copy that shares everything but what is changed, for asking what would be."""
        copy = MarketAccount.__new__(MarketAccount)
        for name in MarketAccount.__slots__:
            setattr(copy, name, changes.get(name, getattr(self, name)))
        copy.shares = KeptShares()
        return copy

    def put_position(self, position: Position) -> None:
        """Hold a position, in place of what was held in its row."""
        key = (position.symbol, position.position_side)
        self.positions[key] = position
        self.shares.change(key)

    def drop_position(self, key: PositionKey) -> bool:
        """Let a row be flat; whether it held anything."""
        self.shares.change(key)
        return self.positions.pop(key, None) is not None

    def set_isolated_wallet(self, key: PositionKey, isolated_wallet: Decimal, now: int) -> None:
        """The wallet of an isolated position has another balance."""
        self.put_position(
            msgspec.structs.replace(self.positions[key], isolated_wallet=isolated_wallet, update_time=now)
        )

    def configure(self, symbol: str, configuration: SymbolConfiguration) -> None:
        """Take over what the user chose for a symbol."""
        self.symbols[symbol] = configuration
        for side in _SIDES:
            self.shares.change((symbol, side))

    def configure_all(self, chosen: Mapping[str, SymbolConfiguration]) -> None:
        """Take over what the user chose for all symbols; the others are as they are by default."""
        self.symbols = dict(chosen)
        self.shares = KeptShares()

    def put_order(self, order: Order, payoff: Payoff) -> None:
        """Take in an open order, or what became of it."""
        self.open_orders[order.order_id] = order
        key = (order.symbol, order.position_side)
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = RowOrders()
        self.shares.rest(key, row.put(order, payoff))

    def drop_order(self, order: Order) -> None:
        """Forget an order that is no longer open."""
        del self.open_orders[order.order_id]
        if self.client_order_ids.get(order.client_order_id) == order.order_id:
            del self.client_order_ids[order.client_order_id]
        key = (order.symbol, order.position_side)
        row = self.rows[key]
        row.drop(order.order_id)
        self.shares.changed.add(key)
        if not row.orders:
            del self.rows[key]

    def value_orders_anew(self, contract: Contract) -> None:
        """Take over the terms of a contract that was replaced."""
        for old in self.rows_of(contract.symbol):
            orders = list(old.orders.values())
            row = self.rows[contract.symbol, orders[0].position_side] = RowOrders()
            for order in orders:
                row.put(order, contract.payoff)
            self.shares.change((contract.symbol, orders[0].position_side))

    def rows_of(self, symbol: str) -> list[RowOrders]:
        """The orders of a symbol's rows, where there are any."""
        rows = self.rows
        return [rows[symbol, side] for side in _SIDES if (symbol, side) in rows]

    def orders_of(self, symbol: str) -> list[Order]:
        """The open orders of a symbol, oldest first."""
        found = [order for row in self.rows_of(symbol) for order in row.orders.values()]
        return sorted(found, key=_order_id)

    def holds(self, symbol: str) -> bool:
        """Whether there is a position in a symbol, on either side."""
        return any((symbol, side) in self.positions for side in _SIDES)

    def update_time(self, key: PositionKey) -> int:
        """When a position last changed; 0 when it never did.

        Documented: 'Event: Balance and Position Update', orders that are not filled change no position.
        """
        position = self.positions.get(key)
        return position.update_time if position is not None else self.touched.get(key, 0)


def _order_id(order: Order) -> int:
    return order.order_id


class Account:
    """One user of one exchange."""

    __slots__ = ("coinm", "dual_side_position", "name", "number", "usdm", "version")

    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.name = name
        self.dual_side_position = False
        """Documented: since 2026-06 one position mode for both markets."""
        self.usdm = MarketAccount(Market.USDM)
        self.coinm = MarketAccount(Market.COINM)
        self.version = 0
        """Counts the events applied; whoever keeps something computed compares it."""

    def imagined(self, market: Market, **changes: object) -> "Account":
        """A copy whose half on one market is changed, for asking what would be."""
        copy = Account(self.number, self.name)
        copy.dual_side_position = self.dual_side_position
        copy.usdm, copy.coinm = self.usdm, self.coinm
        setattr(copy, market.value, self.on(market).imagined(**changes))
        return copy

    def on(self, market: Market) -> MarketAccount:
        """The half on one market."""
        return self.usdm if market is USDM else self.coinm
