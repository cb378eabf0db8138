"""Accounts that trade at random on a kept exchange, and all that its history then holds."""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

from margind.clock import Clock, ClockMode
from margind.engine import commands as c
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import ConditionalOrders, Market, OrderType, Side, TimeInForce
from margind.errors import Refusal
from margind.exchanges import Exchanges, ExchangeSpec
from margind.facts.load import load_facts
from margind.feeds.catalogue import make_feed
from margind.projections import rows_of_entries
from margind.runtime import ExchangeRuntime
from margind.storage import DataFolderLock, Journal
from margind.storage.database import history_schema
from margind.storage.tables import insert_history

NOW = 1_790_000_000_000
TRADERS = ("ann", "bob", "cem")
SYMBOL = {Market.USDM: "BTCUSDT", Market.COINM: "BTCUSD_PERP"}
QUANTITY = {Market.USDM: Decimal("0.002"), Market.COINM: Decimal(1)}

HISTORY = ("income", "position_margin", "orders", "trades", "amendments", "algo_orders")
"""The tables; each holds rows after some hundred turns, except that of isolated margin."""


@cache
def facts() -> dict[Market, MarketFacts]:
    return {market: load_facts(market) for market in Market}


async def open_exchange(lock: DataFolderLock) -> tuple[Exchanges, ExchangeRuntime]:
    """The exchange `main` of a data folder, new or as it was left."""
    exchanges = Exchanges(facts(), lock)
    runtime = await exchanges.create(
        ExchangeSpec(
            "main",
            lambda: Clock(ClockMode.MANUAL, NOW),
            lambda: make_feed("manual", facts()),
            # Both endpoints take conditional orders, so that there are both kinds.
            ExchangeSettings(conditional_orders=ConditionalOrders.ORDER),
            persistent=True,
        )
    )
    if not runtime.state.accounts:
        for name in TRADERS:
            await runtime.execute(c.OpenAccount(name))
            await runtime.execute(c.Transfer(name, Market.USDM, "USDT", Decimal(100_000)))
            await runtime.execute(c.Transfer(name, Market.COINM, "BTC", Decimal(10)))
        await _quote(runtime, Decimal(100_000))
    return exchanges, runtime


async def trade(runtime: ExchangeRuntime, chance: random.Random, turns: int) -> None:
    """So many turns of random traders: place, fill, change and cancel; a refusal is a turn, too."""
    for _ in range(turns):
        with contextlib.suppress(Refusal):
            await _turn(runtime, chance)


async def _turn(runtime: ExchangeRuntime, chance: random.Random) -> None:
    name, market = chance.choice(TRADERS), chance.choice(list(Market))
    symbol, side = SYMBOL[market], chance.choice(list(Side))
    quantity = QUANTITY[market] * chance.randint(1, 5)
    price = Decimal(chance.randint(99_900, 100_100))
    half = runtime.state.accounts[name].on(market)
    turn = chance.random()
    if turn < 0.1:
        await runtime.advance_to(runtime.now() + chance.randint(1, 60_000))
        await _quote(runtime, price)
    elif turn < 0.5:
        time_in_force = chance.choice([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])
        await runtime.execute(
            c.PlaceOrder(
                name,
                market,
                symbol,
                side,
                OrderType.LIMIT,
                quantity=quantity,
                price=price,
                time_in_force=time_in_force,
            )
        )
    elif turn < 0.6:
        await runtime.execute(c.PlaceOrder(name, market, symbol, side, OrderType.MARKET, quantity=quantity))
    elif turn < 0.75 and half.open_orders:
        order = chance.choice(list(half.open_orders.values()))
        await runtime.execute(
            c.AmendOrder(
                name, market, symbol, order.side, order_id=order.order_id, quantity=quantity, price=price
            )
        )
    elif turn < 0.85 and half.open_orders:
        order_id = chance.choice(list(half.open_orders))
        await runtime.execute(c.CancelOrder(name, market, symbol, order_id))
    elif turn < 0.9:
        await runtime.execute(
            c.PlaceOrder(
                name,
                market,
                symbol,
                side,
                OrderType.TRAILING_STOP_MARKET,
                quantity=quantity,
                callback_rate=Decimal("0.1"),
            )
        )
    elif turn < 0.95:
        trigger = price + (300 if side is Side.BUY else -300)
        await runtime.execute(
            c.PlaceAlgoOrder(
                name, market, symbol, side, OrderType.STOP_MARKET, quantity=quantity, trigger_price=trigger
            )
        )
    else:
        await runtime.execute(c.CancelAllAlgoOrders(name, market, symbol))


async def _quote(runtime: ExchangeRuntime, price: Decimal) -> None:
    patch = c.PricePatch(
        mark_price=price,
        index_price=price,
        last_price=price,
        bid_price=price - 1,
        bid_qty=Decimal(20),
        ask_price=price + 1,
        ask_qty=Decimal(20),
    )
    await runtime.execute(c.SetPrices({SYMBOL[Market.USDM]: patch}, {SYMBOL[Market.COINM]: patch}))


def on_exchange(folder: Path, work: Callable[[ExchangeRuntime], object]) -> None:
    """Open the exchange of a folder, let `work` be done on it, and close it."""

    async def run() -> None:
        lock = DataFolderLock(folder)
        exchanges, runtime = await open_exchange(lock)
        try:
            done = work(runtime)
            if asyncio.iscoroutine(done):
                await done
        finally:
            await exchanges.close()
            lock.release()

    asyncio.run(run())


Tables = dict[str, list[tuple[object, ...]]]


def tables(path: Path) -> Tables:
    """All history that a file holds."""
    connection = sqlite3.connect(path)
    try:
        return _all_rows(connection)
    finally:
        connection.close()


def replayed(path: Path) -> Tables:
    """All history that the entries of a journal amount to."""
    journal = Journal.open(path, exchange="main", project=rows_of_entries)
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(history_schema())
        insert_history(connection, list(rows_of_entries(journal.entries())))
        return _all_rows(connection)
    finally:
        connection.close()
        journal.close()


def _all_rows(connection: sqlite3.Connection) -> Tables:
    return {
        name: connection.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()  # noqa: S608 - our own names
        for name in HISTORY
    }
