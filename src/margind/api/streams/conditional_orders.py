"""Every conditional order of an exchange, from its acceptance to the end of the order it became."""

from collections.abc import Callable

from margind.engine import events as e
from margind.engine.model.orders import AlgoOrder
from margind.engine.model.terms import AlgoStatus, Market
from margind.engine.order_life import algo_order_after
from margind.engine.state import State

Fired = Callable[[str, Market, int], AlgoOrder | None]
"""The conditional order of an account, market and id that has fired, as the history keeps it."""


class ConditionalOrders:
    """The state forgets a conditional order once it has fired; listeners hear of it until it is finished."""

    def __init__(self, state: State, fired: Fired) -> None:
        self._waiting: dict[tuple[Market, int], AlgoOrder] = {
            (half.market, order.algo_id): order
            for account in state.accounts.values()
            for half in (account.usdm, account.coinm)
            for order in half.algo_orders.values()
        }
        self._placed: dict[int, AlgoOrder] = {}
        """By the id of the order they became."""
        for account in state.accounts.values():
            for half in (account.usdm, account.coinm):
                for order_id, order in half.open_orders.items():
                    conditional = fired(account.name, half.market, order.algo_id) if order.algo_id else None
                    if conditional is not None:
                        self._placed[order_id] = conditional

    def accepted(self, event: e.AlgoOrderAccepted) -> None:
        """One more waits."""
        self._waiting[event.market, event.order.algo_id] = event.order

    def changed(self, event: e.AlgoOrderChanged) -> AlgoOrder:
        """One took a step: the order after that."""
        key = (event.market, event.algo_id)
        order = algo_order_after(self._waiting[key], event)
        if order.is_open:
            self._waiting[key] = order
            return order
        del self._waiting[key]
        if order.status is AlgoStatus.TRIGGERED:
            self._placed[order.actual_order_id] = order
        return order

    def ended(self, order_id: int) -> AlgoOrder | None:
        """An order ended: the conditional order it came from, which is finished with it."""
        return self._placed.pop(order_id, None)
