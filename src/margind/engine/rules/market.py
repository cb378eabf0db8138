"""What an operator sets by hand: prices, brackets, and where the clock stands."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.brackets import Brackets, bracket_ladder
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.funding import (
    FUNDING_INTERVALS,
    INTEREST_RATE,
    USUAL_INTERVAL_HOURS,
    FundingTerms,
    bounds,
    funding_rate,
    premium_index,
)
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import AssetIndex, Quote, SymbolPrice, default_quote
from margind.engine.model.terms import Market, Millis
from margind.engine.rules.price_moves import follow_prices
from margind.engine.state import State
from margind.errors.impossible import Impossible, unlisted


def set_prices(state: State, command: c.SetPrices, now: Millis) -> Iterator[e.Event]:
    """Set prices by hand, all at one instant; what is left out keeps its value.

    A quote that nobody has given, the default one, goes with the mark price. A funding rate goes with the
    premium once somebody has given an index price, until somebody gives a rate.
    """
    usdm, coinm = state.markets[Market.USDM], state.markets[Market.COINM]
    follow = {
        market: _followers(state.premium_followers[market], patches)
        for market, patches in ((Market.USDM, command.usdm), (Market.COINM, command.coinm))
    }

    def patched(market: MarketState, patches: dict[str, c.PricePatch]) -> dict[str, SymbolPrice]:
        rows = {symbol: _patched(market, symbol, patch, now) for symbol, patch in patches.items()}
        follows = follow[market.market]
        return {
            symbol: _funded(market, symbol, row) if follows.get(symbol) else row
            for symbol, row in rows.items()
        }

    event = e.PricesSet(
        usdm=patched(usdm, command.usdm),
        coinm=patched(coinm, command.coinm),
        asset_index={
            symbol: _patched_index(usdm, symbol, patch, now) for symbol, patch in command.asset_index.items()
        },
        time=now,
        follows_premium=follow,
    )
    if event.usdm or event.coinm or event.asset_index:
        yield event
        yield from follow_prices(state, Market.USDM, event.usdm, now)
        yield from follow_prices(state, Market.COINM, event.coinm, now)


_POSITIVE = ("mark_price", "index_price", "last_price", "bid_price", "ask_price")
_NOT_NEGATIVE = ("bid_qty", "ask_qty", "next_funding_time")
_QUOTE = frozenset({"bid_price", "bid_qty", "ask_price", "ask_qty"})


def _patched(market: MarketState, symbol: str, patch: c.PricePatch, now: Millis) -> SymbolPrice:
    if symbol not in market.contracts:
        raise unlisted(symbol, market.market, market.contracts)
    given = {name: value for name, value in msgspec.structs.asdict(patch).items() if value is not None}
    for name in _POSITIVE:
        if given.get(name, ONE) <= ZERO:
            raise Impossible("bad_price", f"{symbol}: {name} must be positive")
    for name in _NOT_NEGATIVE:
        if given.get(name, ONE) < ZERO:
            raise Impossible("bad_price", f"{symbol}: {name} cannot be negative")
    contract, old = market.contracts[symbol], market.prices.get(symbol)
    if old is None:
        if patch.mark_price is None:
            raise Impossible("bad_price", f"{symbol} has no price yet: set its mark price first")
        old = _first_price(contract, patch.mark_price, market.funding_terms(symbol), now)
    elif patch.mark_price is not None and old.quote == default_quote(contract, old.mark_price):
        # Nobody has quoted it: its quote follows the mark price, so that both say the same.
        old = _quoted(old, default_quote(contract, patch.mark_price))
    patched = msgspec.structs.replace(old, **given, time=now)
    if given.keys() & _QUOTE:
        _check_quote(symbol, patched)
    return patched


def _check_quote(symbol: str, price: SymbolPrice) -> None:
    """A side without a quantity is empty, whatever its price."""
    if price.bid_qty and price.ask_qty and price.bid_price > price.ask_price:
        raise Impossible(
            "bad_price",
            f"{symbol}: the bid {price.bid_price:f} is above the ask {price.ask_price:f}: set both",
        )


def _followers(already: dict[str, bool], patches: dict[str, c.PricePatch]) -> dict[str, bool]:
    """Of each symbol whether its rate follows the premium; a rate given by hand holds."""
    follows = {}
    for symbol, patch in patches.items():
        if patch.last_funding_rate is not None or already.get(symbol) is False:
            follows[symbol] = False
        elif patch.index_price is not None or symbol in already:
            follows[symbol] = True
    return follows


def _funded(market: MarketState, symbol: str, price: SymbolPrice) -> SymbolPrice:
    """With the funding rate that the premium makes.

    Assumed: the premium of this moment stands for the average since the last funding (prices set by hand hold
    until they are set again).
    """
    contract, brackets = market.contracts[symbol], market.brackets.get(symbol)
    if not contract.is_perpetual or brackets is None:
        return price
    premium = premium_index(contract, brackets, price)
    rate = funding_rate(premium, market.funding_terms(symbol), brackets)
    return msgspec.structs.replace(price, last_funding_rate=rate)


def _first_price(contract: Contract, mark_price: Decimal, terms: FundingTerms, now: Millis) -> SymbolPrice:
    """A symbol nobody quoted yet: index and last price are its mark price; it is funded without a premium."""
    bid_price, bid_qty, ask_price, ask_qty = default_quote(contract, mark_price)
    rate, then = ZERO, 0
    if contract.is_perpetual:
        rate, then = INTEREST_RATE * terms.interval_hours / USUAL_INTERVAL_HOURS, terms.next_time(now)
    return SymbolPrice(
        mark_price, mark_price, mark_price, bid_price, bid_qty, ask_price, ask_qty, rate, then, 0
    )


def _quoted(price: SymbolPrice, quote: Quote) -> SymbolPrice:
    bid_price, bid_qty, ask_price, ask_qty = quote
    return msgspec.structs.replace(
        price, bid_price=bid_price, bid_qty=bid_qty, ask_price=ask_price, ask_qty=ask_qty
    )


_USD = "USD"
"""How the name of an asset's index ends."""


