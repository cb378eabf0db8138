"""History follows the entries: in time for every query, and again after a crash has cut it off."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from margind.engine.model.terms import Market
from margind.storage import Entry, HistoryRow, IncomeRow, Journal, JournalError, writer
from margind.storage.database import connect_to_write, insert
from tests.storage.support import (
    contents,
    entries,
    entry,
    income_row,
    project,
    run_until_killed,
    with_journal,
    write_journal,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "main.db"


def income(journal: Journal) -> list[IncomeRow]:
    return journal.history.income("demo", Market.USDM, start_time=0, end_time=10**14, limit=10**6)


def noted(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        ((sequence,),) = connection.execute("SELECT value FROM meta WHERE name = 'history'").fetchall()
    return int(sequence)


def note(path: Path, change: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(change, values)
        connection.commit()


def test_a_query_has_all_that_was_acknowledged_before_it(path: Path) -> None:
    async def work(journal: Journal) -> None:
        for sequence in range(1, 30):
            await journal.append([entries(sequence, sequence)[0]], [income_row(sequence)])
            assert income(journal)[-1] == income_row(sequence)

    with_journal(path, work)


def test_rows_are_asked_for_behind_the_acknowledgement(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "HISTORY_QUIET_SECONDS", 60)
    asked_in: list[str] = []

    def rows() -> Iterator[HistoryRow]:
        asked_in.append(threading.current_thread().name)
        yield income_row(1)

    async def work(journal: Journal) -> None:
        await journal.append(entries(1, 1), rows())
        assert not asked_in
        await journal.caught_up()
        assert asked_in == ["journal main.db"]
        assert income(journal) == [income_row(1)]

    with_journal(path, work)


def test_history_does_not_fall_further_behind_than_its_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HISTORY_QUIET_SECONDS", 60)
    monkeypatch.setattr(writer, "MOST_BEHIND", 10)
    followed = threading.Event()
    follow = writer.Writer._follow

    def follow_and_say_so(self: writer.Writer, connection: sqlite3.Connection) -> None:
        follow(self, connection)
        followed.set()

    monkeypatch.setattr(writer.Writer, "_follow", follow_and_say_so)

    async def work(journal: Journal) -> None:
        await journal.append(entries(1, 9), map(income_row, range(1, 10)))
        assert not followed.is_set()
        await journal.append(entries(10, 10), [income_row(10)])
        assert await asyncio.to_thread(followed.wait, 10)

    with_journal(path, work)


def test_what_comes_while_history_follows_waits_for_a_part_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FOLLOWED_AT_ONCE", 10)
    monkeypatch.setattr(writer, "HISTORY_QUIET_SECONDS", 60)
    following, handed_over = threading.Event(), threading.Event()
    asked: list[int] = []

    def rows(number: int) -> Iterator[HistoryRow]:
        following.set()
        assert handed_over.wait(10)
        asked.append(number)
        yield income_row(number)

    async def work(journal: Journal) -> None:
        for number in range(1, 30):
            await journal.append([entry(number)], rows(number))
        monkeypatch.setattr(writer, "HISTORY_QUIET_SECONDS", 0.01)
        await journal.append([entry(30)], rows(30))
        assert await asyncio.to_thread(following.wait, 10)
        monkeypatch.setattr(writer, "HISTORY_QUIET_SECONDS", 60)
        written = journal.append([entry(31)])
        handed_over.set()
        await written
        assert asked == list(range(1, 11))
        await journal.caught_up()
        assert asked == list(range(1, 31))

    with_journal(path, work)


class Watched(sqlite3.Connection):
    """Notes how each commit is synced: 2 is FULL, which returns when the disk has it."""

    synced: ClassVar[list[int]] = []

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement == "COMMIT":
            self.synced.extend(super().execute("PRAGMA synchronous").fetchone())
        return super().execute(statement, *values)


def test_history_is_synced_so_that_a_power_failure_tears_one_commit_at_most(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    monkeypatch.setattr(writer, "MOST_BEHIND", 1)
    Watched.synced.clear()

    async def work(journal: Journal) -> None:
        for sequence in range(1, 6):
            await journal.append(entries(sequence, sequence), [income_row(sequence)])

    with_journal(path, work)
    assert Watched.synced == [2] * 10


def test_a_row_that_is_refused_ends_the_whole_transaction(path: Path) -> None:
    write_journal(path, 5)
    with contextlib.closing(connect_to_write(path)) as connection:
        connection.execute("BEGIN")
        insert(connection, "meta", [("one", "1")])
        with pytest.raises(sqlite3.IntegrityError):
            insert(connection, "meta", [("two", "2"), ("three", None)])
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM meta WHERE name = 'one'").fetchone() == (0,)


def test_callers_of_several_threads_each_get_what_was_durable_when_they_asked(path: Path) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def rows() -> Iterator[HistoryRow]:
        begun.set()
        assert goes_on.wait(10)
        yield income_row(1)

    async def work(journal: Journal) -> None:
        def asked() -> list[IncomeRow]:
            with contextlib.closing(journal.history_aside()) as history:
                return history.income("demo", Market.USDM, start_time=0, end_time=10**14)

        await journal.append(entries(1, 1), rows())
        first = asyncio.create_task(asyncio.to_thread(asked))
        assert await asyncio.to_thread(begun.wait, 10)
        # The writer is at it now, so what comes next is durable only after it.
        second = asyncio.create_task(asyncio.to_thread(asked))
        written = journal.append(entries(2, 2), [income_row(2)])
        await asyncio.sleep(0.05)
        assert not first.done()
        assert not second.done()
        goes_on.set()
        await written
        third, fourth = await asyncio.gather(asyncio.to_thread(asked), asyncio.to_thread(asked))
        assert (await first)[:1] == (await second)[:1] == [income_row(1)]
        assert third == fourth == [income_row(1), income_row(2)]

    with_journal(path, work)


def test_closing_lets_history_follow_to_the_end(path: Path) -> None:
    write_journal(path, 23)
    assert noted(path) == 23


def cut_off(path: Path, keep: int) -> None:
    """Leave a journal as a crash does whose history had not followed beyond an entry."""
    note(path, "DELETE FROM income WHERE tran_id > ?", keep)
    note(path, "UPDATE meta SET value = ? WHERE name = 'history'", keep)


def test_what_a_crash_cut_off_is_made_again_and_nothing_twice(path: Path) -> None:
    write_journal(path, 2500)
    cut_off(path, 1200)
    journal = Journal.open(path, exchange="main", project=project)
    assert income(journal) == [income_row(sequence) for sequence in range(1, 2501)]
    journal.close()
    assert noted(path) == 2500


def test_a_killed_process_leaves_a_history_that_is_completed(path: Path) -> None:
    run = run_until_killed(path, 60)
    journal = Journal.open(path, exchange="main", project=project)
    booked = income(journal)
    journal.close()
    assert len(booked) >= run.acknowledged
    assert booked == [income_row(sequence) for sequence in range(1, len(booked) + 1)]


def test_a_history_that_cannot_be_completed_leaves_the_file_as_it_was(path: Path) -> None:
    write_journal(path, 50)
    cut_off(path, 20)
    before = contents(path.parent)

    def fail(found: Iterable[Entry], after: int) -> Iterator[HistoryRow]:
        yield income_row(after + 1)
        raise KeyError("no such event")

    with pytest.raises(JournalError, match=r"cannot be completed, because .*no such event"):
        Journal.open(path, exchange="main", project=fail)
    assert contents(path.parent) == before
    Journal.open(path, exchange="main", project=project).close()
    assert noted(path) == 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM meta WHERE name = 'history'", "does not say how far its history goes"),
        ("UPDATE meta SET value = 'far' WHERE name = 'history'", "does not say how far its history goes"),
        ("UPDATE meta SET value = '51' WHERE name = 'history'", "entries between 50 and 51 are missing"),
    ],
)
def test_a_journal_that_contradicts_its_history_is_damaged(path: Path, change: str, said: str) -> None:
    write_journal(path, 50)
    note(path, change)
    with pytest.raises(JournalError, match=said):
        Journal.open(path, exchange="main", project=project)
