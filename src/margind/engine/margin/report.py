"""The account report: every number of every view, computed once from wallets, positions and prices."""

from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from typing import NamedTuple

import msgspec

from margind.engine.margin import formulas
from margind.engine.margin.collateral import CollateralRate, collateral_rates
from margind.engine.margin.pools import (
    AssetPool,
    AssetSums,
    MultiAssetsPool,
    asset_pool,
    exact_sums,
    max_withdraw_amount,
    multi_assets_pool,
    printed_sums,
)
from margind.engine.margin.position_report import PositionReport, active_rows
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.decimals import CONTEXT, ZERO, cut8
from margind.engine.model.ledger import Wallet
from margind.engine.model.market_state import MarginAsset, MarketState
from margind.engine.model.terms import Millis
from margind.engine.model.traced import greatest, least

TOTALS_ASSET = "USDT"
"""Documented: in single-asset mode the account totals cover USDT only."""


class AssetReport(msgspec.Struct, frozen=True):
    """One asset row."""

    asset: str
    wallet_balance: Decimal
    unrealized_profit: Decimal
    margin_balance: Decimal
    maint_margin: Decimal
    initial_margin: Decimal
    position_initial_margin: Decimal
    open_order_initial_margin: Decimal
    cross_wallet_balance: Decimal
    cross_unrealized_profit: Decimal
    available_balance: Decimal
    max_withdraw_amount: Decimal
    margin_available: bool
    update_time: Millis
    pool: AssetPool
    sums: AssetSums
    exact: AssetSums


class AccountTotals(msgspec.Struct, frozen=True):
    """The account's own columns: USDT in single-asset mode, USD in multi-assets mode."""

    initial_margin: Decimal
    maint_margin: Decimal
    wallet_balance: Decimal
    unrealized_profit: Decimal
    margin_balance: Decimal
    position_initial_margin: Decimal
    open_order_initial_margin: Decimal
    cross_wallet_balance: Decimal
    cross_unrealized_profit: Decimal
    available_balance: Decimal
    max_withdraw_amount: Decimal


class AccountReport(msgspec.Struct, frozen=True):
    """Everything an account is worth on one market at one instant."""

    account: MarketAccount
    market: MarketState
    name: str
    number: int
    dual_side_position: bool
    positions: dict[PositionKey, PositionReport]
    """Rows with a position or an order, by symbol; flat rows are added by the views that show them."""
    assets: dict[str, AssetReport]
    totals: AccountTotals | None
    """None on COIN-M, which has no account totals."""
    multi_assets: MultiAssetsPool | None
    """The joint pool when multi-assets mode is on."""
    rates: dict[str, CollateralRate]

    def unbound(self, asset: str) -> Decimal:
        """What orders settled in an asset may still bind, in the pool's unit; negative when short."""
        if self.multi_assets is not None and asset in self.rates:
            return self.multi_assets.equity - self.multi_assets.initial_margin
        return self.assets[asset].pool.unbound


def account_report(account: Account, market: MarketState, settings: ExchangeSettings) -> AccountReport:
    """Compute the report of one account on one market."""
    with localcontext(CONTEXT):
        return _account_report(account, market, settings)


def _account_report(account: Account, market: MarketState, settings: ExchangeSettings) -> AccountReport:
    half = account.on(market.market)
    rows = active_rows(half, market, settings.initial_margin_rounding)
    rows_of: dict[str, list[PositionReport]] = {}
    for row in rows:
        rows_of.setdefault(row.contract.margin_asset, []).append(row)
    joint, rates = None, {}
    exact = {asset: exact_sums(of_asset) for asset, of_asset in rows_of.items()}
    if half.multi_assets_margin:
        rates = collateral_rates(market)
        joint = multi_assets_pool(half.wallets, exact, rates)
    assets = {}
    for asset, terms in market.assets.items():
        assets[asset] = _asset_report(
            terms,
            half.wallets.get(asset, _EMPTY),
            printed_sums(rows_of.get(asset, ()), asset),
            exact.get(asset, _NO_SUMS),
            _Joint(joint, rates.get(asset)) if joint else None,
        )
    return AccountReport(
        account=half,
        market=market,
        name=account.name,
        number=account.number,
        dual_side_position=account.dual_side_position,
        positions={(row.symbol, row.position_side): row for row in rows},
        assets=assets,
        totals=_multi_assets_totals(assets, joint, rates) if joint else _single_asset_totals(assets),
        multi_assets=joint,
        rates=rates,
    )


_EMPTY = Wallet()
_NO_SUMS = AssetSums()


class _Joint(NamedTuple):
    pool: MultiAssetsPool
    rate: CollateralRate | None


