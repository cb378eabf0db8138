"""The rows of the USDⓈ-M account views: margin assets, and positions of V2, V3 and `account.status`.

Keys stand in the order of the English pages; what live replies add stands at the end of its row.
"""

import msgspec

from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport, AssetReport
from margind.engine.model.terms import Millis, PositionSide
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
