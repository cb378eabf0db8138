"""Prices as JSON has them, and the commands they stand for."""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from margind.documents.numbers import Number, Time
from margind.engine.commands import IndexPatch, PricePatch, SetPrices
from margind.engine.model.terms import Market
from margind.engine.state import State

_TOLD = frozenset({"time", "status", "reference"})
"""What a reply says of prices and nobody sets: so that the reply can be sent back as it is."""


class PriceDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Prices of a symbol; what is left out keeps its value, and what only a reply says is passed over."""

    mark_price: Number | None = None
    index_price: Number | None = None
    last_price: Number | None = None
    bid_price: Number | None = None
    bid_qty: Number | None = None
    ask_price: Number | None = None
    ask_qty: Number | None = None
    last_funding_rate: Number | None = None
    next_funding_time: Time | None = None
    time: Time | UnsetType = UNSET
    status: str | UnsetType = UNSET
    reference: bool | UnsetType = UNSET


class IndexDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Index and buffers of a collateral asset, in the same way."""

    index: Number | None = None
    bid_buffer: Number | None = None
    ask_buffer: Number | None = None
    auto_exchange_bid_buffer: Number | None = None
    auto_exchange_ask_buffer: Number | None = None
    time: Time | UnsetType = UNSET


class PricesDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Prices that take effect at one instant."""

    usdm: dict[str, PriceDocument] = {}
    coinm: dict[str, PriceDocument] = {}
    asset_index: dict[str, IndexDocument] = {}
    time: Time | UnsetType = UNSET

    def command(self) -> SetPrices:
        """The command it stands for."""
        return SetPrices(
            usdm={symbol: PricePatch(**_plain(row)) for symbol, row in self.usdm.items()},
            coinm={symbol: PricePatch(**_plain(row)) for symbol, row in self.coinm.items()},
            asset_index={symbol: IndexPatch(**_plain(row)) for symbol, row in self.asset_index.items()},
        )


def prices_document(state: State, named: PricesDocument) -> PricesDocument:
    """The prices of the symbols that a document names, all of them, as they stand."""
    usdm, coinm = state.markets[Market.USDM], state.markets[Market.COINM]
    return PricesDocument(
        {symbol: PriceDocument(**_shown(usdm.prices[symbol])) for symbol in named.usdm},
        {symbol: PriceDocument(**_shown(coinm.prices[symbol])) for symbol in named.coinm},
        {symbol: IndexDocument(**_shown(usdm.asset_index[symbol])) for symbol in named.asset_index},
    )


def _plain(row: msgspec.Struct) -> dict[str, Any]:
    return {
        name: value.plain if isinstance(value, Number) else value
        for name, value in msgspec.structs.asdict(row).items()
        if name not in _TOLD
    }


def _shown(row: msgspec.Struct) -> dict[str, Any]:
    return {
        name: Number(value) if isinstance(value, Decimal) else value
        for name, value in msgspec.structs.asdict(row).items()
        if name not in _TOLD
    }
