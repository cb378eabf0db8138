"""`GET /fapi/v1/exchangeInfo`: contracts, assets and limits of USDⓈ-M."""

from collections.abc import Mapping

from margind.engine.model.contracts import Contract
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market, Millis
from margind.wire.exchange_info import contract_from, rate_limits, row_in_order

# Observed: key order of a full reply of 2025-08-11.
_FIELDS = (
    "symbol",
    "pair",
    "contractType",
    "deliveryDate",
    "onboardDate",
    "status",
    "maintMarginPercent",
    "requiredMarginPercent",
    "baseAsset",
    "quoteAsset",
    "marginAsset",
    "pricePrecision",
    "quantityPrecision",
    "baseAssetPrecision",
    "quotePrecision",
    "underlyingType",
    "underlyingSubType",
    "triggerProtect",
    "liquidationFee",
    "marketTakeBound",
    "maxMoveOrderLimit",
    "filters",
    "orderTypes",
    "timeInForce",
    "permissionSets",
)


def contract_from_row(row: Mapping[str, object]) -> Contract:
    """The contract a published row describes; ValueError, naming the field, when it describes none."""
    return contract_from(row, Market.USDM)


def row_of(contract: Contract) -> dict[str, object]:
    """The row of a contract, as published."""
    return row_in_order(contract, _FIELDS)


def exchange_info(market: MarketState, now: Millis) -> dict[str, object]:
    """The whole reply; its symbols change only with `market.facts_version`."""
    header = dict(market.facts.header)
    return {
        "timezone": header.get("timezone", "UTC"),
        "serverTime": now,
        "futuresType": header.get("futuresType", "U_MARGINED"),
        "rateLimits": rate_limits(market),
        "exchangeFilters": [],
        "assets": [
            {
                "asset": asset.asset,
                "marginAvailable": asset.margin_available,
                "autoAssetExchange": asset.auto_asset_exchange,
            }
            for asset in market.assets.values()
        ],
        "symbols": [row_of(contract) for contract in market.contracts.values()],
    }
