"""How much can be opened: the largest order that the margin check and the filters let pass."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

import msgspec
from msgspec.structs import replace

from margind.engine.model.contracts import LotSize
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.terms import PositionSide, Side
from margind.engine.rules.filter_reasons import on_grid, quantity_step
from margind.engine.rules.margin_reasons import refused_order
from margind.engine.rules.order_request import OrderRequest, order_request
from margind.engine.state import State
from margind.errors.impossible import Impossible
from margind.margin.order import NewOrder
from margind.margin.placing import RefusedOrder, refusal_of
from margind.margin.situations import Situation, scratch_state


class LargestOrder(msgspec.Struct, frozen=True):
    """The largest order of one side that would be taken now."""

    order: NewOrder
    """It, ready to be placed; its quantity is 0 when none would be taken."""
    closes: Decimal
    """What of the quantity closes the position that is there; the rest opens."""
    position_amt: Decimal
    """The signed position once all of it is filled."""
    margin_asset: str
    need: Decimal
    """What it would bind, in the margin asset: initial margin and the loss it opens with."""
    available: Decimal
    stopped_by: RefusedOrder | None
    """What the exchange answers to one step more: margin, position cap, or a filter."""

    @property
    def quantity(self) -> Decimal:
        """On COIN-M a number of contracts."""
        return self.order.quantity


def largest_order(
    situation: Situation,
    symbol: str,
    side: Side | str,
    *,
    position_side: PositionSide | str = PositionSide.BOTH,
    price: Decimal | None = None,
) -> LargestOrder:
    """The largest market order, or limit order at `price`, that would be taken.

    Against a position it is what closes it and opens the other way; in hedge mode each leg is asked for by
    itself. `Impossible` when no market lists the symbol or it lacks brackets or a price.
    """
    market = situation.facts.market_of(symbol)
    state = scratch_state(situation.premises)
    if not state.markets[market].usable(symbol):
        raise Impossible("unusable_symbol", f"{symbol} has no brackets or no price yet")
    any_order = NewOrder(Side(side), ZERO, symbol, price, PositionSide(position_side))
    with localcontext(CONTEXT):
        contract = state.markets[market].contracts[symbol]
        lot = contract.market_lot_size if price is None else contract.lot_size
        step = quantity_step(contract, lot)
        request = order_request(state, replace(any_order, quantity=lot.max_qty).command(market))
        quantity = _largest(state, request, lot, step)
        order = replace(any_order, quantity=quantity)
        refusal = refusal_of(state, order, market) if quantity else None
        if refusal is None:
            beyond = quantity + step if quantity else _smallest(request, lot, step)
            refusal = refusal_of(state, replace(order, quantity=beyond), market)
        else:
            # Something else than its size is wrong with the order: no quantity is taken.
            order, quantity = any_order, ZERO
        cost = refused_order(state, request).costing.cost(quantity)
        signed = quantity if request.side is Side.BUY else -quantity
        return LargestOrder(
            order=order,
            closes=min(quantity, request.reducible),
            position_amt=request.position_amt + signed,
            margin_asset=contract.margin_asset,
            need=ZERO if request.only_reduces else cost.need,
            available=cost.available,
            stopped_by=refusal,
        )


def _largest(state: State, request: OrderRequest, lot: LotSize, step: Decimal) -> Decimal:
    if request.only_reduces:
        most = min(request.reducible, lot.max_qty)
        return on_grid(most, lot.min_qty, step, ROUND_FLOOR) if most >= lot.min_qty else ZERO
    # The rule that tells a refused order what would have passed is asked about the largest of all.
    return refused_order(state, request).largest() or ZERO


def _smallest(request: OrderRequest, lot: LotSize, step: Decimal) -> Decimal:
    """The smallest quantity that the filters take, so that what refuses it is not its smallness."""
    least, price = request.contract.min_notional, request.price or request.prices.mark_price
    if least is None or request.only_reduces:
        return lot.min_qty
    return max(lot.min_qty, on_grid(least / price, lot.min_qty, step, ROUND_CEILING))
