"""Which position rows a view shows: those that hold something, or every listed symbol with its sides."""

from collections.abc import Iterable, Iterator

from margind.engine.margin.position_report import PositionReport, flat_report
from margind.engine.margin.report import AccountReport
from margind.engine.model.account import PositionKey
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import ContractStatus, Market, PositionSide

_BOTH = (PositionSide.BOTH,)
_LEGS = (PositionSide.LONG, PositionSide.SHORT)


def shown_sides(market: Market, dual_side_position: bool) -> tuple[PositionSide, ...]:
    """The sides that stand for a symbol, in order.

    Documented: hedge mode shows LONG and SHORT on USDⓈ-M, and BOTH beside them on COIN-M.
    """
    if not dual_side_position:
        return _BOTH
    return _LEGS if market is Market.USDM else _BOTH + _LEGS


def listed_symbols(market: MarketState) -> Iterator[str]:
    """Symbols in listing order.

    One that still waits for its brackets or its first price has no row yet, one that was delivered has none
    any more.
    """
    return (
        symbol
        for symbol, contract in market.contracts.items()
        if market.usable(symbol) and contract.status is not ContractStatus.DELIVERED
    )


def listed_keys(market: MarketState, dual_side_position: bool) -> list[PositionKey]:
    """Every row of the views that list everything, in order."""
    sides = shown_sides(market.market, dual_side_position)
    return [(symbol, side) for symbol in listed_symbols(market) for side in sides]


def listed_rows(report: AccountReport, symbols: Iterable[str] | None = None) -> list[PositionReport]:
    """The row of every listed symbol and side, or of the given symbols; flat ones included."""
    market = report.market
    if symbols is None:
        keys = listed_keys(market, report.dual_side_position)
    else:
        sides = shown_sides(market.market, report.dual_side_position)
        keys = [(symbol, side) for symbol in symbols for side in sides]
    held = report.positions
    return [held[key] if key in held else flat_report(report.account, market, key) for key in keys]


def active_rows(report: AccountReport, symbol: str | None = None) -> list[PositionReport]:
    """The rows with a position or an order, of all symbols or of one."""
    return [row for row in report.positions.values() if symbol is None or row.symbol == symbol]
