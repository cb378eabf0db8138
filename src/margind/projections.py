"""What history keeps of the events: orders as they stand, fills, changes, income, isolated margin."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine import events as e
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import IncomeType, Market, OrderStatus
from margind.engine.order_life import OrderEvent, algo_order_after, order_after
from margind.engine.state import State
from margind.storage import (
    AlgoOrderRow,
    AmendmentRow,
    Entry,
    FundingRow,
    HistoryRow,
    IncomeRow,
    JournalError,
    MarginChangeRow,
    OrderRow,
    TradeRow,
)

Half = tuple[str, Market]
"""An account's name and one of its markets."""


class OrderFollower:
    """Knows every open order, because events name orders by their ids alone."""

    def __init__(self) -> None:
        self._orders: dict[Half, dict[int, Order]] = {}
        self._algo_orders: dict[Half, dict[int, AlgoOrder]] = {}

    @classmethod
    def of(cls, state: State) -> "OrderFollower":
        """A follower that goes on from a state."""
        follower = cls()
        for account in state.accounts.values():
            for market in state.markets:
                half = account.on(market)
                follower._orders[account.name, market] = dict(half.open_orders)
                follower._algo_orders[account.name, market] = dict(half.algo_orders)
        return follower

    def accepted(self, event: e.OrderAccepted) -> Order:
        """The new order."""
        self._orders.setdefault((event.account, event.market), {})[event.order.order_id] = event.order
        return event.order

    def changed(self, event: OrderEvent) -> tuple[Order, Order]:
        """The order before and after; one that is done is followed no longer."""
        orders = self._orders[event.account, event.market]
        before = orders.pop(event.order_id)
        after = order_after(before, event)
        if after.is_open:
            orders[event.order_id] = after
        return before, after

    def loaded(self, event: e.MarketAccountLoaded) -> list[Order]:
        """The orders of a document, and before them, as cancelled, those whose place it has taken."""
        replaced = self._orders.get((event.account, event.market), {})
        gone = [
            msgspec.structs.replace(order, status=OrderStatus.CANCELED, update_time=event.time)
            for order in replaced.values()
        ]
        self._orders[event.account, event.market] = {order.order_id: order for order in event.open_orders}
        return [*gone, *event.open_orders]

    def algo_accepted(self, event: e.AlgoOrderAccepted) -> AlgoOrder:
        """The new conditional order."""
        self._algo_orders.setdefault((event.account, event.market), {})[event.order.algo_id] = event.order
        return event.order

    def algo_changed(self, event: e.AlgoOrderChanged) -> AlgoOrder:
        """The conditional order after a step."""
        orders = self._algo_orders[event.account, event.market]
        after = algo_order_after(orders.pop(event.algo_id), event)
        if after.is_open:
            orders[event.algo_id] = after
        return after


class _Rows:
    """The rows of one batch of events: of each order only its last state."""

    def __init__(self, follower: OrderFollower) -> None:
        self.follower = follower
        self.added: list[HistoryRow] = []
        self.orders: dict[int, OrderRow] = {}
        self.algo_orders: dict[int, AlgoOrderRow] = {}

    def keep(self, event: OrderEvent | e.OrderAccepted | e.MarketAccountLoaded, *orders: Order) -> None:
        for order in orders:
            self.orders[order.order_id] = OrderRow(event.account, event.market, order)

    def keep_algo(self, event: e.AlgoOrderAccepted | e.AlgoOrderChanged, order: AlgoOrder) -> None:
        self.algo_orders[order.algo_id] = AlgoOrderRow(event.account, event.market, order)


def history_rows(events: Iterable[e.Event], follower: OrderFollower) -> list[HistoryRow]:
    """The rows that some events put into an account's history; the follower has then seen the events."""
    rows = _Rows(follower)
    for event in events:
        project = _PROJECTIONS.get(type(event))
        if project is not None:
            project(rows, event)
    return [*rows.added, *rows.orders.values(), *rows.algo_orders.values()]


