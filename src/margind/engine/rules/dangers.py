"""After a command: whom it may have brought into danger is looked at, and called or liquidated."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.margin.danger import pools_with_positions
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Market, Millis
from margind.engine.rules.auto_exchange import auto_exchange
from margind.engine.rules.insurance import clear_wallet
from margind.engine.rules.liquidation import Liquidation
from margind.engine.rules.margin_calls import call_pools, end_calls
from margind.engine.state import State

WORSENING = (
    e.OrderFilled,
    e.BalanceChanged,
    e.FundingSettled,
    e.IsolatedMarginChanged,
    e.AssetModeChanged,
    e.InsuranceCleared,
    e.AssetsExchanged,
    e.PositionDelivered,
)
"""What changes a wallet or a position. Leverage does not: it binds initial margin only."""

_HARMFUL = frozenset({*WORSENING, e.PricesSet, e.BracketsSet, e.ContractListed})
"""What may bring an account into danger. What a feed moves leaves no event."""


def settle_dangers(
    state: State, command: c.Command, events: Sequence[e.Event], now: Millis
) -> Iterator[e.Event]:
    """Examine all accounts that a command touched, and those that its liquidations touched in turn.

    `events` grows as they are applied. It comes to an end: a liquidation only fills and cancels orders and
    closes positions, and whoever was examined is looked at again only after another fill.
    """
    if not state.settings.liquidation:
        return
    if _HARMFUL.isdisjoint(map(type, events)) and type(command) is not c.MovePrices:
        return
    moved = _moved(command, events)
    seen = 0
    while True:
        changed = {event.account for event in events[seen:] if isinstance(event, WORSENING)}
        seen = len(events)
        names = tuple(_reached(state, moved, changed))
        if not names:
            return
        for name in names:
            yield from _examine(state, state.accounts[name], now)
            # What a liquidation made of the wallets may be due for auto-exchange.
            if len(events) > seen:
                yield from auto_exchange(state, [name], now)
        moved = _NOTHING


class _Moved(NamedTuple):
    symbols: Mapping[Market, Collection[str]]
    indexes: bool


def _moved(command: c.Command, events: Sequence[e.Event]) -> _Moved:
    """The symbols whose price or terms changed, and whether an asset index did."""
    symbols: dict[Market, set[str]] = {market: set() for market in Market}
    indexes = False
    if isinstance(command, c.MovePrices):
        symbols[Market.USDM].update(symbol for symbol, _ in command.usdm)
        symbols[Market.COINM].update(symbol for symbol, _ in command.coinm)
        indexes = bool(command.asset_index)
    for event in events:
        if isinstance(event, e.PricesSet):
            symbols[Market.USDM].update(event.usdm)
            symbols[Market.COINM].update(event.coinm)
            indexes = indexes or bool(event.asset_index)
        elif isinstance(event, e.BracketsSet):
            symbols[event.market].add(event.symbol)
        elif isinstance(event, e.ContractListed):
            symbols[event.contract.market].add(event.contract.symbol)
    return _Moved(symbols, indexes)


_NOTHING = _Moved({}, indexes=False)


def _reached(state: State, moved: _Moved, changed: Collection[str]) -> Iterable[str]:
    """Whom the screen suspects, by account number."""
    if not changed and not moved.indexes and not any(moved.symbols.values()):
        return ()
    return state.screen.suspects(state, moved.symbols, index_moved=moved.indexes, changed=changed)


def _examine(state: State, account: Account, now: Millis) -> Iterator[e.Event]:
    for market in Market:
        half = account.on(market)
        if half.positions or half.margin_calls or _owes(half):
            yield from _examine_half(state, account, market, now)


def _owes(half: MarketAccount) -> bool:
    return any(wallet.wallet_balance < ZERO for wallet in half.wallets.values())


def _examine_half(state: State, account: Account, market: Market, now: Millis) -> Iterator[e.Event]:
    """Call what comes near, liquidate what is due, pay what is owed where nothing stands against it."""

    def report() -> AccountReport:
        return account_report(account, state.markets[market], state.settings)

    yield from call_pools(state, report(), now)
    while due := next((health for health in pools_with_positions(report()) if health.is_due), None):
        yield from Liquidation(state, account.name, market, due.pool, now).run()
    yield from _clear_deficits(state, report(), now)
    yield from end_calls(state, report(), now)


def _clear_deficits(state: State, report: AccountReport, now: Millis) -> Iterator[e.Event]:
    """Documented: a wallet that a liquidation left negative is brought back to 0.

    Assumed: so is one that fell below 0 in another way, when no position of its pool is left that could make
    up for it.
    """
    market = report.market.market
    pools = {health.pool.asset for health in pools_with_positions(report) if not health.pool.is_isolated}
    joint = report.multi_assets
    if joint is not None and joint.equity < ZERO and "" not in pools:
        for asset in sorted(report.rates):
            balance = state.wallet_balance(report.name, market, asset)
            if balance:
                yield clear_wallet(state, (report.name, market), asset, -balance, now)
    for asset, row in report.assets.items():
        if row.cross_wallet_balance < ZERO and asset not in pools and asset not in report.rates:
            yield clear_wallet(state, (report.name, market), asset, -row.cross_wallet_balance, now)
