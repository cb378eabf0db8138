"""Why the margin check refused an order, and the largest that it would have let pass."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal, localcontext

import msgspec

from margind.engine.margin.position_report import configuration_of
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract, LotSize
from margind.engine.model.decimals import CONTEXT, ZERO, up8
from margind.engine.model.terms import MarginType, OrderType, Side
from margind.engine.rules.filter_reasons import on_grid, quantity_step, quantity_unit
from margind.engine.rules.order_cost import Costing, OrderCost, order_costing
from margind.engine.rules.order_request import OrderRequest
from margind.engine.state import State
from margind.errors import Because, Compared, Reason
from margind.errors.because import Value

COST = "FAQ 'How to Calculate the Cost Required to Open a Position'"
CAPS = "FAQ 'Leverage and Margin of USDⓈ-M Futures'; 'Error Code'"


class Refused(msgspec.Struct, frozen=True):
    """An order the margin check refused, in values that no longer change."""

    costing: Costing
    contract: Contract
    lot: LotSize
    quantity: Decimal
    filled: Decimal
    """Of an amended order: what of its quantity binds nothing any more."""
    released: Decimal
    """Of an amended order: what it needed before, which it may need again."""
    notional_price: Decimal

    @property
    def cost(self) -> OrderCost:
        """What was compared."""
        return self.costing.cost(self.quantity)

    def passes(self, quantity: Decimal) -> bool:
        """Whether the margin check would have let an order of a quantity pass."""
        cost = self.costing.cost(quantity)
        return not cost.is_too_large and cost.need <= max(cost.available, self.released)

    def largest(self) -> Decimal | None:
        """The largest quantity that passes, whole steps; None when none does that the filters take, too."""
        start, step = self.lot.min_qty, quantity_step(self.contract, self.lot)
        # Both sides of the comparison grow with the quantity, so halving finds the last that passes.
        too_many = int((on_grid(self.quantity + self.filled, start, step, ROUND_FLOOR) - start) / step) + 1
        most = last_passing(too_many, lambda steps: self.passes(start + steps * step - self.filled))
        largest = start + most * step
        if most < 0 or largest <= self.filled:
            return None
        least = self.contract.min_notional
        return None if least is not None and largest * self.notional_price < least else largest


def refused_order(state: State, request: OrderRequest, released: Decimal = ZERO) -> Refused:
    """What the reason of a refused order is worked out from."""
    contract = request.contract
    is_market = request.command.type is OrderType.MARKET
    return Refused(
        costing=order_costing(state, request),
        contract=contract,
        lot=contract.market_lot_size if is_market else contract.lot_size,
        quantity=request.quantity,
        filled=ZERO if request.replaces is None else request.replaces.executed_qty,
        released=released,
        notional_price=request.price if request.is_limit else request.prices.mark_price,
    )


def margin_reason(state: State, request: OrderRequest, released: Decimal = ZERO) -> Reason:
    """Why an order's margin is not there; `released` is what an amended order needed before."""
    order = refused_order(state, request, released)
    short = _short(state, request, order)

    def reason() -> Because:
        with localcontext(CONTEXT):
            return _margin_reason(order, short)

    return reason


def _short(state: State, request: OrderRequest, order: Refused) -> Decimal | None:
    """The smallest transfer that would have been enough; None when it is not known."""
    need, available = order.cost.need, order.costing.available
    if available and not request.half.multi_assets_margin:
        return up8(need - available)
    if request.replaces is not None:
        return None
    report = account_report(request.account, request.market, state.settings)
    return missing(report, request.contract.margin_asset, need)


def _margin_reason(order: Refused, short: Decimal | None) -> Because:
    costing, cost, asset = order.costing, order.cost, order.contract.margin_asset
    remedy, values = _quantity_remedy(order)
    if short is not None:
        remedy += f"; a transfer of {short:f} {asset} would have been enough, too"
        values["transfer"] = short
    return Because(
        "an order that may open needs its initial margin (the increase of its symbol's notional / leverage) "
        "and the loss it would open with, and both together are available",
        (
            Compared("need", shown(cost.need), asset),
            Compared("available", cost.available, asset),
            Compared("quantity", order.quantity, quantity_unit(order.contract)),
            Compared("price", costing.price, order.contract.quote_asset),
            Compared("markPrice", costing.mark_price, order.contract.quote_asset),
            Compared("notional with it", shown(cost.largest_notional), asset),
            Compared("leverage", costing.leverage),
        ),
        COST,
        remedy,
        values,
    )


def freed_reason(state: State, request: OrderRequest) -> Reason:
    """Why an order that only reduces would leave other orders of its side without margin."""
    costing, contract = order_costing(state, request), request.contract
    lot = refused_order(state, request).lot
    quantity, is_limit = request.quantity, request.is_limit

    def reason() -> Because:
        with localcontext(CONTEXT):
            return _freed_reason(costing, contract, lot, quantity, is_limit=is_limit)

    return reason