def _asset_report(
    terms: MarginAsset, wallet: Wallet, sums: AssetSums, exact: AssetSums, joint: _Joint | None
) -> AssetReport:
    asset = terms.asset
    wallet_balance = wallet.wallet_balance
    cross_wallet = formulas.CROSS_WALLET_BALANCE(wallet_balance - sums.isolated_wallet, asset)
    pool = asset_pool(cross_wallet, sums)
    if joint is None:
        available = formulas.AVAILABLE_BALANCE(greatest(ZERO, pool.unbound), asset)
        withdraw = formulas.MAX_WITHDRAW_AMOUNT(
            max_withdraw_amount(wallet_balance, cross_wallet, sums, pool), asset
        )
    elif joint.rate is None:
        # Assumed: an asset that is no collateral backs only what is settled in it, and orders cannot use it
        # (no reply of multi-assets mode with such an asset was found).
        available = ZERO
        withdraw = formulas.MAX_WITHDRAW_AMOUNT(
            max_withdraw_amount(wallet_balance, cross_wallet, sums, pool), asset
        )
    else:
        available = formulas.MULTI_AVAILABLE_BALANCE(cut8(joint.pool.available / joint.rate.ask), asset)
        withdraw = formulas.MULTI_MAX_WITHDRAW_AMOUNT(greatest(ZERO, least(wallet_balance, available)), asset)
    return AssetReport(
        asset=asset,
        wallet_balance=formulas.WALLET_BALANCE(wallet_balance, asset),
        unrealized_profit=formulas.ASSET_UNREALIZED_PROFIT(sums.unrealized_profit, asset),
        margin_balance=formulas.MARGIN_BALANCE(wallet_balance + sums.unrealized_profit, asset),
        maint_margin=formulas.ASSET_MAINT_MARGIN(sums.maint_margin, asset),
        initial_margin=formulas.ASSET_INITIAL_MARGIN(
            sums.position_initial_margin + sums.open_order_initial_margin, asset
        ),
        position_initial_margin=formulas.ASSET_POSITION_INITIAL_MARGIN(sums.position_initial_margin, asset),
        open_order_initial_margin=formulas.ASSET_OPEN_ORDER_INITIAL_MARGIN(
            sums.open_order_initial_margin, asset
        ),
        cross_wallet_balance=cross_wallet,
        cross_unrealized_profit=sums.cross_unrealized_profit,
        available_balance=available,
        max_withdraw_amount=withdraw,
        margin_available=terms.margin_available,
        update_time=wallet.update_time,
        pool=pool,
        sums=sums,
        exact=exact,
    )


def _single_asset_totals(assets: dict[str, AssetReport]) -> AccountTotals | None:
    row = assets.get(TOTALS_ASSET)
    if row is None:
        return None

    def of(name: str, value: Decimal) -> Decimal:
        return formulas.total(name, multi_assets=False)(value)

    return AccountTotals(
        initial_margin=of("totalInitialMargin", row.initial_margin),
        maint_margin=of("totalMaintMargin", row.maint_margin),
        wallet_balance=of("totalWalletBalance", row.wallet_balance),
        unrealized_profit=of("totalUnrealizedProfit", row.unrealized_profit),
        margin_balance=of("totalMarginBalance", row.margin_balance),
        position_initial_margin=of("totalPositionInitialMargin", row.position_initial_margin),
        open_order_initial_margin=of("totalOpenOrderInitialMargin", row.open_order_initial_margin),
        cross_wallet_balance=of("totalCrossWalletBalance", row.cross_wallet_balance),
        cross_unrealized_profit=of("totalCrossUnPnl", row.cross_unrealized_profit),
        available_balance=of("availableBalance", row.available_balance),
        max_withdraw_amount=of("maxWithdrawAmount", row.max_withdraw_amount),
    )


def _multi_assets_totals(
    assets: dict[str, AssetReport], joint: MultiAssetsPool, rates: dict[str, CollateralRate]
) -> AccountTotals:
    priced = [(assets[asset], rate) for asset, rate in rates.items()]

    def of(name: str, value: Decimal) -> Decimal:
        return formulas.total(name, multi_assets=True)(cut8(value))

    def balance(name: str, column: Callable[[AssetReport], Decimal]) -> Decimal:
        # "Ask when negative" looks at the asset's margin balance, not at the column.
        return of(name, _sum(column(row) * rate.for_balance(row.margin_balance) for row, rate in priced))

    def margin(name: str, column: Callable[[AssetSums], Decimal]) -> Decimal:
        return of(name, _sum(column(row.exact) * rate.ask for row, rate in priced))

    return AccountTotals(
        initial_margin=of("totalInitialMargin", joint.initial_margin),
        maint_margin=of("totalMaintMargin", joint.maint_margin),
        wallet_balance=balance("totalWalletBalance", lambda row: row.wallet_balance),
        unrealized_profit=balance("totalUnrealizedProfit", lambda row: row.exact.unrealized_profit),
        margin_balance=balance(
            "totalMarginBalance", lambda row: row.wallet_balance + row.exact.unrealized_profit
        ),
        position_initial_margin=margin(
            "totalPositionInitialMargin", lambda sums: sums.position_initial_margin
        ),
        open_order_initial_margin=margin(
            "totalOpenOrderInitialMargin", lambda sums: sums.open_order_initial_margin
        ),
        cross_wallet_balance=balance("totalCrossWalletBalance", lambda row: row.cross_wallet_balance),
        cross_unrealized_profit=balance("totalCrossUnPnl", lambda row: row.exact.cross_unrealized_profit),
        available_balance=of("availableBalance", joint.available),
        max_withdraw_amount=of("maxWithdrawAmount", joint.available),
    )


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = total + value
    return total
