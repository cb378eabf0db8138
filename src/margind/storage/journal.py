"""One exchange's durable record: numbered entries, the latest snapshot, and the history beside them."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from margind.storage.database import (
    SCHEMA_VERSION,
    connect_to_read,
    connect_to_write,
    create,
    has_wal,
    wal_of,
)
from margind.storage.errors import JournalError, damaged, unreadable
from margind.storage.history import History
from margind.storage.lock import DataFolderLock
from margind.storage.records import Entry, Snapshot, continues, entry_checksum, snapshot_checksum
from margind.storage.rows import HistoryRow
from margind.storage.upgrade import Projector, follow, upgrade
from margind.storage.verify import verify
from margind.storage.writer import Request, Writer

_READ_ROWS = 4096


class Journal:
    """The journal of one exchange. All methods belong to the thread of the event loop."""

    writes_at_once = False

    def __init__(self, path: Path, writer: Writer, own_lock: DataFolderLock | None) -> None:
        self.path = path
        self._writer = writer
        self.history = self.history_aside()
        self._own_lock = own_lock
        self._appended = writer.durable_sequence
        self._closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        exchange: str,
        lock: DataFolderLock | None = None,
        project: Projector,
    ) -> Self:
        """Open the journal after verifying it, or create it (and its folder) where there is none.

        A journal of an older format is brought to this one first, all or nothing, and where a crash has cut
        off the end of its history that is made again: `project` makes history from entries.

        Without `lock` the journal takes the lock of its folder and gives it back in `close`; a server with
        several exchanges in one folder takes the lock once and passes it to each. Raises `JournalError`
        with a sentence for the user, having changed nothing in the file.
        """
        if lock is not None and not (lock.held and lock.folder.resolve() == path.parent.resolve()):
            raise ValueError("the lock must be held and be that of the journal's folder")
        own_lock = DataFolderLock(path.parent) if lock is None else None
        try:
            if not path.exists():
                _create(path, exchange)
            verified = verify(path, exchange)
            journal = cls(path, Writer(path, verified.last_sequence), own_lock)
            last, followed = verified.last_sequence, verified.history_sequence
            if verified.version < SCHEMA_VERSION:
                upgrade(path, verified.version, journal.entries(), last, project)
            elif followed < last:
                follow(path, followed, journal.entries(), last, project)
            return journal
        except BaseException:
            if own_lock is not None:
                own_lock.release()
            raise

    @property
    def durable_sequence(self) -> int:
        """The highest sequence that is committed; 0 when there is none."""
        return self._writer.durable_sequence

    def history_aside(self) -> History:
        """The same history for another thread, which closes it when it is done."""
        return History(lambda: connect_to_read(self.path), catch_up=self._writer.catch_up)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All entries beyond `after` that are durable now, each verified. Raises `JournalError` at a fault.

        Read in pieces: no long read transaction stands in the way of checkpoints.
        """
        last = self.durable_sequence
        while after < last:
            writing = self._writer.started
            with self._reading() as connection:
                while after < last and writing == self._writer.started:
                    for entry in self._read(connection, after, last):
                        yield entry
                        after = entry.sequence

    def append(self, entries: Sequence[Entry], rows: Iterable[HistoryRow] = ()) -> asyncio.Future[None]:
        """A future that is done when these entries are durable.

        `rows` is what they put into history; it is asked for later, in another thread and in the order of the
        calls, but before the answer to any query made after the future is done.
        The entries must continue the sequence. Raises `JournalError` at once when they do not, or when the
        journal is closed or has failed; the future raises it when the write fails.
        """
        if not continues(self._appended, entries):
            raise JournalError(
                f"{self.path} expects entry {self._appended + 1} next, but was handed another."
            )
        future = self._submit(entries, rows)
        if entries:
            self._appended = entries[-1].sequence
        return future

    async def caught_up(self) -> None:
        """Wait until history has all that is durable now; a query by itself would hold up the event loop."""
        if not self._writer.has_caught_up:
            await asyncio.to_thread(self._writer.catch_up)

    async def flush(self) -> None:
        """Wait until everything handed over so far is durable."""
        await self._submit()

    def save_snapshot(self, sequence: int, payload: bytes) -> asyncio.Future[None]:
        """A future that is done when the state after entry `sequence` is durable in place of the last."""
        if not 0 <= sequence <= self._appended:
            raise JournalError(f"{self.path} has no entry {sequence} that a snapshot could stand for.")
        return self._submit(snapshot=Snapshot(sequence, payload))

    def latest_snapshot(self) -> Snapshot | None:
        """The snapshot to start from, or nothing. Raises `JournalError` when it does not verify."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT sequence, payload, checksum FROM snapshot ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            sequence, payload, checksum = row
            if not isinstance(payload, bytes) or snapshot_checksum(sequence, payload) != checksum:
                raise damaged(self.path, f"its snapshot at {sequence} does not match its checksum")
            return Snapshot(sequence, payload)

    def close(self) -> None:
        """Commit what is pending, checkpoint, give the lock back; does nothing the second time."""
        if self._closed:
            return
        self._closed = True
        self.history.close()  # first, so that the writer is the last to leave and clears the log away
        self._writer.stop()
        if not self._writer.started and self._writer.failure is None and wal_of(self.path).exists():
            # Left by a crash or by a query: a writing connection that closes takes it in.
            with contextlib.suppress(sqlite3.Error):
                connect_to_write(self.path).close()
        if self._own_lock is not None:
            self._own_lock.release()

    def _submit(
        self,
        entries: Sequence[Entry] = (),
        rows: Iterable[HistoryRow] = (),
        snapshot: Snapshot | None = None,
    ) -> asyncio.Future[None]:
        if self._closed:
            raise JournalError(f"{self.path} is closed: the server is stopping.")
        request = Request(asyncio.get_running_loop().create_future(), entries, rows, snapshot)
        self._writer.submit(request)
        return request.future

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            at_rest = not self._writer.started and not has_wal(self.path)
            with contextlib.closing(connect_to_read(self.path, at_rest=at_rest)) as connection:
                yield connection
        except sqlite3.Error as error:
            self._writer.failure = unreadable(self.path, error)
            raise self._writer.failure from error
        except JournalError as error:
            self._writer.failure = error  # what cannot be read must not be continued
            raise

    def _read(self, connection: sqlite3.Connection, after: int, last: int) -> list[Entry]:
        rows = connection.execute(
            "SELECT sequence, time, payload, checksum FROM entry"
            " WHERE sequence BETWEEN ? AND ? ORDER BY sequence",
            (after + 1, min(last, after + _READ_ROWS)),
        ).fetchall()
        entries = []
        for expected, (sequence, time, payload, checksum) in enumerate(rows, after + 1):
            if sequence != expected:
                raise damaged(self.path, f"entry {expected} is missing")
            try:
                sound = entry_checksum(sequence, time, payload) == checksum
            except TypeError:  # SQLite keeps any type in any column
                sound = False
            if not sound:
                raise damaged(self.path, f"entry {sequence} does not match its checksum")
            entries.append(Entry(sequence, time, payload))
        if not entries:
            raise damaged(self.path, f"entry {after + 1} is missing")
        return entries


def _create(path: Path, exchange: str) -> None:
    if wal_of(path).exists():
        raise damaged(path, f"{wal_of(path).name} is there without it")
    try:
        create(path, exchange)
    except (OSError, sqlite3.Error) as error:
        raise JournalError(
            f"{path} cannot be created ({error}): choose another data folder with --data."
        ) from error