def _freed_reason(
    costing: Costing, contract: Contract, lot: LotSize, quantity: Decimal, *, is_limit: bool
) -> Because:
    asset, unit, step = contract.margin_asset, quantity_unit(contract), quantity_step(contract, lot)
    most = last_passing(
        int((quantity - lot.min_qty) / step) + 1,
        lambda steps: costing.freed_orders(lot.min_qty + steps * step) <= costing.available,
    )
    resting = costing.bids if costing.side is Side.BUY else costing.asks
    remedy, values = f"cancel {costing.side} orders first", dict[str, Value]()
    if most >= 0:
        values["quantity"] = largest = lot.min_qty + most * step
        remedy += f"; or a quantity of {largest:f} {unit} is the largest that passes"
    if not is_limit:
        remedy += f"; or {costing.reducible:f} {unit}, which closes all"
    return Because(
        "an order that only reduces leaves margin to the open orders of its side, which then close less and "
        "open more; a market order that closes the whole position goes before them",
        (
            Compared("need of open orders", shown(costing.freed_orders(quantity)), asset),
            Compared("available", costing.available, asset),
            Compared(f"open {costing.side} orders", shown(resting), asset),
            Compared("notional", costing.notional, asset),
            Compared("quantity", quantity, unit),
            Compared("leverage", costing.leverage),
        ),
        "'Error Code'; FAQ 'Summary of Failed Orders in Binance Futures'",
        remedy,
        values,
    )


def last_passing(too_many: int, passes: Callable[[int], bool]) -> int:
    """The last of 0, 1, 2, … that passes, where none does after the first that fails; -1 when 0 does not."""
    most = -1
    while too_many - most > 1:
        middle = (most + too_many) // 2
        if passes(middle):
            most = middle
        else:
            too_many = middle
    return most


def cap_reason(state: State, request: OrderRequest) -> Reason:
    """Why a position would grow beyond the cap of its leverage."""
    order = refused_order(state, request)
    roomy = highest_leverage(request.market.brackets[request.command.symbol], order.cost.largest_notional)
    affordable = roomy is not None and _affordable(state, request, roomy)

    def reason() -> Because:
        with localcontext(CONTEXT):
            return _cap_reason(order, roomy, affordable=affordable)

    return reason


def _affordable(state: State, request: OrderRequest, leverage: int) -> bool:
    """Whether the leverage of the symbol could be lowered to this, and the order then be placed."""
    symbol = request.command.symbol
    chosen = configuration_of(request.half, request.market, symbol)
    if request.replaces is not None or (chosen.margin_type is MarginType.ISOLATED and request.position_amt):
        return False
    symbols = {**request.half.symbols, symbol: msgspec.structs.replace(chosen, leverage=leverage)}
    account = request.account.imagined(request.command.market, symbols=symbols)
    half = account.on(request.command.market)
    costing = order_costing(state, msgspec.structs.replace(request, account=account, half=half))
    return ZERO < costing.cost(request.quantity).need <= costing.available


def _cap_reason(order: Refused, roomy: int | None, *, affordable: bool) -> Because:
    cost, asset = order.cost, order.contract.margin_asset
    assert cost.max_notional is not None, "without a cap nothing is beyond it"
    remedy, values = _quantity_remedy(order)
    if roomy is None:
        remedy += "; no leverage has room for this one"
    elif affordable:
        remedy += f"; a leverage of {roomy} has room for this one, too"
        values["leverage"] = roomy
    else:
        remedy += f"; a leverage of {roomy} has room for this one, if it can be lowered so far"
    return Because(
        "a position stays within the notional cap of its leverage, were all its orders of one side filled",
        (
            Compared("notional with it", shown(cost.largest_notional), asset),
            Compared("largest notional", cost.max_notional, asset),
            Compared("leverage", order.costing.leverage),
            Compared("quantity", order.quantity, quantity_unit(order.contract)),
            Compared("price", order.costing.price, order.contract.quote_asset),
        ),
        CAPS,
        remedy,
        values,
    )


def shown(requirement: Decimal) -> Decimal:
    """A requirement for a reader: COIN-M's quotients end after 8 decimals, upwards, so still too much."""
    return up8(requirement)


def _quantity_remedy(order: Refused) -> tuple[str, dict[str, Value]]:
    largest = order.largest()
    if largest is None:
        return "no quantity that the filters take passes", {}
    words = f"a quantity of {largest:f} {quantity_unit(order.contract)} is the largest that passes"
    return words, {"quantity": largest}


def highest_leverage(brackets: Brackets, notional: Decimal) -> int | None:
    """The highest leverage at which a position may be as large; None when none is low enough."""
    fitting = [
        row.initial_leverage
        for row in brackets.rows
        if row.notional_cap is None or notional <= row.notional_cap
    ]
    return max(fitting, default=None)


def missing(report: AccountReport, asset: str, need: Decimal) -> Decimal | None:
    """The smallest transfer after which an amount is available; None when no transfer of the asset helps."""
    joint = report.multi_assets
    if joint is None:
        return up8(need - report.assets[asset].pool.unbound)
    rate = report.rates.get(asset)
    if rate is None:
        return None
    # What is available is cut to 8 decimals, so all of the last one is needed.
    short = up8(need) * rate.ask - report.unbound(asset)
    owed = -min(
        ZERO, report.assets[asset].cross_wallet_balance + report.assets[asset].exact.cross_unrealized_profit
    )
    if short <= owed * rate.ask:
        return up8(short / rate.ask)
    return up8(owed + (short - owed * rate.ask) / rate.bid)