def rows_of_entries(entries: Iterable[Entry], after: int = 0) -> Iterator[HistoryRow]:
    """The history that those of a journal's entries amount to that come after a sequence.

    `entries` are all, from the first one on: what an order was before says what it is after a change.
    """
    follower = OrderFollower()
    for entry, event in remembered(entries):
        rows = history_rows((event,), follower)
        if entry.sequence > after:
            yield from rows


def remembered(entries: Iterable[Entry]) -> Iterator[tuple[Entry, e.Event]]:
    """A journal's entries with the events in them. Raises `JournalError` at one that is not known."""
    decode = msgspec.json.Decoder(e.Event).decode
    for entry in entries:
        try:
            event = decode(entry.payload)
        except msgspec.DecodeError as error:
            raise JournalError(
                f"entry {entry.sequence} of the journal is none that this margind knows ({error}): "
                "start the version that wrote it, or choose another data folder with --data."
            ) from error
        yield entry, event


def _balance_changed(rows: _Rows, event: e.BalanceChanged) -> None:
    if event.income_type is not None:
        rows.added.append(
            IncomeRow(
                account=event.account,
                market=event.market,
                symbol=event.symbol,
                income_type=event.income_type,
                income=event.amount,
                asset=event.asset,
                info=event.info,
                time=event.time,
                tran_id=event.tran_id,
                trade_id=event.trade_id,
            )
        )


def _isolated_margin_changed(rows: _Rows, event: e.IsolatedMarginChanged) -> None:
    rows.added.append(
        MarginChangeRow(
            account=event.account,
            market=event.market,
            symbol=event.symbol,
            position_side=event.position_side,
            type=1 if event.amount > ZERO else 2,
            delta_type=event.delta_type,
            amount=abs(event.amount),
            asset=event.asset,
            time=event.time,
        )
    )


def _account_loaded(rows: _Rows, event: e.MarketAccountLoaded) -> None:
    rows.keep(event, *rows.follower.loaded(event))


def _order_accepted(rows: _Rows, event: e.OrderAccepted) -> None:
    rows.keep(event, rows.follower.accepted(event))


def _order_filled(rows: _Rows, event: e.OrderFilled) -> None:
    before, after = rows.follower.changed(event)
    rows.keep(event, after)
    rows.added.append(
        TradeRow(
            account=event.account,
            market=event.market,
            symbol=event.symbol,
            trade_id=event.trade_id,
            order_id=event.order_id,
            side=event.side,
            position_side=event.position_side,
            price=event.price,
            quantity=event.quantity,
            value=CONTEXT.subtract(after.cum_quote, before.cum_quote),
            realized_profit=event.realized_profit,
            margin_asset=event.margin_asset,
            commission=event.commission,
            commission_asset=event.commission_asset,
            is_maker=event.is_maker,
            time=event.time,
        )
    )
    for income_type, income, asset, tran_id in (
        (IncomeType.REALIZED_PNL, event.realized_profit, event.margin_asset, event.tran_id),
        (IncomeType.COMMISSION, event.commission.copy_negate(), event.commission_asset, event.tran_id + 1),
    ):
        if income:
            rows.added.append(
                _income(event, income_type, income, asset, tran_id, trade_id=str(event.trade_id))
            )


def _assets_exchanged(rows: _Rows, event: e.AssetsExchanged) -> None:
    rows.added += [
        _income(event, IncomeType.AUTO_EXCHANGE, row.amount, row.asset, event.tran_id + place)
        for place, row in enumerate(event.exchanged)
    ]


def _position_delivered(rows: _Rows, event: e.PositionDelivered) -> None:
    order = event.order
    rows.orders[order.order_id] = OrderRow(event.account, event.market, order)
    rows.added.append(
        TradeRow(
            account=event.account,
            market=event.market,
            symbol=event.symbol,
            trade_id=event.trade_id,
            order_id=order.order_id,
            side=order.side,
            position_side=order.position_side,
            price=event.price,
            quantity=order.orig_qty,
            value=order.cum_quote,
            realized_profit=event.realized_profit,
            margin_asset=event.margin_asset,
            commission=event.commission,
            commission_asset=event.commission_asset,
            is_maker=False,
            time=event.time,
        )
    )
    for income_type, income, asset, tran_id in (
        (IncomeType.DELIVERED_SETTELMENT, event.realized_profit, event.margin_asset, event.tran_id),
        (IncomeType.COMMISSION, event.commission.copy_negate(), event.commission_asset, event.tran_id + 1),
    ):
        if income:
            rows.added.append(
                _income(event, income_type, income, asset, tran_id, trade_id=str(event.trade_id))
            )


