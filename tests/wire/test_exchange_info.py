"""Rows of exchangeInfo become contracts and are printed again as they were published."""

import gzip
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from margind.engine.model.contracts import LotSize, PercentPrice
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import ContractStatus, Market
from margind.facts.load import load_facts
from margind.wire.coinm import exchange_info as coinm
from margind.wire.usdm import exchange_info as usdm

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = Path(os.environ.get("MARGIND_REFERENCE") or ROOT.parent / "shared" / "reference")
RECORDED = REFERENCE.parent / "data" / "specs"

ORDER_TYPES = ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"]

# Public: a reply of GET /fapi/v1/exchangeInfo of 2025-08-11, row of BTCUSDT (order types shortened).
USDM_ROW: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "deliveryDate": 4133404800000,
    "onboardDate": 1569398400000,
    "status": "TRADING",
    "maintMarginPercent": "2.5000",
    "requiredMarginPercent": "5.0000",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "underlyingType": "COIN",
    "underlyingSubType": ["PoW"],
    "triggerProtect": "0.0500",
    "liquidationFee": "0.012500",
    "marketTakeBound": "0.05",
    "maxMoveOrderLimit": 10000,
    "filters": [
        {"filterType": "PRICE_FILTER", "maxPrice": "4529764", "minPrice": "556.80", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "maxQty": "1000", "minQty": "0.001", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "maxQty": "120", "minQty": "0.001", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        {"filterType": "MIN_NOTIONAL", "notional": "100"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierDecimal": "4",
            "multiplierDown": "0.9500",
            "multiplierUp": "1.0500",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ],
    "orderTypes": ORDER_TYPES,
    "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
    "permissionSets": ["GRID", "COPY"],
}

# Public: a reply of GET /dapi/v1/exchangeInfo of 2021-07-21, row of BTCUSD_PERP (order types shortened).
COINM_ROW: dict[str, Any] = {
    "symbol": "BTCUSD_PERP",
    "pair": "BTCUSD",
    "contractType": "PERPETUAL",
    "deliveryDate": 4133404800000,
    "onboardDate": 1597042800000,
    "contractStatus": "TRADING",
    "contractSize": 100,
    "marginAsset": "BTC",
    "maintMarginPercent": "2.5000",
    "requiredMarginPercent": "5.0000",
    "baseAsset": "BTC",
    "quoteAsset": "USD",
    "pricePrecision": 1,
    "quantityPrecision": 0,
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "equalQtyPrecision": 4,
    "maxMoveOrderLimit": 10000,
    "triggerProtect": "0.0500",
    "underlyingType": "COIN",
    "underlyingSubType": [],
    "filters": [
        {"filterType": "PRICE_FILTER", "maxPrice": "1000000", "minPrice": "1000", "tickSize": "0.1"},
        {"filterType": "LOT_SIZE", "maxQty": "1000000", "minQty": "1", "stepSize": "1"},
        {"filterType": "MARKET_LOT_SIZE", "maxQty": "100000", "minQty": "1", "stepSize": "1"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 100},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierDecimal": "4",
            "multiplierDown": "0.8500",
            "multiplierUp": "1.1500",
        },
    ],
    "orderTypes": ORDER_TYPES,
    "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    "liquidationFee": "0.006000",
    "marketTakeBound": "0.30",
}

SHORT_ROW: dict[str, Any] = {
    "symbol": "NEWUSDT",
    "baseAsset": "NEW",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 4,
    "quantityPrecision": 0,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.0001", "maxPrice": "200", "tickSize": "0.0001"},
        {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "1000000", "stepSize": "1"},
    ],
}


def text_of(row: object) -> str:
    return json.dumps(row, ensure_ascii=False)


def with_filter(row: dict[str, Any], name: str, **fields: object) -> dict[str, Any]:
    filters = [{**old, **fields} if old["filterType"] == name else old for old in row["filters"]]
    return {**row, "filters": filters}


def test_a_usdm_row_is_printed_again_key_by_key_and_digit_by_digit() -> None:
    assert text_of(usdm.row_of(usdm.contract_from_row(USDM_ROW))) == text_of(USDM_ROW)


def test_a_coinm_row_is_printed_again_key_by_key_and_digit_by_digit() -> None:
    assert text_of(coinm.row_of(coinm.contract_from_row(COINM_ROW))) == text_of(COINM_ROW)


