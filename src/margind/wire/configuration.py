"""What both markets answer alike about settings: position mode, symbols, isolated margin, ADL places."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from margind.engine.margin.position_report import configuration_of
from margind.engine.margin.report import AccountReport
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import MarginType, PositionSide
from margind.wire.rows import listed_symbols
from margind.wire.text import max_notional_text, number_text


class PositionMode(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/positionSide/dual` and `/dapi/v1/positionSide/dual`."""

    dual_side_position: bool


class SymbolConfig(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/symbolConfig`; hedge legs share it.

    Assumed: `/dapi/v1/symbolConfig`, which no page documents but a client cannot connect without, has the
    same fields, with the largest position in the base asset (a captured reply would settle it).
    """

    symbol: str
    margin_type: MarginType
    is_auto_add_margin: bool  # a text in positionRisk
    leverage: int  # a text in positionRisk
    max_notional_value: str


class PositionMargin(msgspec.Struct, frozen=True):
    """`POST /fapi/v1/positionMargin` and `/dapi/v1/positionMargin`; the amount is a JSON number."""

    amount: msgspec.Raw
    code: int
    msg: str
    type: int


class AdlBySide(msgspec.Struct, frozen=True):
    """Places in the auto-deleveraging queue, 0 to 4. HEDGE is only a sign; its value means nothing."""

    long: int = msgspec.field(name="LONG")
    short: int = msgspec.field(name="SHORT")
    both: int | msgspec.UnsetType = msgspec.field(name="BOTH", default=msgspec.UNSET)
    hedge: int | msgspec.UnsetType = msgspec.field(name="HEDGE", default=msgspec.UNSET)


class AdlQuantile(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/adlQuantile` and `/dapi/v1/adlQuantile`."""

    symbol: str
    adl_quantile: AdlBySide


def position_mode(account: Account) -> PositionMode:
    """Whether hedge mode is on."""
    return PositionMode(account.dual_side_position)


def symbol_config(
    account: MarketAccount, market: MarketState, symbols: Iterable[str] | None = None
) -> list[SymbolConfig]:
    """Every listed symbol in listing order, or the given ones."""
    return [
        _symbol_config(account, market, symbol)
        for symbol in (listed_symbols(market) if symbols is None else symbols)
    ]


def _symbol_config(account: MarketAccount, market: MarketState, symbol: str) -> SymbolConfig:
    chosen = configuration_of(account, market, symbol)
    return SymbolConfig(
        symbol=symbol,
        margin_type=chosen.margin_type,
        is_auto_add_margin=chosen.is_auto_add_margin,
        leverage=chosen.leverage,
        max_notional_value=max_notional_text(
            market.brackets[symbol].max_notional(chosen.leverage), chosen.leverage
        ),
    )


def position_margin(amount: Decimal, change_type: int) -> PositionMargin:
    """The answer to a moved amount; `change_type` is 1 for added, 2 for taken out."""
    number = msgspec.Raw(number_text(amount).encode())
    return PositionMargin(number, 200, "Successfully modify position margin.", change_type)


def adl_quantile(
    report: AccountReport, adl: Mapping[PositionKey, int], symbol: str | None = None
) -> list[AdlQuantile]:
    """The places of every symbol with a position (assumed: flat symbols are left out), or of one symbol.

    Documented: HEDGE stands instead of BOTH for cross positions in hedge mode, and both legs then show one
    common place; the higher of the two is taken (assumed).
    """
    rows: dict[str, bool] = {}
    for row in report.positions.values():
        if row.position_amt and symbol in (None, row.symbol):
            rows[row.symbol] = report.dual_side_position and not row.is_isolated
    return [AdlQuantile(name, _places(adl, name, shared=shared)) for name, shared in rows.items()]


def _places(adl: Mapping[PositionKey, int], symbol: str, *, shared: bool) -> AdlBySide:
    both, long, short = (adl.get((symbol, side), 0) for side in PositionSide)
    if not shared:
        return AdlBySide(long, short, both=both)
    if (symbol, PositionSide.LONG) in adl and (symbol, PositionSide.SHORT) in adl:
        long = short = max(long, short)
    return AdlBySide(long, short, hedge=0)
