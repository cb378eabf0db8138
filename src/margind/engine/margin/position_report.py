"""Every number of one position row, computed once: exact for sums, rounded as the exchange shows it."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from margind.engine.margin import formulas
from margind.engine.margin.order_margin import NOTHING_RESTING, open_order_margin, resting_value
from margind.engine.margin.position_margin import (
    PositionMargin,
    initial_margin_rate,
    named,
    position_margin,
)
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO, cut8, up8
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Millis, PositionSide, Rounding


class PositionReport(msgspec.Struct, frozen=True):
    """One row: a symbol and a side. Money is in the contract's margin asset."""

    symbol: str
    position_side: PositionSide
    contract: Contract
    brackets: Brackets
    configuration: SymbolConfiguration
    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    mark_price: Decimal
    notional: Decimal
    unrealized_profit: Decimal
    initial_margin: Decimal
    maint_margin: Decimal
    position_initial_margin: Decimal
    open_order_initial_margin: Decimal
    bid_notional: Decimal
    ask_notional: Decimal
    isolated_wallet: Decimal
    isolated_margin: Decimal
    max_notional: Decimal | None
    update_time: Millis
    exact: PositionMargin
    exact_open_order_initial_margin: Decimal

    @property
    def is_isolated(self) -> bool:
        """Whether the row has a margin pool of its own."""
        return self.configuration.margin_type is MarginType.ISOLATED

    @property
    def exact_initial_margin(self) -> Decimal:
        """Position and order part before rounding."""
        return self.exact.initial_margin + self.exact_open_order_initial_margin


def row_path(key: PositionKey) -> str:
    """What a row's numbers are named after: the symbol, in hedge mode with its side."""
    return key[0] if key[1] is PositionSide.BOTH else f"{key[0]}.{key[1]}"


_NO_MARGIN = PositionMargin(ZERO, ZERO, ZERO, ZERO)


def rounded_initial_margin(amount: Decimal, rounding: Rounding) -> Decimal:
    """An initial margin as it is shown: up or cut at 8 decimals, by the exchange's setting."""
    return up8(amount) if rounding is Rounding.UP else cut8(amount)


def configuration_of(account: MarketAccount, market: MarketState, symbol: str) -> SymbolConfiguration:
    """What the user chose for a symbol, or its default."""
    chosen = account.symbols.get(symbol)
    return market.default_configuration(symbol) if chosen is None else chosen


def flat_report(account: MarketAccount, market: MarketState, key: PositionKey) -> PositionReport:
    """The row of a symbol without position and orders."""
    symbol, position_side = key
    contract, brackets = market.contracts[symbol], market.brackets[symbol]
    configuration = configuration_of(account, market, symbol)
    return PositionReport(
        symbol=symbol,
        position_side=position_side,
        contract=contract,
        brackets=brackets,
        configuration=configuration,
        position_amt=ZERO,
        entry_price=ZERO,
        break_even_price=ZERO,
        mark_price=market.prices[symbol].mark_price,
        notional=ZERO,
        unrealized_profit=ZERO,
        initial_margin=ZERO,
        maint_margin=ZERO,
        position_initial_margin=ZERO,
        open_order_initial_margin=ZERO,
        bid_notional=ZERO,
        ask_notional=ZERO,
        isolated_wallet=ZERO,
        isolated_margin=ZERO,
        max_notional=_max_notional(brackets, configuration, symbol),
        update_time=account.update_time(key),
        exact=_NO_MARGIN,
        exact_open_order_initial_margin=ZERO,
    )


def position_report(
    account: MarketAccount,
    market: MarketState,
    key: PositionKey,
    orders: Sequence[Order],
    rounding: Rounding,
) -> PositionReport:
    """The row of a symbol with a position, with orders, or both."""
    symbol, position_side = key
    contract, brackets = market.contracts[symbol], market.brackets[symbol]
    configuration = configuration_of(account, market, symbol)
    mark_price = market.prices[symbol].mark_price
    scope = row_path(key)
    rate = initial_margin_rate(configuration.leverage, symbol)
    position = account.positions.get(key)
    exact = _NO_MARGIN
    if position is not None:
        exact = named(position_margin(position, contract, brackets, rate, mark_price), scope)
    resting, exact_open_order = NOTHING_RESTING, ZERO
    if orders:
        resting = resting_value(orders, contract)
        exact_open_order = formulas.EXACT_OPEN_ORDER_INITIAL_MARGIN(
            open_order_margin(position_side, exact.notional, resting, rate), scope
        )
    position_initial = formulas.POSITION_INITIAL_MARGIN(
        rounded_initial_margin(exact.initial_margin, rounding), scope
    )
    open_order_initial = formulas.OPEN_ORDER_INITIAL_MARGIN(
        rounded_initial_margin(exact_open_order, rounding), scope
    )
    unrealized_profit = formulas.UNREALIZED_PROFIT(cut8(exact.unrealized_profit), scope)
    held = position if position is not None else _FLAT
    isolated = configuration.margin_type is MarginType.ISOLATED and position is not None
    return PositionReport(
        symbol=symbol,
        position_side=position_side,
        contract=contract,
        brackets=brackets,
        configuration=configuration,
        position_amt=held.position_amt,
        entry_price=held.entry_price,
        break_even_price=held.break_even_price,
        mark_price=mark_price,
        notional=formulas.NOTIONAL(cut8(exact.notional), scope),
        unrealized_profit=unrealized_profit,
        # What is printed adds up: the sum of the two printed parts, not a third rounding.
        initial_margin=formulas.INITIAL_MARGIN(position_initial + open_order_initial, scope),
        maint_margin=formulas.MAINT_MARGIN(cut8(exact.maint_margin), scope),
        position_initial_margin=position_initial,
        open_order_initial_margin=open_order_initial,
        bid_notional=formulas.BID_NOTIONAL(cut8(resting.bids), scope),
        ask_notional=formulas.ASK_NOTIONAL(cut8(resting.asks), scope),
        isolated_wallet=held.isolated_wallet,
        isolated_margin=formulas.ISOLATED_MARGIN(held.isolated_wallet + unrealized_profit, scope)
        if isolated
        else ZERO,
        max_notional=_max_notional(brackets, configuration, symbol),
        update_time=account.update_time(key),
        exact=exact,
        exact_open_order_initial_margin=exact_open_order,
    )


_FLAT = Position("", PositionSide.BOTH, ZERO, ZERO, ZERO)


def _max_notional(brackets: Brackets, configuration: SymbolConfiguration, symbol: str) -> Decimal | None:
    largest = brackets.max_notional(configuration.leverage)
    return None if largest is None else formulas.MAX_NOTIONAL(largest, symbol)


def orders_by_row(account: MarketAccount) -> dict[PositionKey, list[Order]]:
    """Open orders grouped by the position row they act on."""
    rows: dict[PositionKey, list[Order]] = {}
    for order in account.open_orders.values():
        rows.setdefault((order.symbol, order.position_side), []).append(order)
    return rows


def active_rows(account: MarketAccount, market: MarketState, rounding: Rounding) -> list[PositionReport]:
    """The rows with a position or an order, by symbol."""
    orders = orders_by_row(account)
    keys = sorted({*account.positions, *orders})
    return [position_report(account, market, key, orders.get(key, ()), rounding) for key in keys]
