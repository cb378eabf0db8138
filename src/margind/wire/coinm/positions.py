"""The position information of COIN-M: `GET /dapi/v1/positionRisk` and `account.position`."""

import msgspec

from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.terms import Millis, PositionSide
from margind.wire.flat_rows import FlatRows, RowView
from margind.wire.replies import encode
from margind.wire.rows import listed_rows, listed_symbols
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    flag_text,
    int_text,
    liquidation_text,
    margin_text,
    margin_type_text,
    max_qty_text,
    price_text,
    quantity_text,
)


class PositionRisk(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/positionRisk`: BOTH, in hedge mode LONG and SHORT beside it.

    Assumed: every listed symbol. The English page says those that trade, the Chinese one also those that
    settle.
    """

    symbol: str
    position_amt: str  # contracts
    entry_price: str
    break_even_price: str
    mark_price: str
    un_realized_profit: str  # Binance's spelling in positionRisk
    liquidation_price: str
    leverage: str
    max_qty: str
    margin_type: str
    isolated_margin: str
    is_auto_add_margin: str
    position_side: PositionSide
    update_time: Millis
    # Observed in live replies, though not on the page.
    notional_value: str
    isolated_wallet: str


class StatusPosition(msgspec.Struct, rename="camel", frozen=True):
    """One row of `account.position`: the same fields in the order of its own page."""

    symbol: str
    position_amt: str
    entry_price: str
    mark_price: str
    un_realized_profit: str
    liquidation_price: str
    leverage: str
    max_qty: str
    margin_type: str
    isolated_margin: str
    is_auto_add_margin: str
    position_side: PositionSide
    notional_value: str
    isolated_wallet: str
    update_time: Millis
    break_even_price: str


def position_risk(
    report: AccountReport, margin_asset: str | None = None, pair: str | None = None
) -> list[PositionRisk]:
    """Every listed symbol, or those of a margin coin or of a pair (documented: one filter or the other)."""
    return [_row(report, row) for row in listed_rows(report, _filtered(report, margin_asset, pair))]


def encode_position_risk(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `position_risk` of every symbol."""
    return encode(flat_rows.array(report, _POSITION_RISK))


def account_position(
    report: AccountReport, margin_asset: str | None = None, pair: str | None = None
) -> list[StatusPosition]:
    """The same over the WebSocket API."""
    return [_status_row(report, row) for row in listed_rows(report, _filtered(report, margin_asset, pair))]


def encode_account_position(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `account_position` of every symbol."""
    return encode(flat_rows.array(report, _ACCOUNT_POSITION))


def _filtered(report: AccountReport, margin_asset: str | None, pair: str | None) -> list[str]:
    contracts = report.market.contracts
    return [
        symbol
        for symbol in listed_symbols(report.market)
        if margin_asset in (None, contracts[symbol].margin_asset) and pair in (None, contracts[symbol].pair)
    ]


def _row(report: AccountReport, row: PositionReport) -> PositionRisk:
    configuration = row.configuration
    return PositionRisk(
        symbol=row.symbol,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        entry_price=entry_price_text(row.entry_price),
        break_even_price=break_even_price_text(row.break_even_price),
        mark_price=price_text(row.mark_price),
        un_realized_profit=amount_text(row.unrealized_profit),
        liquidation_price=liquidation_text(liquidation_price(report, row)),
        leverage=int_text(configuration.leverage),
        max_qty=max_qty_text(row.max_notional),
        margin_type=margin_type_text(configuration.margin_type),
        isolated_margin=amount_text(row.isolated_margin),
        is_auto_add_margin=flag_text(configuration.is_auto_add_margin),
        position_side=row.position_side,
        update_time=row.update_time,
        notional_value=margin_text(row.notional),
        isolated_wallet=margin_text(row.isolated_wallet),
    )


def _status_row(report: AccountReport, row: PositionReport) -> StatusPosition:
    configuration = row.configuration
    return StatusPosition(
        symbol=row.symbol,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        entry_price=entry_price_text(row.entry_price),
        mark_price=price_text(row.mark_price),
        un_realized_profit=amount_text(row.unrealized_profit),
        liquidation_price=liquidation_text(liquidation_price(report, row)),
        leverage=int_text(configuration.leverage),
        max_qty=max_qty_text(row.max_notional),
        margin_type=margin_type_text(configuration.margin_type),
        isolated_margin=amount_text(row.isolated_margin),
        is_auto_add_margin=flag_text(configuration.is_auto_add_margin),
        position_side=row.position_side,
        notional_value=margin_text(row.notional),
        isolated_wallet=margin_text(row.isolated_wallet),
        update_time=row.update_time,
        break_even_price=break_even_price_text(row.break_even_price),
    )


_POSITION_RISK = RowView("/dapi/v1/positionRisk", _row, shows_mark_price=True)
_ACCOUNT_POSITION = RowView("ws-dapi account.position", _status_row, shows_mark_price=True)
