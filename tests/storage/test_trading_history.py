"""The history of trading is what the journal's entries say, whatever happened in between."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec

from margind.demo import demo_document
from margind.engine.commands import PlaceOrder, SettleFunding
from margind.engine.events import FundingSettled
from margind.engine.model.orders import Order
from margind.engine.model.terms import IncomeType, Market, OrderStatus, OrderType, Side, TimeInForce
from margind.projections import rows_of_entries
from margind.runtime import ExchangeRuntime
from margind.storage import Journal
from tests.storage.support import start_program
from tests.storage.traders import HISTORY, SYMBOL, TRADERS, on_exchange, replayed, tables, trade

FOREVER = 10**15
EMPTY_HERE = {"position_margin"}


def trade_for(folder: Path, seed: int, turns: int) -> None:
    on_exchange(folder, lambda runtime: trade(runtime, random.Random(seed), turns))


def test_every_table_holds_what_the_entries_say(tmp_path: Path) -> None:
    trade_for(tmp_path, 1, 400)
    found = tables(tmp_path / "main.db")
    assert {name for name in HISTORY if not found[name]} == EMPTY_HERE
    assert found == replayed(tmp_path / "main.db")


def test_orders_that_were_open_are_followed_over_a_restart(tmp_path: Path) -> None:
    for seed in range(4):
        trade_for(tmp_path, seed, 100)
    assert tables(tmp_path / "main.db") == replayed(tmp_path / "main.db")


def kept_and_open(runtime: ExchangeRuntime) -> tuple[dict[int, Order], dict[int, Order]]:
    """Orders that history takes for open, and those that are."""
    kept: dict[int, Order] = {}
    really: dict[int, Order] = {}
    for name in TRADERS:
        for market in Market:
            orders = runtime.journal.history.orders(
                name, market, SYMBOL[market], now=runtime.now(), limit=10_000
            )
            kept |= {order.order_id: order for order in orders if order.is_open}
            really |= dict(runtime.state.accounts[name].on(market).open_orders)
    return kept, really


def test_the_open_orders_of_history_are_those_of_the_exchange(tmp_path: Path) -> None:
    trade_for(tmp_path, 5, 300)

    def compare(runtime: ExchangeRuntime) -> None:
        kept, really = kept_and_open(runtime)
        assert really
        assert kept == really

    on_exchange(tmp_path, compare)


def test_what_was_acknowledged_before_a_kill_is_in_the_history(tmp_path: Path) -> None:
    for seed, acknowledgements in ((11, 12), (12, 7), (13, 20)):
        with start_program("trade.py", tmp_path, seed) as process:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(acknowledgements)]
            process.kill()
            told.extend(process.stdout.readlines())
        journal = Journal.open(tmp_path / "main.db", exchange="main", project=rows_of_entries)
        assert journal.durable_sequence >= max(int(line) for line in told if line.endswith("\n"))
        journal.close()
        assert tables(tmp_path / "main.db") == replayed(tmp_path / "main.db")
        on_exchange(tmp_path, check_open)
    trade_for(tmp_path, 14, 100)
    assert tables(tmp_path / "main.db") == replayed(tmp_path / "main.db")


def check_open(runtime: ExchangeRuntime) -> None:
    kept, really = kept_and_open(runtime)
    assert kept == really
    assert all(order.status in {OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED} for order in kept.values())


def test_income_names_the_trade_and_has_numbers_of_its_own(tmp_path: Path) -> None:
    trade_for(tmp_path, 3, 400)

    def check(runtime: ExchangeRuntime) -> None:
        history, closed = runtime.journal.history, 0
        for name in TRADERS:
            for market in Market:
                income = history.income(name, market, start_time=0, end_time=FOREVER, limit=10_000)
                fees = {row.trade_id: row for row in income if row.income_type == "COMMISSION"}
                profits = {row.trade_id: row for row in income if row.income_type == "REALIZED_PNL"}
                for row in history.trades(name, market, SYMBOL[market], now=runtime.now(), limit=10_000):
                    fee, profit = fees[str(row.trade_id)], profits.get(str(row.trade_id))
                    assert (fee.income, fee.asset, fee.time) == (
                        -row.commission,
                        row.commission_asset,
                        row.time,
                    )
                    assert (profit is None) == (row.realized_profit == 0)
                    if profit is not None:
                        assert (profit.income, profit.asset) == (row.realized_profit, row.margin_asset)
                        assert fee.tran_id == profit.tran_id + 1
                        closed += 1
                numbers = [(row.income_type, row.tran_id) for row in income]
                assert len(set(numbers)) == len(numbers)
        assert closed

    on_exchange(tmp_path, check)


def test_orders_that_a_loaded_document_takes_the_place_of_end_as_cancelled(tmp_path: Path) -> None:
    async def load(runtime: ExchangeRuntime) -> None:
        for price in (90_000, 90_001):
            await runtime.execute(
                PlaceOrder(
                    "ann",
                    Market.USDM,
                    "BTCUSDT",
                    Side.BUY,
                    OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC,
                    quantity=Decimal("0.002"),
                    price=Decimal(price),
                )
            )
        await runtime.advance_to(runtime.now() + 5)
        history, account = runtime.journal.history, runtime.state.accounts["ann"]
        gone = set(account.usdm.open_orders)
        assert len(gone) == 2
        await runtime.execute(
            msgspec.structs.replace(demo_document(runtime.state, runtime.now()), account="ann")
        )
        orders = history.orders("ann", Market.USDM, now=runtime.now(), limit=10_000)
        by_id = {order.order_id: order for order in orders}
        assert {by_id[order_id].status for order_id in gone} == {OrderStatus.CANCELED}
        assert {by_id[order_id].update_time for order_id in gone} == {runtime.now()}
        rows = list(account.usdm.open_orders.values())
        assert rows
        assert [by_id[order.order_id] for order in rows] == rows

    on_exchange(tmp_path, load)


def test_funding_is_income_of_its_own_kind(tmp_path: Path) -> None:
    async def settle(runtime: ExchangeRuntime) -> None:
        await trade(runtime, random.Random(1), 400)
        events = []
        for market in Market:
            events += await runtime.execute(SettleFunding(market, SYMBOL[market], Decimal("0.0001")))
        settled = [event for event in events if isinstance(event, FundingSettled)]
        assert {event.market for event in settled} == set(Market)
        for event in settled:
            (row,) = runtime.journal.history.income(
                event.account,
                event.market,
                income_type=IncomeType.FUNDING_FEE,
                start_time=0,
                end_time=FOREVER,
            )
            assert (row.income, row.asset, row.symbol) == (event.amount, event.asset, event.symbol)
            assert (row.tran_id, row.time, row.trade_id) == (event.tran_id, event.time, "")
            # Documented: COMMISSION rows of 'Get Income History', "COMMISSION" on USDⓈ-M and "" on COIN-M.
            assert row.info == ("FUNDING_FEE" if event.market is Market.USDM else "")

    on_exchange(tmp_path, settle)
