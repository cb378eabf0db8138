"""The thread that owns the writing connection: it commits what has gathered and checkpoints when quiet."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from margind.storage.database import PAGE_SIZE, connect_to_write, insert
from margind.storage.errors import JournalError
from margind.storage.records import Entry, Snapshot, entry_checksum, snapshot_checksum
from margind.storage.rows import HistoryRow
from margind.storage.tables import insert_history

QUIET_SECONDS = 0.25
# Without a quiet moment the log is checkpointed at this size; it bounds what a start after a crash rereads.
WAL_PAGES = 1024


class Request(msgspec.Struct, frozen=True):
    """What one caller wants durable, and the future that says so."""

    future: asyncio.Future[None]
    entries: Sequence[Entry] = ()
    rows: Sequence[HistoryRow] = ()
    snapshot: Snapshot | None = None


class Writer:
    """Group commit: all requests that arrive during one commit share the next.

    The first failed write ends it for good. What a failed sync left on the disk is not known, so nothing
    after it may be acknowledged; a restart finds out.
    """

    def __init__(self, path: Path, durable_sequence: int) -> None:
        self.durable_sequence = durable_sequence
        self.failure: JournalError | None = None
        self._path = path
        self._wake = threading.Condition()
        self._pending: list[Request] = []
        self._stopping = False
        self._wal_pages = 0
        self._thread: threading.Thread | None = None

    @property
    def started(self) -> bool:
        """Whether the thread was ever needed."""
        return self._thread is not None

    def submit(self, request: Request) -> None:
        """Hand one request to the thread, which starts with the first one."""
        with self._wake:
            if self.failure is not None:
                raise JournalError(str(self.failure))
            self._pending.append(request)
            self._wake.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"journal {self._path.name}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Commit what is pending, checkpoint, and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        batch: list[Request] = []
        try:
            # Closing the last connection also checkpoints and removes the log.
            with contextlib.closing(connect_to_write(self._path)) as connection:
                while True:
                    batch = self._take()
                    if batch:
                        self._commit(connection, batch)
                        _tell(batch, None)
                    elif self._stopping:
                        return
                    if not batch or self._wal_pages >= WAL_PAGES:
                        self._checkpoint(connection)
                    batch = []
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing later may be acknowledged
            self._fail(batch, error)

    def _take(self) -> list[Request]:
        with self._wake:
            self._wake.wait_for(
                lambda: self._pending or self._stopping, QUIET_SECONDS if self._wal_pages else None
            )
            batch, self._pending = self._pending, []
            return batch

    def _commit(self, connection: sqlite3.Connection, batch: list[Request]) -> None:
        entries = [entry for request in batch for entry in request.entries]
        rows = [row for request in batch for row in request.rows]
        snapshots = [request.snapshot for request in batch if request.snapshot is not None]
        if not entries and not rows and not snapshots:
            return
        connection.execute("BEGIN IMMEDIATE")
        insert(
            connection,
            "entry",
            [(e.sequence, e.time, e.payload, entry_checksum(e.sequence, e.time, e.payload)) for e in entries],
        )
        insert_history(connection, rows)
        for snapshot in snapshots[-1:]:
            _replace_snapshot(connection, snapshot)
        connection.execute("COMMIT")
        if entries:
            self.durable_sequence = entries[-1].sequence
        size = sum(len(entry.payload) for entry in entries) + sum(len(s.payload) for s in snapshots)
        # An estimate: the last page of each table is written anew by each commit, and a history row finds its
        # places in the indexes of its account, between a third of a page (few accounts) and three pages.
        self._wal_pages += 2 + 4 * bool(rows) + len(rows) + (size + 32 * len(entries)) // PAGE_SIZE

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        # Passive: waits for nobody, and keeps the file for the next commits to overwrite, which is quicker
        # than letting it grow again.
        _, logged, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._wal_pages = logged - copied

    def _fail(self, batch: list[Request], error: Exception) -> None:
        with self._wake:
            self.failure = JournalError(
                f"{self._path} cannot be written ({error}); nothing later is accepted: "
                "make room or repair the disk, then restart the server."
            )
            batch = [*batch, *self._pending]
            self._pending = []
        _tell(batch, str(self.failure))


def _replace_snapshot(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    connection.execute("DELETE FROM snapshot")
    checksum = snapshot_checksum(snapshot.sequence, snapshot.payload)
    insert(connection, "snapshot", [(snapshot.sequence, snapshot.payload, checksum)])


def _tell(batch: list[Request], failure: str | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for request in batch:
        by_loop.setdefault(request.future.get_loop(), []).append(request.future)
    for loop, futures in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, futures, failure)


def _settle(futures: list[asyncio.Future[None]], failure: str | None) -> None:
    for future in futures:
        if future.done():  # its caller has gone away
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(JournalError(failure))
