"""The journal of an exchange that is kept nowhere: the same face, without a file or a thread."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from margind.storage.database import history_schema
from margind.storage.errors import JournalError
from margind.storage.history import History
from margind.storage.records import Entry, Snapshot, continues
from margind.storage.rows import HistoryRow
from margind.storage.tables import insert_history
from margind.storage.writer import FOLLOWED_AT_ONCE


class MemoryJournal:
    """Forgets entries and snapshots; keeps the history rows of the running process for its queries."""

    writes_at_once = True

    def __init__(self) -> None:
        self.durable_sequence = 0
        self._closed = False
        self._failure: JournalError | None = None
        self._behind: list[Iterable[HistoryRow]] = []
        """What history does not have yet; files for download are made in threads of their own."""
        self._following = threading.Lock()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.executescript(history_schema())
        self.history = self.history_aside()

    def history_aside(self) -> History:
        """The same history for another thread, which may close it.

        It shares the one connection there is: SQLite as Python comes with it serializes their statements.
        """
        return History(lambda: self._connection, shared=True, catch_up=self._catch_up)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Nothing: a memory journal always starts empty."""
        return iter(())

    def append(self, entries: Sequence[Entry], rows: Iterable[HistoryRow] = ()) -> asyncio.Future[None]:
        """A future that is done already. Raises `JournalError` as the durable journal does."""
        if not continues(self.durable_sequence, entries):
            expected = self.durable_sequence + 1
            raise JournalError(f"The memory journal expects entry {expected} next, but was handed another.")
        done = self._done()
        with self._following:
            self._behind.append(rows)
        if len(self._behind) >= FOLLOWED_AT_ONCE:
            self._catch_up()
        if entries:
            self.durable_sequence = entries[-1].sequence
        return done

    async def caught_up(self) -> None:
        """Nothing to wait for: a query lets history catch up itself."""

    async def flush(self) -> None:
        """Nothing to wait for."""
        self._done()

    def save_snapshot(self, sequence: int, payload: bytes) -> asyncio.Future[None]:
        """A future that is done already; the snapshot is not kept."""
        if not 0 <= sequence <= self.durable_sequence:
            raise JournalError(f"The memory journal has no entry {sequence} that a snapshot could stand for.")
        return self._done()

    def latest_snapshot(self) -> Snapshot | None:
        """Nothing."""
        return None

    def close(self) -> None:
        """Forget the history, too; does nothing the second time."""
        self._closed = True
        self.history.close()
        self._connection.close()

    def _catch_up(self) -> None:
        with self._following:
            self._refuse_after_failure()
            behind, self._behind = self._behind, []
            if not behind:
                return
            self._connection.execute("BEGIN")
            try:
                insert_history(self._connection, chain.from_iterable(behind))
                self._connection.execute("COMMIT")
            except Exception as error:
                self._connection.rollback()
                self._failure = JournalError(
                    f"The history in memory cannot be kept ({error!r}); nothing later is accepted: "
                    "restart the server."
                )
                raise self._failure from error

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise JournalError(str(self._failure))

    def _done(self) -> asyncio.Future[None]:
        self._refuse_after_failure()
        if self._closed:
            raise JournalError("The memory journal is closed: the server is stopping.")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future
