"""One row of `exchangeInfo`, read and printed: what both markets share."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from margind.engine.model.contracts import Contract, LotSize, PercentPrice, PriceFilter
from margind.engine.model.decimals import ZERO, parse_decimal
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import ContractStatus, Market, Millis

PERPETUAL_DELIVERY_DATE: Millis = 4_133_404_800_000
"""Observed: what perpetual contracts print as `deliveryDate` (2100-12-25)."""

_HIGHEST_PRECISION = 16
_LAST_DATE: Millis = 9_999_999_999_999
_SYMBOL = re.compile(r"[^\s/?#&%\x00-\x1f]{1,40}")
_ASSET = re.compile(r"[A-Z0-9]{1,20}")
_CONTRACT_TYPES = (
    "PERPETUAL",
    "TRADIFI_PERPETUAL",
    "CURRENT_MONTH",
    "NEXT_MONTH",
    "CURRENT_QUARTER",
    "NEXT_QUARTER",
    "PERPETUAL_DELIVERING",
    "CURRENT_QUARTER_DELIVERING",
    "NEXT_QUARTER_DELIVERING",
)
"""Documented: 'Public Endpoints Info' of both markets.

Observed (2025-08-11): a blank in `PERPETUAL DELIVERING`, and an empty text for a contract that has ended.
"""
_FILTERS_OF_THE_ENGINE = frozenset(
    {
        "PRICE_FILTER",
        "LOT_SIZE",
        "MARKET_LOT_SIZE",
        "MAX_NUM_ORDERS",
        "MAX_NUM_ALGO_ORDERS",
        "MIN_NOTIONAL",
        "PERCENT_PRICE",
    },
)
_FIELDS_OF_THE_ENGINE = frozenset(
    {
        "symbol",
        "pair",
        "contractType",
        "status",
        "contractStatus",
        "contractSize",
        "deliveryDate",
        "onboardDate",
        "baseAsset",
        "quoteAsset",
        "marginAsset",
        "pricePrecision",
        "quantityPrecision",
        "baseAssetPrecision",
        "quotePrecision",
        "triggerProtect",
        "liquidationFee",
        "marketTakeBound",
        "filters",
        "orderTypes",
        "timeInForce",
    },
)
_ORDER_TYPES = [
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
]
_TIMES_IN_FORCE = ["GTC", "IOC", "FOK", "GTX"]

_parse = lru_cache(maxsize=4096)(parse_decimal)


class _Reader:
    """The fields of one JSON object; a field that is not what it must be is a `ValueError` naming it."""

    __slots__ = ("fields", "name")

    def __init__(self, fields: Mapping[str, object], name: str) -> None:
        self.fields = fields
        self.name = name

    def text(self, field: str, default: str | None = None) -> str:
        value = self.fields.get(field, default)
        if not isinstance(value, str):
            raise self._fault(field, "a text")
        return value

    def integer(self, field: str, highest: int, default: int | None = None) -> int:
        value = self.fields.get(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
            raise self._fault(field, f"an integer from 0 to {highest}")
        return value

    def decimal(self, field: str, default: Decimal | None = None) -> Decimal:
        value = self.fields.get(field, default)
        if isinstance(value, Decimal):
            return value
        number = _parse(value) if isinstance(value, str) else None
        if number is None or number < ZERO:
            raise self._fault(field, "a decimal as text, not negative")
        return number

    def texts(self, field: str, default: list[str]) -> tuple[str, ...]:
        value = self.fields.get(field, default)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._fault(field, "a list of texts")
        return tuple(value)

    def _fault(self, field: str, wanted: str) -> ValueError:
        if field not in self.fields:
            return ValueError(f"{self.name}: {field} is missing")
        return ValueError(f"{self.name}: {field} must be {wanted}")


def contract_from(row: Mapping[str, object], market: Market) -> Contract:
    """The contract a row of `exchangeInfo` describes; ValueError when it describes none.

    What may be left out takes what an ordinary perpetual contract prints: `pair` (USDⓈ-M), status TRADING,
    the dates, 8-digit asset precisions, MARKET_LOT_SIZE as LOT_SIZE, 200 orders, and no bound for the rest.
    """
    symbol = row.get("symbol")
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
        raise ValueError("symbol must be a text of 1 to 40 characters, without blanks or any of / ? # & %")
    read = _Reader(row, symbol)
    filters = _filters(row.get("filters"), symbol)
    lot_size = _lot_size(_filter(filters, "LOT_SIZE", symbol))
    inverse = market is Market.COINM
    return Contract(
        market=market,
        symbol=symbol,
        pair=read.text("pair", None if inverse else symbol),
        contract_type=_contract_type(read),
        status=_status(read, "contractStatus" if inverse else "status"),
        base_asset=read.text("baseAsset"),
        quote_asset=read.text("quoteAsset"),
        margin_asset=_asset(read, "marginAsset"),
        contract_size=_contract_size(read) if inverse else Decimal(1),
        price_precision=read.integer("pricePrecision", _HIGHEST_PRECISION),
        quantity_precision=read.integer("quantityPrecision", _HIGHEST_PRECISION),
        base_asset_precision=read.integer("baseAssetPrecision", _HIGHEST_PRECISION, 8),
        quote_precision=read.integer("quotePrecision", _HIGHEST_PRECISION, 8),
        price_filter=_price_filter(_filter(filters, "PRICE_FILTER", symbol)),
        lot_size=lot_size,
        market_lot_size=_lot_size(_filter(filters, "MARKET_LOT_SIZE", symbol))
        if "MARKET_LOT_SIZE" in filters
        else lot_size,
        percent_price=_percent_price(filters, symbol),
        max_num_orders=_limit(filters, "MAX_NUM_ORDERS", symbol, 200) or 0,
        max_num_algo_orders=_limit(filters, "MAX_NUM_ALGO_ORDERS", symbol, None),
        min_notional=_filter(filters, "MIN_NOTIONAL", symbol).decimal("notional")
        if "MIN_NOTIONAL" in filters
        else None,
        liquidation_fee=read.decimal("liquidationFee", ZERO),
        market_take_bound=read.decimal("marketTakeBound", ZERO),
        trigger_protect=read.decimal("triggerProtect", ZERO),
        onboard_date=read.integer("onboardDate", _LAST_DATE, 0),
        delivery_date=read.integer("deliveryDate", _LAST_DATE, PERPETUAL_DELIVERY_DATE),
        order_types=read.texts("orderTypes", _ORDER_TYPES),
        time_in_force=read.texts("timeInForce", _TIMES_IN_FORCE),
        other=_other(row, filters),
    )


def row_in_order(contract: Contract, fields: tuple[str, ...]) -> dict[str, object]:
    """A row of `exchangeInfo` with its keys in the order given; keys not named there come last."""
    other = dict(contract.other)
    further_filters = other.pop("filters", [])
    assert isinstance(further_filters, list)
    known: dict[str, object] = {
        "symbol": contract.symbol,
        "pair": contract.pair,
        "contractType": contract.contract_type,
        "deliveryDate": contract.delivery_date,
        "onboardDate": contract.onboard_date,
        "status": contract.status.value,
        "contractStatus": contract.status.value,
        "contractSize": int(contract.contract_size),
        "baseAsset": contract.base_asset,
        "quoteAsset": contract.quote_asset,
        "marginAsset": contract.margin_asset,
        "pricePrecision": contract.price_precision,
        "quantityPrecision": contract.quantity_precision,
        "baseAssetPrecision": contract.base_asset_precision,
        "quotePrecision": contract.quote_precision,
        "triggerProtect": plain(contract.trigger_protect),
        "liquidationFee": plain(contract.liquidation_fee),
        "marketTakeBound": plain(contract.market_take_bound),
        "filters": [*_filter_rows(contract), *further_filters],
        "orderTypes": list(contract.order_types),
        "timeInForce": list(contract.time_in_force),
    }
    known.update(other)
    row = {field: known[field] for field in fields if field in known}
    row.update(other)
    return row


def plain(value: Decimal) -> str:
    """A published decimal with all its digits, never with an exponent."""
    return format(value, "f")


def rate_limits(market: MarketState) -> list[dict[str, object]]:
    """The limits `exchangeInfo` announces."""
    return [dict(limit) for limit in market.facts.rate_limits]


def _contract_size(read: _Reader) -> Decimal:
    size = read.integer("contractSize", 1_000_000)
    if not size:
        raise ValueError(f"{read.name}: contractSize must be greater than 0")
    return Decimal(size)


def _contract_type(read: _Reader) -> str:
    text = read.text("contractType", "PERPETUAL")
    if text and text.replace(" ", "_") not in _CONTRACT_TYPES:
        raise ValueError(f"{read.name}: contractType must be one of {', '.join(_CONTRACT_TYPES)}")
    return text


def _asset(read: _Reader, field: str) -> str:
    text = read.text(field)
    if _ASSET.fullmatch(text) is None:
        raise ValueError(
            f"{read.name}: {field} must be the name of an asset, such as USDT: capitals and digits"
        )
    return text


def _status(read: _Reader, field: str) -> ContractStatus:
    text = read.text(field, ContractStatus.TRADING.value)
    try:
        return ContractStatus(text)
    except ValueError:
        statuses = ", ".join(status.value for status in ContractStatus)
        raise ValueError(f"{read.name}: {field} must be one of {statuses}") from None


def _filters(rows: object, symbol: str) -> dict[str, Mapping[str, object]]:
    if not isinstance(rows, list):
        raise ValueError(f"{symbol}: filters must be a list")  # noqa: TRY004 - a bad value of a request
    filters: dict[str, Mapping[str, object]] = {}
    for row in rows:
        name = row.get("filterType") if isinstance(row, dict) else None
        if not isinstance(name, str):
            raise ValueError(f"{symbol}: each filter must be an object with a filterType")  # noqa: TRY004
        filters[name] = row
    return filters


def _filter(filters: dict[str, Mapping[str, object]], name: str, symbol: str) -> _Reader:
    if name not in filters:
        raise ValueError(f"{symbol}: filter {name} is missing")
    return _Reader(filters[name], f"{symbol} {name}")


def _price_filter(read: _Reader) -> PriceFilter:
    bounds = PriceFilter(read.decimal("minPrice"), read.decimal("maxPrice"), read.decimal("tickSize"))
    if not bounds.tick_size:
        raise ValueError(f"{read.name}: tickSize must be greater than 0")
    return bounds


def _lot_size(read: _Reader) -> LotSize:
    lot_size = LotSize(read.decimal("minQty"), read.decimal("maxQty"), read.decimal("stepSize"))
    if not lot_size.step_size:
        raise ValueError(f"{read.name}: stepSize must be greater than 0")
    return lot_size


def _percent_price(filters: dict[str, Mapping[str, object]], symbol: str) -> PercentPrice:
    if "PERCENT_PRICE" not in filters:
        return PercentPrice(ZERO, ZERO, "")
    read = _filter(filters, "PERCENT_PRICE", symbol)
    return PercentPrice(
        read.decimal("multiplierUp"), read.decimal("multiplierDown"), read.text("multiplierDecimal", "4")
    )


def _limit(
    filters: dict[str, Mapping[str, object]], name: str, symbol: str, default: int | None
) -> int | None:
    return _filter(filters, name, symbol).integer("limit", 1_000_000) if name in filters else default


def _other(
    row: Mapping[str, object], filters: dict[str, Mapping[str, object]]
) -> tuple[tuple[str, object], ...]:
    other = [(field, value) for field, value in row.items() if field not in _FIELDS_OF_THE_ENGINE]
    further = [dict(filters[name]) for name in filters if name not in _FILTERS_OF_THE_ENGINE]
    return (*other, ("filters", further)) if further else tuple(other)


def _filter_rows(contract: Contract) -> list[dict[str, object]]:
    price, percent = contract.price_filter, contract.percent_price
    rows: list[dict[str, object]] = [
        {
            "filterType": "PRICE_FILTER",
            "maxPrice": plain(price.max_price),
            "minPrice": plain(price.min_price),
            "tickSize": plain(price.tick_size),
        },
        _lot_size_row("LOT_SIZE", contract.lot_size),
        _lot_size_row("MARKET_LOT_SIZE", contract.market_lot_size),
        {"filterType": "MAX_NUM_ORDERS", "limit": contract.max_num_orders},
    ]
    if contract.max_num_algo_orders is not None:
        rows.append({"filterType": "MAX_NUM_ALGO_ORDERS", "limit": contract.max_num_algo_orders})
    if contract.min_notional is not None:
        rows.append({"filterType": "MIN_NOTIONAL", "notional": plain(contract.min_notional)})
    if percent.multiplier_decimal:
        rows.append(
            {
                "filterType": "PERCENT_PRICE",
                "multiplierDecimal": percent.multiplier_decimal,
                "multiplierDown": plain(percent.multiplier_down),
                "multiplierUp": plain(percent.multiplier_up),
            },
        )
    return rows


def _lot_size_row(name: str, lot_size: LotSize) -> dict[str, object]:
    return {
        "filterType": name,
        "maxQty": plain(lot_size.max_qty),
        "minQty": plain(lot_size.min_qty),
        "stepSize": plain(lot_size.step_size),
    }
