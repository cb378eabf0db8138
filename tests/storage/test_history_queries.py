"""History answers as the documented filters say, durable or in memory, and never makes the writer wait."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

import msgspec
import pytest

from margind.engine.model.terms import IncomeType, MarginChangeType, Market, Millis, PositionSide
from margind.projections import rows_of_entries
from margind.storage import Entry, IncomeRow, Journal, MarginChangeRow, MemoryJournal

HOUR = 3_600_000
NOON = 1_700_000_000_000


def income(hour: int, tran_id: int, kind: IncomeType, amount: str, symbol: str = "BTCUSDT") -> IncomeRow:
    return IncomeRow(
        account="demo",
        market=Market.USDM,
        symbol=symbol,
        income_type=kind,
        income=Decimal(amount),
        asset="USDT",
        info="",
        time=NOON + hour * HOUR,
        tran_id=tran_id,
        trade_id="",
    )


TRANSFER = income(0, 1, IncomeType.TRANSFER, "1000", symbol="")
COMMISSION = income(1, 2, IncomeType.COMMISSION, "-0.04000000")
PROFIT = income(1, 3, IncomeType.REALIZED_PNL, "12.50000000")
FUNDING = income(8, 4, IncomeType.FUNDING_FEE, "-0.00000001")
ETH_FUNDING = income(8, 5, IncomeType.FUNDING_FEE, "0.30000000", symbol="ETHUSDT")
MINE = [TRANSFER, COMMISSION, PROFIT, FUNDING, ETH_FUNDING]
OTHERS = [
    msgspec.structs.replace(COMMISSION, account="other"),
    msgspec.structs.replace(COMMISSION, market=Market.COINM, symbol="BTCUSD_PERP", asset="BTC"),
]


def change(hour: int, kind: int, amount: str, symbol: str = "BTCUSDT") -> MarginChangeRow:
    return MarginChangeRow(
        account="demo",
        market=Market.USDM,
        symbol=symbol,
        position_side=PositionSide.BOTH,
        type=kind,
        delta_type=MarginChangeType.USER_ADJUST,
        amount=Decimal(amount),
        asset="USDT",
        time=NOON + hour * HOUR,
    )


ADDED = change(1, 1, "23.36332311")
TAKEN_OUT = change(2, 2, "-3.00000000")
ADDED_AGAIN = change(3, 1, "100")
ETH_ADDED = change(3, 1, "7", symbol="ETHUSDT")


@pytest.fixture(params=["durable", "in memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal | MemoryJournal]:
    """A journal to which the rows above were written, not in the order of their times."""
    journal = (
        Journal.open(tmp_path / "main.db", exchange="main", project=rows_of_entries)
        if request.param == "durable"
        else MemoryJournal()
    )

    async def write() -> None:
        await journal.append([Entry(1, NOON, b"funding")], [FUNDING, ETH_FUNDING, ADDED_AGAIN, ETH_ADDED])
        await journal.append(
            [Entry(2, NOON, b"before")], [TRANSFER, *OTHERS, COMMISSION, ADDED, PROFIT, TAKEN_OUT]
        )

    asyncio.run(write())
    yield journal
    journal.close()


class Span(TypedDict):
    start_time: Millis
    end_time: Millis


ALWAYS: Span = {"start_time": 0, "end_time": 2 * NOON}


def test_income_is_one_account_and_market_oldest_first(journal: Journal | MemoryJournal) -> None:
    assert journal.history.income("demo", Market.USDM, **ALWAYS) == MINE
    assert journal.history.income("other", Market.USDM, **ALWAYS) == OTHERS[:1]
    assert journal.history.income("demo", Market.COINM, **ALWAYS) == OTHERS[1:]
    assert journal.history.income("nobody", Market.USDM, **ALWAYS) == []


def test_income_of_one_symbol_or_one_type(journal: Journal | MemoryJournal) -> None:
    history = journal.history
    assert history.income("demo", Market.USDM, symbol="ETHUSDT", **ALWAYS) == [ETH_FUNDING]
    assert history.income("demo", Market.USDM, income_type=IncomeType.FUNDING_FEE, **ALWAYS) == [
        FUNDING,
        ETH_FUNDING,
    ]
    assert history.income(
        "demo", Market.USDM, symbol="BTCUSDT", income_type=IncomeType.FUNDING_FEE, **ALWAYS
    ) == [FUNDING]


def test_income_includes_both_ends_of_its_span(journal: Journal | MemoryJournal) -> None:
    history = journal.history
    start, end = NOON + HOUR, NOON + 8 * HOUR
    assert history.income("demo", Market.USDM, start_time=start, end_time=end) == MINE[1:]
    assert history.income("demo", Market.USDM, start_time=start + 1, end_time=end - 1) == []
    assert history.income("demo", Market.USDM, start_time=end, end_time=start) == []


def test_income_comes_in_pages(journal: Journal | MemoryJournal) -> None:
    pages = [
        journal.history.income("demo", Market.USDM, page=page, limit=2, **ALWAYS) for page in (1, 2, 3, 4)
    ]
    assert pages == [MINE[:2], MINE[2:4], MINE[4:], []]


def test_amounts_come_back_digit_for_digit(tmp_path: Path) -> None:
    amounts = ["0E-8", "1E+3", "-0.00000001", "123456789012345678901234567890.12345678"]
    rows = [income(0, number, IncomeType.TRANSFER, amount) for number, amount in enumerate(amounts)]
    journal = Journal.open(tmp_path / "main.db", exchange="main", project=rows_of_entries)

    async def write() -> None:
        await journal.append([Entry(1, NOON, b"")], rows)

    asyncio.run(write())
    found = journal.history.income("demo", Market.USDM, **ALWAYS)
    journal.close()
    assert [str(row.income) for row in found] == ["0E-8", "1000", "-1E-8", amounts[3]]


def test_margin_changes_of_one_symbol_oldest_first(journal: Journal | MemoryJournal) -> None:
    history = journal.history
    assert history.position_margin("demo", Market.USDM, "BTCUSDT", **ALWAYS) == [
        ADDED,
        TAKEN_OUT,
        ADDED_AGAIN,
    ]
    assert history.position_margin("demo", Market.USDM, "ETHUSDT", **ALWAYS) == [ETH_ADDED]
    assert history.position_margin("demo", Market.COINM, "BTCUSDT", **ALWAYS) == []


def test_margin_changes_of_one_type_in_a_span_up_to_a_limit(journal: Journal | MemoryJournal) -> None:
    history = journal.history
    added = [ADDED, ADDED_AGAIN]
    assert history.position_margin("demo", Market.USDM, "BTCUSDT", change_type=1, **ALWAYS) == added
    assert history.position_margin("demo", Market.USDM, "BTCUSDT", change_type=2, **ALWAYS) == [TAKEN_OUT]
    assert history.position_margin("demo", Market.USDM, "BTCUSDT", limit=1, **ALWAYS) == [ADDED]
    span: Span = {"start_time": NOON + 2 * HOUR, "end_time": NOON + 2 * HOUR}
    assert history.position_margin("demo", Market.USDM, "BTCUSDT", **span) == [TAKEN_OUT]


def test_history_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "main.db"
    journal = Journal.open(path, exchange="main", project=rows_of_entries)

    async def write() -> None:
        await journal.append([Entry(1, NOON, b"many")], MINE * 50)

    asyncio.run(write())
    journal.close()
    again = Journal.open(path, exchange="main", project=rows_of_entries)
    rows = again.history.income("demo", Market.USDM, limit=1000, **ALWAYS)
    again.close()
    assert len(rows) == 250
    assert {file.name for file in tmp_path.iterdir()} == {"main.db", "margind.lock"}


def test_a_row_is_visible_once_its_entry_is_acknowledged(journal: Journal | MemoryJournal) -> None:
    fee = income(9, 6, IncomeType.COMMISSION, "-1")

    async def write_and_ask() -> list[IncomeRow]:
        journal.history.income("demo", Market.USDM, **ALWAYS)  # a query before does not fix what is seen
        await journal.append([Entry(3, NOON, b"trade")], [fee])
        return journal.history.income("demo", Market.USDM, **ALWAYS)

    assert asyncio.run(write_and_ask()) == [*MINE, fee]
