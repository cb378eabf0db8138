"""Margin calls: told once when a pool comes near liquidation, and again only after it has recovered."""

from collections.abc import Iterator
from decimal import Decimal

from margind.engine import events as e
from margind.engine.events.liquidation import CalledPosition
from margind.engine.margin.danger import PoolHealth, pools_with_positions
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Millis
from margind.engine.state import State


def call_pools(state: State, report: AccountReport, now: Millis) -> Iterator[e.Event]:
    """Call the pools that passed the threshold since they were last looked at."""
    called = report.account.margin_calls
    for health in pools_with_positions(report):
        if health.pool not in called and _is_near(state, health):
            yield e.MarginCalled(
                account=report.name,
                market=report.market.market,
                pool=health.pool,
                margin_ratio=health.margin_ratio or ZERO,
                cross_wallet_balance=_cross_wallet_balance(report, health),
                positions=tuple(_called(row) for row in health.rows),
                time=now,
            )


def end_calls(state: State, report: AccountReport, now: Millis) -> Iterator[e.Event]:
    """Forget the calls of pools that are below the threshold again, or hold nothing any more."""
    if not report.account.margin_calls:
        return
    near = {health.pool for health in pools_with_positions(report) if _is_near(state, health)}
    for pool in [pool for pool in report.account.margin_calls if pool not in near]:
        yield e.MarginCallEnded(report.name, report.market.market, pool, now)


def _is_near(state: State, health: PoolHealth) -> bool:
    ratio = health.margin_ratio
    return ratio is not None and ratio >= state.settings.margin_call_ratio


def _cross_wallet_balance(report: AccountReport, health: PoolHealth) -> Decimal | None:
    if health.pool.is_isolated:
        return None
    if not health.pool.is_joint:
        return report.assets[health.pool.asset].cross_wallet_balance
    return ZERO if report.totals is None else report.totals.cross_wallet_balance


def _called(row: PositionReport) -> CalledPosition:
    return CalledPosition(
        symbol=row.symbol,
        position_side=row.position_side,
        position_amt=row.position_amt,
        margin_type=row.configuration.margin_type,
        isolated_wallet=row.isolated_wallet,
        mark_price=row.mark_price,
        unrealized_profit=row.unrealized_profit,
        maint_margin=row.maint_margin,
    )
