"""From engine events to user data stream events, in the order in which the exchange pushes them."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine import events as e
from margind.engine.margin.position_report import configuration_of, position_report
from margind.engine.model.account import PositionKey
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import IncomeType, Market, Millis, OrderStatus, PositionSide
from margind.engine.order_life import algo_order_after, order_after
from margind.runtime import ExchangeRuntime
from margind.wire import user_events as wire
from margind.wire.account_alias import account_alias
from margind.wire.replies import encode

Pushed = tuple[str, Market, str, bytes]
"""Account, market, name of the event, and the event as JSON."""

_EXECUTION = {
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.EXPIRED_IN_MATCH: "EXPIRED",
}


class UserEvents:
    """Follows one exchange. Knows the orders it has spoken of, because events carry only what changed."""

    def __init__(self, runtime: ExchangeRuntime) -> None:
        self._runtime = runtime
        self._orders: dict[int, Order] = {}
        self._algo_orders: dict[tuple[Market, int], AlgoOrder] = {}
        for account in runtime.state.accounts.values():
            for half in (account.usdm, account.coinm):
                self._orders.update(half.open_orders)
                self._algo_orders.update({(half.market, key): row for key, row in half.algo_orders.items()})

    def of(self, events: Sequence[e.Event]) -> Iterator[Pushed]:
        """What the accounts are told of some events that are durable."""
        for event in events:
            tell = _TELL.get(type(event))
            if tell is not None:
                yield from tell(self, event)

    def _now(self) -> Millis:
        return self._runtime.now()

    # Orders

    def order_accepted(self, event: e.OrderAccepted) -> Iterator[Pushed]:
        """A new order."""
        self._orders[event.order.order_id] = event.order
        yield self._order(event.account, event.market, event.order, "NEW", event.time)

    def order_filled(self, event: e.OrderFilled) -> Iterator[Pushed]:
        """Documented order: TRADE_LITE, ACCOUNT_UPDATE, ORDER_TRADE_UPDATE, with one transaction time."""
        order = order_after(self._orders[event.order_id], event)
        self._follow(order)
        if event.market is Market.USDM:
            yield event.account, event.market, "TRADE_LITE", encode(self._trade_lite(order, event))
        wallets = {event.margin_asset: event.wallet_balance}
        if event.commission:
            wallets[event.commission_asset] = event.commission_balance
        position = Position(
            event.symbol,
            event.position_side,
            event.position_amt,
            event.entry_price,
            event.break_even_price,
            event.isolated_wallet,
        )
        yield self._account(
            event.account,
            event.market,
            "ORDER",
            event.time,
            changes=dict.fromkeys(wallets, ZERO),
            wallets=wallets,
            position=position,
        )
        execution = wire.Execution(
            type="TRADE",
            time=event.time,
            last_qty=event.quantity,
            last_price=event.price,
            commission=event.commission,
            commission_asset=event.commission_asset,
            trade_id=event.trade_id,
            is_maker=event.is_maker,
            realized_profit=event.realized_profit,
        )
        yield self._order_update(event.account, event.market, order, execution)

    def order_cancelled(self, event: e.OrderCancelled) -> Iterator[Pushed]:
        """An order that ended without being filled."""
        order = order_after(self._orders[event.order_id], event)
        self._follow(order)
        execution = _EXECUTION[event.status]
        yield self._order(event.account, event.market, order, execution, event.time, reason=event.reason)

    def order_amended(self, event: e.OrderAmended) -> Iterator[Pushed]:
        """An order with another price or quantity."""
        order = order_after(self._orders[event.order_id], event)
        self._follow(order)
        yield self._order(event.account, event.market, order, "AMENDMENT", event.time)

    def _follow(self, order: Order) -> None:
        if order.is_open:
            self._orders[order.order_id] = order
        else:
            self._orders.pop(order.order_id, None)

    def _order(
        self, account: str, market: Market, order: Order, execution: str, time: Millis, *, reason: str = "0"
    ) -> Pushed:
        contract = self._runtime.state.markets[market].contracts[order.symbol]
        return self._order_update(
            account,
            market,
            order,
            wire.Execution(
                type=execution, time=time, expiry_reason=reason, commission_asset=contract.margin_asset
            ),
        )

    def _order_update(self, account: str, market: Market, order: Order, execution: wire.Execution) -> Pushed:
        state = self._runtime.state
        contract = state.markets[market].contracts[order.symbol]
        report = self._runtime.reader.report(state.accounts[account], market)
        row = report.positions.get((order.symbol, order.position_side))
        if row is not None:
            execution = msgspec.structs.replace(execution, bids=row.bid_notional, asks=row.ask_notional)
        average = self._average_price(market, order)
        change = wire.order_change(order, execution, market, contract.margin_asset, average)
        update = wire.OrderTradeUpdate(
            transaction_time=execution.time,
            event_time=self._now(),
            account_alias=self._alias(account, market),
            order=change,
        )
        return account, market, "ORDER_TRADE_UPDATE", encode(update)

    def _average_price(self, market: Market, order: Order) -> Decimal:
        if not order.executed_qty:
            return ZERO
        payoff = self._runtime.state.markets[market].contracts[order.symbol].payoff
        return payoff.average_price(order.executed_qty, order.cum_quote)

    def _trade_lite(self, order: Order, event: e.OrderFilled) -> wire.TradeLite:
        contract = self._runtime.state.markets[event.market].contracts[event.symbol]
        return wire.trade_lite(
            order, event, self._now(), contract.quantity_precision, contract.price_precision
        )

    # Accounts

    def balance_changed(self, event: e.BalanceChanged) -> Iterator[Pushed]:
        """Documented: `bc` is the amount. A loaded document counts as an adjustment."""
        reason = "ADJUSTMENT"
        if event.income_type is IncomeType.TRANSFER:
            reason = "DEPOSIT" if event.amount > ZERO else "WITHDRAW"
        change, wallet = {event.asset: event.amount}, {event.asset: event.wallet_balance}
        yield self._account(
            event.account, event.market, reason, event.time, changes=change, wallets=wallet, position=None
        )

    def isolated_margin_changed(self, event: e.IsolatedMarginChanged) -> Iterator[Pushed]:
        """Margin moved between the cross wallet and a position."""
        half = self._runtime.state.accounts[event.account].on(event.market)
        position = half.positions.get((event.symbol, event.position_side))
        wallet = self._runtime.state.wallet_balance(event.account, event.market, event.asset)
        yield self._account(
            event.account,
            event.market,
            "MARGIN_TRANSFER",
            event.time,
            changes={event.asset: ZERO},
            wallets={event.asset: wallet},
            position=position,
        )

    def margin_type_changed(self, event: e.MarginTypeChanged) -> Iterator[Pushed]:
        """Documented: the margin type travels in a position row, flat as it is."""
        flat = Position(event.symbol, self._one_side(event.account), ZERO, ZERO, ZERO)
        yield self._account(
            event.account,
            event.market,
            "MARGIN_TYPE_CHANGE",
            event.time,
            changes={},
            wallets={},
            position=flat,
        )

    def _one_side(self, account: str) -> PositionSide:
        hedge = self._runtime.state.accounts[account].dual_side_position
        return PositionSide.LONG if hedge else PositionSide.BOTH

    def leverage_changed(self, event: e.LeverageChanged) -> Iterator[Pushed]:
        """A symbol has another leverage."""
        update = wire.AccountConfigUpdate(
            event_time=self._now(),
            transaction_time=event.time,
            leverage=wire.LeverageUpdate(event.symbol, event.leverage),
        )
        yield event.account, event.market, "ACCOUNT_CONFIG_UPDATE", encode(update)

    def asset_mode_changed(self, event: e.AssetModeChanged) -> Iterator[Pushed]:
        """Multi-assets mode was switched."""
        update = wire.AccountConfigUpdate(
            event_time=self._now(),
            transaction_time=event.time,
            asset_mode=wire.AssetModeUpdate(event.multi_assets_margin),
        )
        yield event.account, Market.USDM, "ACCOUNT_CONFIG_UPDATE", encode(update)

    def account_loaded(self, event: e.MarketAccountLoaded) -> Iterator[Pushed]:
        """A loaded document replaces the orders; its money was told by the postings beside it."""
        for order in list(self._orders.values()):
            if self._runtime.state.order_owners.get(order.order_id) is None:
                del self._orders[order.order_id]
        self._orders.update({order.order_id: order for order in event.open_orders})
        yield from ()

    def _account(
        self,
        account: str,
        market: Market,
        reason: str,
        time: Millis,
        *,
        changes: dict[str, Decimal],
        wallets: dict[str, Decimal],
        position: Position | None,
    ) -> Pushed:
        balances = [
            wire.balance_update(
                asset, wallet, wallet - self._isolated(account, market, asset, position), changes[asset]
            )
            for asset, wallet in wallets.items()
        ]
        positions = [] if position is None else [self._position(account, market, position)]
        update = wire.AccountUpdate(
            transaction_time=time,
            event_time=self._now(),
            account_alias=self._alias(account, market),
            change=wire.AccountChange(balances, positions, reason),
        )
        return account, market, "ACCOUNT_UPDATE", encode(update)

    def _isolated(self, account: str, market: Market, asset: str, changed: Position | None) -> Decimal:
        """What of a wallet is isolated, with one position as the event left it."""
        state = self._runtime.state
        positions = dict(state.accounts[account].on(market).positions)
        if changed is not None:
            positions[changed.symbol, changed.position_side] = changed
        margin_assets = state.markets[market].margin_assets
        return sum(
            (row.isolated_wallet for key, row in positions.items() if margin_assets[key[0]] == asset), ZERO
        )

    def _position(self, account: str, market: Market, position: Position) -> wire.PositionUpdate:
        state = self._runtime.state
        half, of_market = state.accounts[account].on(market), state.markets[market]
        key: PositionKey = (position.symbol, position.position_side)
        # Later events of the same command may have moved the position on: it is valued as this one left it.
        imagined = half.imagined(positions={key: position} if position.position_amt else {})
        row = position_report(imagined, of_market, key, (), state.settings.initial_margin_rounding)
        return wire.position_update(
            position,
            configuration_of(half, of_market, position.symbol).margin_type,
            row.contract.margin_asset,
            unrealized_profit=row.unrealized_profit,
            accumulated_realized=half.realized.get(key, ZERO),
        )

    def _alias(self, account: str, market: Market) -> str | msgspec.UnsetType:
        if market is Market.USDM:
            return msgspec.UNSET
        return account_alias(self._runtime.state.accounts[account].number)

    # Conditional orders

    def algo_order_accepted(self, event: e.AlgoOrderAccepted) -> Iterator[Pushed]:
        """A conditional order waits."""
        self._algo_orders[event.market, event.order.algo_id] = event.order
        yield self._algo(event.account, event.market, event.order, event.time)

    def algo_order_changed(self, event: e.AlgoOrderChanged) -> Iterator[Pushed]:
        """A conditional order took a step; following the price is not told."""
        key = (event.market, event.algo_id)
        before = self._algo_orders[key]
        order = algo_order_after(before, event)
        if order.is_open:
            self._algo_orders[key] = order
            return
        del self._algo_orders[key]
        yield self._algo(event.account, event.market, order, event.time)

    def _algo(self, account: str, market: Market, order: AlgoOrder, time: Millis) -> Pushed:
        actual = self._orders.get(order.actual_order_id)
        average = ZERO if actual is None else self._average_price(market, actual)
        change = wire.algo_change(order, actual, average)
        update = wire.AlgoUpdate(transaction_time=time, event_time=self._now(), order=change)
        return account, market, "ALGO_UPDATE", encode(update)


_TELL: dict[type, Callable[[UserEvents, Any], Iterator[Pushed]]] = {
    e.OrderAccepted: UserEvents.order_accepted,
    e.OrderFilled: UserEvents.order_filled,
    e.OrderCancelled: UserEvents.order_cancelled,
    e.OrderAmended: UserEvents.order_amended,
    e.BalanceChanged: UserEvents.balance_changed,
    e.IsolatedMarginChanged: UserEvents.isolated_margin_changed,
    e.MarginTypeChanged: UserEvents.margin_type_changed,
    e.LeverageChanged: UserEvents.leverage_changed,
    e.AssetModeChanged: UserEvents.asset_mode_changed,
    e.MarketAccountLoaded: UserEvents.account_loaded,
    e.AlgoOrderAccepted: UserEvents.algo_order_accepted,
    e.AlgoOrderChanged: UserEvents.algo_order_changed,
}
