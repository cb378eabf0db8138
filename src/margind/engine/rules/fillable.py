"""How much of an order the book would fill at once: what fill-or-kill asks before anything trades."""

from decimal import Decimal

from margind.engine.model.book import HOUSE
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import PositionSide, Side
from margind.engine.rules.order_request import OrderRequest
from margind.engine.state import State


def fillable(state: State, request: OrderRequest) -> Decimal:
    """The quantity that matching would fill.

    Reduce-only orders, on either side, fill no more than there is to reduce when their turn comes.
    """
    positions = _Positions(state, request)
    taker, taker_row = request.command.account, request.command.position_side
    opposite = request.book.against(request.side)
    left = request.quantity
    for price in opposite.inwards():
        if not opposite.reaches(price, request.limit):
            break
        for order_id, resting in opposite.levels[price].items():
            quantity = min(resting, left)
            if request.only_reduces:
                quantity = min(quantity, positions.reducible(taker, taker_row, request.side))
            if order_id != HOUSE:
                maker = state.order_owners[order_id]
                order = state.accounts[maker].on(request.command.market).open_orders[order_id]
                if order.only_reduces:
                    quantity = min(quantity, positions.reducible(maker, order.position_side, order.side))
                positions.fill(maker, order.position_side, order.side, quantity)
            positions.fill(taker, taker_row, request.side, quantity)
            left -= quantity
            if not left:
                return request.quantity
    return request.quantity - left


class _Positions:
    """The sizes of a symbol's positions, followed through imagined fills."""

    def __init__(self, state: State, request: OrderRequest) -> None:
        self._state, self._request = state, request
        self._amounts: dict[tuple[str, PositionSide], Decimal] = {}

    def _amount(self, account: str, row: PositionSide) -> Decimal:
        command = self._request.command
        if (account, row) not in self._amounts:
            position = self._state.accounts[account].on(command.market).positions.get((command.symbol, row))
            self._amounts[account, row] = ZERO if position is None else position.position_amt
        return self._amounts[account, row]

    def reducible(self, account: str, row: PositionSide, side: Side) -> Decimal:
        amount = self._amount(account, row)
        return max(ZERO, -amount if side is Side.BUY else amount)

    def fill(self, account: str, row: PositionSide, side: Side, quantity: Decimal) -> None:
        signed = quantity if side is Side.BUY else -quantity
        self._amounts[account, row] = self._amount(account, row) + signed
