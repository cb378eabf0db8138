"""Why a filter refused a price or a quantity, and the nearest that it takes."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, Decimal

from margind.engine.model.contracts import Contract, LotSize
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Market, Side
from margind.errors import Because, Compared

FILTERS = "'Common Definition', section 'Filters'"
RULES = f"{FILTERS}; 'Exchange Information'"


def quantity_unit(contract: Contract) -> str:
    """What a quantity of a contract counts."""
    return "contracts" if contract.market is Market.COINM else contract.base_asset


def price_reason(contract: Contract, price: Decimal, name: str = "price") -> Because:
    """Why PRICE_FILTER, or the symbol's price precision, refused a price."""
    bounds, unit = contract.price_filter, contract.quote_asset
    nearest = nearest_price(contract, price)
    return Because(
        f"PRICE_FILTER: {name} lies from minPrice to maxPrice, whole ticks from minPrice, with at most "
        "pricePrecision decimals; a bound or tick of 0 is off",
        (
            Compared(name, price, unit),
            Compared("minPrice", bounds.min_price, unit),
            Compared("maxPrice", bounds.max_price, unit),
            Compared("tickSize", bounds.tick_size, unit),
            Compared("pricePrecision", contract.price_precision, "decimals"),
        ),
        RULES,
        f"{name} {nearest:f} is the nearest that the filter takes",
        {name: nearest},
    )


def quantity_reason(contract: Contract, lot: LotSize, quantity: Decimal) -> Because:
    """Why LOT_SIZE, MARKET_LOT_SIZE or the symbol's quantity precision refused a quantity."""
    unit = quantity_unit(contract)
    of_market = lot is contract.market_lot_size and lot is not contract.lot_size
    nearest = nearest_quantity(contract, lot, quantity)
    return Because(
        f"{'MARKET_LOT_SIZE' if of_market else 'LOT_SIZE'}: quantity lies from minQty to maxQty, whole steps "
        "from minQty, with at most quantityPrecision decimals",
        (
            Compared("quantity", quantity, unit),
            Compared("minQty", lot.min_qty, unit),
            Compared("maxQty", lot.max_qty, unit),
            Compared("stepSize", lot.step_size, unit),
            Compared("quantityPrecision", contract.quantity_precision, "decimals"),
        ),
        RULES,
        f"quantity {nearest:f} {unit} is the nearest that the filter takes",
        {"quantity": nearest},
    )


def percent_price_reason(
    contract: Contract, reference: Decimal, side: Side, price: Decimal, name: str = "markPrice"
) -> Because:
    """Why PERCENT_PRICE refused a price that is measured from a reference, by default the mark price."""
    unit, buys = contract.quote_asset, side is Side.BUY
    factor, bound, nearest = _percent_bound(contract, reference, side)
    return Because(
        "PERCENT_PRICE: a buy costs at most markPrice × multiplierUp, a sell brings at least "
        "markPrice × multiplierDown; the limit of a conditional order is measured from its trigger",
        (
            Compared("price", price, unit),
            Compared("highest price" if buys else "lowest price", bound, unit),
            Compared(name, reference, unit),
            Compared("multiplierUp" if buys else "multiplierDown", factor),
        ),
        RULES,
        f"price {nearest:f} is the {'highest' if buys else 'lowest'} that a {side} may have",
        {"price": nearest},
    )


def counterparty_reason(contract: Contract, mark_price: Decimal, side: Side, best: Decimal) -> Because:
    """Why PERCENT_PRICE refused a market order: by the book, whatever its quantity."""
    unit, buys = contract.quote_asset, side is Side.BUY
    factor, bound, nearest = _percent_bound(contract, mark_price, side)
    return Because(
        "PERCENT_PRICE: the best price against a market order is at most markPrice × multiplierUp for a buy, "
        "at least markPrice × multiplierDown for a sell",
        (
            Compared("best ask" if buys else "best bid", best, unit),
            Compared("highest price" if buys else "lowest price", bound, unit),
            Compared("markPrice", mark_price, unit),
            Compared("multiplierUp" if buys else "multiplierDown", factor),
        ),
        RULES,
        f"no quantity passes while the book stands there; a LIMIT order at {nearest:f}, the "
        f"{'highest' if buys else 'lowest'} price that a {side} may have, waits for it to come nearer",
    )


def _percent_bound(contract: Contract, reference: Decimal, side: Side) -> tuple[Decimal, Decimal, Decimal]:
    """The multiplier, what it makes of the reference, and the last tick within that."""
    rule, buys = contract.percent_price, side is Side.BUY
    factor = rule.multiplier_up if buys else rule.multiplier_down
    bound = reference * factor
    start, tick = contract.price_filter.min_price, price_step(contract)
    return factor, bound, on_grid(bound, start, tick, ROUND_FLOOR if buys else ROUND_CEILING)


def notional_reason(contract: Contract, price: Decimal, quantity: Decimal) -> Because:
    """Why MIN_NOTIONAL refused an order."""
    least, unit = contract.min_notional or ZERO, contract.quote_asset
    lot = contract.lot_size
    wanted = max(lot.min_qty, least / price)
    smallest = on_grid(wanted, lot.min_qty, quantity_step(contract, lot), ROUND_CEILING)
    return Because(
        "MIN_NOTIONAL: price × quantity reaches the minimum, unless the order is reduce-only (a change of "
        "one says reduceOnly=true); a market order counts at the mark price",
        (
            Compared("notional", price * quantity, unit),
            Compared("minimum notional", least, unit),
            Compared("price", price, unit),
            Compared("quantity", quantity, quantity_unit(contract)),
        ),
        RULES,
        f"quantity {smallest:f} is the smallest at this price; a reduce-only order has no minimum",
        {"quantity": smallest},
    )


def nearest_price(contract: Contract, price: Decimal) -> Decimal:
    """The price nearest to one that PRICE_FILTER takes; of two as near, the lower."""
    bounds, step = contract.price_filter, price_step(contract)
    least = bounds.min_price or step
    most = bounds.max_price or max(price, least)
    grid = on_grid(min(max(price, least), most), bounds.min_price, step, ROUND_HALF_DOWN)
    return grid if grid <= most else grid - step


def nearest_quantity(contract: Contract, lot: LotSize, quantity: Decimal) -> Decimal:
    """The quantity nearest to one that a lot size takes; of two as near, the smaller."""
    step = quantity_step(contract, lot)
    least = lot.min_qty or step
    grid = on_grid(min(max(quantity, least), lot.max_qty), lot.min_qty, step, ROUND_HALF_DOWN)
    return grid if grid <= lot.max_qty else grid - step


def price_step(contract: Contract) -> Decimal:
    """How far neighbouring prices are apart: a tick, or one of the last decimal where ticks are off."""
    return contract.price_filter.tick_size or Decimal(1).scaleb(-contract.price_precision)


def quantity_step(contract: Contract, lot: LotSize) -> Decimal:
    """How far neighbouring quantities are apart."""
    return lot.step_size or Decimal(1).scaleb(-contract.quantity_precision)


def on_grid(value: Decimal, start: Decimal, step: Decimal, rounding: str) -> Decimal:
    """The point of a grid next to a value, in a direction."""
    return start + ((value - start) / step).to_integral_value(rounding) * step
