"""Contracts and brackets as JSON has them: rows as the exchange publishes them, by symbol."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.terms import Market
from margind.errors.impossible import Impossible
from margind.wire.coinm.brackets import brackets_from_rows as coinm_brackets
from margind.wire.coinm.exchange_info import contract_from_row as coinm_contract
from margind.wire.usdm.brackets import brackets_from_rows as usdm_brackets
from margind.wire.usdm.exchange_info import contract_from_row as usdm_contract


class ContractsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Contracts by symbol, each as a row of exchangeInfo."""

    usdm: dict[str, dict[str, Any]] = {}
    coinm: dict[str, dict[str, Any]] = {}

    def contracts(self) -> tuple[Contract, ...]:
        """The contracts; `Impossible` names the row that is none."""
        return (*_contracts(self.usdm, usdm_contract), *_contracts(self.coinm, coinm_contract))


class BracketsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Brackets by symbol, lowest first."""

    usdm: dict[str, list[dict[str, Any]]] = {}
    coinm: dict[str, list[dict[str, Any]]] = {}

    def brackets(self) -> tuple[tuple[Market, str, Brackets], ...]:
        """The ladders; `Impossible` names the symbol whose rows do not fit together."""
        return (
            *_brackets(Market.USDM, self.usdm, usdm_brackets),
            *_brackets(Market.COINM, self.coinm, coinm_brackets),
        )


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
