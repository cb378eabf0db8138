"""What a journal acknowledged is there again, in order, whatever happened in between."""

import asyncio
import sqlite3
import struct
import threading
from pathlib import Path

import pytest

from margind.storage import Entry, Journal, JournalError, Snapshot, writer
from margind.storage.database import wal_of
from tests.storage.support import (
    TIME,
    entries,
    entry,
    income_row,
    project,
    read_journal,
    run_until_killed,
    start_program,
    with_journal,
    write_journal,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "main.db"


def commits_in(wal: Path) -> int:
    """How many commits a log holds: frames whose second word (pages after the commit) is not zero."""
    content = wal.read_bytes()
    frame = 24 + struct.unpack_from(">I", content, 8)[0]
    return sum(struct.unpack_from(">I", content, at + 4)[0] != 0 for at in range(32, len(content), frame))


def test_entries_come_back_in_order(path: Path) -> None:
    write_journal(path, 23)
    assert read_journal(path) == entries(1, 23)


def test_a_new_journal_is_empty_and_makes_its_folder(path: Path) -> None:
    assert read_journal(path) == []
    assert {file.name for file in path.parent.iterdir()} == {"main.db", "margind.lock"}


def test_opening_starts_no_thread(path: Path) -> None:
    before = threading.active_count()
    journal = Journal.open(path, exchange="main", project=project)
    assert threading.active_count() == before
    journal.close()


def test_entries_after_a_sequence_leave_out_what_came_before(path: Path) -> None:
    write_journal(path, 23)

    async def work(journal: Journal) -> list[Entry]:
        return list(journal.entries(after=20))

    assert with_journal(path, work) == entries(21, 23)


def test_more_entries_than_one_read_takes_come_back(path: Path) -> None:
    many = [Entry(sequence, TIME, b"e") for sequence in range(1, 10_001)]

    async def work(journal: Journal) -> None:
        await journal.append(many)

    with_journal(path, work)
    assert read_journal(path) == many


def test_reading_goes_on_while_the_journal_begins_to_write(path: Path) -> None:
    many = [Entry(sequence, TIME, b"e") for sequence in range(1, 5_001)]

    async def write(journal: Journal) -> None:
        await journal.append(many)

    async def read_and_write(journal: Journal) -> list[Entry]:
        reading = journal.entries()
        first = next(reading)
        await journal.append([Entry(5_001, TIME, b"e")])
        return [first, *reading]

    with_journal(path, write)
    assert with_journal(path, read_and_write) == many


@pytest.mark.parametrize("payload", [b"", b"\x00", bytes(range(256)), b"x" * 3_000_000])
def test_any_bytes_are_a_payload(path: Path, payload: bytes) -> None:
    async def work(journal: Journal) -> None:
        await journal.append([Entry(1, TIME, payload)])

    with_journal(path, work)
    assert read_journal(path) == [Entry(1, TIME, payload)]


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(path: Path) -> None:
    acknowledged = 0
    # A small log makes checkpoints frequent, so that some kills fall into one.
    for acknowledgements, wal_pages in ((1, 1024), (150, 8), (333, 8), (40, 1024), (500, 30), (77, 8)):
        run = run_until_killed(path, acknowledgements, wal_pages=wal_pages)
        assert run.found >= acknowledged
        acknowledged = run.acknowledged

    journal = Journal.open(path, exchange="main", project=project)
    kept = list(journal.entries())
    booked = journal.history.income(
        "demo", income_row(1).market, start_time=0, end_time=2 * TIME, limit=10**6
    )
    journal.close()
    assert kept == entries(1, len(kept))
    assert len(kept) >= acknowledged > 1_000
    assert booked == [income_row(entry.sequence) for entry in kept]


def test_concurrent_appends_share_a_commit_and_one_wake_up_of_the_loop(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HISTORY_QUIET_SECONDS", 60)  # its commits are not counted here

    async def work(journal: Journal) -> tuple[int, int]:
        await journal.append([entry(1)])
        loop, wake_ups = asyncio.get_running_loop(), 0
        wake = loop.call_soon_threadsafe

        def count_wake_ups(*arguments: object) -> object:
            nonlocal wake_ups
            wake_ups += 1
            return wake(*arguments)  # type: ignore[arg-type]

        loop.call_soon_threadsafe = count_wake_ups  # type: ignore[method-assign, assignment]
        before = commits_in(wal_of(path))
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")  # holds up the first commit until all have arrived
        futures = [journal.append([entry(sequence)]) for sequence in range(2, 102)]
        blocker.execute("ROLLBACK")
        blocker.close()
        await asyncio.gather(*futures)
        return commits_in(wal_of(path)) - before, wake_ups

    commits, wake_ups = with_journal(path, work)
    # The first of them may have been taken alone; all others wait for it together.
    assert 1 <= commits <= 2
    assert wake_ups == commits
    assert read_journal(path) == entries(1, 101)


def test_nothing_is_acknowledged_before_its_commit(path: Path) -> None:
    async def work(journal: Journal) -> None:
        await journal.append([entry(1)])
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        future = journal.append([entry(2)])
        done, _ = await asyncio.wait([future], timeout=0.05)
        assert not done
        assert journal.durable_sequence == 1
        blocker.execute("ROLLBACK")
        blocker.close()
        await future
        assert journal.durable_sequence == 2

    with_journal(path, work)


def test_a_caller_who_gives_up_disturbs_nobody(path: Path) -> None:
    async def work(journal: Journal) -> None:
        gone, waiting = journal.append([entry(1)]), journal.append([entry(2)])
        gone.cancel()
        await waiting

    with_journal(path, work)
    assert read_journal(path) == entries(1, 2)


def test_flush_waits_for_what_was_handed_over(path: Path) -> None:
    async def work(journal: Journal) -> None:
        futures = [journal.append([entry(sequence)]) for sequence in range(1, 51)]
        await journal.flush()
        assert journal.durable_sequence == 50
        assert all(future.done() for future in futures)

    with_journal(path, work)


def test_close_commits_what_is_pending_and_leaves_one_file(path: Path) -> None:
    async def work(journal: Journal) -> None:
        for sequence in range(1, 51):
            journal.append([entry(sequence)])
        journal.close()
        journal.close()

    with_journal(path, work)
    assert {file.name for file in path.parent.iterdir()} == {"main.db", "margind.lock"}
    assert read_journal(path) == entries(1, 50)


def test_a_journal_left_by_a_crash_is_one_file_again_after_closing(path: Path) -> None:
    acknowledged = run_until_killed(path, 20).acknowledged
    assert wal_of(path).exists()
    assert len(read_journal(path)) >= acknowledged
    assert {file.name for file in path.parent.iterdir()} == {"main.db", "margind.lock"}


@pytest.mark.parametrize("wrong", [1, 3, 5])
def test_an_append_must_continue_the_sequence(path: Path, wrong: int) -> None:
    async def work(journal: Journal) -> None:
        await journal.append([entry(1)])
        with pytest.raises(JournalError, match="expects entry 2 next"):
            journal.append([entry(wrong)])
        with pytest.raises(JournalError, match="expects entry 2 next"):
            journal.append([entry(2), entry(wrong + 3)])
        await journal.append([entry(2)])

    with_journal(path, work)
    assert read_journal(path) == entries(1, 2)


def test_a_closed_journal_takes_nothing(path: Path) -> None:
    async def work(journal: Journal) -> None:
        journal.close()
        with pytest.raises(JournalError, match="closed"):
            journal.append([entry(1)])

    with_journal(path, work)


def test_the_log_is_taken_into_the_database_at_a_quiet_moment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpointed = threading.Event()
    checkpoint = writer.Writer._checkpoint

    def checkpoint_and_say_so(self: writer.Writer, connection: sqlite3.Connection) -> None:
        checkpoint(self, connection)
        checkpointed.set()

    monkeypatch.setattr(writer.Writer, "_checkpoint", checkpoint_and_say_so)
    monkeypatch.setattr(writer, "QUIET_SECONDS", 0.01)

    async def work(journal: Journal) -> int:
        await journal.append(entries(1, 7))
        assert await asyncio.to_thread(checkpointed.wait, 10)
        database_alone = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
        (count,) = database_alone.execute("SELECT count(*) FROM entry").fetchone()
        database_alone.close()
        return int(count)

    assert with_journal(path, work) == 7


def test_a_full_disk_is_never_acknowledged_and_stops_the_journal(path: Path) -> None:
    with start_program("fill_disk.py", path, 200_000) as process:
        assert process.stdout is not None
        told = [line.rstrip("\n").split(" ", 1) for line in process.stdout]
    assert process.returncode == 0
    acknowledged = [int(what) for kind, what in told if kind == "acknowledged"]
    failed = [what for kind, what in told if kind == "failed"]
    refused = [what for kind, what in told if kind == "refused"]
    kept = read_journal(path)
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert acknowledged
    assert kept[: len(acknowledged)] == entries(1, len(acknowledged))
    assert len(failed) > 1  # everybody who shared the commit
    assert set(refused) == set(failed)
    assert f"{path} cannot be written" in failed[0]


def test_the_latest_snapshot_comes_back_and_shortens_the_replay(path: Path) -> None:
    async def write(journal: Journal) -> None:
        assert journal.latest_snapshot() is None
        journal.append(entries(1, 10))
        await journal.save_snapshot(4, b"state after 4")
        await journal.save_snapshot(8, b"state after 8")
        assert journal.latest_snapshot() == Snapshot(8, b"state after 8")

    async def read(journal: Journal) -> list[Entry]:
        snapshot = journal.latest_snapshot()
        assert snapshot == Snapshot(8, b"state after 8")
        return list(journal.entries(after=snapshot.sequence))

    with_journal(path, write)
    assert with_journal(path, read) == entries(9, 10)


def test_a_snapshot_stands_for_an_entry_of_the_journal(path: Path) -> None:
    async def work(journal: Journal) -> None:
        await journal.append(entries(1, 3))
        with pytest.raises(JournalError, match="no entry 4"):
            journal.save_snapshot(4, b"state after 4")

    with_journal(path, work)
