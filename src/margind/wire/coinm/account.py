"""The account views of COIN-M: `GET /dapi/v1/account` and `account.status` of the WebSocket API.

Each coin stands alone: there are no account totals and no asset modes.
"""

import msgspec

from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport, AssetReport
from margind.engine.model.terms import Millis, PositionSide
from margind.wire.flat_rows import FlatRows, RowView
from margind.wire.replies import encode
from margind.wire.rows import listed_rows
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    int_text,
    margin_text,
    max_qty_text,
    quantity_text,
)


class Asset(msgspec.Struct, rename="camel", frozen=True):
    """One margin coin."""

    asset: str
    wallet_balance: str
    unrealized_profit: str
    margin_balance: str
    maint_margin: str
    initial_margin: str
    position_initial_margin: str
    open_order_initial_margin: str
    max_withdraw_amount: str
    cross_wallet_balance: str
    cross_un_pnl: str  # Binance's name; `cross_unrealized_profit` inside
    available_balance: str
    update_time: Millis


class Position(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/account`: every symbol; BOTH, in hedge mode LONG and SHORT beside it."""

    symbol: str
    position_amt: str  # contracts
    initial_margin: str
    maint_margin: str
    unrealized_profit: str
    position_initial_margin: str
    open_order_initial_margin: str
    leverage: str
    isolated: bool
    position_side: PositionSide
    entry_price: str
    break_even_price: str
    max_qty: str
    notional_value: str  # `notional` inside. Documented on one row of the example, observed on all
    update_time: Millis
    isolated_wallet: str  # Observed in live replies, though not on the page


class StatusPosition(msgspec.Struct, rename="camel", frozen=True):
    """One row of `account.status`: the same fields in the order of its own page."""

    symbol: str
    initial_margin: str
    maint_margin: str
    unrealized_profit: str
    position_initial_margin: str
    open_order_initial_margin: str
    leverage: str
    isolated: bool
    position_side: PositionSide
    entry_price: str
    max_qty: str
    notional_value: str
    isolated_wallet: str
    update_time: Millis
    position_amt: str
    break_even_price: str


class Account(msgspec.Struct, rename="camel", frozen=True):
    """`GET /dapi/v1/account`."""

    assets: list[Asset]
    positions: list[Position]
    can_deposit: bool
    can_trade: bool
    can_withdraw: bool
    fee_tier: int
    update_time: Millis  # Documented: 0


class AccountStatus(msgspec.Struct, rename="camel", frozen=True):
    """`account.status` of the WebSocket API."""

    fee_tier: int
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    update_time: Millis
    assets: list[Asset]
    positions: list[StatusPosition]


def account(report: AccountReport) -> Account:
    """Every margin coin and every listed symbol."""
    return _account(report, [_position(report, row) for row in listed_rows(report)])


def encode_account(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `account`."""
    return encode(_account(report, flat_rows.array(report, _ACCOUNT)))


def _account(report: AccountReport, positions: list[Position]) -> Account:
    half = report.account
    return Account(
        assets=[_asset(row) for row in report.assets.values()],
        positions=positions,
        can_deposit=half.can_deposit,
        can_trade=half.can_trade,
        can_withdraw=half.can_withdraw,
        fee_tier=half.fee_tier,
        update_time=0,
    )


def account_status(report: AccountReport) -> AccountStatus:
    """The same over the WebSocket API."""
    return _account_status(report, [_status_position(report, row) for row in listed_rows(report)])


def encode_account_status(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `account_status`."""
    return encode(_account_status(report, flat_rows.array(report, _ACCOUNT_STATUS)))


def _account_status(report: AccountReport, positions: list[StatusPosition]) -> AccountStatus:
    half = report.account
    return AccountStatus(
        fee_tier=half.fee_tier,
        can_trade=half.can_trade,
        can_deposit=half.can_deposit,
        can_withdraw=half.can_withdraw,
        update_time=0,
        assets=[_asset(row) for row in report.assets.values()],
        positions=positions,
    )


def _asset(row: AssetReport) -> Asset:
    return Asset(
        asset=row.asset,
        wallet_balance=amount_text(row.wallet_balance),
        unrealized_profit=amount_text(row.unrealized_profit),
        margin_balance=amount_text(row.margin_balance),
        maint_margin=amount_text(row.maint_margin),
        initial_margin=amount_text(row.initial_margin),
        position_initial_margin=amount_text(row.position_initial_margin),
        open_order_initial_margin=amount_text(row.open_order_initial_margin),
        max_withdraw_amount=amount_text(row.max_withdraw_amount),
        cross_wallet_balance=amount_text(row.cross_wallet_balance),
        cross_un_pnl=amount_text(row.cross_unrealized_profit),
        available_balance=amount_text(row.available_balance),
        update_time=row.update_time,
    )


def _position(report: AccountReport, row: PositionReport) -> Position:
    return Position(
        symbol=row.symbol,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        initial_margin=margin_text(row.initial_margin),
        maint_margin=margin_text(row.maint_margin),
        unrealized_profit=amount_text(row.unrealized_profit),
        position_initial_margin=margin_text(row.position_initial_margin),
        open_order_initial_margin=margin_text(row.open_order_initial_margin),
        leverage=int_text(row.configuration.leverage),
        isolated=row.is_isolated,
        position_side=row.position_side,
        entry_price=entry_price_text(row.entry_price),
        break_even_price=break_even_price_text(row.break_even_price),
        max_qty=max_qty_text(row.max_notional),
        notional_value=margin_text(row.notional),
        update_time=row.update_time,
        isolated_wallet=margin_text(row.isolated_wallet),
    )


def _status_position(report: AccountReport, row: PositionReport) -> StatusPosition:
    return StatusPosition(
        symbol=row.symbol,
        initial_margin=margin_text(row.initial_margin),
        maint_margin=margin_text(row.maint_margin),
        unrealized_profit=amount_text(row.unrealized_profit),
        position_initial_margin=margin_text(row.position_initial_margin),
        open_order_initial_margin=margin_text(row.open_order_initial_margin),
        leverage=int_text(row.configuration.leverage),
        isolated=row.is_isolated,
        position_side=row.position_side,
        entry_price=entry_price_text(row.entry_price),
        max_qty=max_qty_text(row.max_notional),
        notional_value=margin_text(row.notional),
        isolated_wallet=margin_text(row.isolated_wallet),
        update_time=row.update_time,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        break_even_price=break_even_price_text(row.break_even_price),
    )


_ACCOUNT = RowView("/dapi/v1/account", _position, shows_mark_price=False)
_ACCOUNT_STATUS = RowView("ws-dapi account.status", _status_position, shows_mark_price=False)
