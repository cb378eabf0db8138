"""The oracle's liquidation prices with the shipped brackets of 2026-09, from a document alone."""

import json
from decimal import Decimal

import pytest

from margind import margin
from margind.margin import Impossible, PositionSide


def isolated_long(notional: str, leverage: int) -> str:
    """An isolated BTCUSDT long from 95,000 whose own wallet is its notional / leverage."""
    quantity = (Decimal(notional) / 95000).quantize(Decimal("1E-20"))
    position = {
        "symbol": "BTCUSDT",
        "positionAmt": f"{quantity:f}",
        "entryPrice": "95000",
        "isolatedWallet": str(int(notional) // leverage),
    }
    usdm = {
        "wallets": {"USDT": {"walletBalance": "10000000"}},
        "symbols": {"BTCUSDT": {"leverage": leverage, "marginType": "ISOLATED"}},
        "positions": [position],
    }
    return json.dumps({"usdm": usdm})


@pytest.mark.parametrize(
    ("notional", "leverage", "price"),
    [
        # By hand: (95000 · (1 - 1/L) - cum/q) / (1 - MMR), the bracket at that price.
        ("50000", 20, "90612.45"),
        ("400000", 50, "93496.23"),
        ("5000000", 40, "93330.30"),
        ("20000000", 20, "91452.04"),
        ("60000000", 20, "91878.57"),
    ],
)
def test_isolated_longs_from_95000_with_the_brackets_of_2026_09(
    notional: str, leverage: int, price: str
) -> None:
    situation = margin.situation(isolated_long(notional, leverage), {"BTCUSDT": "95000"})
    assert f"{margin.liquidation_price(situation, 'BTCUSDT'):.2f}" == price


def test_a_cross_long_beside_a_winning_short() -> None:
    # By hand: (2000 - 132 + 1000 - 9500) / (0.1 · (0.004 - 1)) = 66586.345...
    usdm = {
        "wallets": {"USDT": {"walletBalance": "2000"}},
        "positions": [
            {"symbol": "BTCUSDT", "positionAmt": "0.1", "entryPrice": "95000"},
            {"symbol": "ETHUSDT", "positionAmt": "-10", "entryPrice": "3400"},
        ],
    }
    situation = margin.situation({"usdm": usdm}, {"BTCUSDT": 95000, "ETHUSDT": 3300})
    assert f"{margin.liquidation_price(situation, 'BTCUSDT'):.1f}" == "66586.3"


def test_an_older_bracket_table_gives_the_margin_of_its_day() -> None:
    # KAVAUSDT, first bracket: a rate of 0.01 in 2025-10, of 0.015 in 2026-09.
    usdm = {
        "wallets": {"USDT": {"walletBalance": "100"}},
        "positions": [{"symbol": "KAVAUSDT", "positionAmt": "4000", "entryPrice": "1"}],
    }
    older = margin.with_bracket_table(margin.shipped_facts(), "2025-10-31")
    for facts, amount, day in ((older, "40", "2025-10-31"), (None, "60", "2026-09-29")):
        situation = margin.situation({"usdm": usdm}, {"KAVAUSDT": "1"}, facts=facts)
        assert margin.report(situation).assets["USDT"].maint_margin == Decimal(amount)
        explained = margin.explain(situation, "KAVAUSDT.maintMargin")
        assert f"table of {day}" in " ".join(margin.explanation_text(explained).split())


def test_all_positions_of_both_markets_are_listed_with_their_legs() -> None:
    document = {
        "usdm": {
            "dualSidePosition": True,
            "wallets": {"USDT": {"walletBalance": "150"}},
            "symbols": {"ETHUSDT": {"leverage": 10}},
            "positions": [
                {"symbol": "ETHUSDT", "positionSide": "LONG", "positionAmt": "3", "entryPrice": "100"},
                {"symbol": "ETHUSDT", "positionSide": "SHORT", "positionAmt": "-1", "entryPrice": "110"},
            ],
        },
        "coinm": {
            "wallets": {"BTC": {"walletBalance": "1"}},
            "symbols": {"BTCUSD_PERP": {"leverage": 2, "marginType": "ISOLATED"}},
            "positions": [
                {
                    "symbol": "BTCUSD_PERP",
                    "positionSide": "LONG",
                    "positionAmt": "2",
                    "entryPrice": "37643.10000021",
                    "isolatedWallet": "0.00268058",
                }
            ],
        },
    }
    rows = [{"bracket": 1, "initialLeverage": 100, "notionalFloor": 0, "notionalCap": 10**9}]
    facts = margin.with_brackets(
        margin.shipped_facts(),
        {"usdm": {"ETHUSDT": [{**rows[0], "maintMarginRatio": "0.01", "cum": 0}]}},
    )
    situation = margin.situation(document, {"ETHUSDT": "100"}, facts=facts)
    # By hand: (150 - 300 + 110) / (0.03 + 0.01 - 3 + 1); the COIN-M one is ccxt's sample of an isolated 2x.
    assert {key: str(price) for key, price in margin.liquidation_prices(situation).items()} == {
        ("ETHUSDT", PositionSide.LONG): "20.40816327",
        ("ETHUSDT", PositionSide.SHORT): "20.40816327",
        ("BTCUSD_PERP", PositionSide.LONG): "25119.97445760",
    }


def test_a_position_that_is_not_there_is_told_with_those_that_are() -> None:
    situation = margin.situation(isolated_long("50000", 20))
    with pytest.raises(Impossible, match="there is no position ETHUSDT; open positions: BTCUSDT"):
        margin.liquidation_price(situation, "ETHUSDT")


def test_at_its_liquidation_price_the_pool_of_a_position_is_at_one() -> None:
    situation = margin.situation(isolated_long("5000000", 40), {"BTCUSDT": "95000"})
    at_it = margin.priced(situation, {"BTCUSDT": margin.liquidation_price(situation, "BTCUSDT")})
    (pool,) = [pool for pool in margin.pools(at_it) if pool.kind is margin.PoolKind.ISOLATED]
    assert pool.margin_ratio is not None
    assert f"{pool.margin_ratio:.6f}" == "1.000000"


@pytest.mark.parametrize("price", ["90000", "80000"])
def test_an_account_past_liquidation_is_shown_as_it_is(price: str) -> None:
    document = isolated_long("50000", 20)
    above = margin.situation(document, {"BTCUSDT": "95000"})
    for there in (margin.situation(document, {"BTCUSDT": price}), margin.priced(above, {"BTCUSDT": price})):
        (pool,) = [pool for pool in margin.pools(there) if pool.kind is margin.PoolKind.ISOLATED]
        assert pool.margin_ratio is not None
        assert pool.margin_ratio >= 1
        assert f"{margin.liquidation_price(there, 'BTCUSDT'):.2f}" == "90612.45"
