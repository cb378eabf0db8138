"""A journal of the format before is brought to this one, all or nothing, with its history made anew."""

import contextlib
import random
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from margind.engine.model.terms import Market
from margind.projections import rows_of_entries
from margind.runtime import ExchangeRuntime
from margind.storage import Entry, HistoryRow, IncomeRow, Journal, JournalError
from margind.storage.database import SCHEMA_VERSION
from tests.storage.support import (
    contents,
    entries,
    income_row,
    project,
    read_journal,
    start_program,
    write_journal,
)
from tests.storage.traders import on_exchange, tables, trade

# What format 1 had: income and isolated-margin changes alone.
ADDED_SINCE = ("orders", "trades", "amendments", "algo_orders", "fundings")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "main.db"


def as_format_1(path: Path) -> None:
    """Make a journal what margind wrote before it kept orders."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for table in ADDED_SINCE:
            connection.execute(f"DROP TABLE {table}")
        # It projected no fills, and called no commission income.
        connection.execute("DELETE FROM income WHERE income_type <> 'TRANSFER'")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


def version_of(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[60:64], "big")


def open_and_close(_: ExchangeRuntime) -> None:
    """Nothing is done in between."""


def test_the_history_of_an_older_journal_is_made_anew(path: Path) -> None:
    write_journal(path, 2500)
    as_format_1(path)
    assert version_of(path) == 1
    journal = Journal.open(path, exchange="main", project=project)
    assert list(journal.entries()) == entries(1, 2500)
    income = journal.history.income("demo", Market.USDM, start_time=0, end_time=10**14, limit=5000)
    journal.close()
    assert income == [income_row(sequence) for sequence in range(1, 2501)]
    assert version_of(path) == SCHEMA_VERSION
    assert {file.name for file in path.parent.iterdir()} == {"main.db", "margind.lock"}
    assert read_journal(path) == entries(1, 2500)  # now it is one of this format, and needs no projector


def test_an_upgraded_exchange_has_the_history_it_would_have_kept(path: Path) -> None:
    on_exchange(path.parent, lambda runtime: trade(runtime, random.Random(21), 300))
    kept = tables(path)
    as_format_1(path)
    on_exchange(path.parent, open_and_close)
    assert tables(path) == kept
    assert kept["orders"]


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    write_journal(path, 50)
    as_format_1(path)
    before = contents(path.parent)

    def fail(found: Iterable[Entry], after: int) -> Iterator[HistoryRow]:
        for entry in found:
            yield income_row(entry.sequence)
            if entry.sequence == 40:
                raise ValueError("no such event")

    with pytest.raises(JournalError, match=r"cannot be upgraded from format 1, because .*no such event"):
        Journal.open(path, exchange="main", project=fail)
    assert contents(path.parent) == before
    journal = Journal.open(path, exchange="main", project=project)
    journal.close()
    assert version_of(path) == SCHEMA_VERSION


def test_a_damaged_entry_stops_an_upgrade(path: Path) -> None:
    write_journal(path, 50)
    as_format_1(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE entry SET payload = x'00' WHERE sequence = 30")
        connection.commit()
    before = contents(path.parent)
    with pytest.raises(JournalError, match="entry 30 does not match its checksum"):
        Journal.open(path, exchange="main", project=project)
    assert contents(path.parent) == before


def test_an_upgrade_that_is_killed_begins_anew(path: Path) -> None:
    write_journal(path, 5000)
    as_format_1(path)
    with start_program("upgrade.py", path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert version_of(path) == 1
    journal = Journal.open(path, exchange="main", project=project)
    income = journal.history.income("demo", Market.USDM, start_time=0, end_time=10**14, limit=9999)
    journal.close()
    assert [row.tran_id for row in income] == list(range(1, 5001))
    assert version_of(path) == SCHEMA_VERSION


def test_an_older_journal_without_its_entries_is_damaged(path: Path) -> None:
    write_journal(path, 5)
    as_format_1(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE entry")
    with pytest.raises(JournalError, match="its tables are not those of a journal"):
        Journal.open(path, exchange="main", project=rows_of_entries)


def test_a_log_may_hold_a_newer_format_than_the_file(path: Path) -> None:
    write_journal(path, 5)
    # A newer margind that was killed after its upgrade: only the log says so.
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    log = path.with_name("main.db-wal").read_bytes()
    file = path.read_bytes()
    connection.close()
    path.write_bytes(file)
    path.with_name("main.db-wal").write_bytes(log)
    assert version_of(path) == SCHEMA_VERSION
    with pytest.raises(JournalError, match="was written by a newer margind"):
        Journal.open(path, exchange="main", project=project)


def test_income_of_older_journals_stays(path: Path) -> None:
    on_exchange(path.parent, open_and_close)
    as_format_1(path)
    deposits: list[IncomeRow] = []

    def look(runtime: ExchangeRuntime) -> None:
        history = runtime.journal.history
        deposits.extend(history.income("ann", Market.USDM, start_time=0, end_time=10**14))

    on_exchange(path.parent, look)
    assert [(str(row.income), row.asset) for row in deposits] == [("100000", "USDT")]
