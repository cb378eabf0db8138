"""Accounts in every mode, each with what only that mode shows."""

from collections.abc import Callable
from decimal import Decimal

from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.terms import PositionSide, Rounding, Side
from tests.engine.builders import (
    BTCUSD_PERP_2021,
    BTCUSDT_2026_09,
    ETHUSDT_2021,
    Desk,
    cross,
    document,
    held,
    index,
    isolated,
    resting,
)

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT

MARKS = {
    "BTCUSDT": "60321.123456789",
    "ETHUSDT": "2510.07",
    "ADAUSDT": "0.41047590",
    "BTCUSDC": "60300.1",
    "ETHBTC": "0.0415",
    "BTCUSD_PERP": "60318.7",
    "ETHUSD_PERP": "2509.5",
    "BTCUSD_260925": "61000",
}
LADDERS = {"BTCUSDT": BTCUSDT_2026_09, "ETHUSDT": ETHUSDT_2021, "BTCUSD_PERP": BTCUSD_PERP_2021}
INDEXES = {
    "USDTUSD": index("0.99884101", "0.0001", "0.0001"),
    "USDCUSD": index("1", "0.0001", "0.0001"),
    "BTCUSD": index("60310.12345678", "0.05", "0.05"),
}


def desk(rounding: Rounding = Rounding.UP) -> Desk:
    return Desk(MARKS, LADDERS, INDEXES, rounding)


def empty() -> Desk:
    return desk()


def cross_account() -> Desk:
    exchange = desk()
    exchange.load(
        usdm=document(
            {"USDT": "100000.5", "USDC": "2500", "BNB": "2"},
            {"BTCUSDT": cross(11), "ETHUSDT": cross(7), "ADAUSDT": cross(1)},
            [
                held("BTCUSDT", "6.5", "59001.123456789012"),
                held("ETHUSDT", "-40", "2590.5"),
                held("BTCUSDC", "0.1", "61000.5"),
            ],
            [
                resting("BTCUSDT", Side.BUY, "59000", "0.25"),
                resting("BTCUSDT", Side.SELL, "63000", "0.5", executed_qty=Decimal("0.125")),
                resting("ADAUSDT", Side.BUY, "0.38", "500"),
                resting("ETHUSDT", Side.SELL, "2700", "1", reduce_only=True),
            ],
        ),
    )
    return exchange


def isolated_account() -> Desk:
    exchange = desk(Rounding.CUT)
    exchange.load(
        usdm=document(
            {"USDT": "30000"},
            {"BTCUSDT": isolated(20), "ETHUSDT": cross(10), "ADAUSDT": isolated(3)},
            [
                held("BTCUSDT", "0.2", "59800.1", "640.25"),
                held("ETHUSDT", "2", "2500"),
                held("ADAUSDT", "-300", "0.385", "60"),
            ],
            [resting("BTCUSDT", Side.BUY, "58000", "0.1")],
        ),
    )
    return exchange


def hedge_account() -> Desk:
    exchange = desk()
    exchange.load(
        usdm=document(
            {"USDT": "20000"},
            {"BTCUSDT": cross(20), "ETHUSDT": isolated(10)},
            [
                held("BTCUSDT", "0.3", "59000", side=LONG),
                held("BTCUSDT", "-0.1", "61000", side=SHORT),
                held("ETHUSDT", "-3", "2550.5", "800", side=SHORT),
            ],
            [
                resting("BTCUSDT", Side.BUY, "59000", "0.25", LONG),
                resting("ADAUSDT", Side.SELL, "0.5", "200", SHORT),
            ],
        ),
        coinm=document(
            {"BTC": "0.5"},
            {},
            [held("BTCUSD_PERP", "30", "60000", side=LONG), held("BTCUSD_PERP", "-12", "61000", side=SHORT)],
        ),
        dual=True,
    )
    return exchange


def multi_assets_account() -> Desk:
    exchange = desk()
    exchange.load(
        usdm=document(
            {"USDT": "1000", "USDC": "2500", "BTC": "0.35", "BNB": "1"},
            {"BTCUSDT": cross(11), "ETHUSDT": cross(7), "ETHBTC": cross(3)},
            [
                held("BTCUSDT", "0.5", "59001.123456789012"),
                held("ETHUSDT", "-4", "2590.5"),
                held("ETHBTC", "1.5", "0.042"),
            ],
            [resting("ETHUSDT", Side.BUY, "2400", "6"), resting("BTCUSDC", Side.BUY, "58000", "0.01")],
            multi_assets_margin=True,
        ),
    )
    return exchange


def owing_multi_assets_account() -> Desk:
    exchange = desk()
    exchange.load(
        usdm=document(
            {"USDT": "-150.25", "BTC": "0.5"},
            {"BTCUSDT": cross(50)},
            [held("BTCUSDT", "0.4", "61000")],
            multi_assets_margin=True,
        ),
    )
    return exchange


def coinm_account() -> Desk:
    exchange = desk()
    exchange.load(
        coinm=document(
            {"BTC": "0.25", "ETH": "10"},
            {"BTCUSD_PERP": cross(7), "ETHUSD_PERP": isolated(20)},
            [
                held("BTCUSD_PERP", "30", "60000.1"),
                held("BTCUSD_260925", "-11", "61234.5"),
                held("ETHUSD_PERP", "-300", "2487.6", "0.9"),
            ],
            [
                resting("BTCUSD_PERP", Side.SELL, "66000", "70"),
                resting("ETHUSD_PERP", Side.SELL, "2600", "17"),
            ],
        ),
    )
    return exchange


def configured_but_flat() -> Desk:
    exchange = desk()
    exchange.load(
        usdm=document({"USDT": "10"}, {"BTCUSDT": SymbolConfiguration(150), "ETHUSDT": isolated(2)}),
    )
    return exchange


ACCOUNTS: dict[str, Callable[[], Desk]] = {
    "empty": empty,
    "cross": cross_account,
    "isolated": isolated_account,
    "hedge": hedge_account,
    "multi-assets": multi_assets_account,
    "multi-assets, owing": owing_multi_assets_account,
    "COIN-M": coinm_account,
    "configured but flat": configured_but_flat,
}
