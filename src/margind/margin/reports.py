"""What an account is worth: its report, its pools with their margin ratio, its liquidation prices."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from margind.engine.margin.liquidation_price import liquidation_price as price_of_row
from margind.engine.margin.pools import margin_ratio
from margind.engine.margin.position_report import row_path
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.account import PositionKey
from margind.engine.model.terms import Market, PositionSide
from margind.errors.impossible import Impossible
from margind.margin.situations import Situation


class PoolKind(StrEnum):
    """What shares the collateral."""

    CROSS = "cross"
    MULTI_ASSETS = "multi-assets"
    ISOLATED = "isolated"


class Pool(msgspec.Struct, frozen=True):
    """Positions that share collateral: they are liquidated together, when the ratio reaches 1."""

    market: Market
    kind: PoolKind
    name: str
    """The asset; of an isolated position its symbol, in hedge mode with the leg; USD for the joint wallet."""
    asset: str
    """What the amounts are in."""
    margin_balance: Decimal
    maint_margin: Decimal
    margin_ratio: Decimal | None
    """Maintenance over balance, 1 when the balance is used up; None when nothing is required."""


def report(situation: Situation, market: Market = Market.USDM) -> AccountReport:
    """Every number of the account on one market: totals, assets, positions."""
    return account_report(situation.account, situation.state.markets[market], situation.settings)


def liquidation_prices(situation: Situation) -> dict[PositionKey, Decimal]:
    """The liquidation price of every open position, by symbol and side; 0 when no price liquidates it."""
    reports = [report(situation, market) for market in Market]
    return {
        key: price_of_row(one, row)
        for one in reports
        for key, row in one.positions.items()
        if row.position_amt
    }


def liquidation_price(
    situation: Situation, symbol: str, position_side: PositionSide = PositionSide.BOTH
) -> Decimal:
    """The liquidation price of one position, rounded as the exchange shows it; 0 when there is none."""
    one = report(situation, situation.facts.market_of(symbol))
    row = one.positions.get((symbol, position_side))
    if row is None or not row.position_amt:
        held = ", ".join(row_path(key) for key in liquidation_prices(situation)) or "none"
        path = row_path((symbol, position_side))
        raise Impossible("no_position", f"there is no position {path}; open positions: {held}", 404)
    return price_of_row(one, row)


def pools(situation: Situation) -> list[Pool]:
    """Every pool that holds anything: per market the wallets, then the isolated positions."""
    return [pool for market in Market for pool in _pools(report(situation, market))]


def _pools(one: AccountReport) -> list[Pool]:
    market, joint = one.market.market, one.multi_assets
    found = []
    if joint is not None:
        found.append(
            Pool(
                market,
                PoolKind.MULTI_ASSETS,
                "USD",
                "USD",
                joint.equity,
                joint.maint_margin,
                joint.margin_ratio,
            )
        )
    for asset, row in one.assets.items():
        pool = row.pool
        if (joint is None or asset not in one.rates) and (pool.margin_balance or pool.maint_margin):
            found.append(
                Pool(
                    market,
                    PoolKind.CROSS,
                    asset,
                    asset,
                    pool.margin_balance,
                    pool.maint_margin,
                    pool.margin_ratio,
                )
            )
    for key, position in one.positions.items():
        if position.is_isolated and position.position_amt:
            ratio = margin_ratio(position.maint_margin, position.isolated_margin)
            found.append(
                Pool(
                    market,
                    PoolKind.ISOLATED,
                    row_path(key),
                    position.contract.margin_asset,
                    position.isolated_margin,
                    position.maint_margin,
                    ratio,
                )
            )
    return found
