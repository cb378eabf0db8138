"""An account at a glance: the numbers people look at, taken from the report of both markets."""

from decimal import Decimal

import msgspec

from margind.control.call import Call
from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.margin.pools import margin_ratio
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport, AccountTotals, AssetReport
from margind.engine.model.orders import Order
from margind.engine.model.terms import MarginType, Market, Millis
from margind.errors.impossible import no_account
from margind.runtime import ExchangeRuntime
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    liquidation_text,
    price_text,
    quantity_text,
    traded_price_text,
)


class AssetRow(msgspec.Struct, frozen=True, rename="camel"):
    """One asset that the account holds or owes."""

    asset: str
    wallet_balance: str
    unrealized_profit: str
    margin_balance: str
    initial_margin: str
    maint_margin: str
    available_balance: str
    max_withdraw_amount: str
    margin_ratio: str | None
    """Maintenance margin over the balance of the asset's cross pool; null when nothing is required, and in
    multi-assets mode, where all assets are one pool."""


class TotalRow(msgspec.Struct, frozen=True, rename="camel"):
    """All assets together in USD, in multi-assets mode."""

    wallet_balance: str
    unrealized_profit: str
    margin_balance: str
    initial_margin: str
    maint_margin: str
    available_balance: str
    max_withdraw_amount: str
    margin_ratio: str | None


class PositionRow(msgspec.Struct, frozen=True, rename="camel"):
    """One open position. Money is in the margin asset."""

    symbol: str
    position_side: str
    margin_asset: str
    margin_type: MarginType
    leverage: int
    position_amt: str
    entry_price: str
    break_even_price: str
    mark_price: str
    liquidation_price: str
    """"0" when no price of this symbol would liquidate it."""
    notional: str
    unrealized_profit: str
    initial_margin: str
    maint_margin: str
    isolated_wallet: str
    margin_ratio: str | None
    """Of the position's own pool; null when it is cross."""
    update_time: Millis


class OrderRow(msgspec.Struct, frozen=True, rename="camel"):
    """One open order."""

    symbol: str
    order_id: int
    client_order_id: str
    side: str
    position_side: str
    type: str
    time_in_force: str
    price: str
    orig_qty: str
    executed_qty: str
    reduce_only: bool
    time: Millis


class MarketSummary(msgspec.Struct, frozen=True, rename="camel"):
    """The half of an account that lives on one market."""

    fee_tier: int
    fee_burn: bool
    multi_assets_margin: bool
    total: TotalRow | None
    assets: list[AssetRow]
    positions: list[PositionRow]
    open_orders: list[OrderRow]


class AccountSummary(msgspec.Struct, frozen=True, rename="camel"):
    """What `GET .../accounts/{a}/report` answers."""

    exchange: str
    name: str
    time: Millis
    """The exchange's time."""
    dual_side_position: bool
    usdm: MarketSummary
    coinm: MarketSummary


async def read_report(call: Call) -> AccountSummary:
    """An account with all that is computed from it: margins, profits, liquidation prices."""
    return account_summary(call.runtime, call.account.name)


def account_summary(runtime: ExchangeRuntime, name: str) -> AccountSummary:
    """The summary of an account at the present prices; `Impossible` when there is no such account."""
    account = runtime.state.accounts.get(name)
    if account is None:
        raise no_account(name, runtime.state.accounts)
    return AccountSummary(
        exchange=runtime.name,
        name=name,
        time=runtime.now(),
        dual_side_position=account.dual_side_position,
        usdm=market_summary(runtime.reader.report(account, Market.USDM)),
        coinm=market_summary(runtime.reader.report(account, Market.COINM)),
    )


def market_summary(report: AccountReport) -> MarketSummary:
    """The half of an account that a report is about."""
    joint, totals = report.multi_assets, report.totals
    account = report.account
    return MarketSummary(
        fee_tier=account.fee_tier,
        fee_burn=account.fee_burn,
        multi_assets_margin=account.multi_assets_margin,
        total=_total_row(totals, joint.margin_ratio) if joint is not None and totals is not None else None,
        assets=[_asset_row(row, alone=joint is None) for row in report.assets.values() if _is_held(row)],
        positions=[_position_row(report, row) for row in report.positions.values() if row.position_amt],
        open_orders=[_order_row(report, order) for order in account.open_orders.values()],
    )


def _is_held(row: AssetReport) -> bool:
    return bool(row.wallet_balance or row.initial_margin or row.maint_margin or row.unrealized_profit)


def _asset_row(row: AssetReport, *, alone: bool) -> AssetRow:
    return AssetRow(
        asset=row.asset,
        wallet_balance=amount_text(row.wallet_balance),
        unrealized_profit=amount_text(row.unrealized_profit),
        margin_balance=amount_text(row.margin_balance),
        initial_margin=amount_text(row.initial_margin),
        maint_margin=amount_text(row.maint_margin),
        available_balance=amount_text(row.available_balance),
        max_withdraw_amount=amount_text(row.max_withdraw_amount),
        margin_ratio=_ratio_text(row.pool.margin_ratio) if alone else None,
    )


def _total_row(totals: AccountTotals, ratio: Decimal | None) -> TotalRow:
    return TotalRow(
        wallet_balance=amount_text(totals.wallet_balance),
        unrealized_profit=amount_text(totals.unrealized_profit),
        margin_balance=amount_text(totals.margin_balance),
        initial_margin=amount_text(totals.initial_margin),
        maint_margin=amount_text(totals.maint_margin),
        available_balance=amount_text(totals.available_balance),
        max_withdraw_amount=amount_text(totals.max_withdraw_amount),
        margin_ratio=_ratio_text(ratio),
    )


def _position_row(report: AccountReport, row: PositionReport) -> PositionRow:
    own = margin_ratio(row.maint_margin, row.isolated_margin) if row.is_isolated else None
    return PositionRow(
        symbol=row.symbol,
        position_side=row.position_side,
        margin_asset=row.contract.margin_asset,
        margin_type=row.configuration.margin_type,
        leverage=row.configuration.leverage,
        position_amt=quantity_text(row.position_amt, row.contract.quantity_precision),
        entry_price=entry_price_text(row.entry_price),
        break_even_price=break_even_price_text(row.break_even_price),
        mark_price=price_text(row.mark_price),
        liquidation_price=liquidation_text(liquidation_price(report, row)),
        notional=amount_text(row.notional),
        unrealized_profit=amount_text(row.unrealized_profit),
        initial_margin=amount_text(row.initial_margin),
        maint_margin=amount_text(row.maint_margin),
        isolated_wallet=amount_text(row.isolated_wallet),
        margin_ratio=_ratio_text(own),
        update_time=row.update_time,
    )


def _order_row(report: AccountReport, order: Order) -> OrderRow:
    contract = report.market.contracts[order.symbol]
    return OrderRow(
        symbol=order.symbol,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        side=order.side,
        position_side=order.position_side,
        type=order.type,
        time_in_force=order.time_in_force,
        price=traded_price_text(order.price, contract.price_precision),
        orig_qty=quantity_text(order.orig_qty, contract.quantity_precision),
        executed_qty=quantity_text(order.executed_qty, contract.quantity_precision),
        reduce_only=order.reduce_only,
        time=order.time,
    )


def _ratio_text(ratio: Decimal | None) -> str | None:
    return None if ratio is None else amount_text(ratio)
