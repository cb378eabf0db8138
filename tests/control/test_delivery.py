"""Dated contracts: delivered by hand, and by the clock."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

from margind.engine.model.terms import Market
from tests.control.support import Caller, played, serving

LAB = "/exchanges/lab"
DECEMBER, MARCH = 1_766_736_000_000, 1_774_598_400_000  # 2025-12-26 and 2026-03-27, 08:00
MINUTE = 60_000
QUARTER = "BTCUSDT_251226"


def holding(quantity: str, entry_price: str) -> dict[str, Any]:
    return {
        "usdm": {
            "wallets": {"USDT": {"walletBalance": "1000"}},
            "positions": [{"symbol": QUARTER, "positionAmt": quantity, "entryPrice": entry_price}],
        }
    }


def live(call: Caller, name: str, pair: str = "BTCUSDT") -> dict[str, str]:
    rows = call.exchanges.get(name).state.markets[Market.USDM].contracts.values()
    return {
        row.symbol: row.contract_type
        for row in rows
        if row.is_quarterly and row.pair == pair and row.awaits_delivery
    }


@played
async def test_a_contract_is_delivered_by_hand_at_a_price_of_ones_own(call: Caller) -> None:
    assert (await call("PUT", f"{LAB}/accounts/alice/state", holding("0.1", "58000"))).status == 200

    reply = await call("POST", f"{LAB}/delivery", {"market": "usdm", "symbol": QUARTER, "price": "60500"})

    # 0.1 · 2500, and the taker's 0.05 % of 6050
    assert reply.json == {
        "market": "usdm",
        "symbol": QUARTER,
        "deliveryPrice": "60500",
        "positions": [
            {
                "account": "alice",
                "positionSide": "BOTH",
                "asset": "USDT",
                "realizedProfit": "250.00000000",
                "commission": "3.02500000",
                "commissionAsset": "USDT",
            }
        ],
        "listed": ["BTCUSDT_260626"],
    }
    assert (await call("GET", f"{LAB}/audit")).json["balanced"] is True
    again = await call("POST", f"{LAB}/delivery", {"market": "usdm", "symbol": QUARTER})
    assert again.error == (409, "already_delivered")


@played
async def test_without_a_price_the_index_says_it(call: Caller) -> None:
    await call("PUT", f"{LAB}/prices", {"usdm": {QUARTER: {"indexPrice": "61000.04"}}})
    reply = await call("POST", f"{LAB}/delivery", {"market": "usdm", "symbol": QUARTER})
    assert reply.json["deliveryPrice"] == "61000.0"
    assert reply.json["positions"] == []


@played
async def test_a_clock_that_is_moved_over_a_quarter_delivers_it_and_lists_the_next(call: Caller) -> None:
    document = {
        "name": "years",
        "clock": {"mode": "manual", "now": DECEMBER - 40 * MINUTE},
        "feed": {"kind": "synthetic", "seed": 3, "symbols": ["BTCUSDT"]},
    }
    await call("POST", "/exchanges", document)
    await call("POST", "/exchanges/years/accounts", {"name": "alice"})
    await call("PUT", "/exchanges/years/accounts/alice/state", holding("0.1", "100000"))
    feed = call.exchanges.get("years").feed
    assert live(call, "years") == {QUARTER: "CURRENT_QUARTER", "BTCUSDT_260327": "NEXT_QUARTER"}

    await call("POST", "/exchanges/years/clock", {"now": DECEMBER + MINUTE})

    assert live(call, "years") == {"BTCUSDT_260327": "CURRENT_QUARTER", "BTCUSDT_260626": "NEXT_QUARTER"}
    state = call.exchanges.get("years").state
    market = state.markets[Market.USDM]
    (delivery,) = market.deliveries["BTCUSDT"]
    assert delivery.time == DECEMBER
    # The mean of the 30 minutes' seconds lies between their lowest and highest price, not at the last one.
    minutes = feed.klines(
        Market.USDM,
        "BTCUSDT",
        "1m",
        start_time=DECEMBER - 30 * MINUTE,
        end_time=DECEMBER - 1,
        limit=30,
        now=DECEMBER,
    )
    middles = [(row.open + row.high + row.low + row.close) / 4 for row in minutes]
    mean = sum(middles, Decimal(0)) / 30
    assert len(minutes) == 30
    assert abs(delivery.delivery_price - mean) < max(row.high - row.low for row in minutes)
    fee = Decimal("0.1") * delivery.delivery_price * Decimal("0.0005")
    profit = Decimal("0.1") * (delivery.delivery_price - 100_000)
    assert state.wallet_balance("alice", Market.USDM, "USDT") == 1000 + profit - fee
    # Contracts go on in the feed: their perpetual's candles are theirs.
    assert market.prices["BTCUSDT_260626"].index_price == market.prices["BTCUSDT"].index_price


@played
async def test_an_exchange_that_opens_after_its_facts_shows_the_present_quarters(call: Caller) -> None:
    await call("POST", "/exchanges", {"name": "late", "clock": {"mode": "manual", "now": MARCH}})
    assert live(call, "late") == {"BTCUSDT_260626": "CURRENT_QUARTER", "BTCUSDT_260925": "NEXT_QUARTER"}
    assert live(call, "late", "ETHUSDT") == {
        "ETHUSDT_260626": "CURRENT_QUARTER",
        "ETHUSDT_260925": "NEXT_QUARTER",
    }


@played
async def test_deliveries_are_the_same_for_whoever_moves_the_clock_in_one_step_or_in_many(
    call: Caller,
) -> None:
    feed = {"kind": "synthetic", "seed": 3, "symbols": ["BTCUSDT"]}
    for name in ("once", "often"):
        await call(
            "POST",
            "/exchanges",
            {"name": name, "clock": {"mode": "manual", "now": DECEMBER - 31 * MINUTE}, "feed": feed},
        )
    await call("POST", "/exchanges/once/clock", {"now": DECEMBER})
    for minutes in (29, 17, 3, 0):
        await call("POST", "/exchanges/often/clock", {"now": DECEMBER - minutes * MINUTE})
    once, often = (call.exchanges.get(name).state.markets[Market.USDM] for name in ("once", "often"))
    assert once.deliveries["BTCUSDT"] == often.deliveries["BTCUSDT"]


@played
async def test_a_fast_clock_comes_to_the_delivery_by_itself(call: Caller) -> None:
    clock = {"mode": "accelerated", "now": DECEMBER - 31 * MINUTE, "speed": "20000"}
    await call("POST", "/exchanges", {"name": "fast", "clock": clock})
    for _ in range(100):
        if "BTCUSDT_260626" in live(call, "fast"):
            break
        await asyncio.sleep(0.05)
    assert live(call, "fast") == {"BTCUSDT_260327": "CURRENT_QUARTER", "BTCUSDT_260626": "NEXT_QUARTER"}


def test_a_restart_shows_the_same_contracts_and_settlement_prices(tmp_path: Path) -> None:
    document = {
        "name": "kept",
        "clock": {"mode": "manual", "now": DECEMBER - 40 * MINUTE},
        "feed": {"kind": "synthetic", "seed": 3, "symbols": ["BTCUSDT"]},
        "persistent": True,
    }

    async def run() -> None:
        told = []
        for begins in (True, False):
            async with serving(tmp_path) as call:
                await call("POST", "/exchanges", document)
                if begins:
                    await call("POST", "/exchanges/kept/accounts", {"name": "alice"})
                    await call("PUT", "/exchanges/kept/accounts/alice/state", holding("0.1", "100000"))
                    await call("POST", "/exchanges/kept/clock", {"now": DECEMBER})
                state = call.exchanges.get("kept").state
                market = state.markets[Market.USDM]
                told.append(
                    (
                        await call.hash("kept"),
                        live(call, "kept"),
                        market.contracts,
                        market.deliveries,
                        state.wallet_balance("alice", Market.USDM, "USDT"),
                        market.usable("BTCUSDT_260626"),
                    )
                )
        assert told[0] == told[1]

    asyncio.run(run())


@played
async def test_the_hash_of_a_delivery_by_hand_does_not_tell_when_it_was(call: Caller) -> None:
    for name in ("one", "two"):
        await call.lab(name, clock={"mode": "system"})
        for symbol in live(call, name):
            await call(
                "POST", f"/exchanges/{name}/delivery", {"market": "usdm", "symbol": symbol, "price": "7"}
            )
            await asyncio.sleep(0.002)
    assert await call.hash("one") == await call.hash("two")
