"""The account views of USDⓈ-M: V2, V3 and their WebSocket forms.

Keys stand in the order of the English pages. Their examples contradict the comments beside them in places;
the comments are followed: in single-asset mode the totals are the USDT row.
"""

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.terms import Millis
from margind.wire.flat_rows import FlatRows, RowView
from margind.wire.replies import encode
from margind.wire.rows import active_rows, listed_rows
from margind.wire.text import amount_text
from margind.wire.usdm.account_rows import (
    AssetV2,
    AssetV3,
    PositionV2,
    PositionV3,
    StatusPosition,
    asset_v2,
    asset_v3,
    position_v2,
    position_v3,
    status_position,
)


class AccountV2(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v2/account`."""

    fee_tier: int
    fee_burn: bool
    can_trade: bool  # The page's example lost it inside a comment
    can_deposit: bool
    can_withdraw: bool
    update_time: Millis  # Documented: reserved, always 0
    multi_assets_margin: bool
    trade_group_id: int
    total_initial_margin: str
    total_maint_margin: str
    total_wallet_balance: str
    total_unrealized_profit: str
    total_margin_balance: str
    total_position_initial_margin: str
    total_open_order_initial_margin: str
    total_cross_wallet_balance: str
    total_cross_un_pnl: str
    available_balance: str
    max_withdraw_amount: str
    assets: list[AssetV2]
    positions: list[PositionV2]


class AccountStatus(msgspec.Struct, rename="camel", frozen=True):
    """`account.status` of the WebSocket API: V2 without `feeBurn`."""

    fee_tier: int
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    update_time: Millis
    multi_assets_margin: bool
    trade_group_id: int
    total_initial_margin: str
    total_maint_margin: str
    total_wallet_balance: str
    total_unrealized_profit: str
    total_margin_balance: str
    total_position_initial_margin: str
    total_open_order_initial_margin: str
    total_cross_wallet_balance: str
    total_cross_un_pnl: str
    available_balance: str
    max_withdraw_amount: str
    assets: list[AssetV2]
    positions: list[StatusPosition]


class _Totals(msgspec.Struct, rename="camel", frozen=True):
    """The totals a slim account begins with: USDT in single-asset mode, USD in multi-assets mode."""

    total_initial_margin: str
    total_maint_margin: str
    total_wallet_balance: str
    total_unrealized_profit: str
    total_margin_balance: str
    total_position_initial_margin: str
    total_open_order_initial_margin: str
    total_cross_wallet_balance: str
    total_cross_un_pnl: str
    available_balance: str
    max_withdraw_amount: str


class AccountV3(_Totals, frozen=True):
    """`GET /fapi/v3/account`."""

    assets: list[AssetV3]
    positions: list[PositionV3]


class AccountStatusV2(_Totals, frozen=True):
    """`v2/account.status` of the WebSocket API: V3 with `marginAvailable` on its asset rows."""

    assets: list[AssetV2]
    positions: list[PositionV3]


def account_v2(report: AccountReport) -> AccountV2:
    """Everything, every symbol."""
    return _account_v2(report, [position_v2(report, row) for row in listed_rows(report)])


def encode_account_v2(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `account_v2`."""
    return encode(_account_v2(report, flat_rows.array(report, _ACCOUNT_V2)))


def _account_v2(report: AccountReport, positions: list[PositionV2]) -> AccountV2:
    account = report.account
    return AccountV2(
        fee_tier=account.fee_tier,
        fee_burn=account.fee_burn,
        can_trade=account.can_trade,
        can_deposit=account.can_deposit,
        can_withdraw=account.can_withdraw,
        update_time=0,
        multi_assets_margin=account.multi_assets_margin,
        trade_group_id=account.trade_group_id,
        **_totals(report),
        assets=[asset_v2(row) for row in report.assets.values()],
        positions=positions,
    )


def account_status(report: AccountReport) -> AccountStatus:
    """Everything, every symbol, over the WebSocket API."""
    return _account_status(report, [status_position(report, row) for row in listed_rows(report)])


def encode_account_status(report: AccountReport, flat_rows: FlatRows) -> bytes:
    """The bytes of `account_status`."""
    return encode(_account_status(report, flat_rows.array(report, _ACCOUNT_STATUS)))


def _account_status(report: AccountReport, positions: list[StatusPosition]) -> AccountStatus:
    account = report.account
    return AccountStatus(
        fee_tier=account.fee_tier,
        can_trade=account.can_trade,
        can_deposit=account.can_deposit,
        can_withdraw=account.can_withdraw,
        update_time=0,
        multi_assets_margin=account.multi_assets_margin,
        trade_group_id=account.trade_group_id,
        **_totals(report),
        assets=[asset_v2(row) for row in report.assets.values()],
        positions=positions,
    )


def account_v3(report: AccountReport) -> AccountV3:
    """Totals, every margin asset (assumed: in both asset modes), and the symbols that hold something."""
    return AccountV3(
        **_totals(report),
        assets=[asset_v3(row) for row in report.assets.values()],
        positions=[position_v3(row) for row in active_rows(report)],
    )


def account_status_v2(report: AccountReport) -> AccountStatusV2:
    """V3 over the WebSocket API."""
    return AccountStatusV2(
        **_totals(report),
        assets=[asset_v2(row) for row in report.assets.values()],
        positions=[position_v3(row) for row in active_rows(report)],
    )


def _totals(report: AccountReport) -> dict[str, str]:
    totals = report.totals
    assert totals is not None, "USDⓈ-M always has a USDT row"
    return {
        "total_initial_margin": amount_text(totals.initial_margin),
        "total_maint_margin": amount_text(totals.maint_margin),
        "total_wallet_balance": amount_text(totals.wallet_balance),
        "total_unrealized_profit": amount_text(totals.unrealized_profit),
        "total_margin_balance": amount_text(totals.margin_balance),
        "total_position_initial_margin": amount_text(totals.position_initial_margin),
        "total_open_order_initial_margin": amount_text(totals.open_order_initial_margin),
        "total_cross_wallet_balance": amount_text(totals.cross_wallet_balance),
        "total_cross_un_pnl": amount_text(totals.cross_unrealized_profit),
        "available_balance": amount_text(totals.available_balance),
        "max_withdraw_amount": amount_text(totals.max_withdraw_amount),
    }


_ACCOUNT_V2 = RowView("/fapi/v2/account", position_v2, shows_mark_price=False)
_ACCOUNT_STATUS = RowView("ws-fapi account.status", status_position, shows_mark_price=False)
