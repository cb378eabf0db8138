"""The thread that owns the writing connection: it commits what has gathered, and has history follow."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from margind.storage.database import PAGE_SIZE, connect_to_write, insert, note_history
from margind.storage.errors import JournalError
from margind.storage.records import Entry, Snapshot, entry_checksum, snapshot_checksum
from margind.storage.rows import HistoryRow
from margind.storage.tables import insert_history

HISTORY_QUIET_SECONDS = 0.02
"""History follows as soon as nothing was to be committed for so long,"""
MOST_BEHIND = 50_000
"""or when it is so many entries behind, which bounds what a query and a start after a crash wait for;"""
FOLLOWED_AT_ONCE = 2_000
"""by so many entries at a time, which bounds what an order waits for that comes meanwhile."""
QUIET_SECONDS = 0.25
# Without a quiet moment the log is checkpointed at this size; it bounds what a start after a crash rereads.
WAL_PAGES = 4096


class Request(msgspec.Struct, frozen=True):
    """What one caller wants durable, and the future that says so."""

    future: asyncio.Future[None]
    entries: Sequence[Entry] = ()
    rows: Iterable[HistoryRow] = ()
    """Asked for later, in the writer's thread and in the order of the requests."""
    snapshot: Snapshot | None = None


class Writer:
    """Group commit: all requests that arrive during one commit share the next.

    What is acknowledged is in the entries. History, which is made from them, follows in transactions of its
    own: written in bulk it costs a fraction, and nobody waits for it but who asks for it (`catch_up`).

    The first failed write ends it for good. What a failed sync left on the disk is not known, so nothing
    after it may be acknowledged; a restart finds out.
    """

    def __init__(self, path: Path, durable_sequence: int) -> None:
        self.durable_sequence = durable_sequence
        self.failure: JournalError | None = None
        self._path = path
        self._wake = threading.Condition()
        self._pending: list[Request] = []
        self._behind: list[Request] = []
        """Durable, but not in history yet."""
        self._entries_behind = 0
        self._committed = 0
        self._followed = 0
        """Requests that are durable, and how many of them history has."""
        self._wanted = False
        """Whether somebody waits for history."""
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
            self._wake.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"journal {self._path.name}", daemon=True)
            self._thread.start()

    def catch_up(self) -> None:
        """Wait, in any other thread, until history has all that is durable now.

        Raises `JournalError` when it never will.
        """
        with self._wake:
            durable = self._committed
            if self._followed < durable:
                self._wanted = True
                self._wake.notify_all()
                self._wake.wait_for(lambda: self._followed >= durable or self.failure is not None)
            if self._followed < durable:
                raise JournalError(str(self.failure))

    @property
    def has_caught_up(self) -> bool:
        """Whether history has all that is durable now."""
        return self._followed == self._committed

    def stop(self) -> None:
        """Commit what is pending, let history follow, checkpoint, and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        batch: list[Request] = []
        followed = False
        try:
            # Closing the last connection also checkpoints and removes the log.
            with contextlib.closing(connect_to_write(self._path)) as connection:
                while True:
                    batch = self._take(goes_on=followed)
                    followed = False
                    if batch:
                        self._commit(connection, batch)
                        _tell(batch, None)
                    if self._behind and (not batch or self._wanted or self._entries_behind >= MOST_BEHIND):
                        self._follow(connection)
                        followed = not batch
                    elif not batch and self._stopping:
                        return
                    if not batch or self._wal_pages >= WAL_PAGES:
                        self._checkpoint(connection)
                    batch = []
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing later may be acknowledged
            self._fail(batch, error)

    def _take(self, *, goes_on: bool) -> list[Request]:
        """What has gathered, when something has or it is quiet; history that `goes_on` waits for neither."""
        quiet = QUIET_SECONDS if self._wal_pages else None
        with self._wake:
            self._wake.wait_for(
                lambda: self._pending or self._stopping or (self._behind and (self._wanted or goes_on)),
                HISTORY_QUIET_SECONDS if self._behind else quiet,
            )
            batch, self._pending = self._pending, []
            return batch

    def _commit(self, connection: sqlite3.Connection, batch: list[Request]) -> None:
        entries = [entry for request in batch for entry in request.entries]
        snapshots = [request.snapshot for request in batch if request.snapshot is not None]
        behind = [request for request in batch if request.entries or request.rows]
        if not behind and not snapshots:
            return
        connection.execute("BEGIN IMMEDIATE")
        insert(
            connection,
            "entry",
            [(e.sequence, e.time, e.payload, entry_checksum(e.sequence, e.time, e.payload)) for e in entries],
        )
        for snapshot in snapshots[-1:]:
            _replace_snapshot(connection, snapshot)
        connection.execute("COMMIT")
        size = sum(len(entry.payload) for entry in entries) + sum(len(s.payload) for s in snapshots)
        # An estimate: the last page of each table is written anew by each commit.
        self._wal_pages += 2 + (size + 32 * len(entries)) // PAGE_SIZE
        with self._wake:
            if entries:
                self.durable_sequence = entries[-1].sequence
            self._behind += behind
            self._entries_behind += len(entries)
            self._committed += len(behind)

    def _follow(self, connection: sqlite3.Connection) -> None:
        with self._wake:
            taken = entries = 0
            while taken < len(self._behind) and entries < FOLLOWED_AT_ONCE:
                entries += len(self._behind[taken].entries)
                taken += 1
            behind, self._behind = self._behind[:taken], self._behind[taken:]
            self._entries_behind -= entries
            self._wanted = self._wanted and bool(self._behind)
        # Synced like the entries, although it could be made from them again: two commits that a power failure
        # may have torn would look like a log that was altered (wal.py).
        connection.execute("BEGIN IMMEDIATE")
        written = insert_history(connection, chain.from_iterable(request.rows for request in behind))
        for request in reversed(behind):
            if request.entries:
                note_history(connection, request.entries[-1].sequence)
                break
        connection.execute("COMMIT")
        # An estimate: a row finds its places in the indexes of its account, up to a page for each.
        self._wal_pages += 4 + written
        with self._wake:
            self._followed += len(behind)
            self._wake.notify_all()

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
            self._wake.notify_all()
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
