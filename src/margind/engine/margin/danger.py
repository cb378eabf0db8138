"""How near the pools of an account are to liquidation, read from its report."""

from decimal import Decimal

import msgspec

from margind.engine.margin.pools import margin_ratio
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.margin_pool import MarginPool


class PoolHealth(msgspec.Struct, frozen=True):
    """One pool at one instant. Money is in the pool's asset, in USD for the joint wallet."""

    pool: MarginPool
    margin_balance: Decimal
    maint_margin: Decimal
    rows: tuple[PositionReport, ...]
    """Its positions, by symbol."""

    @property
    def margin_ratio(self) -> Decimal | None:
        """Maintenance over balance; None when nothing is required."""
        return margin_ratio(self.maint_margin, self.margin_balance)

    @property
    def is_due(self) -> bool:
        """Whether it is liquidated. Documented: when the margin ratio reaches 100 %, at the mark price.

        A position so small that it requires nothing goes when there is less than nothing to cover it.
        """
        if not self.rows:
            return False
        return self.margin_balance <= self.maint_margin if self.maint_margin else self.margin_balance < ZERO


def pools_with_positions(report: AccountReport) -> list[PoolHealth]:
    """The pools that hold positions: isolated ones first, then the cross pools by asset."""
    rows = [row for row in report.positions.values() if row.position_amt]
    pools = dict.fromkeys(pool_of(report, row) for row in rows)
    return [
        pool_health(report, pool) for pool in sorted(pools, key=lambda pool: (not pool.is_isolated, pool))
    ]


def pool_of(report: AccountReport, row: PositionReport) -> MarginPool:
    """The pool that a position belongs to."""
    asset = row.contract.margin_asset
    if row.is_isolated:
        return MarginPool(asset, row.symbol, row.position_side)
    return MarginPool("" if asset in report.rates else asset)


def pool_health(report: AccountReport, pool: MarginPool) -> PoolHealth:
    """One pool, also when it holds nothing any more."""
    if pool.is_isolated:
        row = report.positions.get((pool.symbol, pool.position_side))
        if row is None or not row.position_amt:
            return PoolHealth(pool, ZERO, ZERO, ())
        return PoolHealth(pool, row.isolated_margin, row.maint_margin, (row,))
    rows = tuple(
        row
        for row in report.positions.values()
        if row.position_amt and not row.is_isolated and pool_of(report, row) == pool
    )
    if pool.is_joint:
        joint = report.multi_assets
        if joint is None:
            return PoolHealth(pool, ZERO, ZERO, ())
        return PoolHealth(pool, joint.equity, joint.maint_margin, rows)
    of_asset = report.assets[pool.asset].pool
    return PoolHealth(pool, of_asset.margin_balance, of_asset.maint_margin, rows)


def requirement(report: AccountReport, row: PositionReport) -> Decimal:
    """The maintenance margin of a position in its pool's unit."""
    return row.exact.maint_margin * ask_rate(report, row)


def ask_rate(report: AccountReport, row: PositionReport) -> Decimal:
    """From a position's margin asset to its pool's unit: what is required, or owed, is converted with ask."""
    rate = report.rates.get(row.contract.margin_asset)
    return ONE if rate is None or row.is_isolated else rate.ask