def test_a_contract_has_the_terms_of_its_row() -> None:
    contract = usdm.contract_from_row(USDM_ROW)
    assert contract.market is Market.USDM
    assert contract.market_lot_size == LotSize(Decimal("0.001"), Decimal(120), Decimal("0.001"))
    assert contract.percent_price == PercentPrice(Decimal("1.05"), Decimal("0.95"), "4")
    assert contract.min_notional == Decimal(100)
    assert contract.liquidation_fee == Decimal("0.0125")
    assert contract.is_perpetual


def test_an_inverse_contract_has_its_size_and_no_minimum_notional() -> None:
    contract = coinm.contract_from_row(COINM_ROW)
    assert (contract.contract_size, contract.min_notional) == (Decimal(100), None)
    assert contract.market is Market.COINM


def test_what_a_row_leaves_out_is_that_of_an_ordinary_perpetual_contract() -> None:
    contract = usdm.contract_from_row(SHORT_ROW)
    assert (contract.pair, contract.status, contract.is_perpetual) == (
        "NEWUSDT",
        ContractStatus.TRADING,
        True,
    )
    assert contract.market_lot_size == contract.lot_size
    assert (contract.max_num_orders, contract.max_num_algo_orders, contract.min_notional) == (200, None, None)


def test_a_row_that_left_things_out_stays_the_same_contract_when_printed() -> None:
    contract = usdm.contract_from_row(SHORT_ROW)
    assert usdm.contract_from_row(usdm.row_of(contract)) == contract


def test_small_digits_are_printed_without_exponent() -> None:
    row = with_filter(SHORT_ROW, "PRICE_FILTER", minPrice="0.00000010", tickSize="0.00000010")
    printed = usdm.row_of(usdm.contract_from_row(row))["filters"]
    assert isinstance(printed, list)
    assert printed[0]["tickSize"] == "0.00000010"


def test_fields_nobody_knows_are_kept_at_the_end() -> None:
    row = usdm.row_of(usdm.contract_from_row({**USDM_ROW, "settlePlan": 0}))
    assert list(row)[-1] == "settlePlan"
    assert row["settlePlan"] == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "symbol must be a text"),
        ({**SHORT_ROW, "symbol": "NEW/USDT"}, "symbol must be a text"),
        ({**SHORT_ROW, "symbol": ""}, "symbol must be a text"),
        ({**SHORT_ROW, "baseAsset": 7}, "NEWUSDT: baseAsset must be a text"),
        (
            {key: SHORT_ROW[key] for key in SHORT_ROW if key != "marginAsset"},
            "NEWUSDT: marginAsset is missing",
        ),
        ({**SHORT_ROW, "pricePrecision": "4"}, "NEWUSDT: pricePrecision must be an integer from 0 to 16"),
        ({**SHORT_ROW, "pricePrecision": True}, "NEWUSDT: pricePrecision must be an integer from 0 to 16"),
        ({**SHORT_ROW, "quantityPrecision": 17}, "NEWUSDT: quantityPrecision must be an integer"),
        ({**SHORT_ROW, "status": "OPEN"}, "NEWUSDT: status must be one of PENDING_TRADING, TRADING"),
        ({**SHORT_ROW, "onboardDate": -1}, "NEWUSDT: onboardDate must be an integer"),
        ({**SHORT_ROW, "liquidationFee": "1e-2"}, "NEWUSDT: liquidationFee must be a decimal as text"),
        ({**SHORT_ROW, "liquidationFee": "NaN"}, "NEWUSDT: liquidationFee must be a decimal as text"),
        ({**SHORT_ROW, "marketTakeBound": 0.05}, "NEWUSDT: marketTakeBound must be a decimal as text"),
        ({**SHORT_ROW, "orderTypes": "LIMIT"}, "NEWUSDT: orderTypes must be a list of texts"),
        ({**SHORT_ROW, "timeInForce": [1]}, "NEWUSDT: timeInForce must be a list of texts"),
        ({**SHORT_ROW, "filters": None}, "NEWUSDT: filters must be a list"),
        ({**SHORT_ROW, "filters": [1]}, "NEWUSDT: each filter must be an object with a filterType"),
        ({**SHORT_ROW, "filters": []}, "NEWUSDT: filter LOT_SIZE is missing"),
        ({**SHORT_ROW, "filters": SHORT_ROW["filters"][1:]}, "NEWUSDT: filter PRICE_FILTER is missing"),
        (with_filter(SHORT_ROW, "LOT_SIZE", stepSize="0"), "NEWUSDT LOT_SIZE: stepSize must be greater"),
        (with_filter(SHORT_ROW, "PRICE_FILTER", tickSize="-1"), "NEWUSDT PRICE_FILTER: tickSize must be a"),
        (with_filter(USDM_ROW, "MAX_NUM_ORDERS", limit="5"), "BTCUSDT MAX_NUM_ORDERS: limit must be an int"),
    ],
)
def test_a_malformed_row_is_refused_and_says_where(row: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        usdm.contract_from_row(row)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**COINM_ROW, "contractSize": 0}, "contractSize must be greater than 0"),
        ({key: COINM_ROW[key] for key in COINM_ROW if key != "contractSize"}, "contractSize is missing"),
        ({key: COINM_ROW[key] for key in COINM_ROW if key != "pair"}, "pair is missing"),
        ({**COINM_ROW, "contractStatus": ""}, "contractStatus must be one of"),
    ],
)
def test_a_malformed_inverse_row_is_refused_and_says_where(row: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"BTCUSD_PERP: {message}"):
        coinm.contract_from_row(row)


