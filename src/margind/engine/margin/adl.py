"""The queue for auto-deleveraging: how near a position is to being closed against its will.

Documented (FAQ 'What Is Auto-Deleveraging (ADL) and How Does It Work'): traders are ranked by LeveragePnL =
PnL percent · margin ratio, where PnL percent = max(0, unrealized profit) / max(1, wallet balance), and margin
ratio = maintenance margin / (wallet balance + unrealized profit), 0 where that is not positive.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from typing import NamedTuple

from margind.engine.margin.collateral import PAR, CollateralRate, collateral_rates
from margind.engine.margin.position_margin import PositionMargin, position_margin
from margind.engine.margin.position_report import configuration_of
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.decimals import CONTEXT, ONE, ZERO
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.market_state import MarketState
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType

AdlPlaces = dict[PositionKey, int]
"""An account's positions and their places, 0 (last) to 4 (first to be deleveraged)."""

AdlQueue = dict[int, AdlPlaces]
"""The places of all accounts, by account number."""

PLACES = 5


class Ranked(NamedTuple):
    """A position in the queue of its symbol and direction, in order of rank and then of account number."""

    score: Decimal
    number: int
    account: str
    key: PositionKey


class _Pool:
    """The wallet, profit and maintenance margin that positions share."""

    __slots__ = ("maint_margin", "profit", "profits", "wallet")

    def __init__(self) -> None:
        self.wallet = ZERO
        self.profit = ZERO
        self.maint_margin = ZERO
        self.profits: dict[str, Decimal] = {}
        """By symbol: both legs of a symbol stand in one place of the queue."""

    def hold(self, symbol: str, margin: PositionMargin, rate: CollateralRate) -> None:
        """Count a position in."""
        profit = rate.value(margin.unrealized_profit)
        self.profit += profit
        self.profits[symbol] = self.profits.get(symbol, ZERO) + profit
        self.maint_margin += margin.maint_margin * rate.ask

    def score(self, symbol: str) -> Decimal:
        """LeveragePnL of what is held of a symbol.

        Assumed: the profit is that of the symbol, wallet and margin ratio are those of its pool, in the
        pool's own unit (a captured queue with its accounts would settle it).
        """
        balance = self.wallet + self.profit
        if balance <= ZERO:
            return ZERO
        percent = max(ZERO, self.profits[symbol]) / max(ONE, self.wallet)
        return percent * self.maint_margin / balance


def ranked_positions(account: Account, market: MarketState) -> Iterator[Ranked]:
    """Every position of an account on a market, with its rank. Run in the exchange's decimal context."""
    half = account.on(market.market)
    if not half.positions:
        return
    rates = collateral_rates(market) if half.multi_assets_margin else {}
    pools: dict[MarginPool, _Pool] = {}
    chosen: list[tuple[Position, MarginPool]] = []
    isolated: dict[str, Decimal] = {}
    for position in half.positions.values():
        name = _pool_of(half, market, position, rates)
        asset = market.margin_assets[position.symbol]
        pool = pools.setdefault(name, _Pool())
        if name.is_isolated:
            pool.wallet = position.isolated_wallet
            isolated[asset] = isolated.get(asset, ZERO) + position.isolated_wallet
        margin = position_margin(
            position,
            market.contracts[position.symbol],
            market.brackets[position.symbol],
            ONE,
            market.prices[position.symbol].mark_price,
        )
        pool.hold(position.symbol, margin, rates.get(asset, PAR) if name.is_joint else PAR)
        chosen.append((position, name))
    for asset, wallet in half.wallets.items():
        name = MarginPool("" if asset in rates else asset)
        if name in pools:
            rate = rates.get(asset, PAR)
            pools[name].wallet += rate.value(wallet.wallet_balance - isolated.get(asset, ZERO))
    for position, name in chosen:
        key = (position.symbol, position.position_side)
        yield Ranked(pools[name].score(position.symbol), account.number, account.name, key)


def _pool_of(
    half: MarketAccount, market: MarketState, position: Position, rates: Mapping[str, CollateralRate]
) -> MarginPool:
    asset = market.margin_assets[position.symbol]
    if configuration_of(half, market, position.symbol).margin_type is MarginType.ISOLATED:
        return MarginPool(asset, position.symbol, position.position_side)
    return MarginPool("" if asset in rates else asset)


def adl_queue(accounts: Iterable[Account], market: MarketState) -> AdlQueue:
    """The place of every position among those of its symbol and direction.

    Assumed: the places are fifths of the queue; whoever has no profit stands at its end.
    """
    queues: dict[tuple[str, bool], list[Ranked]] = {}
    with localcontext(CONTEXT):
        for account in accounts:
            half = account.on(market.market)
            for ranked in ranked_positions(account, market):
                long = half.positions[ranked.key].position_amt > ZERO
                queues.setdefault((ranked.key[0], long), []).append(ranked)
    places: AdlQueue = {}
    for queue in queues.values():
        queue.sort()
        for place, ranked in enumerate(queue, start=1):
            fifth = -(-place * PLACES // len(queue)) - 1 if ranked.score else 0
            places.setdefault(ranked.number, {})[ranked.key] = fifth
    return places


def first_to_deleverage(
    accounts: Iterable[Account], market: MarketState, symbol: str, *, longs: bool
) -> list[Ranked]:
    """The positions in profit on one side of a symbol, in the order in which they are deleveraged.

    Assumed: those at a loss are left alone; what nobody in profit can take, the house takes.
    """
    queue = [
        ranked
        for account in accounts
        for ranked in ranked_positions(account, market)
        if ranked.score > ZERO
        and ranked.key[0] == symbol
        and (account.on(market.market).positions[ranked.key].position_amt > ZERO) is longs
    ]
    return sorted(queue, reverse=True)
