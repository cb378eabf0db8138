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
from margind.errors.impossible import Impossible, unlisted

HIGHEST_RATE = Decimal(1)
"""Far beyond any cap: a larger rate is a slip of the hand (1 % is 0.01)."""


def settle_funding(state: State, command: c.SettleFunding, now: Millis) -> Iterator[e.Event]:
    """Settle funding by hand, with a rate of one's own; neither cap nor floor bind it."""
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise unlisted(command.symbol, command.market, market.contracts)
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
    """The fundings of symbols that no feed moves on, and their next times.

    Where several were missed each is settled, the earliest first, at the rates and prices of now.
    """
    while (due := _earliest_due(state, now)) is not None:
        for market in state.markets:
            yield from _funding_of_time(state, market, due, now)
    # What nobody holds is passed over.
    for market, of_market in state.markets.items():
        passed = [symbol for symbol, price in of_market.prices.items() if 0 < price.next_funding_time <= now]
        yield from _show_next(state, market, dict.fromkeys(passed, now), now)


def _earliest_due(state: State, now: Millis) -> Millis | None:
    """The earliest funding that somebody pays or receives, and that is due."""
    due = state.next_funding
    return due if due is not None and due <= now else None


def _funding_of_time(state: State, market: Market, funding_time: Millis, now: Millis) -> Iterator[e.Event]:
    of_market = state.markets[market]
    due = {
        symbol: Due(price.last_funding_rate, price.mark_price, funding_time)
        for symbol in sorted(state.holders[market])
        if (price := of_market.prices[symbol]).next_funding_time == funding_time
    }
    yield from settle(state, market, due, now)
    # A time that was past when it was set is due once, not as often as there were intervals since.
    by_hand = state.hand_set_prices[market]
    since = {
        symbol: max(funding_time, min(by_hand[symbol].time, now)) if symbol in by_hand else funding_time
        for symbol in due
    }
    yield from _show_next(state, market, since, now)


def _show_next(state: State, market: Market, since: Mapping[str, Millis], now: Millis) -> Iterator[e.Event]:
    """Let symbols show the first funding after a time."""
    of_market = state.markets[market]
    next_times: dict[Millis, list[str]] = {}
    for symbol, passed in since.items():
        next_times.setdefault(of_market.funding_terms(symbol).next_time(passed), []).append(symbol)
    for then, symbols in next_times.items():
        by_hand = tuple(symbol for symbol in symbols if symbol in state.hand_set_prices[market])
        if by_hand:
            yield e.FundingTimePassed(market, by_hand, then, now)
        # What nobody set is shown anew without an event, as a feed's prices are.
        state.show_next_funding(market, symbols, then)
