"""Calls about the market: prices, contracts and brackets set by hand."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from margind.control.call import Call
from margind.control.market_documents import PricesDocument, prices_document
from margind.control.numbers import decoder
from margind.engine.commands import ListContracts, SetBrackets
from margind.engine.events import PricesSet
from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.terms import Market
from margind.engine.state import State
from margind.errors.impossible import Impossible
from margind.wire.coinm.brackets import brackets_from_rows as coinm_brackets
from margind.wire.coinm.exchange_info import contract_from_row as coinm_contract
from margind.wire.usdm.brackets import brackets_from_rows as usdm_brackets
from margind.wire.usdm.exchange_info import contract_from_row as usdm_contract


class ContractsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Contracts by symbol, each as a row of exchangeInfo."""

    usdm: dict[str, dict[str, Any]] = {}
    coinm: dict[str, dict[str, Any]] = {}


class BracketsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Brackets by symbol, lowest first."""

    usdm: dict[str, list[dict[str, Any]]] = {}
    coinm: dict[str, list[dict[str, Any]]] = {}


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
    contracts = (
        *_contracts(document.usdm, usdm_contract),
        *_contracts(document.coinm, coinm_contract),
    )
    await runtime.execute(ListContracts(contracts))
    return _missing(runtime.state, [(row.market, row.symbol) for row in contracts])


async def set_brackets(call: Call) -> UsabilityDocument:
    """Replace the brackets of symbols; the reply says what each still lacks."""
    document = call.read(_BRACKETS)
    runtime = call.runtime
    brackets = (
        *_brackets(Market.USDM, document.usdm, usdm_brackets),
        *_brackets(Market.COINM, document.coinm, coinm_brackets),
    )
    await runtime.execute(SetBrackets(brackets))
    return _missing(runtime.state, [(market, symbol) for market, symbol, _ in brackets])


def _contracts(
    rows: dict[str, dict[str, Any]], read: Callable[[Mapping[str, object]], Contract]
) -> Iterator[Contract]:
    for symbol, row in rows.items():
        named = {"symbol": symbol, **row}
        if named["symbol"] != symbol:
            raise Impossible("bad_contract", f"{symbol}: the row says symbol {named['symbol']!r}")
        try:
            yield read(named)
        except ValueError as error:
            raise Impossible("bad_contract", str(error)) from None


def _brackets(
    market: Market, tables: dict[str, list[dict[str, Any]]], read: Callable[[object], Brackets]
) -> Iterator[tuple[Market, str, Brackets]]:
    for symbol, rows in tables.items():
        try:
            yield market, symbol, read(rows)
        except ValueError as error:
            raise Impossible("bad_brackets", f"{symbol}: {error}") from None


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
