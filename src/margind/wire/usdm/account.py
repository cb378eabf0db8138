"""The account views of USDⓈ-M: V2, V3 and their WebSocket forms.

Keys stand in the order of the English pages. The examples there contradict themselves in places; where they
do, the comments beside them are followed: in single-asset mode the totals are the USDT row.
"""

import msgspec

from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport, AssetReport
from margind.engine.model.terms import Millis, PositionSide
from margind.wire.flat_rows import FlatRows, RowView
from margind.wire.replies import encode
from margind.wire.rows import active_rows, listed_rows
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    int_text,
    margin_text,
    max_notional_text,
    quantity_text,
    resting_text,
)


class AssetV3(msgspec.Struct, rename="camel", frozen=True):
    """One margin asset in `GET /fapi/v3/account`."""

    asset: str
    wallet_balance: str
    unrealized_profit: str
    margin_balance: str
    maint_margin: str
    initial_margin: str
    position_initial_margin: str
    open_order_initial_margin: str
    cross_wallet_balance: str
    cross_un_pnl: str  # Binance's name; `cross_unrealized_profit` inside
    available_balance: str
    max_withdraw_amount: str
    update_time: Millis  # clients take 0 for "never held"


class AssetV2(msgspec.Struct, rename="camel", frozen=True):
    """One margin asset in `GET /fapi/v2/account` and in both WebSocket forms."""

    asset: str
    wallet_balance: str
    unrealized_profit: str
    margin_balance: str
    maint_margin: str
    initial_margin: str
    position_initial_margin: str
    open_order_initial_margin: str
    cross_wallet_balance: str
    cross_un_pnl: str
    available_balance: str
    max_withdraw_amount: str
    margin_available: bool
    update_time: Millis


