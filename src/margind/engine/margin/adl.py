"""The queue for auto-deleveraging: how near a position is to being closed against its will."""

from collections.abc import Iterable
from decimal import Decimal, localcontext

from margind.engine.margin.position_report import configuration_of
from margind.engine.model.account import Account, PositionKey
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.market_state import MarketState

AdlPlaces = dict[PositionKey, int]
"""An account's positions and their places, 0 (last) to 4 (first to be deleveraged)."""

AdlQueue = dict[int, AdlPlaces]
"""The places of all accounts, by account number."""

PLACES = 5


def adl_queue(accounts: Iterable[Account], market: MarketState) -> AdlQueue:
    """The place of every position among those of its symbol and direction.

    Documented: ranked by profit and effective leverage. Assumed: the rank is profit over entry value, times
    leverage for a winner, divided by it for a loser (the exchange's early article on the subject), and the
    five places are fifths of the queue (a captured pair of queue and quantile would settle it).
    """
    queues: dict[tuple[str, bool], list[tuple[Decimal, int, PositionKey]]] = {}
    with localcontext(CONTEXT):
        for account in accounts:
            half = account.on(market.market)
            for key, position in half.positions.items():
                contract = market.contracts[key[0]]
                payoff = contract.payoff
                mark_price = market.prices[key[0]].mark_price
                profit = payoff.profit(position.position_amt, position.entry_price, mark_price)
                share = profit / abs(payoff.notional(position.position_amt, position.entry_price))
                leverage = configuration_of(half, market, key[0]).leverage
                score = share * leverage if profit > ZERO else share / leverage
                queue = queues.setdefault((key[0], position.position_amt > ZERO), [])
                queue.append((score, account.number, key))
    places: AdlQueue = {}
    for queue in queues.values():
        queue.sort(key=lambda entry: (entry[0], entry[1]))
        for place, (_, number, key) in enumerate(queue, start=1):
            places.setdefault(number, {})[key] = -(-place * PLACES // len(queue)) - 1
    return places
