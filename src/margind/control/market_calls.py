"""Calls about the market: prices, contracts and brackets set by hand."""

import msgspec

from margind.control.call import Call
from margind.documents.market_documents import BracketsDocument, ContractsDocument
from margind.documents.numbers import decoder
from margind.documents.price_documents import PricesDocument, prices_document
from margind.engine.commands import ListContracts, SetBrackets
from margind.engine.events import PricesSet
from margind.engine.model.terms import Market
from margind.engine.state import State


class UsabilityDocument(msgspec.Struct, frozen=True):
    """What the symbols named still lack before they can be used; empty when all is there."""

    missing: dict[str, list[str]]


_PRICES = decoder(PricesDocument)
_CONTRACTS = decoder(ContractsDocument)
_BRACKETS = decoder(BracketsDocument)


async def set_prices(call: Call) -> PricesDocument:
    """Set prices, all at one instant; the reply shows all prices of the symbols named."""
    document = call.read(_PRICES)
    runtime = call.runtime
    for event in await runtime.execute(document.command()):
        if not isinstance(event, PricesSet):
            continue  # what the prices caused
        for market, prices in ((Market.USDM, event.usdm), (Market.COINM, event.coinm)):
            for symbol, price in prices.items():
                runtime.feed.observe(market, symbol, price.last_price, event.time)
    return prices_document(runtime.state, document)


async def list_contracts(call: Call) -> UsabilityDocument:
    """Add or replace contracts; the reply says what each still lacks."""
    document = call.read(_CONTRACTS)
    runtime = call.runtime
    contracts = document.contracts()
    await runtime.execute(ListContracts(contracts))
    return _missing(runtime.state, [(row.market, row.symbol) for row in contracts])


async def set_brackets(call: Call) -> UsabilityDocument:
    """Replace the brackets of symbols; the reply says what each still lacks."""
    document = call.read(_BRACKETS)
    runtime = call.runtime
    brackets = document.brackets()
    await runtime.execute(SetBrackets(brackets))
    return _missing(runtime.state, [(market, symbol) for market, symbol, _ in brackets])


def _missing(state: State, named: list[tuple[Market, str]]) -> UsabilityDocument:
    missing = {}
    for market, symbol in named:
        held = state.markets[market]
        lacks = [
            what
            for what, rows in (("brackets", held.brackets), ("prices", held.prices))
            if symbol not in rows
        ]
        if lacks:
            missing[symbol] = lacks
    return UsabilityDocument(missing)