def _funding_fixed(rows: _Rows, event: e.FundingFixed) -> None:
    rows.added.append(
        FundingRow(event.market, event.symbol, event.funding_time, event.rate, event.mark_price)
    )


def _funding_settled(rows: _Rows, event: e.FundingSettled) -> None:
    rows.added.append(_income(event, IncomeType.FUNDING_FEE, event.amount, event.asset, event.tran_id))


def _insurance_cleared(rows: _Rows, event: e.InsuranceCleared) -> None:
    rows.added.append(_income(event, IncomeType.INSURANCE_CLEAR, event.amount, event.asset, event.tran_id))


def _income(
    event: e.OrderFilled | e.PositionDelivered | e.FundingSettled | e.InsuranceCleared | e.AssetsExchanged,
    income_type: IncomeType,
    income: Decimal,
    asset: str,
    tran_id: int,
    *,
    trade_id: str = "",
) -> IncomeRow:
    return IncomeRow(
        account=event.account,
        market=event.market,
        symbol="" if isinstance(event, e.AssetsExchanged) else event.symbol,
        income_type=income_type,
        income=income,
        asset=asset,
        # Documented: the COMMISSION rows of 'Get Income History' of both markets. Assumed: profit, funding,
        # delivery and auto-exchange are remarked on in the same way (replies with such rows would settle it).
        info=income_type.value if event.market is Market.USDM else "",
        time=event.time,
        tran_id=tran_id,
        trade_id=trade_id,
    )


def _order_changed(rows: _Rows, event: e.OrderCancelled | e.StopOrderFollowed | e.StopOrderFired) -> None:
    rows.keep(event, rows.follower.changed(event)[1])


def _order_amended(rows: _Rows, event: e.OrderAmended) -> None:
    _, after = rows.follower.changed(event)
    rows.keep(event, after)
    rows.added.append(
        AmendmentRow(
            account=event.account,
            market=event.market,
            symbol=event.symbol,
            amendment_id=event.amendment_id,
            order_id=event.order_id,
            client_order_id=after.client_order_id,
            price_before=event.price_before,
            price=event.price,
            orig_qty_before=event.orig_qty_before,
            orig_qty=event.orig_qty,
            count=after.amendments,
            modify_id=event.modify_id,
            time=event.time,
        )
    )


def _algo_order_accepted(rows: _Rows, event: e.AlgoOrderAccepted) -> None:
    rows.keep_algo(event, rows.follower.algo_accepted(event))


def _algo_order_changed(rows: _Rows, event: e.AlgoOrderChanged) -> None:
    rows.keep_algo(event, rows.follower.algo_changed(event))


_PROJECTIONS: dict[type[e.Event], Callable[[_Rows, Any], None]] = {
    e.BalanceChanged: _balance_changed,
    e.IsolatedMarginChanged: _isolated_margin_changed,
    e.MarketAccountLoaded: _account_loaded,
    e.OrderAccepted: _order_accepted,
    e.OrderFilled: _order_filled,
    e.OrderCancelled: _order_changed,
    e.StopOrderFollowed: _order_changed,
    e.StopOrderFired: _order_changed,
    e.OrderAmended: _order_amended,
    e.AlgoOrderAccepted: _algo_order_accepted,
    e.AlgoOrderChanged: _algo_order_changed,
    e.FundingFixed: _funding_fixed,
    e.FundingSettled: _funding_settled,
    e.PositionDelivered: _position_delivered,
    e.InsuranceCleared: _insurance_cleared,
    e.AssetsExchanged: _assets_exchanged,
}