def test_the_usdm_reply_has_the_keys_of_the_wire_in_their_order() -> None:
    reply = usdm.exchange_info(MarketState(load_facts(Market.USDM)), 1761796815209)
    assert list(reply) == [
        "timezone",
        "serverTime",
        "futuresType",
        "rateLimits",
        "exchangeFilters",
        "assets",
        "symbols",
    ]
    decoded = msgspec.json.decode(msgspec.json.encode(reply))
    assert (decoded["timezone"], decoded["futuresType"]) == ("UTC", "U_MARGINED")
    assert decoded["serverTime"] == 1761796815209
    assert decoded["rateLimits"][0] == {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": 2400,
    }
    assert decoded["assets"][0] == {"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}
    assert len(decoded["symbols"]) == 625


def test_the_coinm_reply_has_no_assets() -> None:
    reply = coinm.exchange_info(MarketState(load_facts(Market.COINM)), 1754596814098)
    assert list(reply) == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"]
    symbols = reply["symbols"]
    assert isinstance(symbols, list)
    assert [row["symbol"] for row in symbols[:2]] == ["BTCUSD_PERP", "ETHUSD_PERP"]


def test_a_contract_listed_later_shows_in_the_reply() -> None:
    market = MarketState(load_facts(Market.USDM))
    market.list_contract(usdm.contract_from_row(SHORT_ROW))
    symbols = usdm.exchange_info(market, 0)["symbols"]
    assert isinstance(symbols, list)
    assert symbols[-1]["symbol"] == "NEWUSDT"


if RECORDED.is_dir():

    def recorded(name: str) -> dict[str, Any]:
        reply: dict[str, Any] = json.loads(gzip.decompress((RECORDED / name).read_bytes()))
        return reply

    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("name", "module", "market"),
        [
            ("usdm-exchangeInfo-2025-10-30.json.gz", usdm, Market.USDM),
            ("coinm-exchangeInfo-2025-08-07-first25.json.gz", coinm, Market.COINM),
        ],
    )
    def test_the_shipped_facts_print_the_recorded_reply(name: str, module: Any, market: Market) -> None:
        reply = recorded(name)
        printed = module.exchange_info(MarketState(load_facts(market)), reply["serverTime"])
        assert msgspec.json.decode(msgspec.json.encode(printed)) == reply

    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("name", "module"),
        [
            ("usdm-exchangeInfo-2025-08-11.json.gz", usdm),
            ("coinm-exchangeInfo-2021-07-21.json.gz", coinm),
        ],
    )
    def test_every_row_of_a_recorded_reply_is_printed_again_in_its_key_order(name: str, module: Any) -> None:
        rows = recorded(name)["symbols"]
        printed = [module.row_of(module.contract_from_row(row)) for row in rows]
        assert [list(row) for row in printed] == [list(row) for row in rows]
        assert printed == rows
