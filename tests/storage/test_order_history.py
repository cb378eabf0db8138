"""History knows orders as they stand now, their fills and changes, and for how long each is returned."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import (
    AlgoStatus,
    AutoClose,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from margind.projections import rows_of_entries
from margind.storage import (
    AlgoOrderRow,
    AmendmentRow,
    Entry,
    History,
    HistoryRow,
    Journal,
    MemoryJournal,
    OrderRow,
    TradeRow,
)
from margind.storage.extracts import ROWS_AT_ONCE

DAY = 24 * 3600 * 1000
NOW = 1_700_000_000_000
USDM = Market.USDM

AnyJournal = Journal | MemoryJournal


def order(order_id: int, symbol: str = "BTCUSDT", *, at: Millis = NOW, **more: Any) -> Order:
    return Order(
        order_id,
        more.pop("client_order_id", f"mine-{order_id}"),
        symbol,
        Side.BUY,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTC,
        Decimal("60000.10"),
        Decimal("0.002"),
        time=at,
        update_time=at,
        **more,
    )


def algo_order(algo_id: int, *, at: Millis = NOW, **more: Any) -> AlgoOrder:
    return AlgoOrder(
        algo_id,
        more.pop("client_algo_id", f"stop-{algo_id}"),
        "BTCUSDT",
        Side.SELL,
        PositionSide.BOTH,
        OrderType.STOP_MARKET,
        TimeInForce.GTC,
        Decimal("0.002"),
        Decimal(0),
        Decimal(50000),
        create_time=at,
        update_time=at,
        **more,
    )


def trade(trade_id: int, order_id: int, symbol: str = "BTCUSDT", *, at: Millis = NOW) -> TradeRow:
    return TradeRow(
        account="demo",
        market=USDM,
        symbol=symbol,
        trade_id=trade_id,
        order_id=order_id,
        side=Side.SELL,
        position_side=PositionSide.LONG,
        price=Decimal("60000.10"),
        quantity=Decimal("0.001"),
        value=Decimal("60.0001000"),
        realized_profit=Decimal("-0.00000001"),
        margin_asset="USDT",
        commission=Decimal("0E-8"),
        commission_asset="BNB",
        is_maker=trade_id % 2 == 0,
        time=at,
    )


def amendment(amendment_id: int, order_id: int, count: int, *, at: Millis = NOW) -> AmendmentRow:
    return AmendmentRow(
        account="demo",
        market=USDM,
        symbol="BTCUSDT",
        amendment_id=amendment_id,
        order_id=order_id,
        client_order_id=f"mine-{order_id}",
        price_before=Decimal("60000.10"),
        price=Decimal("60000.20"),
        orig_qty_before=Decimal("0.002"),
        orig_qty=Decimal("0.003"),
        count=count,
        modify_id=None if count == 1 else 77,
        time=at,
    )


def kept(*orders: Order, account: str = "demo", market: Market = USDM) -> list[HistoryRow]:
    return [OrderRow(account, market, each) for each in orders]


def kept_algo(*orders: AlgoOrder) -> list[HistoryRow]:
    return [AlgoOrderRow("demo", USDM, each) for each in orders]


@pytest.fixture(params=["durable", "in memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyJournal]:
    durable = request.param == "durable"
    journal = (
        Journal.open(tmp_path / "main.db", exchange="main", project=rows_of_entries)
        if durable
        else MemoryJournal()
    )
    yield journal
    journal.close()


def remember(journal: AnyJournal, *commits: list[HistoryRow]) -> History:
    """The history after these rows, one list to a commit."""

    async def write() -> None:
        for rows in commits:
            await journal.append([Entry(journal.durable_sequence + 1, NOW, b"")], rows)

    asyncio.run(write())
    return journal.history


# ---- orders


def test_an_order_is_kept_once_as_it_stands_last(journal: AnyJournal) -> None:
    new = order(1)
    partial = msgspec.structs.replace(new, executed_qty=Decimal("0.001"), update_time=NOW + 1)
    gone = msgspec.structs.replace(partial, status=OrderStatus.CANCELED, update_time=NOW + 2)
    history = remember(journal, kept(new), kept(partial, gone))
    assert history.orders("demo", USDM, "BTCUSDT", now=NOW) == [gone]
    assert history.order("demo", USDM, "BTCUSDT", order_id=1, now=NOW) == gone


def test_what_is_new_and_what_takes_a_place_may_come_together_in_any_order(journal: AnyJournal) -> None:
    first, changed = order(1), order(5)
    filled = msgspec.structs.replace(changed, executed_qty=Decimal("0.002"), status=OrderStatus.FILLED)
    missed, newest = order(3), order(6)
    history = remember(journal, kept(first, changed), kept(newest, missed, filled))
    assert history.orders("demo", USDM, "BTCUSDT", now=NOW) == [first, missed, filled, newest]


def test_orders_are_of_one_account_and_market_in_order_of_their_times(journal: AnyJournal) -> None:
    late, early = order(1, at=NOW), order(2, at=NOW - 5)
    history = remember(
        journal, kept(late, early), kept(order(3), account="other"), kept(order(4), market=Market.COINM)
    )
    assert history.orders("demo", USDM, "BTCUSDT", now=NOW) == [early, late]
    assert history.orders("nobody", USDM, "BTCUSDT", now=NOW) == []


def test_orders_of_one_symbol_or_of_several_or_of_all(journal: AnyJournal) -> None:
    btc, eth, quarter = order(1), order(2, "ETHUSDT", at=NOW - 1), order(3, "BTCUSDT_260925")
    history = remember(journal, kept(btc, eth, quarter))
    assert history.orders("demo", USDM, "ETHUSDT", now=NOW) == [eth]
    assert history.orders("demo", USDM, ("BTCUSDT_260925", "BTCUSDT"), now=NOW) == [btc, quarter]
    assert history.orders("demo", USDM, (), now=NOW) == []
    assert history.orders("demo", USDM, now=NOW) == [eth, btc, quarter]


def test_orders_from_an_id_in_a_span_and_the_newest(journal: AnyJournal) -> None:
    one, two, three = (order(number, at=NOW + number) for number in (1, 2, 3))
    history = remember(journal, kept(one, two, three))

    def found(**asked: Any) -> list[Order]:
        return history.orders("demo", USDM, "BTCUSDT", now=NOW, **asked)

    assert found(order_id=2) == [two, three]
    assert found(order_id=2, limit=1) == [two]
    assert found(start_time=NOW + 1, end_time=NOW + 2) == [one, two]
    assert found(start_time=NOW + 4) == []
    assert found(limit=2) == [one, two]
    assert found(limit=2, newest=True) == [two, three]


def test_orders_that_the_exchange_placed_by_kind_and_time(journal: AnyJournal) -> None:
    own = order(1)
    liquidation = order(2, at=NOW - 3, auto_close=AutoClose.LIQUIDATION, executed_qty=Decimal(1))
    deleveraged = order(3, "ETHUSDT", at=NOW - 2, auto_close=AutoClose.ADL, executed_qty=Decimal(1))
    again = order(4, at=NOW - 1, auto_close=AutoClose.LIQUIDATION, executed_qty=Decimal(1))
    history = remember(journal, kept(own, liquidation, deleveraged, again))

    def found(*symbol: str, **asked: Any) -> list[Order]:
        return history.force_orders("demo", USDM, *symbol, end_time=asked.pop("end", NOW), now=NOW, **asked)

    assert found() == [liquidation, deleveraged, again]
    assert found("BTCUSDT") == [liquidation, again]
    assert found(auto_close=AutoClose.ADL) == [deleveraged]
    assert found(start_time=NOW - 2, end=NOW - 2) == [deleveraged]
    assert found(limit=1, newest=True) == [again]


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_what_ended_without_a_fill_is_returned_for_three_days(
    journal: AnyJournal, status: OrderStatus
) -> None:
    unfilled = order(1, status=status)
    filled = order(2, status=status, executed_qty=Decimal("0.001"))
    resting = order(3)
    history = remember(journal, kept(unfilled, filled, resting))
    assert history.orders("demo", USDM, "BTCUSDT", now=NOW + 3 * DAY) == [unfilled, filled, resting]
    after = NOW + 3 * DAY + 1
    assert history.orders("demo", USDM, "BTCUSDT", now=after) == [filled, resting]
    assert history.order("demo", USDM, "BTCUSDT", order_id=1, now=after) is None
    assert history.order("demo", USDM, "BTCUSDT", order_id=2, now=after) == filled


def test_nothing_is_returned_after_90_days(journal: AnyJournal) -> None:
    history = remember(journal, [*kept(order(1)), trade(1, 1), amendment(1, 1, 1), *kept_algo(algo_order(1))])

    def returned(now: Millis) -> list[bool]:
        return [
            bool(found)
            for found in (
                history.orders("demo", USDM, "BTCUSDT", now=now),
                history.order("demo", USDM, "BTCUSDT", client_order_id="mine-1", now=now),
                history.trades("demo", USDM, "BTCUSDT", now=now),
                history.amendments("demo", USDM, "BTCUSDT", order_id=1, now=now),
                history.algo_orders("demo", USDM, "BTCUSDT", now=now),
                history.algo_order("demo", USDM, algo_id=1, now=now),
            )
        ]

    assert returned(NOW + 90 * DAY) == [True] * 6
    assert returned(NOW + 90 * DAY + 1) == [False] * 6


def test_a_clients_id_finds_its_newest_order_on_the_symbol(journal: AnyJournal) -> None:
    first, again = order(1, client_order_id="mine"), order(2, client_order_id="mine")
    history = remember(
        journal, kept(first, again, order(3, "ETHUSDT", client_order_id="mine")), kept(order(4))
    )
    assert history.order("demo", USDM, "BTCUSDT", client_order_id="mine", now=NOW) == again
    assert history.order("demo", USDM, "BTCUSDT", order_id=1, client_order_id="mine", now=NOW) == first
    assert history.order("demo", USDM, "ETHUSDT", order_id=1, now=NOW) is None
    assert history.order("other", USDM, "BTCUSDT", order_id=1, now=NOW) is None
    assert history.order("demo", Market.COINM, "BTCUSDT", client_order_id="mine", now=NOW) is None


# ---- fills and changes


def test_fills_come_back_digit_for_digit(journal: AnyJournal) -> None:
    history = remember(journal, [trade(1, 1), trade(2, 1)])
    found = history.trades("demo", USDM, "BTCUSDT", now=NOW)
    assert found == [trade(1, 1), trade(2, 1)]
    assert [(str(row.value), str(row.commission), row.is_maker) for row in found] == [
        ("60.0001000", "0E-8", False),
        ("60.0001000", "0E-8", True),
    ]


def test_fills_of_an_order_from_an_id_in_a_span_and_the_newest(journal: AnyJournal) -> None:
    rows = [trade(number, 10 + number % 2, at=NOW + number) for number in (1, 2, 3, 4)]
    eth = trade(5, 12, "ETHUSDT", at=NOW + 1)
    history = remember(journal, [*rows, eth])

    def found(symbol: Any = "BTCUSDT", **asked: Any) -> list[int]:
        return [row.trade_id for row in history.trades("demo", USDM, symbol, now=NOW, **asked)]

    assert found(order_id=11) == [1, 3]
    assert found(order_id=11, limit=1, newest=True) == [3]
    assert found("ETHUSDT", order_id=11) == []
    assert found(from_id=3) == [3, 4]
    assert found(order_id=10, from_id=3) == [4]
    assert found(start_time=NOW + 2, end_time=NOW + 3) == [2, 3]
    assert found(limit=2) == [1, 2]
    assert found(limit=2, newest=True) == [3, 4]
    assert found(["ETHUSDT", "BTCUSDT"]) == [1, 5, 2, 3, 4]
    assert found(None, limit=1, newest=True) == [4]


def test_changes_of_an_order_by_either_id(journal: AnyJournal) -> None:
    first, second = amendment(7, 1, 1), amendment(9, 1, 2, at=NOW + 1)
    history = remember(journal, [first, amendment(8, 2, 1), second])
    by_id = history.amendments("demo", USDM, "BTCUSDT", order_id=1, now=NOW)
    assert by_id == [first, second]
    assert history.amendments("demo", USDM, "BTCUSDT", client_order_id="mine-1", now=NOW) == by_id
    assert history.amendments("demo", USDM, "BTCUSDT", order_id=1, limit=1, newest=True, now=NOW) == [second]
    assert history.amendments("demo", USDM, "BTCUSDT", order_id=1, start_time=NOW + 1, now=NOW) == [second]
    assert history.amendments("demo", USDM, "BTCUSDT", order_id=1, end_time=NOW, now=NOW) == [first]
    assert history.amendments("other", USDM, "BTCUSDT", order_id=1, now=NOW) == []


# ---- conditional orders


def test_conditional_orders_come_in_pages_as_they_stand_last(journal: AnyJournal) -> None:
    one, two, three = (algo_order(number, at=NOW + number) for number in (1, 2, 3))
    done = msgspec.structs.replace(two, status=AlgoStatus.FINISHED, actual_order_id=77)
    history = remember(journal, kept_algo(one, two, three), kept_algo(done))

    def found(**asked: Any) -> list[AlgoOrder]:
        return history.algo_orders("demo", USDM, "BTCUSDT", now=NOW, **asked)

    assert found() == [one, done, three]
    assert found(algo_id=2) == [done, three]
    assert [found(page=page, limit=2) for page in (1, 2, 3)] == [[one, done], [three], []]
    assert found(start_time=NOW + 2, end_time=NOW + 2) == [done]
    assert found(limit=1, newest=True) == [three]


def test_a_conditional_order_is_found_by_either_id(journal: AnyJournal) -> None:
    first, again = algo_order(1, client_algo_id="stop"), algo_order(2, client_algo_id="stop")
    history = remember(journal, kept_algo(first, again))
    assert history.algo_order("demo", USDM, algo_id=1, now=NOW) == first
    assert history.algo_order("demo", USDM, client_algo_id="stop", now=NOW) == again
    assert history.algo_order("other", USDM, algo_id=1, now=NOW) is None


def test_a_conditional_order_that_was_cancelled_is_returned_for_three_days(journal: AnyJournal) -> None:
    cancelled, rejected = (
        algo_order(1, status=AlgoStatus.CANCELED),
        algo_order(2, status=AlgoStatus.REJECTED),
    )
    history = remember(journal, kept_algo(cancelled, rejected))
    assert history.algo_orders("demo", USDM, "BTCUSDT", now=NOW + 3 * DAY) == [cancelled, rejected]
    assert history.algo_orders("demo", USDM, "BTCUSDT", now=NOW + 3 * DAY + 1) == [rejected]


# ---- all of a span


def test_an_extract_has_all_rows_of_all_symbols_in_order(journal: AnyJournal) -> None:
    many = 2 * ROWS_AT_ONCE + 1
    symbols = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
    orders = [order(number, symbols[number % 3], at=NOW + number // 7) for number in range(1, many + 1)]
    trades = [trade(each.order_id, each.order_id, each.symbol, at=each.time) for each in orders]
    remember(journal, kept(*orders), [*trades, trade(1, 1, at=NOW - 1), trade(1, 1, at=NOW + many)])
    aside = journal.history_aside()
    extract = aside.extract("demo", USDM, start_time=NOW, end_time=NOW + many - 1)
    assert list(extract.orders()) == orders
    assert list(extract.trades()) == trades
    assert list(aside.extract("demo", Market.COINM, start_time=0, end_time=2 * NOW).trades()) == []
    aside.close()


def test_an_extract_may_be_read_while_rows_are_added(journal: AnyJournal) -> None:
    orders = [order(number) for number in range(1, ROWS_AT_ONCE + 3)]
    remember(journal, kept(*orders))
    aside = journal.history_aside()
    reading = aside.extract("demo", USDM, start_time=0, end_time=NOW).orders()
    read = [next(reading)]
    added = order(9_999)
    remember(journal, kept(added))
    # Whether it has what was added since is left open.
    assert [*read, *reading][: len(orders)] == orders
    aside.close()
    assert journal.history.orders("demo", USDM, newest=True, limit=1, now=NOW) == [added]
