"""The position information of USDⓈ-M: V2, V3 and their WebSocket forms."""

from collections.abc import Mapping

import msgspec

from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.account import PositionKey
from margind.engine.model.terms import Millis, PositionSide
from margind.wire.flat_rows import FlatRows, RowView
from margind.wire.replies import encode
from margind.wire.rows import active_rows, listed_rows
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    flag_text,
    int_text,
    liquidation_text,
    margin_text,
    margin_type_text,
    max_notional_text,
    price_text,
    quantity_text,
    resting_text,
)


class PositionRiskV2(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v2/positionRisk` and of `account.position`: every listed symbol.

    The page's two examples order their keys differently; this is the hedge example's order, which live
    replies have in both modes.
    """

    symbol: str
    position_amt: str
    entry_price: str
    break_even_price: str
    mark_price: str
    un_realized_profit: str  # Binance's spelling in positionRisk
    liquidation_price: str
    leverage: str
    max_notional_value: str
    margin_type: str
    isolated_margin: str
    is_auto_add_margin: str
    position_side: PositionSide
    notional: str
    isolated_wallet: str
    update_time: Millis


class PositionRiskV3(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v3/positionRisk` and of `v2/account.position`: what holds a position or an order.

    The English page of `v2/account.position` spells `unrealizedProfit`; the Chinese page, the official SDK
    (corrected 2026-01-29) and the REST call it mirrors spell `unRealizedProfit`, and so do both here.
    """

    symbol: str
    position_side: PositionSide
    position_amt: str
    entry_price: str
    break_even_price: str
    mark_price: str
    un_realized_profit: str
    liquidation_price: str
    isolated_margin: str
    notional: str
    margin_asset: str
    isolated_wallet: str
    initial_margin: str
    maint_margin: str
    position_initial_margin: str
    open_order_initial_margin: str
    adl: int
    bid_notional: str
    ask_notional: str
    update_time: Millis


def position_risk_v2(report: AccountReport, symbol: str | None = None) -> list[PositionRiskV2]:
    """Every listed symbol in listing order, or one symbol: BOTH, or LONG and SHORT."""
    rows = listed_rows(report, None if symbol is None else (symbol,))
    return [_row_v2(report, row) for row in rows]


def encode_position_risk_v2(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `position_risk_v2` of every symbol."""
    return encode(flat_rows.array(report, _POSITION_RISK_V2))


def position_risk_v3(
    report: AccountReport, adl: Mapping[PositionKey, int], symbol: str | None = None
) -> list[PositionRiskV3]:
    """The rows with a position or an order, of all symbols or of one; `adl` is each position's quantile."""
    return [_row_v3(report, row, adl) for row in active_rows(report, symbol)]


def _row_v2(report: AccountReport, row: PositionReport) -> PositionRiskV2:
    configuration = row.configuration
    return PositionRiskV2(
        symbol=row.symbol,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        entry_price=entry_price_text(row.entry_price),
        break_even_price=break_even_price_text(row.break_even_price),
        mark_price=price_text(row.mark_price),
        un_realized_profit=amount_text(row.unrealized_profit),
        liquidation_price=liquidation_text(liquidation_price(report, row)),
        leverage=int_text(configuration.leverage),
        max_notional_value=max_notional_text(row.max_notional, configuration.leverage),
        margin_type=margin_type_text(configuration.margin_type),
        isolated_margin=amount_text(row.isolated_margin),
        is_auto_add_margin=flag_text(configuration.is_auto_add_margin),
        position_side=row.position_side,
        notional=margin_text(row.notional),
        isolated_wallet=margin_text(row.isolated_wallet),
        update_time=row.update_time,
    )


def _row_v3(report: AccountReport, row: PositionReport, adl: Mapping[PositionKey, int]) -> PositionRiskV3:
    return PositionRiskV3(
        symbol=row.symbol,
        position_side=row.position_side,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        entry_price=entry_price_text(row.entry_price),
        break_even_price=break_even_price_text(row.break_even_price),
        mark_price=price_text(row.mark_price),
        un_realized_profit=amount_text(row.unrealized_profit),
        liquidation_price=liquidation_text(liquidation_price(report, row)),
        isolated_margin=margin_text(row.isolated_margin),
        notional=margin_text(row.notional),
        margin_asset=row.contract.margin_asset,
        isolated_wallet=margin_text(row.isolated_wallet),
        initial_margin=margin_text(row.initial_margin),
        maint_margin=margin_text(row.maint_margin),
        position_initial_margin=margin_text(row.position_initial_margin),
        open_order_initial_margin=margin_text(row.open_order_initial_margin),
        adl=adl.get((row.symbol, row.position_side), 0),
        bid_notional=resting_text(row.bid_notional),
        ask_notional=resting_text(row.ask_notional),
        update_time=row.update_time,
    )


_POSITION_RISK_V2 = RowView("/fapi/v2/positionRisk", _row_v2, shows_mark_price=True)