def _patched_index(market: MarketState, symbol: str, patch: c.IndexPatch, now: Millis) -> AssetIndex:
    given = {name: value for name, value in msgspec.structs.asdict(patch).items() if value is not None}
    old = market.asset_index.get(symbol)
    if old is None:
        if symbol.removesuffix(_USD) not in market.assets or not symbol.endswith(_USD):
            raise Impossible(
                "unknown_index",
                f"there is no asset index {symbol}: it is an asset of {market.market} and {_USD}; "
                f"there are {', '.join(market.asset_index)}",
                404,
            )
        if patch.index is None:
            raise Impossible("bad_price", f"{symbol} has no index yet: set its index first")
        old = AssetIndex(patch.index, ZERO, ZERO, ZERO, ZERO, now)
    patched = msgspec.structs.replace(old, **given, time=now)
    if patched.index <= ZERO:
        raise Impossible("bad_price", f"{symbol}: index must be positive")
    if (
        min(patched.bid_buffer, patched.auto_exchange_bid_buffer) < ZERO
        or max(patched.bid_buffer, patched.auto_exchange_bid_buffer) >= ONE
    ):
        raise Impossible("bad_price", f"{symbol}: bid buffers are fractions from 0 to 1")
    if min(patched.ask_buffer, patched.auto_exchange_ask_buffer) < ZERO:
        raise Impossible("bad_price", f"{symbol}: ask buffers cannot be negative")
    if not patched.ask_rate:
        raise Impossible("bad_price", f"{symbol}: index is too small, the rates have 8 decimals")
    return patched


