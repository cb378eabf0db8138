"""Margin pools: what shares collateral, and what is left of it.

A pool is one margin asset (single-asset mode, and each COIN-M coin), the whole multi-assets wallet, or one
isolated position. Pools choose what is added up; the payoff chooses the unit.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from margind.engine.margin import formulas
from margind.engine.margin.collateral import CollateralRate
from margind.engine.margin.position_report import PositionReport
from margind.engine.model.decimals import ZERO, cut8
from margind.engine.model.ledger import Wallet
from margind.engine.model.traced import greatest, least


class AssetSums(msgspec.Struct):
    """The columns of one asset, added up over its positions."""

    isolated_wallet: Decimal = ZERO
    unrealized_profit: Decimal = ZERO
    cross_unrealized_profit: Decimal = ZERO
    maint_margin: Decimal = ZERO
    position_initial_margin: Decimal = ZERO
    open_order_initial_margin: Decimal = ZERO
    cross_initial_margin: Decimal = ZERO
    cross_maint_margin: Decimal = ZERO
    isolated_open_order_initial_margin: Decimal = ZERO


def printed_sums(rows: Sequence[PositionReport], asset: str) -> AssetSums:
    """Sums of what the rows show, so that what is printed adds up."""
    sums = AssetSums()
    for row in rows:
        sums.unrealized_profit = sums.unrealized_profit + row.unrealized_profit
        sums.maint_margin = sums.maint_margin + row.maint_margin
        sums.position_initial_margin = sums.position_initial_margin + row.position_initial_margin
        sums.open_order_initial_margin = sums.open_order_initial_margin + row.open_order_initial_margin
        if row.is_isolated:
            sums.isolated_wallet = sums.isolated_wallet + row.isolated_wallet
            sums.isolated_open_order_initial_margin = (
                sums.isolated_open_order_initial_margin + row.open_order_initial_margin
            )
        else:
            sums.cross_unrealized_profit = sums.cross_unrealized_profit + row.unrealized_profit
            sums.cross_maint_margin = sums.cross_maint_margin + row.maint_margin
            sums.cross_initial_margin = sums.cross_initial_margin + row.initial_margin
    if rows:
        sums.cross_unrealized_profit = formulas.CROSS_UNREALIZED_PROFIT(sums.cross_unrealized_profit, asset)
        sums.cross_maint_margin = formulas.CROSS_MAINT_MARGIN(sums.cross_maint_margin, asset)
        sums.cross_initial_margin = formulas.CROSS_INITIAL_MARGIN(sums.cross_initial_margin, asset)
    return sums


def exact_sums(rows: Iterable[PositionReport]) -> AssetSums:
    """The same sums before any rounding; the multi-assets totals convert these and cut once."""
    sums = AssetSums()
    for row in rows:
        exact = row.exact
        sums.unrealized_profit = sums.unrealized_profit + exact.unrealized_profit
        sums.maint_margin = sums.maint_margin + exact.maint_margin
        sums.position_initial_margin = sums.position_initial_margin + exact.initial_margin
        sums.open_order_initial_margin = sums.open_order_initial_margin + row.exact_open_order_initial_margin
        if row.is_isolated:
            sums.isolated_wallet = sums.isolated_wallet + row.isolated_wallet
        else:
            sums.cross_unrealized_profit = sums.cross_unrealized_profit + exact.unrealized_profit
            sums.cross_maint_margin = sums.cross_maint_margin + exact.maint_margin
            sums.cross_initial_margin = sums.cross_initial_margin + row.exact_initial_margin
    return sums


class AssetPool(msgspec.Struct, frozen=True):
    """One margin asset, standing alone: single-asset mode, and every COIN-M coin."""

    margin_balance: Decimal
    """Cross wallet plus cross profit: what liquidation looks at."""
    maint_margin: Decimal
    unbound: Decimal
    """What orders may still bind; negative when margins exceed the balance."""

    @property
    def margin_ratio(self) -> Decimal | None:
        """Maintenance over balance; None when nothing is required."""
        return margin_ratio(self.maint_margin, self.margin_balance)


def asset_pool(cross_wallet_balance: Decimal, sums: AssetSums) -> AssetPool:
    """The cross pool of one asset."""
    margin_balance = cross_wallet_balance + sums.cross_unrealized_profit
    return AssetPool(
        margin_balance=margin_balance,
        maint_margin=sums.cross_maint_margin,
        unbound=margin_balance - sums.cross_initial_margin - sums.isolated_open_order_initial_margin,
    )


def max_withdraw_amount(
    wallet_balance: Decimal, cross_wallet_balance: Decimal, sums: AssetSums, pool: AssetPool
) -> Decimal:
    """What can be transferred out of one asset in single-asset mode."""
    bound = sums.isolated_open_order_initial_margin + sums.cross_maint_margin
    return greatest(ZERO, least(least(wallet_balance - bound, cross_wallet_balance - bound), pool.unbound))


class MultiAssetsPool(msgspec.Struct, frozen=True):
    """The joint wallet of multi-assets mode, in USD, exact."""

    equity: Decimal
    initial_margin: Decimal
    maint_margin: Decimal
    available: Decimal

    @property
    def margin_ratio(self) -> Decimal | None:
        """Maintenance over equity; None when nothing is required."""
        return margin_ratio(self.maint_margin, self.equity)


def multi_assets_pool(
    wallets: dict[str, Wallet], sums: dict[str, AssetSums], rates: dict[str, CollateralRate]
) -> MultiAssetsPool:
    """Documented: equity less initial margins, each asset at its own rates."""
    equity, initial_margin, maint_margin = ZERO, ZERO, ZERO
    for asset, rate in rates.items():
        asset_sums = sums.get(asset, _NO_SUMS)
        wallet = wallets.get(asset)
        balance = asset_sums.cross_unrealized_profit
        if wallet is not None:
            balance = wallet.wallet_balance - asset_sums.isolated_wallet + balance
        equity = equity + rate.value(formulas.CROSS_MARGIN_BALANCE(balance, asset))
        initial_margin = initial_margin + asset_sums.cross_initial_margin * rate.ask
        maint_margin = maint_margin + asset_sums.cross_maint_margin * rate.ask
    equity = formulas.ACCOUNT_EQUITY(equity)
    initial_margin = formulas.MULTI_INITIAL_MARGIN(initial_margin)
    return MultiAssetsPool(
        equity=equity,
        initial_margin=initial_margin,
        maint_margin=formulas.MULTI_MAINT_MARGIN(maint_margin),
        available=formulas.UNI_AVAILABLE(greatest(ZERO, equity - initial_margin)),
    )


_NO_SUMS = AssetSums()


def margin_ratio(maint_margin: Decimal, margin_balance: Decimal) -> Decimal | None:
    """Maintenance over balance, cut at 8 decimals; None when nothing is required.

    A balance at or below zero with something required is reported as 100 %: the pool is past liquidation
    and the fraction would have no meaning.
    """
    if not maint_margin:
        return None
    if margin_balance <= ZERO:
        return formulas.MARGIN_RATIO(Decimal(1))
    return formulas.MARGIN_RATIO(cut8(maint_margin / margin_balance))
