"""What has happened becomes durable, and only then is told."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Protocol

import msgspec

from margind.engine import events as e
from margind.engine.model.terms import Millis
from margind.engine.state import State
from margind.projections import OrderFollower, history_rows
from margind.storage import Entry, History, HistoryRow, JournalError

log = logging.getLogger("margind")

MOST_GATHERED = 16
"""Changes: with more the disk would wait for the engine, and then the engine for the disk."""

Listener = Callable[[Sequence[e.Event]], None]


class JournalFace(Protocol):
    """What is needed of a journal, durable or not."""

    history: History
    writes_at_once: bool
    """Whether there is never anything to wait for."""

    def append(self, entries: Sequence[Entry], rows: Iterable[HistoryRow] = ()) -> "asyncio.Future[None]":
        """Make entries durable, and let history follow."""

    async def caught_up(self) -> None:
        """Wait until history has followed."""

    def history_aside(self) -> History:
        """The history for another thread."""

    def close(self) -> None:
        """Commit and let go."""


class _Batch:
    """The changes of one step of the event loop; they become durable together."""

    __slots__ = ("changes", "entries", "waiters")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.changes: list[Sequence[e.Event]] = []
        """What listeners are told, one change at a time."""
        self.waiters: list[asyncio.Future[None]] = []


class Journaling:
    """Hands the events of one exchange to its journal. All methods belong to the event loop's thread."""

    def __init__(self, exchange: str, journal: JournalFace) -> None:
        self.journal = journal
        self.listeners: list[Listener] = []
        self._exchange = exchange
        self._follower = OrderFollower()
        self._encode = msgspec.json.Encoder().encode
        self._gathering: _Batch | None = None
        """What has not been handed to the journal yet."""
        self._undurable: _Batch | None = None
        """The latest batch that is not durable yet."""
        self._failure: JournalError | None = None

    def go_on_from(self, state: State) -> None:
        """Know the open orders of a state that was recovered: events name them by their ids alone."""
        self._follower = OrderFollower.of(state)

    @property
    def is_settled(self) -> bool:
        """Whether a reply may leave at once."""
        return self._undurable is None and self._failure is None

    @property
    def has_failed(self) -> bool:
        """Whether memory is ahead of a disk that takes nothing more."""
        return self._failure is not None

    def refuse_after_failure(self) -> None:
        """Raise `JournalError` when nothing can become durable any more."""
        if self._failure is not None:
            raise JournalError(str(self._failure))

    async def settled(self) -> None:
        """Wait until everything that a reply made by now could show is durable.

        Raises `JournalError` when it never will be: from then on no reply leaves at all.
        """
        self.refuse_after_failure()
        if self._undurable is not None:
            await _waiter(self._undurable)

    async def history(self) -> History:
        """The history, with all that a reply made by now could show."""
        await self.settled()
        await self.journal.caught_up()
        return self.journal.history

    def keep(self, events: Sequence[e.Event], sequence: int, now: Millis) -> "asyncio.Future[None]":
        """A future that is done when events, the last of which is number `sequence`, are durable and told.

        It has a `JournalError`, or that is raised at once, when they are not: then nothing later will be.
        """
        batch = self._gathering
        if batch is None:
            batch = self._gathering = self._undurable = _Batch()
            if not self.journal.writes_at_once:
                asyncio.get_running_loop().call_soon(self.hand_over)
        number = sequence - len(events)
        for event in events:
            number += 1
            batch.entries.append(Entry(number, now, self._encode(event)))
        batch.changes.append(events)
        if self.journal.writes_at_once or len(batch.changes) == MOST_GATHERED:
            self.hand_over()
            self.refuse_after_failure()
        waiter = _waiter(batch)
        if self._undurable is None:
            waiter.set_result(None)
        return waiter

    def hand_over(self) -> None:
        """Let the journal write what was gathered."""
        batch, self._gathering = self._gathering, None
        if batch is None:
            return
        try:
            rows = history_rows(chain.from_iterable(batch.changes), self._follower)
            written = self.journal.append(batch.entries, rows)
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody may wait for this any longer
            self._finish(batch, error if isinstance(error, JournalError) else JournalError(repr(error)))
            return
        if written.done():
            self._when_written(batch, written)
        else:
            written.add_done_callback(partial(self._when_written, batch))

    def _when_written(self, batch: _Batch, written: "asyncio.Future[None]") -> None:
        error = written.exception()
        self._finish(batch, error if isinstance(error, JournalError) else None)

    def _finish(self, batch: _Batch, error: JournalError | None) -> None:
        if self._undurable is batch:
            self._undurable = None
        try:
            if error is None:
                self._tell(iter(batch.changes))
            else:
                self._fail(error)
        finally:
            # Who waits goes on in a later step of the loop, when all listeners have been told.
            for waiter in batch.waiters:
                if waiter.done():  # its caller has gone away
                    continue
                if error is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(JournalError(str(error)))

    def _tell(self, changes: Iterator[Sequence[e.Event]]) -> None:
        for events in changes:
            try:
                for listener in self.listeners:
                    listener(events)
            except Exception:
                self._tell(changes)  # a fault takes nothing from those that were gathered with it
                raise

    def _fail(self, error: JournalError) -> None:
        if self._failure is None:
            log.error("the exchange %s answers nothing more: %s", self._exchange, error)
            self._failure = error


def _waiter(batch: _Batch) -> "asyncio.Future[None]":
    """Done when a batch is. A caller who hangs up takes nothing with it: what it waits for is its own."""
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    batch.waiters.append(waiter)
    return waiter