class PositionV2(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v2/account`: every listed symbol, held or not."""

    symbol: str
    initial_margin: str
    maint_margin: str
    unrealized_profit: str
    position_initial_margin: str
    open_order_initial_margin: str
    leverage: str
    isolated: bool
    entry_price: str
    max_notional: str
    bid_notional: str
    ask_notional: str
    position_side: PositionSide
    position_amt: str
    update_time: Millis
    # Observed since 2022 in live replies, though not on the page.
    notional: str
    isolated_wallet: str
    break_even_price: str


class StatusPosition(msgspec.Struct, rename="camel", frozen=True):
    """One row of the WebSocket API's `account.status`."""

    symbol: str
    initial_margin: str
    maint_margin: str
    unrealized_profit: str
    position_initial_margin: str
    open_order_initial_margin: str
    leverage: str
    isolated: bool
    entry_price: str
    break_even_price: str  # Documented in one of the page's two examples; always sent
    max_notional: str
    bid_notional: str
    ask_notional: str
    position_side: PositionSide
    position_amt: str
    update_time: Millis


class PositionV3(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v3/account` and of `v2/account.status`: symbols with a position or an order."""

    symbol: str
    position_side: PositionSide
    position_amt: str
    unrealized_profit: str
    isolated_margin: str  # "0" when cross: clients take anything else for isolated
    notional: str
    isolated_wallet: str
    initial_margin: str
    maint_margin: str
    update_time: Millis


class _Totals(msgspec.Struct, rename="camel", frozen=True):
    """USDT in single-asset mode, USD in multi-assets mode."""

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


class _Flags(msgspec.Struct, rename="camel", frozen=True):
    """The flags in front of the totals, as `account.status` has them."""

    fee_tier: int
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    update_time: Millis  # Documented: reserved, always 0
    multi_assets_margin: bool
    trade_group_id: int


class _FlagsV2(msgspec.Struct, rename="camel", frozen=True):
    """The flags of `GET /fapi/v2/account`: with `feeBurn`, and `canTrade` right behind it."""

    fee_tier: int
    fee_burn: bool
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    update_time: Millis
    multi_assets_margin: bool
    trade_group_id: int


# A struct lists the fields of its last base first: flags, totals, rows.
class AccountV2(_Totals, _FlagsV2, frozen=True):
    """`GET /fapi/v2/account`."""

    assets: list[AssetV2]
    positions: list[PositionV2]


class AccountStatus(_Totals, _Flags, frozen=True):
    """`account.status` of the WebSocket API: V2 without `feeBurn`."""

    assets: list[AssetV2]
    positions: list[StatusPosition]


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


def asset_v2(row: AssetReport) -> AssetV2:
    """One asset row with `marginAvailable`."""
    return AssetV2(
        asset=row.asset,
        wallet_balance=amount_text(row.wallet_balance),
        unrealized_profit=amount_text(row.unrealized_profit),
        margin_balance=amount_text(row.margin_balance),
        maint_margin=amount_text(row.maint_margin),
        initial_margin=amount_text(row.initial_margin),
        position_initial_margin=amount_text(row.position_initial_margin),
        open_order_initial_margin=amount_text(row.open_order_initial_margin),
        cross_wallet_balance=amount_text(row.cross_wallet_balance),
        cross_un_pnl=amount_text(row.cross_unrealized_profit),
        available_balance=amount_text(row.available_balance),
        max_withdraw_amount=amount_text(row.max_withdraw_amount),
        margin_available=row.margin_available,
        update_time=row.update_time,
    )


def asset_v3(row: AssetReport) -> AssetV3:
    """One asset row."""
    return AssetV3(
        asset=row.asset,
        wallet_balance=amount_text(row.wallet_balance),
        unrealized_profit=amount_text(row.unrealized_profit),
        margin_balance=amount_text(row.margin_balance),
        maint_margin=amount_text(row.maint_margin),
        initial_margin=amount_text(row.initial_margin),
        position_initial_margin=amount_text(row.position_initial_margin),
        open_order_initial_margin=amount_text(row.open_order_initial_margin),
        cross_wallet_balance=amount_text(row.cross_wallet_balance),
        cross_un_pnl=amount_text(row.cross_unrealized_profit),
        available_balance=amount_text(row.available_balance),
        max_withdraw_amount=amount_text(row.max_withdraw_amount),
        update_time=row.update_time,
    )


def position_v2(report: AccountReport, row: PositionReport) -> PositionV2:
    """One position row of V2."""
    configuration = row.configuration
    return PositionV2(
        symbol=row.symbol,
        initial_margin=margin_text(row.initial_margin),
        maint_margin=margin_text(row.maint_margin),
        unrealized_profit=amount_text(row.unrealized_profit),
        position_initial_margin=margin_text(row.position_initial_margin),
        # Observed: V2 prints a whole open-order margin without decimals ("31"), V3 does not.
        open_order_initial_margin=resting_text(row.open_order_initial_margin),
        leverage=int_text(configuration.leverage),
        isolated=row.is_isolated,
        entry_price=entry_price_text(row.entry_price),
        max_notional=max_notional_text(row.max_notional, configuration.leverage),
        bid_notional=resting_text(row.bid_notional),
        ask_notional=resting_text(row.ask_notional),
        position_side=row.position_side,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        update_time=row.update_time,
        notional=margin_text(row.notional),
        isolated_wallet=margin_text(row.isolated_wallet),
        break_even_price=break_even_price_text(row.break_even_price),
    )


def status_position(report: AccountReport, row: PositionReport) -> StatusPosition:
    """One position row of `account.status`."""
    configuration = row.configuration
    return StatusPosition(
        symbol=row.symbol,
        initial_margin=margin_text(row.initial_margin),
        maint_margin=margin_text(row.maint_margin),
        unrealized_profit=amount_text(row.unrealized_profit),
        position_initial_margin=margin_text(row.position_initial_margin),
        open_order_initial_margin=resting_text(row.open_order_initial_margin),
        leverage=int_text(configuration.leverage),
        isolated=row.is_isolated,
        entry_price=entry_price_text(row.entry_price),
        break_even_price=break_even_price_text(row.break_even_price),
        max_notional=max_notional_text(row.max_notional, configuration.leverage),
        bid_notional=resting_text(row.bid_notional),
        ask_notional=resting_text(row.ask_notional),
        position_side=row.position_side,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        update_time=row.update_time,
    )


def position_v3(row: PositionReport) -> PositionV3:
    """One position row of V3."""
    return PositionV3(
        symbol=row.symbol,
        position_side=row.position_side,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        unrealized_profit=amount_text(row.unrealized_profit),
        isolated_margin=margin_text(row.isolated_margin),
        notional=margin_text(row.notional),
        isolated_wallet=margin_text(row.isolated_wallet),
        initial_margin=margin_text(row.initial_margin),
        maint_margin=margin_text(row.maint_margin),
        update_time=row.update_time,
    )


_ACCOUNT_V2 = RowView("/fapi/v2/account", position_v2, shows_mark_price=False)
_ACCOUNT_STATUS = RowView("ws-fapi account.status", status_position, shows_mark_price=False)
