"""What the insurance fund of USDⓈ-M holds, by groups of symbols that share it."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Millis
from margind.wire.rows import listed_symbols
from margind.wire.text import amount_text


class FundAsset(msgspec.Struct, rename="camel", frozen=True):
    """One asset of a fund."""

    asset: str
    margin_balance: str
    update_time: Millis


class InsuranceFund(msgspec.Struct, rename="camel", frozen=True):
    """One object of `GET /fapi/v1/insuranceBalance`."""

    symbols: list[str]
    assets: list[FundAsset]


def insurance_funds(
    market: MarketState, balances: Mapping[str, Decimal], now: Millis
) -> dict[str, InsuranceFund]:
    """The funds by margin asset, as they stand now.

    Assumed: the symbols of a margin asset share one fund (the exchange tells which do, not why).
    """
    symbols: dict[str, list[str]] = {}
    for symbol in listed_symbols(market):
        symbols.setdefault(market.margin_assets[symbol], []).append(symbol)
    return {
        asset: InsuranceFund(of_asset, [FundAsset(asset, amount_text(balances.get(asset, ZERO)), now)])
        for asset, of_asset in symbols.items()
    }
