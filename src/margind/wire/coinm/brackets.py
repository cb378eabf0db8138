"""`GET /dapi/v1/leverageBracket` and `/dapi/v2/leverageBracket`: the leverage brackets of COIN-M."""

from margind.engine.model.brackets import Brackets
from margind.engine.model.market_state import MarketState
from margind.wire.brackets import cap, double, ladder_from, number


def brackets_from_rows(rows: object) -> Brackets:
    """Brackets from rows with `qtyCap`; ValueError, with the reason, when they do not fit together.

    The floor may be called `qtyFloor` or, as the documentation spells it, `qtylFloor`.
    """
    return ladder_from(rows, "qtyCap", ("qtyFloor", "qtylFloor"))


def leverage_brackets(market: MarketState, symbol: str | None = None) -> list[dict[str, object]]:
    """V2: one symbol, or every one. Documented: an array even for one."""
    symbols = market.contracts if symbol is None else (symbol,)
    return [
        {"symbol": name, "brackets": _rows(market.brackets[name])}
        for name in symbols
        if name in market.brackets
    ]


def pair_leverage_brackets(market: MarketState, pair: str | None = None) -> list[dict[str, object]]:
    """V1: one pair, or every one, by the contract of it that was listed first.

    Documented: V1 is ambiguous where contracts of a pair differ, which is why V2 exists.
    """
    first: dict[str, str] = {}
    for symbol, contract in market.contracts.items():
        if symbol in market.brackets and pair in (None, contract.pair):
            first.setdefault(contract.pair, symbol)
    return [{"pair": name, "brackets": _rows(market.brackets[symbol])} for name, symbol in first.items()]


def _rows(brackets: Brackets) -> list[dict[str, object]]:
    return [
        {
            "bracket": row.bracket,
            "initialLeverage": row.initial_leverage,
            "qtyCap": cap(row.notional_cap),
            # The pages and the official SDK say `qtylFloor`, most other clients read `qtyFloor`.
            "qtylFloor": number(row.notional_floor),
            "qtyFloor": number(row.notional_floor),
            "maintMarginRatio": number(row.maint_margin_ratio),
            "cum": double(row.cum),
        }
        for row in brackets.rows
    ]
