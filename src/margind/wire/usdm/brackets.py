"""`GET /fapi/v1/leverageBracket`: the leverage brackets of USDⓈ-M."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.market_state import MarketState
from margind.wire.brackets import cap, double, ladder_from, number


def brackets_from_rows(rows: object) -> Brackets:
    """Brackets from rows with `notionalCap`; ValueError, with the reason, when they do not fit together."""
    return ladder_from(rows, "notionalCap", ("notionalFloor",))


def leverage_brackets(market: MarketState) -> list[dict[str, object]]:
    """Every symbol.

    Observed: `cum` is a double here (`300.0` in tables of 2025-10 and 2026-09), bounds are integers.
    """
    return [_entry(symbol, market.brackets[symbol], double) for symbol in _usable(market)]


def leverage_bracket(market: MarketState, symbol: str) -> dict[str, object]:
    """One symbol.

    Documented: an object, not an array, and `cum` an integer (USDⓈ-M "Notional and Leverage Brackets";
    the official client's model of this form takes no fraction).
    """
    return _entry(symbol, market.brackets[symbol], number)


def _usable(market: MarketState) -> list[str]:
    return [symbol for symbol in market.contracts if symbol in market.brackets]


def _entry(symbol: str, brackets: Brackets, cum: Callable[[Decimal], msgspec.Raw]) -> dict[str, object]:
    return {
        "symbol": symbol,
        "brackets": [
            {
                "bracket": row.bracket,
                "initialLeverage": row.initial_leverage,
                "notionalCap": cap(row.notional_cap),
                "notionalFloor": number(row.notional_floor),
                "maintMarginRatio": number(row.maint_margin_ratio),
                "cum": cum(row.cum),
            }
            for row in brackets.rows
        ],
    }
