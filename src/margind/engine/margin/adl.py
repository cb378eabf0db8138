"""The queue for auto-deleveraging: how near a position is to being closed against its will."""

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import NamedTuple

from margind.engine.margin.position_report import configuration_of
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.positions import Position

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


def ranked_position(account: Account, half: MarketAccount, market: MarketState, position: Position) -> Ranked:
    """Where a position stands.

    Documented: ranked by profit and effective leverage. Assumed: the rank is profit over entry value, times
    leverage for a winner, divided by it for a loser (the exchange's early article on the subject), and the
    five places are fifths of the queue (a captured pair of queue and quantile would settle it).
    """
    payoff = market.contracts[position.symbol].payoff
    mark_price = market.prices[position.symbol].mark_price
    profit = payoff.profit(position.position_amt, position.entry_price, mark_price)
    share = profit / abs(payoff.notional(position.position_amt, position.entry_price))
    leverage = configuration_of(half, market, position.symbol).leverage
    score = share * leverage if profit > ZERO else share / leverage
    return Ranked(score, account.number, account.name, (position.symbol, position.position_side))


def adl_queue(accounts: Iterable[Account], market: MarketState) -> AdlQueue:
    """The place of every position among those of its symbol and direction."""
    queues: dict[tuple[str, bool], list[Ranked]] = {}
    with localcontext(CONTEXT):
        for account in accounts:
            half = account.on(market.market)
            for position in half.positions.values():
                queue = queues.setdefault((position.symbol, position.position_amt > ZERO), [])
                queue.append(ranked_position(account, half, market, position))
    places: AdlQueue = {}
    for queue in queues.values():
        queue.sort()
        for place, ranked in enumerate(queue, start=1):
            places.setdefault(ranked.number, {})[ranked.key] = -(-place * PLACES // len(queue)) - 1
    return places


def first_to_deleverage(
    accounts: Iterable[Account], market: MarketState, symbol: str, *, longs: bool
) -> list[Ranked]:
    """The positions in profit on one side of a symbol, in the order in which they are deleveraged.

    Assumed: those at a loss are left alone; what nobody in profit can take, the house takes.
    """
    queue = []
    for account in accounts:
        half = account.on(market.market)
        for position in half.positions.values():
            if position.symbol == symbol and (position.position_amt > ZERO) is longs:
                ranked = ranked_position(account, half, market, position)
                if ranked.score > ZERO:
                    queue.append(ranked)
    return sorted(queue, reverse=True)
