"""One account at given prices: what every question of the margin oracle is asked about."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from margind.documents.account_document import AccountDocument, account_document, load_command
from margind.documents.reading import read_document
from margind.engine import commands as c
from margind.engine.apply import apply
from margind.engine.exchange import execute
from margind.engine.model.account import Account
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ZERO, parse_decimal
from margind.engine.model.terms import Market, Millis
from margind.engine.rules.accounts import load_account
from margind.engine.rules.market import set_prices
from margind.engine.state import State
from margind.errors.impossible import Impossible
from margind.margin.facts import Facts, Json, shipped_facts

NAME = "account"

DEPTH = Decimal(10) ** 12
"""What the house offers at its bid and its ask: a question about an order names its price, not a depth.

The server's own quote is one tick wide and ends at the largest market order. Here a price on a tick is both
bid and ask, so that what is bought at 95,000 costs 95,000.
"""

Price: TypeAlias = Decimal | str | int | c.PricePatch
"""A mark price, with the others at it and bid and ask on the ticks around it; or each by itself."""


class Valued(msgspec.Struct, frozen=True):
    """Prices the account is valued at from here on, without anything trading at them."""

    prices: c.SetPrices


Step: TypeAlias = c.SetPrices | c.PlaceOrder | Valued


class Premises(msgspec.Struct, frozen=True):
    """All that a situation follows from."""

    facts: Facts
    settings: ExchangeSettings
    now: Millis
    prices: c.SetPrices
    """Those the account was read at."""
    document: AccountDocument
    steps: tuple[Step, ...] = ()
    """What was imagined since, in order."""


class Situation(msgspec.Struct, frozen=True, eq=False):
    """An account, prices, and the terms of the market. Questions leave it as it is."""

    premises: Premises
    state: State
    """The scratch exchange they lead to. Only to be read."""

    def __repr__(self) -> str:
        return f"Situation(given={sorted(self.given)}, steps={len(self.premises.steps)})"

    @property
    def facts(self) -> Facts:
        """The terms of the market."""
        return self.premises.facts

    @property
    def settings(self) -> ExchangeSettings:
        """The choices where two readings of the exchange are plausible."""
        return self.state.settings

    @property
    def account(self) -> Account:
        """The account with wallets, positions, orders and configuration."""
        return self.state.accounts[NAME]

    @property
    def saved(self) -> AccountDocument:
        """The account as a document, as `GET .../accounts/{a}/state` gives it."""
        return account_document(self.account)

    @property
    def given(self) -> frozenset[str]:
        """Symbols and asset indexes whose price was given; all others have the shipped reference price."""
        named: set[str] = set()
        for prices in (self.premises.prices, *self.premises.steps):
            one = prices.prices if isinstance(prices, Valued) else prices
            if isinstance(one, c.SetPrices):
                named |= {*one.usdm, *one.coinm, *one.asset_index}
        return frozenset(named)


def situation(
    document: Json | AccountDocument,
    prices: Mapping[str, Price] | None = None,
    *,
    facts: Facts | None = None,
    settings: ExchangeSettings | None = None,
    now: Millis = 0,
) -> Situation:
    """An account document at prices by symbol (or asset index, such as `BTCUSD`).

    A price that is not given is the shipped reference price. `Impossible` says what does not fit, and where.
    """
    facts = shipped_facts() if facts is None else facts
    settings = ExchangeSettings() if settings is None else settings
    read = read_document(AccountDocument, document)
    return _led_to(Premises(facts, settings, now, set_prices_of(facts, prices or {}), read))


def priced(situation: Situation, prices: Mapping[str, Price]) -> Situation:
    """The same account valued at other prices; resting orders stay, nothing trades."""
    return with_step(situation, Valued(set_prices_of(situation.facts, prices)))


def moved(situation: Situation, prices: Mapping[str, Price]) -> Situation:
    """The account after prices came to these: resting orders that they reach are filled."""
    return with_step(situation, set_prices_of(situation.facts, prices))


def with_step(before: Situation, step: Step) -> Situation:
    """The situation one step on; a `Refusal` of an order comes through."""
    premises = before.premises
    return _led_to(replace(premises, steps=(*premises.steps, step)))


def _led_to(premises: Premises) -> Situation:
    return Situation(premises, scratch_state(premises))


def scratch_state(premises: Premises) -> State:
    """An exchange of one's own in which it all happened, to try things in."""
    now = premises.now
    state = State({market: premises.facts.of(market) for market in Market}, premises.settings)
    for command in (*premises.facts.overrides, premises.prices, c.OpenAccount(NAME)):
        execute(state, command, now)
    with localcontext(CONTEXT):
        # Applied without what an exchange would do next: an account past liquidation is shown as it is.
        for event in load_account(state, load_command(state, NAME, premises.document, now), now):
            apply(state, event)
        for step in premises.steps:
            if isinstance(step, Valued):
                apply(state, next(set_prices(state, step.prices, now)))
            else:
                execute(state, step, now)
    return state


def set_prices_of(facts: Facts, prices: Mapping[str, Price]) -> c.SetPrices:
    """The command that sets these prices; `Impossible` for a name nobody knows and for what is no price."""
    usdm: dict[str, c.PricePatch] = {}
    coinm: dict[str, c.PricePatch] = {}
    asset_index: dict[str, c.IndexPatch] = {}
    for name, price in prices.items():
        if name in facts.usdm.asset_index:
            asset_index[name] = c.IndexPatch(index=_number(name, price))
            continue
        market = facts.market_of(name)
        patch = price if isinstance(price, c.PricePatch) else _at(facts, name, _number(name, price))
        of_market = usdm if market is Market.USDM else coinm
        of_market[name] = _quoted(patch)
    return c.SetPrices(usdm, coinm, asset_index)


def _number(name: str, price: Price) -> Decimal:
    value = price if isinstance(price, Decimal) else None
    if isinstance(price, str | int) and not isinstance(price, bool):
        value = parse_decimal(str(price))
    if value is None or not value.is_finite() or value <= ZERO:
        shown = "a price that is not given as text or Decimal" if isinstance(price, float) else f"{price!r}"
        raise Impossible("bad_price", f"{name}: {shown} is no price; it must be a positive plain decimal")
    return value


def _at(facts: Facts, symbol: str, price: Decimal) -> c.PricePatch:
    """All prices of a symbol at one, those that trade on its ticks."""
    tick = _contract(facts, symbol).price_filter.tick_size

    def on_tick(rounding: str) -> Decimal:
        if not tick:
            return price
        # A price below half a tick has no tick beneath it.
        return max((price / tick).quantize(Decimal(1), rounding, CONTEXT), Decimal(1)) * tick

    with localcontext(CONTEXT):
        return c.PricePatch(
            mark_price=price,
            index_price=price,
            last_price=on_tick(ROUND_HALF_EVEN),
            bid_price=on_tick(ROUND_FLOOR),
            ask_price=on_tick(ROUND_CEILING),
        )


def _contract(facts: Facts, symbol: str) -> Contract:
    for override in reversed(facts.overrides):
        if isinstance(override, c.ListContracts):
            for contract in override.contracts:
                if contract.symbol == symbol:
                    return contract
    return facts.of(facts.market_of(symbol)).contracts[symbol]


def _quoted(patch: c.PricePatch) -> c.PricePatch:
    bid_qty = DEPTH if patch.bid_qty is None else patch.bid_qty
    ask_qty = DEPTH if patch.ask_qty is None else patch.ask_qty
    return replace(patch, bid_qty=bid_qty, ask_qty=ask_qty)
