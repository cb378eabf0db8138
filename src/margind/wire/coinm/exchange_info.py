"""`GET /dapi/v1/exchangeInfo`: contracts and limits of COIN-M."""

from collections.abc import Mapping

from margind.engine.model.contracts import Contract
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market, Millis
from margind.wire.exchange_info import contract_from, rate_limits, row_in_order

# Observed: key order of a complete reply of 2021-07-21.
_FIELDS = (
    "symbol",
    "pair",
    "contractType",
    "deliveryDate",
    "onboardDate",
    "contractStatus",
    "contractSize",
    "marginAsset",
    "maintMarginPercent",
    "requiredMarginPercent",
    "baseAsset",
    "quoteAsset",
    "pricePrecision",
    "quantityPrecision",
    "baseAssetPrecision",
    "quotePrecision",
    "equalQtyPrecision",
    "maxMoveOrderLimit",
    "triggerProtect",
    "underlyingType",
    "underlyingSubType",
    "filters",
    "orderTypes",
    "timeInForce",
    "liquidationFee",
    "marketTakeBound",
)


def contract_from_row(row: Mapping[str, object]) -> Contract:
    """The contract a published row describes; ValueError, naming the field, when it describes none."""
    return contract_from(row, Market.COINM)


def row_of(contract: Contract) -> dict[str, object]:
    """The row of a contract, as published."""
    return row_in_order(contract, _FIELDS)


def exchange_info(market: MarketState, now: Millis) -> dict[str, object]:
    """The whole reply; its symbols change only with `market.facts_version`."""
    return {
        "timezone": dict(market.facts.header).get("timezone", "UTC"),
        "serverTime": now,
        "rateLimits": rate_limits(market),
        "exchangeFilters": [],
        "symbols": [row_of(contract) for contract in market.contracts.values()],
    }
