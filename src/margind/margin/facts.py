"""What the market publishes: shipped with margind, and replaced where somebody knows better."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from margind.documents.market_documents import BracketsDocument, ContractsDocument
from margind.documents.reading import read_document
from margind.engine.commands import ListContracts, SetBrackets
from margind.engine.model.configuration import FeeTier
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market
from margind.errors.impossible import Impossible, unlisted
from margind.facts.load import bracket_days, brackets_of_day, load_facts

Json: TypeAlias = bytes | str | Mapping[str, Any]
"""A document: its text, or what a JSON parser made of that."""


class Facts(msgspec.Struct, frozen=True):
    """Contracts, brackets, fee tiers and reference prices of both markets."""

    usdm: MarketFacts
    coinm: MarketFacts
    overrides: tuple[ListContracts | SetBrackets, ...] = ()
    """What was put in place of it, in order."""

    def of(self, market: Market) -> MarketFacts:
        """Those of one market."""
        return self.usdm if market is Market.USDM else self.coinm

    def market_of(self, symbol: str) -> Market:
        """The market that lists a symbol; `Impossible` names those like it when none does."""
        listed = {name: market for market in Market for name in self.of(market).contracts}
        for override in self.overrides:
            if isinstance(override, ListContracts):
                listed |= {contract.symbol: contract.market for contract in override.contracts}
        market = listed.get(symbol)
        if market is None:
            raise unlisted(symbol, "either market", listed)
        return market


@cache
def shipped_facts() -> Facts:
    """Those that come with margind, each file with its day."""
    return Facts(load_facts(Market.USDM), load_facts(Market.COINM))


def with_contracts(facts: Facts, document: Json) -> Facts:
    """Contracts added or replaced: `{"usdm": {"BTCUSDT": a row of exchangeInfo}}`.

    A new symbol also needs brackets and a price before an account can hold it.
    """
    contracts = read_document(ContractsDocument, document).contracts()
    return replace(facts, overrides=(*facts.overrides, ListContracts(contracts)))


def with_brackets(facts: Facts, document: Json) -> Facts:
    """Brackets replaced: `{"usdm": {"BTCUSDT": the brackets of leverageBracket}}`."""
    brackets = read_document(BracketsDocument, document).brackets()
    return replace(facts, overrides=(*facts.overrides, SetBrackets(brackets)))


def with_bracket_table(facts: Facts, day: str) -> Facts:
    """The USDⓈ-M brackets of another shipped table, named by its day: see `bracket_tables`."""
    if day not in bracket_tables():
        known = ", ".join(bracket_tables())
        raise Impossible("unknown_table", f"there is no bracket table of {day}; there are {known}", 404)
    held = facts.usdm
    then = {symbol: ladder for symbol, ladder in brackets_of_day(day).items() if symbol in held.contracts}
    usdm = replace(
        held,
        brackets={**held.brackets, **then},
        bracket_tables={**held.bracket_tables, **dict.fromkeys(then, day)},
    )
    return replace(facts, usdm=usdm)


def bracket_tables() -> tuple[str, ...]:
    """The days of the shipped USDⓈ-M bracket tables, newest first."""
    return bracket_days()


def with_fee_tiers(facts: Facts, market: Market, tiers: Sequence[FeeTier]) -> Facts:
    """Fee tiers replaced; the first is tier 0."""
    of_market = replace(facts.of(market), fee_tiers=tuple(tiers))
    return replace(facts, usdm=of_market) if market is Market.USDM else replace(facts, coinm=of_market)
