"""What the screen is held against: who is in need, read from the exact reports."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from margind.engine.margin.pools import margin_ratio
from margind.engine.margin.report import account_report
from margind.engine.model.account import MarketAccount
from margind.engine.model.terms import Market
from margind.engine.state import EveryHolder, Screen, State

ONE = Decimal(1)

Moved = Mapping[Market, Collection[str]]


def everything(state: State) -> Moved:
    return {market: list(of_market.prices) for market, of_market in state.markets.items()}


def ratios(state: State, name: str) -> Iterator[Decimal]:
    """The margin ratios of the pools with positions, beyond 1 where nothing is left; exact, not cut."""
    for market in state.markets.values():
        report = account_report(state.accounts[name], market, state.settings)
        for row in report.positions.values():
            if not row.position_amt:
                continue
            asset = row.contract.margin_asset
            if row.is_isolated:
                required, balance = row.maint_margin, row.isolated_margin
            elif report.multi_assets is not None and asset in report.rates:
                required, balance = report.multi_assets.maint_margin, report.multi_assets.equity
            else:
                pool = report.assets[asset].pool
                required, balance = pool.maint_margin, pool.margin_balance
            ratio = margin_ratio(required, balance)
            if ratio is not None:
                yield ratio
            elif balance < 0:
                yield ONE


def in_need(state: State, name: str) -> bool:
    """Whether the account is called, liquidated, waits for the end of a call, or owes."""
    threshold = min(state.settings.margin_call_ratio, ONE)
    account = state.accounts[name]
    halves = (account.usdm, account.coinm)
    if any(half.margin_calls or owes(half) for half in halves):
        return True
    return any(ratio >= threshold for ratio in ratios(state, name))


def owes(half: MarketAccount) -> bool:
    return any(wallet.wallet_balance < 0 for wallet in half.wallets.values())


def check(screen: Screen, state: State, moved: Moved, *, index_moved: bool = False) -> tuple[int, int]:
    """Nobody in need is missed, nobody out of reach is named; how many were in need, and how many not."""
    reached = EveryHolder().suspects(state, moved, index_moved=index_moved)
    picked = list(screen.suspects(state, moved, index_moved=index_moved))
    needy = [name for name in reached if in_need(state, name)]
    assert [name for name in needy if name not in picked] == []
    assert [name for name in reached if name in picked] == picked
    return len(needy), len(picked) - len(needy)
