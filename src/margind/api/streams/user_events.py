"""From engine events to user data stream events, in the order in which the exchange pushes them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from margind.api.streams import account_events, order_events
from margind.api.streams.account_events import Moment
from margind.api.streams.conditional_orders import ConditionalOrders
from margind.api.streams.followed import Followed
from margind.api.streams.pushed import Pushed, pushed
from margind.engine import events as e
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import AlgoStatus, Market, Millis, OrderStatus
from margind.listen_keys import Owner
from margind.runtime import ExchangeRuntime
from margind.wire import conditional_events as wire


class _Announced(msgspec.Struct):
    """A conditional order that has fired: TRIGGERED is told after what its order did at once."""

    order: AlgoOrder
    account: str
    market: Market
    placed: Order | None = None
    ended: Order | None = None
    time: Millis = 0


class UserEvents:
    """Follows the accounts of one exchange that somebody listens to."""

    def __init__(self, runtime: ExchangeRuntime) -> None:
        self._runtime = runtime
        self._followed: dict[Owner, Followed] = {}
        self._conditional = ConditionalOrders(runtime.state, self._fired)
        self._announced: _Announced | None = None
        self._sequence = runtime.state.sequence
        """Of the event told last; the state is ahead of it while the journal writes."""

    def _fired(self, account: str, market: Market, algo_id: int) -> AlgoOrder | None:
        runtime = self._runtime
        return runtime.journal.history.algo_order(account, market, algo_id=algo_id, now=runtime.now())

    def follow(self, owner: Owner) -> None:
        """Tell of an account from now on."""
        if owner not in self._followed:
            state, (account, market) = self._runtime.state, owner
            self._followed[owner] = Followed(state.accounts[account], state.markets[market], state.sequence)

    def forget(self, owner: Owner) -> None:
        """Nobody listens to an account any more."""
        self._followed.pop(owner, None)

    def of(self, events: Sequence[e.Event]) -> Iterator[Pushed]:
        """What listeners are told of some events that are durable: those of one or more whole commands."""
        for event in events:
            self._sequence += 1
            tell = _TELL.get(type(event))
            if tell is not None:
                if self._announced is not None and self._is_another_order(event):
                    yield from self._triggered()
                yield from tell(self, event)
        yield from self._triggered()

    def _told(self, account: str, market: Market) -> Followed | None:
        told = self._followed.get((account, market))
        return told if told is not None and told.sequence < self._sequence else None

    def _at(self, time: Millis) -> Moment:
        return Moment(time, self._runtime.now())

    # Orders

    def order_accepted(self, event: e.OrderAccepted) -> Iterator[Pushed]:
        """A new order."""
        announced = self._announced
        if announced is not None:
            announced.placed = event.order
        told = self._told(event.account, event.market)
        if told is not None:
            yield order_events.accepted(told, event.order, event.time, self._runtime.now())

    def order_filled(self, event: e.OrderFilled) -> Iterable[Pushed]:
        """Observed: TRADE_LITE, ACCOUNT_UPDATE, ORDER_TRADE_UPDATE, with one transaction time.

        Documented: TRADE_LITE is for executions of type TRADE, and those of a liquidation are CALCULATED.
        """
        told = self._told(event.account, event.market)
        if told is not None:
            return self._filled(told, event)
        if event.status is OrderStatus.FILLED:
            self._conditional.ended(event.order_id)
        return ()

    def _filled(self, told: Followed, event: e.OrderFilled) -> Iterator[Pushed]:
        now = self._runtime.now()
        order = told.order_moved(event)
        told.filled(event)
        if told.market is Market.USDM and not event.is_calculated:
            yield order_events.trade_lite(told, order, event, now)
        yield account_events.filled(told, event, Moment(event.time, now))
        yield order_events.traded(told, order, event, now)
        if event.status is OrderStatus.FILLED:
            yield from self._finished(told, order, event)

    def position_delivered(self, event: e.PositionDelivered) -> Iterator[Pushed]:
        """Told in the order of a fill's events, without TRADE_LITE."""
        told = self._told(event.account, event.market)
        if told is not None:
            at = self._at(event.time)
            told.delivered(event)
            yield account_events.delivered(told, event, at)
            yield order_events.delivered(told, event, at.now)

    def order_cancelled(self, event: e.OrderCancelled) -> Iterator[Pushed]:
        """An order that ended unfilled, or in part."""
        told = self._told(event.account, event.market)
        order = None
        if told is not None:
            order = told.order_moved(event)
            yield order_events.cancelled(told, order, event, self._runtime.now())
        yield from self._finished(told, order, event)

    def order_amended(self, event: e.OrderAmended) -> Iterator[Pushed]:
        """An order with another price or quantity."""
        told = self._told(event.account, event.market)
        if told is not None:
            yield order_events.amended(told, told.order_moved(event), event, self._runtime.now())

    def stop_order_followed(self, event: e.StopOrderFollowed) -> Iterator[Pushed]:
        """Following a price is silent."""
        told = self._told(event.account, event.market)
        if told is not None:
            told.order_moved(event)
        yield from ()

    def stop_order_fired(self, event: e.StopOrderFired) -> Iterator[Pushed]:
        """A conditional order of the order endpoint fired."""
        told = self._told(event.account, event.market)
        if told is not None:
            yield from order_events.fired(told, event, self._runtime.now())

    def stop_order_refused(self, event: e.StopOrderRefused) -> Iterator[Pushed]:
        """What one became was refused. Assumed: told before that it expires (no page shows both)."""
        told = self._told(event.account, event.market)
        if told is not None:
            refused = wire.TriggerRefusal(event.symbol, event.order_id, event.reason)
            message = wire.TriggerReject(
                event_time=self._runtime.now(), transaction_time=event.time, refused=refused
            )
            yield pushed(told, message.event, message)

    # Accounts

    def account_changed(self, event: "_AccountEvent") -> Iterator[Pushed]:
        """Money or a setting changed."""
        told = self._told(event.account, event.market)
        if told is not None:
            message = _ACCOUNT_EVENTS[type(event)](told, event, self._at(event.time))
            if message is not None:
                yield message

    def position_mode_changed(self, event: e.PositionModeChanged) -> Iterator[Pushed]:
        """Documented: nothing is pushed."""
        for market in Market:
            told = self._told(event.account, market)
            if told is not None:
                told.dual_side_position = event.dual_side_position
        yield from ()

    def asset_mode_changed(self, event: e.AssetModeChanged) -> Iterator[Pushed]:
        """Multi-assets mode was switched."""
        told = self._told(event.account, Market.USDM)
        if told is not None:
            yield account_events.asset_mode_changed(told, event.multi_assets_margin, self._at(event.time))

    def account_loaded(self, event: e.MarketAccountLoaded) -> Iterator[Pushed]:
        """A document was loaded: the orders it replaced, what is different, its orders."""
        told = self._told(event.account, event.market)
        if told is None:
            return
        at = self._at(event.time)
        replaced, told.orders = told.orders, {}
        for order in replaced.values():
            yield order_events.replaced(told, order, at.time, at.now)
        yield from account_events.loaded(told, event, at)
        for order in event.open_orders:
            yield order_events.accepted(told, order, at.time, at.now)

    # Conditional orders

    def algo_order_accepted(self, event: e.AlgoOrderAccepted) -> Iterator[Pushed]:
        """A conditional order waits."""
        self._conditional.accepted(event)
        yield from self._step(event.account, event.market, event.order, wire.Step(AlgoStatus.NEW), event.time)

    def algo_order_changed(self, event: e.AlgoOrderChanged) -> Iterator[Pushed]:
        """Observed: one that fires is TRIGGERING, then TRIGGERED or REJECTED. Following is silent."""
        order = self._conditional.changed(event)
        if order.is_open:
            return
        owner = (event.account, event.market)
        if event.trigger_time:
            yield from self._step(*owner, order, wire.Step(AlgoStatus.TRIGGERING), event.time)
        if order.status is AlgoStatus.TRIGGERED:
            self._announced = _Announced(order, *owner, time=event.time)
        else:
            yield from self._step(*owner, order, wire.Step(order.status), event.time)

    def _is_another_order(self, event: e.Event) -> bool:
        """Whether an event no longer belongs to what an order did that has just been placed."""
        assert self._announced is not None, "asked only while one is announced"
        if isinstance(event, e.OrderAccepted):
            return event.order.order_id != self._announced.order.actual_order_id
        return isinstance(event, e.AlgoOrderAccepted | e.AlgoOrderChanged)

    def _triggered(self) -> Iterator[Pushed]:
        """Observed: TRIGGERED shows the order as placed; FINISHED follows at once if it has ended."""
        announced, self._announced = self._announced, None
        if announced is None:
            return
        owner = (announced.account, announced.market)
        for status, placed in (
            (AlgoStatus.TRIGGERED, announced.placed),
            (AlgoStatus.FINISHED, announced.ended),
        ):
            if placed is not None:
                yield from self._step(*owner, announced.order, wire.Step(status, placed), announced.time)

    def _finished(
        self, told: Followed | None, order: Order | None, event: e.OrderFilled | e.OrderCancelled
    ) -> Iterator[Pushed]:
        """An order ended, and with it the conditional order it came from."""
        conditional = self._conditional.ended(event.order_id)
        if conditional is None or told is None or order is None:
            return
        announced = self._announced
        if announced is not None and announced.order.algo_id == conditional.algo_id:
            announced.ended = order
            return
        yield from self._step(
            event.account, event.market, conditional, wire.Step(AlgoStatus.FINISHED, order), event.time
        )

    def _step(
        self, account: str, market: Market, order: AlgoOrder, step: wire.Step, time: Millis
    ) -> Iterator[Pushed]:
        told = self._told(account, market)
        if told is not None:
            change = wire.algo_change(order, step, told.contract(order.symbol))
            update = wire.AlgoUpdate(transaction_time=time, event_time=self._runtime.now(), order=change)
            yield pushed(told, "ALGO_UPDATE", update)


