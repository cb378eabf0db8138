"""All exchanges of a server: how they are made, found, reset and ended."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from margind.clock import Clock, system_millis
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market, Millis
from margind.errors.impossible import Impossible
from margind.facts.load import at_start
from margind.feeds.feed import Feed
from margind.projections import rows_of_entries
from margind.runtime import ExchangeRuntime
from margind.storage import DataFolderLock, Journal, MemoryJournal
from margind.storage.notes import read_notes, remove_note, write_note

log = logging.getLogger("margind")

MAIN = "main"
"""The exchange that paths without a prefix mean."""

DOWNLOADS = "downloads"
"""The folder of files that were asked for, inside the data folder."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

Watcher = Callable[[ExchangeRuntime], None]


class ExchangeSpec(msgspec.Struct, frozen=True):
    """What an exchange is made of; a reset makes it anew from the same."""

    name: str
    make_clock: Callable[[], Clock]
    make_feed: Callable[[], Feed]
    settings: ExchangeSettings
    persistent: bool
    unpaced: bool = False
    feed: Mapping[str, object] = {}
    """What the feed was asked for, as the control API shows it."""
    timed: bool = False
    """Whether all times are a caller's doing: a clock moved by hand that began at a time of the caller's."""
    note: bytes = b""
    """Kept beside its journal, so that a restart can make it again; empty for `main`, which always is."""
    brought_back: bool = False
    """Whether it is here because the data folder kept it, and not because somebody asked for it since."""


class Exchanges:
    """The registry. All methods belong to the event loop's thread."""

    def __init__(self, facts: Mapping[Market, MarketFacts], data: DataFolderLock | None) -> None:
        self.facts = dict(facts)
        self._data = data
        self._specs: dict[str, ExchangeSpec] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.by_name: dict[str, ExchangeRuntime] = {}
        self.when_opened: list[Watcher] = []
        self.when_closed: list[Watcher] = []

    def split(self, path: str) -> tuple[ExchangeRuntime | None, str]:
        """The exchange a path belongs to, and the path without its `/x/<exchange>` prefix."""
        if not path.startswith("/x/"):
            return self.by_name.get(MAIN), path
        name, slash, rest = path[3:].partition("/")
        return self.by_name.get(name), slash + rest

    def limits_now(self) -> Millis:
        """The clock of rate limits: one for the server, because an address is counted over all of it."""
        return system_millis()

    def get(self, name: str) -> ExchangeRuntime:
        """The exchange of a name, or `Impossible`."""
        runtime = self.by_name.get(name)
        if runtime is None:
            raise Impossible("unknown_exchange", f"there is no exchange named {name!r}", 404)
        return runtime

    def spec(self, name: str) -> ExchangeSpec:
        """What an exchange was made of."""
        return self._specs[name]

    async def create(self, spec: ExchangeSpec) -> ExchangeRuntime:
        """Make an exchange, or bring back what the data folder remembers of it, and let it run."""
        if _NAME.fullmatch(spec.name) is None:
            raise Impossible("bad_name", "a name has 1 to 64 letters, digits, '_' or '-'")
        if spec.name in self.by_name or spec.name in self._specs:
            raise Impossible("exchange_exists", f"there is an exchange named {spec.name!r} already", 409)
        if spec.persistent and self._data is None:
            raise Impossible("no_data_folder", "this server keeps everything in memory: start it with --data")
        self._specs[spec.name] = spec
        is_new = spec.persistent and not spec.brought_back and not self._path(spec.name).exists()
        try:
            runtime = await self._open(spec)
            if spec.note and not spec.brought_back:
                assert self._data is not None
                await asyncio.to_thread(write_note, self._data.folder, spec.name, spec.note)
            return runtime
        except BaseException:
            if spec.name in self.by_name:
                await self._stop(spec.name)
            self._forget(spec.name, on_disk=is_new)
            raise

    def notes(self) -> Iterator[tuple[Path, bytes]]:
        """What the exchanges that the data folder keeps were made of, with the files that say so."""
        return iter(()) if self._data is None else read_notes(self._data.folder)

    async def _open(self, spec: ExchangeSpec) -> ExchangeRuntime:
        async with contextlib.AsyncExitStack() as undo:
            journal = await self._journal(spec)
            undo.callback(journal.close)
            clock = spec.make_clock()
            facts = {market: at_start(of_market, clock.now()) for market, of_market in self.facts.items()}
            runtime = ExchangeRuntime(
                spec.name,
                facts,
                clock,
                spec.make_feed(),
                journal,
                persistent=spec.persistent,
                downloads_folder=self._path(spec.name).parent / DOWNLOADS / spec.name
                if spec.persistent
                else None,
            )
            undo.push_async_callback(runtime.downloads.close)
            runtime.unpaced = spec.unpaced
            runtime.recover(journal.entries())
            if not runtime.state.sequence:
                await runtime.open(spec.settings)
            await runtime.start_feed()
            await runtime.downloads.resume()
            undo.pop_all()
        self.by_name[spec.name] = runtime
        for watcher in self.when_opened:
            watcher(runtime)
        task = asyncio.get_running_loop().create_task(runtime.run(), name=f"feed of {spec.name}")
        task.add_done_callback(_log_fault)
        self._tasks[spec.name] = task
        return runtime

    async def _journal(self, spec: ExchangeSpec) -> Journal | MemoryJournal:
        if not spec.persistent:
            return MemoryJournal()
        assert self._data is not None
        return await asyncio.to_thread(
            Journal.open, self._path(spec.name), exchange=spec.name, lock=self._data, project=rows_of_entries
        )

    async def delete(self, name: str) -> None:
        """End an exchange and forget all of it, on disk too."""
        self.get(name)
        if name == MAIN:
            raise Impossible("main_stays", "the exchange 'main' cannot be deleted; it can be reset", 409)
        await self._end(name)
        self._forget(name, on_disk=True)

    async def reset(self, name: str) -> ExchangeRuntime:
        """Make an exchange anew: empty, with the same settings.

        When that fails the exchange is no more and its name is free; `main` waits for a reset that succeeds.
        """
        if name != MAIN or name in self.by_name:
            self.get(name)
            await self._end(name)
        try:
            return await self._open(self._specs[name])
        except BaseException:
            if name != MAIN:
                self._forget(name, on_disk=True)
            raise

    async def close(self) -> None:
        """End all exchanges, keeping what is persistent."""
        for name in list(self.by_name):
            await self._stop(name)

    async def _end(self, name: str) -> None:
        runtime = await self._stop(name)
        runtime.downloads.clear()
        if runtime.persistent:
            self._remove_journal(name)

    def _forget(self, name: str, *, on_disk: bool) -> None:
        """Free a name; what a failed start has left on the disk must not come back under it."""
        spec = self._specs[name]
        if on_disk and spec.persistent:
            assert self._data is not None
            self._remove_journal(name)
            remove_note(self._data.folder, name)
        del self._specs[name]

    def _remove_journal(self, name: str) -> None:
        for path in self._path(name).parent.glob(f"{name}.db*"):
            path.unlink(missing_ok=True)

    async def _stop(self, name: str) -> ExchangeRuntime:
        runtime = self.by_name.pop(name)
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for watcher in self.when_closed:
            watcher(runtime)
        await runtime.downloads.close()
        runtime.close()
        return runtime

    def _path(self, name: str) -> Path:
        assert self._data is not None
        return self._data.folder / f"{name}.db"


def _log_fault(task: asyncio.Task[None]) -> None:
    """Nobody waits for a feed: a fault of ours that ends it must not pass unseen."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("the %s has ended", task.get_name(), exc_info=fault)
