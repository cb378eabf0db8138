"""What history keeps of the events: orders as they stand, fills, changes, income, isolated margin."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine import events as e
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import USDM, IncomeType, Market, OrderStatus
from margind.engine.order_life import OrderEvent, algo_order_after, order_after
from margind.engine.state import State
from margind.storage import (
    AlgoOrderRow,
    AmendmentRow,
    Entry,
    FundingRow,
    HistoryRow,
    IncomeRow,
    MarginChangeRow,
    OrderRow,
    TradeRow,
    of_another_version,
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


def history_rows(events: Iterable[e.Event], follower: OrderFollower) -> Iterator[HistoryRow]:
    """The rows that some events put into an account's history, of one order one for each of its states.

    When all are drawn the follower has seen the events.
    """
    for event in events:
        project = _PROJECTIONS.get(type(event))
        if project is not None:
            yield from project(follower, event)


def rows_of_entries(entries: Iterable[Entry], after: int = 0) -> Iterator[HistoryRow]:
    """The history that those of a journal's entries amount to that come after a sequence.

    `entries` are all, from the first one on: what an order was before says what it is after a change.
    """
    follower = OrderFollower()
    for entry, event in remembered(entries):
        rows = list(history_rows((event,), follower))
        if entry.sequence > after:
            yield from rows


def remembered(entries: Iterable[Entry]) -> Iterator[tuple[Entry, e.Event]]:
    """A journal's entries with the events in them. Raises `JournalError` at one that is not known."""
    decode = msgspec.json.Decoder(e.Event).decode
    for entry in entries:
        try:
            event = decode(entry.payload)
        except msgspec.DecodeError as error:
            raise of_another_version(
                f"entry {entry.sequence} of the journal is none that this margind knows ({error})"
            ) from error
        yield entry, event


def _balance_changed(_: OrderFollower, event: e.BalanceChanged) -> Iterator[HistoryRow]:
    if event.income_type is not None:
        yield IncomeRow(
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


def _isolated_margin_changed(_: OrderFollower, event: e.IsolatedMarginChanged) -> Iterator[HistoryRow]:
    yield MarginChangeRow(
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


def _account_loaded(follower: OrderFollower, event: e.MarketAccountLoaded) -> Iterator[HistoryRow]:
    for order in follower.loaded(event):
        yield OrderRow(event.account, event.market, order)


def _order_accepted(follower: OrderFollower, event: e.OrderAccepted) -> Iterator[HistoryRow]:
    yield OrderRow(event.account, event.market, follower.accepted(event))


def _order_filled(follower: OrderFollower, event: e.OrderFilled) -> Iterator[HistoryRow]:
    before, after = follower.changed(event)
    yield OrderRow(event.account, event.market, after)
    yield TradeRow(
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
    yield from _profit_and_commission(event, IncomeType.REALIZED_PNL)


def _assets_exchanged(_: OrderFollower, event: e.AssetsExchanged) -> Iterator[HistoryRow]:
    for place, row in enumerate(event.exchanged):
        yield _income(event, IncomeType.AUTO_EXCHANGE, row.amount, row.asset, event.tran_id + place)


def _position_delivered(_: OrderFollower, event: e.PositionDelivered) -> Iterator[HistoryRow]:
    order = event.order
    yield OrderRow(event.account, event.market, order)
    yield TradeRow(
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
    yield from _profit_and_commission(event, IncomeType.DELIVERED_SETTELMENT)


def _funding_fixed(_: OrderFollower, event: e.FundingFixed) -> Iterator[HistoryRow]:
    yield FundingRow(event.market, event.symbol, event.funding_time, event.rate, event.mark_price)


def _funding_settled(_: OrderFollower, event: e.FundingSettled) -> Iterator[HistoryRow]:
    yield _income(event, IncomeType.FUNDING_FEE, event.amount, event.asset, event.tran_id)


def _insurance_cleared(_: OrderFollower, event: e.InsuranceCleared) -> Iterator[HistoryRow]:
    yield _income(event, IncomeType.INSURANCE_CLEAR, event.amount, event.asset, event.tran_id)


def _profit_and_commission(
    event: e.OrderFilled | e.PositionDelivered, of_profit: IncomeType
) -> Iterator[IncomeRow]:
    profit, fee, trade_id = event.realized_profit, event.commission, str(event.trade_id)
    if profit:
        yield _income(event, of_profit, profit, event.margin_asset, event.tran_id, trade_id=trade_id)
    if fee:
        yield _income(
            event,
            IncomeType.COMMISSION,
            fee.copy_negate(),
            event.commission_asset,
            event.tran_id + 1,
            trade_id=trade_id,
        )


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
        info=str(income_type) if event.market is USDM else "",
        time=event.time,
        tran_id=tran_id,
        trade_id=trade_id,
    )


def _order_changed(
    follower: OrderFollower, event: e.OrderCancelled | e.StopOrderFollowed | e.StopOrderFired
) -> Iterator[HistoryRow]:
    _, after = follower.changed(event)
    yield OrderRow(event.account, event.market, after)


def _order_amended(follower: OrderFollower, event: e.OrderAmended) -> Iterator[HistoryRow]:
    _, after = follower.changed(event)
    yield OrderRow(event.account, event.market, after)
    yield AmendmentRow(
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


def _algo_order_accepted(follower: OrderFollower, event: e.AlgoOrderAccepted) -> Iterator[HistoryRow]:
    yield AlgoOrderRow(event.account, event.market, follower.algo_accepted(event))


def _algo_order_changed(follower: OrderFollower, event: e.AlgoOrderChanged) -> Iterator[HistoryRow]:
    yield AlgoOrderRow(event.account, event.market, follower.algo_changed(event))


_PROJECTIONS: dict[type[e.Event], Callable[[OrderFollower, Any], Iterator[HistoryRow]]] = {
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