_AccountEvent: TypeAlias = (
    e.BalanceChanged
    | e.FundingSettled
    | e.AssetsExchanged
    | e.InsuranceCleared
    | e.MarginCalled
    | e.IsolatedMarginChanged
    | e.MarginTypeChanged
    | e.LeverageChanged
)

_ACCOUNT_EVENTS: dict[type, Callable[[Followed, Any, Moment], Pushed | None]] = {
    e.BalanceChanged: account_events.balance_changed,
    e.FundingSettled: account_events.funding_settled,
    e.AssetsExchanged: account_events.assets_exchanged,
    e.InsuranceCleared: account_events.insurance_cleared,
    e.MarginCalled: account_events.margin_called,
    e.IsolatedMarginChanged: account_events.isolated_margin_changed,
    e.MarginTypeChanged: account_events.margin_type_changed,
    e.LeverageChanged: account_events.leverage_changed,
}

_TELL: dict[type, Callable[[UserEvents, Any], Iterable[Pushed]]] = {
    **dict.fromkeys(_ACCOUNT_EVENTS, UserEvents.account_changed),
    e.OrderAccepted: UserEvents.order_accepted,
    e.OrderFilled: UserEvents.order_filled,
    e.OrderCancelled: UserEvents.order_cancelled,
    e.PositionDelivered: UserEvents.position_delivered,
    e.OrderAmended: UserEvents.order_amended,
    e.StopOrderFollowed: UserEvents.stop_order_followed,
    e.StopOrderFired: UserEvents.stop_order_fired,
    e.StopOrderRefused: UserEvents.stop_order_refused,
    e.PositionModeChanged: UserEvents.position_mode_changed,
    e.AssetModeChanged: UserEvents.asset_mode_changed,
    e.MarketAccountLoaded: UserEvents.account_loaded,
    e.AlgoOrderAccepted: UserEvents.algo_order_accepted,
    e.AlgoOrderChanged: UserEvents.algo_order_changed,
}
