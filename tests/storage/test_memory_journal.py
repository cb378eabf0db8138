"""A memory journal has the face of a journal and keeps nothing."""

import asyncio
import inspect
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from margind.engine.model.terms import Market
from margind.storage import HistoryRow, IncomeRow, Journal, JournalError, MemoryJournal
from tests.storage.support import entries, entry, income_row


@pytest.fixture
def journal() -> Iterator[MemoryJournal]:
    journal = MemoryJournal()
    yield journal
    journal.close()


def public_face(kind: type) -> dict[str, str]:
    return {
        name: str(inspect.signature(member))
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_journals_have_the_same_face() -> None:
    assert public_face(MemoryJournal) == public_face(Journal)


def test_an_append_is_done_at_once_without_a_thread(journal: MemoryJournal) -> None:
    threads = threading.active_count()

    async def work() -> None:
        assert journal.append(entries(1, 3)).done()
        assert journal.save_snapshot(3, b"state").done()
        await journal.flush()

    asyncio.run(work())
    assert threading.active_count() == threads
    assert journal.durable_sequence == 3


def test_nothing_is_kept(journal: MemoryJournal) -> None:
    async def work() -> None:
        await journal.append(entries(1, 3))
        await journal.save_snapshot(2, b"state")

    asyncio.run(work())
    assert list(journal.entries()) == []
    assert journal.latest_snapshot() is None


def test_the_sequence_is_enforced_as_on_disk(journal: MemoryJournal) -> None:
    async def work() -> None:
        with pytest.raises(JournalError, match="expects entry 1 next"):
            journal.append([entry(2)])
        with pytest.raises(JournalError, match="no entry 1"):
            journal.save_snapshot(1, b"state")
        journal.close()
        journal.close()
        with pytest.raises(JournalError, match="closed"):
            journal.append([entry(1)])

    asyncio.run(work())


def test_a_history_that_cannot_be_kept_is_not_answered_from(journal: MemoryJournal) -> None:
    def rows() -> Iterator[HistoryRow]:
        yield income_row(1)
        raise ValueError("no such order")

    def income() -> list[IncomeRow]:
        return journal.history.income("demo", Market.USDM, start_time=0, end_time=10**14)

    async def work() -> None:
        extract = journal.history.extract("demo", Market.USDM, start_time=0, end_time=10**14)
        await journal.append([entry(1)], rows())
        for _ in range(2):
            with pytest.raises(JournalError, match="no such order"):
                income()
        with pytest.raises(JournalError, match="no such order"):
            journal.append([entry(2)], [income_row(2)])
        assert not list(extract.income())

    asyncio.run(work())


def test_no_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    MemoryJournal().close()
    assert list(tmp_path.iterdir()) == []
