"""Funding: what longs pay shorts, or shorts longs, at the funding time."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.decimals import book
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import MarginType, Market, Millis
from margind.engine.state import State
from margind.errors.impossible import Impossible

HIGHEST_RATE = Decimal(1)
"""Far beyond any cap: a larger rate is a slip of the hand (1 % is 0.01)."""


def settle_funding(state: State, command: c.SettleFunding, now: Millis) -> Iterator[e.Event]:
    """Settle funding by hand, with a rate of one's own; neither cap nor floor bind it."""
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise Impossible("unknown_symbol", f"{command.symbol} is not listed on {command.market}", 404)
    if not market.contracts[command.symbol].is_perpetual:
        raise Impossible("no_funding", f"{command.symbol} is delivered, it has no funding")
    if abs(command.rate) > HIGHEST_RATE:
        raise Impossible("bad_rate", "a rate is a fraction: 0.0001 is 0.01 %")
    due = Due(command.rate, market.mark_price(command.symbol), now)
    if command.symbol not in state.holders[command.market]:
        yield _fixed(command.market, command.symbol, due, now)
    yield from settle(state, command.market, {command.symbol: due}, now)


class Due(NamedTuple):
    """On which terms a symbol's funding is settled."""

    rate: Decimal
    mark_price: Decimal
    funding_time: Millis


def _fixed(market: Market, symbol: str, due: Due, now: Millis) -> e.FundingFixed:
    return e.FundingFixed(market, symbol, due.rate, due.mark_price, due.funding_time, now)


def settle(state: State, market: Market, due: Mapping[str, Due], now: Millis) -> Iterator[e.Event]:
    """Every open position of the symbols that are due, account by account; nothing where nobody holds one.

    Documented: amount = -direction · notional at the mark price · rate; it lands on the cross wallet, or on
    the wallet of an isolated position, which it may leave below zero.
    """
    of_market, holders = state.markets[market], state.holders[market]
    for symbol in due:
        if symbol in holders:
            yield _fixed(market, symbol, due[symbol], now)
    names = {name for symbol in due for name in holders.get(symbol, ())}
    for account in sorted((state.accounts[name] for name in names), key=lambda account: account.number):
        half = account.on(market)
        for position in [row for row in half.positions.values() if row.symbol in due]:
            terms, contract = due[position.symbol], of_market.contracts[position.symbol]
            notional = contract.payoff.notional(position.position_amt, terms.mark_price)
            amount = book(-notional * terms.rate)
            if not amount:
                continue
            # A symbol that was never configured is cross; to make its configuration up takes longer.
            chosen = half.symbols.get(position.symbol)
            isolated = chosen is not None and chosen.margin_type is MarginType.ISOLATED
            yield e.FundingSettled(
                account=account.name,
                market=market,
                symbol=position.symbol,
                position_side=position.position_side,
                asset=contract.margin_asset,
                amount=amount,
                wallet_balance=state.wallet_balance(account.name, market, contract.margin_asset) + amount,
                isolated_wallet=position.isolated_wallet + amount if isolated else None,
                rate=terms.rate,
                mark_price=terms.mark_price,
                tran_id=state.next_tran_id,
                time=now,
            )


def funding_of_moved(
    state: State, market: Market, before: Iterable[tuple[str, SymbolPrice]], now: Millis
) -> Iterator[e.Event]:
    """The fundings whose times a feed's new prices have passed, at the rates shown until then."""
    prices = state.markets[market].prices
    due = {
        symbol: Due(price.last_funding_rate, prices[symbol].mark_price, price.next_funding_time)
        for symbol, price in before
        if 0 < price.next_funding_time <= now and prices[symbol].next_funding_time > price.next_funding_time
    }
    if due:
        yield from settle(state, market, due, now)


def funding_of_others(state: State, now: Millis) -> Iterator[e.Event]:
    """The fundings of symbols that no feed moves on, and their next times."""
    for market, of_market in state.markets.items():
        due = {
            symbol: Due(price.last_funding_rate, price.mark_price, price.next_funding_time)
            for symbol, price in of_market.prices.items()
            if 0 < price.next_funding_time <= now
        }
        if not due:
            continue
        yield from settle(state, market, due, now)
        next_times: dict[Millis, list[str]] = {}
        for symbol in due:
            next_times.setdefault(of_market.funding_terms(symbol).next_time(now), []).append(symbol)
        for then, symbols in next_times.items():
            by_hand = tuple(symbol for symbol in symbols if symbol in state.hand_set_prices[market])
            if by_hand:
                yield e.FundingTimePassed(market, by_hand, then, now)
            # What nobody set is shown anew without an event, as a feed's prices are.
            state.show_next_funding(market, symbols, then)
