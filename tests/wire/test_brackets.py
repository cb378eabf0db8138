"""Leverage brackets are printed as the wire prints them, and read only when they fit together."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine.model.brackets import Brackets, bracket_ladder
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market
from margind.facts.load import load_facts
from margind.wire.coinm import brackets as coinm
from margind.wire.usdm import brackets as usdm

# A small ladder: cum_2 = 300000 × 0.001 = 300 (the worked example of the exchange's own formula).
LADDER = bracket_ladder([(150, Decimal(300000), Decimal("0.004")), (100, None, Decimal("0.005"))])


def usdm_with(brackets: Brackets) -> MarketState:
    market = MarketState(load_facts(Market.USDM))
    market.set_brackets("BTCUSDT", brackets)
    return market


def coinm_with(brackets: Brackets) -> MarketState:
    market = MarketState(load_facts(Market.COINM))
    market.set_brackets("BTCUSD_PERP", brackets)
    return market


def json_of(value: object) -> str:
    return msgspec.json.encode(value).decode()


def test_one_usdm_symbol_is_an_object_with_whole_numbers() -> None:
    assert json_of(usdm.leverage_bracket(usdm_with(LADDER), "BTCUSDT")) == (
        '{"symbol":"BTCUSDT","brackets":['
        '{"bracket":1,"initialLeverage":150,"notionalCap":300000,"notionalFloor":0,'
        '"maintMarginRatio":0.004,"cum":0},'
        '{"bracket":2,"initialLeverage":100,"notionalCap":9223372036854775807,"notionalFloor":300000,'
        '"maintMarginRatio":0.005,"cum":300}]}'
    )


def test_all_usdm_symbols_are_an_array_whose_cum_shows_a_fraction() -> None:
    rows = usdm.leverage_brackets(usdm_with(LADDER))
    assert len(rows) == 625
    first = json_of(rows[0])
    assert '"cum":0.0}' in first
    assert '"cum":300.0}' in first
    assert '"notionalCap":300000,' in first


def test_coinm_prints_both_spellings_of_the_floor() -> None:
    ladder = bracket_ladder([(125, Decimal(5), Decimal("0.004")), (100, None, Decimal("0.005"))])
    assert json_of(coinm.leverage_brackets(coinm_with(ladder), "BTCUSD_PERP")) == (
        '[{"symbol":"BTCUSD_PERP","brackets":['
        '{"bracket":1,"initialLeverage":125,"qtyCap":5,"qtylFloor":0,"qtyFloor":0,'
        '"maintMarginRatio":0.004,"cum":0.0},'
        '{"bracket":2,"initialLeverage":100,"qtyCap":9223372036854775807,"qtylFloor":5,"qtyFloor":5,'
        '"maintMarginRatio":0.005,"cum":0.005}]}]'
    )


def test_coinm_is_an_array_with_and_without_symbol() -> None:
    market = MarketState(load_facts(Market.COINM))
    assert len(coinm.leverage_brackets(market)) == 25
    assert [row["symbol"] for row in coinm.leverage_brackets(market, "ETHUSD_PERP")] == ["ETHUSD_PERP"]


def test_v1_of_coinm_goes_by_pair() -> None:
    market = MarketState(load_facts(Market.COINM))
    assert len(coinm.pair_leverage_brackets(market)) == 25
    (row,) = coinm.pair_leverage_brackets(market, "BTCUSD")
    assert list(row) == ["pair", "brackets"]
    assert coinm.pair_leverage_brackets(market, "NONEUSD") == []


def test_a_contract_without_brackets_is_left_out() -> None:
    market = usdm_with(LADDER)
    del market.brackets["ETHUSDT"]
    assert len(usdm.leverage_brackets(market)) == 624


USDM_ROWS: list[dict[str, Any]] = [
    {
        "bracket": 1,
        "initialLeverage": 150,
        "notionalCap": "300000",
        "notionalFloor": "0",
        "maintMarginRatio": "0.004",
        "cum": "0",
    },
    {
        "bracket": 2,
        "initialLeverage": 100,
        "notionalCap": None,
        "notionalFloor": "300000",
        "maintMarginRatio": "0.005",
        "cum": "300",
    },
]


def changed(place: int, **fields: object) -> list[dict[str, Any]]:
    return [{**row, **fields} if number == place else row for number, row in enumerate(USDM_ROWS, start=1)]


def test_rows_that_fit_together_are_the_ladder() -> None:
    assert usdm.brackets_from_rows(USDM_ROWS) == LADDER


def test_floors_and_cum_may_be_left_out() -> None:
    given_only = ("initialLeverage", "notionalCap", "maintMarginRatio")
    rows = [{name: row[name] for name in given_only} for row in USDM_ROWS]
    assert usdm.brackets_from_rows(rows) == LADDER


def test_coinm_rows_may_spell_the_floor_either_way() -> None:
    rows = [
        {"initialLeverage": 125, "qtyCap": "5", "qtyFloor": "0", "maintMarginRatio": "0.004"},
        {
            "initialLeverage": 100,
            "qtyCap": None,
            "qtylFloor": "5",
            "maintMarginRatio": "0.005",
            "cum": "0.005",
        },
    ]
    assert coinm.brackets_from_rows(rows).rows[1].cum == Decimal("0.005")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "brackets must be a list of 1 to 100 rows"),
        ([], "brackets must be a list of 1 to 100 rows"),
        ([7], "bracket 1 must be an object"),
        (changed(1, bracket=2), "bracket 1: bracket must be 1"),
        (changed(1, initialLeverage="150"), "bracket 1: initialLeverage must be an integer from 1 to 1000"),
        (changed(1, initialLeverage=0), "bracket 1: initialLeverage must be an integer from 1 to 1000"),
        (changed(1, initialLeverage=True), "bracket 1: initialLeverage must be an integer from 1 to 1000"),
        (changed(2, initialLeverage=150), "bracket 2: initialLeverage must fall from row to row"),
        (changed(1, notionalCap=None), "bracket 1: only the last notionalCap may be null"),
        (changed(1, notionalCap="0"), "bracket 1: notionalCap must be above 0"),
        (changed(2, notionalCap="300000"), "bracket 2: notionalCap must be above 300000"),
        (changed(1, notionalCap="3e5"), "bracket 1: notionalCap must be a decimal as text"),
        (changed(1, notionalCap=0.5), "bracket 1: notionalCap must be a decimal as text"),
        ([{"initialLeverage": 1, "maintMarginRatio": "0.1"}], "bracket 1: notionalCap is missing"),
        ([{"initialLeverage": 1, "notionalCap": None}], "bracket 1: maintMarginRatio must be a decimal"),
        (changed(1, maintMarginRatio="0"), "bracket 1: maintMarginRatio must be between 0 and 1"),
        (changed(2, maintMarginRatio="1"), "bracket 2: maintMarginRatio must be between 0 and 1"),
        (changed(2, maintMarginRatio="0.004"), "bracket 2: maintMarginRatio must rise from row to row"),
        (changed(1, notionalFloor="1"), "bracket 1: notionalFloor must be 0"),
        (changed(2, notionalFloor="299999"), "bracket 2: notionalFloor must be 300000"),
        (changed(2, cum="299"), "bracket 2: cum must be 300: cum before"),
    ],
)
def test_rows_that_do_not_fit_together_are_refused_and_say_why(rows: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        usdm.brackets_from_rows(rows)


CAPS = st.lists(st.integers(1, 10**12), min_size=1, max_size=12, unique=True).map(sorted)


@given(caps=CAPS, unlimited=st.booleans(), rises=st.lists(st.integers(1, 70), min_size=12, max_size=12))
def test_printed_brackets_are_read_as_the_same_brackets(
    caps: list[int], unlimited: bool, rises: list[int]
) -> None:
    tiers: list[tuple[int, Decimal | None, Decimal]] = []
    ratio = Decimal(0)
    for place, cap in enumerate(caps):
        ratio += Decimal(rises[place]) / 1000
        top = unlimited and place == len(caps) - 1
        tiers.append((125 - place, None if top else Decimal(cap), ratio))
    ladder = bracket_ladder(tiers)
    printed = msgspec.json.encode(usdm.leverage_bracket(usdm_with(ladder), "BTCUSDT"))
    rows = json.loads(printed, parse_float=str)["brackets"]
    if unlimited:
        rows[-1]["notionalCap"] = None
    assert usdm.brackets_from_rows(rows) == ladder