def set_brackets(state: State, command: c.SetBrackets, now: Millis) -> Iterator[e.Event]:
    """Replace brackets of listed symbols."""
    for market, symbol, brackets in command.brackets:
        if symbol not in state.markets[market].contracts:
            raise unlisted(symbol, market, state.markets[market].contracts)
        _check_ladder(symbol, brackets)
    for market, symbol, brackets in command.brackets:
        yield e.BracketsSet(market, symbol, brackets, now)


def _check_ladder(symbol: str, brackets: Brackets) -> None:
    """Observed: all 7 276 rows of the 2026-09 table join so; liquidation prices are found relying on it."""
    rows = brackets.rows
    if not rows:
        raise Impossible("bad_brackets", f"{symbol}: there is no bracket")
    expected = bracket_ladder(
        [(row.initial_leverage, row.notional_cap, row.maint_margin_ratio) for row in rows]
    )
    for row, below, right in zip(rows, (None, *rows), expected.rows, strict=False):
        name = f"{symbol} bracket {row.bracket}"
        if row.notional_floor != right.notional_floor or (below is not None and below.notional_cap is None):
            raise Impossible("bad_brackets", f"{name}: the floor must be the cap below it, or 0")
        if row.notional_cap is not None and row.notional_cap <= row.notional_floor:
            raise Impossible("bad_brackets", f"{name}: the cap must be above the floor")
        if row.initial_leverage < 1 or (below is not None and row.initial_leverage > below.initial_leverage):
            raise Impossible("bad_brackets", f"{name}: leverage is at least 1 and never rises")
        least = ZERO if below is None else below.maint_margin_ratio
        if not least <= row.maint_margin_ratio <= ONE:
            raise Impossible("bad_brackets", f"{name}: the maintenance rate is at most 1 and never falls")
        if row.cum != right.cum:
            raise Impossible("bad_brackets", f"{name}: cum must be {right.cum:f}")


def set_funding_terms(state: State, command: c.SetFundingTerms, now: Millis) -> Iterator[e.Event]:
    """Replace how often symbols are funded, and between which rates."""
    for market, symbol, terms in command.terms:
        of_market = state.markets[market]
        if not of_market.usable(symbol):
            raise unlisted(symbol, market, of_market.contracts)
        if not of_market.contracts[symbol].is_perpetual:
            raise Impossible("no_funding", f"{symbol} is delivered, it has no funding")
        if terms.interval_hours not in FUNDING_INTERVALS:
            raise Impossible("bad_funding_terms", f"{symbol}: the interval is 1, 2, 4 or 8 hours")
        floor, cap = bounds(terms, of_market.brackets[symbol])
        if not -ONE <= floor <= cap <= ONE:
            raise Impossible(
                "bad_funding_terms", f"{symbol}: the cap is at least the floor, both between -1 and 1"
            )
    for market, symbol, given in command.terms:
        rate = None
        if symbol not in state.hand_set_prices[market]:
            # Without a premium, as it was to begin with; a feed says better at once.
            rate = funding_rate(ZERO, given, state.markets[market].brackets[symbol])
        terms = msgspec.structs.replace(given, update_time=now)
        yield e.FundingTermsSet(market, symbol, terms, terms.next_time(now), rate, now)
    follow: dict[Market, dict[str, c.PricePatch]] = {market: {} for market in Market}
    for market, symbol, _ in command.terms:
        if state.premium_followers[market].get(symbol):
            follow[market][symbol] = c.PricePatch()
    yield from set_prices(state, c.SetPrices(follow[Market.USDM], follow[Market.COINM]), now)


def set_clock(state: State, command: c.SetClock, now: Millis) -> Iterator[e.Event]:
    """Remember how the clock stands, so that a restart goes on from there."""
    yield e.ClockSet(command.mode, command.now, command.speed)


def start_feed(state: State, command: c.StartFeed, now: Millis) -> Iterator[e.Event]:
    """Remember where the feed began, so that a restart goes on in the same place of the recording."""
    yield e.FeedStarted(command.feed, command.anchor)
