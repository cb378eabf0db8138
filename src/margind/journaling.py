"""What has happened becomes durable, and only then is told."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from margind.engine import events as e
from margind.engine.model.terms import Millis
from margind.engine.state import State
from margind.projections import OrderFollower, history_rows
from margind.storage import Entry, History, HistoryRow, JournalError

log = logging.getLogger("margind")

Listener = Callable[[Sequence[e.Event]], None]


class JournalFace(Protocol):
    """What is needed of a journal, durable or not."""

    history: History

    def append(self, entries: Sequence[Entry], rows: Iterable[HistoryRow] = ()) -> "asyncio.Future[None]":
        """Make entries durable, and let history follow."""

    async def caught_up(self) -> None:
        """Wait until history has followed."""

    def history_aside(self) -> History:
        """The history for another thread."""

    def close(self) -> None:
        """Commit and let go."""


class Journaling:
    """Hands the events of one exchange to its journal. All methods belong to the event loop's thread."""

    def __init__(self, exchange: str, journal: JournalFace) -> None:
        self.journal = journal
        self.listeners: list[Listener] = []
        self._exchange = exchange
        self._follower = OrderFollower()
        self._encode = msgspec.json.Encoder().encode
        self._undurable: asyncio.Future[None] | None = None
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
            await asyncio.shield(self._undurable)

    async def history(self) -> History:
        """The history, with all that a reply made by now could show."""
        await self.settled()
        await self.journal.caught_up()
        return self.journal.history

    async def keep(self, events: Sequence[e.Event], sequence: int, now: Millis) -> None:
        """Wait until events, the last of which is number `sequence`, are durable and listeners know them.

        Raises `JournalError` when they are not: then nothing later will be, either.
        """
        first = sequence - len(events) + 1
        entries = [Entry(first + place, now, self._encode(event)) for place, event in enumerate(events)]
        try:
            written = self.journal.append(entries, history_rows(events, self._follower))
        except JournalError as error:
            self._fail(error)
            raise
        if written.done() and written.exception() is None:
            self._tell(events)
            return
        self._undurable = written
        # A caller who hangs up takes nothing with it, neither the waiting of others nor the telling: the
        # journal's future is nobody's to cancel.
        waiter: asyncio.Future[None] = written.get_loop().create_future()
        written.add_done_callback(partial(self._when_written, events, waiter))
        await waiter

    def _when_written(
        self, events: Sequence[e.Event], waiter: "asyncio.Future[None]", written: "asyncio.Future[None]"
    ) -> None:
        if self._undurable is written:
            self._undurable = None
        error = written.exception()
        if isinstance(error, JournalError):
            self._fail(error)
        # The caller goes on in a later step of the loop, when all listeners have been told.
        if waiter.done():
            pass
        elif error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
        if error is None:
            self._tell(events)

    def _fail(self, error: JournalError) -> None:
        if self._failure is None:
            log.error("the exchange %s answers nothing more: %s", self._exchange, error)
            self._failure = error

    def _tell(self, events: Sequence[e.Event]) -> None:
        for listener in self.listeners:
            listener(events)
