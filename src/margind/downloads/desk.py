"""Takes requests for files of one exchange, has them made one by one in a thread, and hands them out."""

import asyncio
import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from hmac import compare_digest
from pathlib import Path

import msgspec

from margind.downloads.download import LINK_LIFE, Download
from margind.downloads.sheets import SHEETS, Contracts, Kind, csv_pieces
from margind.downloads.shelf import Content, FolderShelf, MemoryShelf, Shelf
from margind.engine.model.terms import Market, Millis
from margind.storage import History

log = logging.getLogger("margind")

TIDY_EVERY_S = 600.0
COSTS_KEPT: Millis = 30 * 24 * 3600 * 1000
_ID_DIGITS = 18
"""As the examples have it."""


class Downloads:
    """The files of one exchange. All methods belong to the event loop's thread."""

    def __init__(
        self,
        open_history: Callable[[], History],
        contracts: Callable[[Market], Contracts],
        now: Callable[[], Millis],
        folder: Path | None,
    ) -> None:
        """`open_history` gives a history for a thread of its own; without a folder, files live in memory."""
        self._open_history = open_history
        self._contracts = contracts
        self._now = now
        self._shelf: Shelf = MemoryShelf() if folder is None else FolderShelf(folder)
        self._kept: dict[str, Download] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._stopping = threading.Event()
        self._costs: list[tuple[Millis, int]] = []

    async def resume(self) -> None:
        """Take over what was asked for before a restart, and make what was not finished."""
        for download in await asyncio.to_thread(lambda: list(self._shelf.notes())):
            self._kept[download.download_id] = download
            if not download.is_ready:
                self._start(self._make(download))
        await self._tidy()
        if self._kept:
            self._start(self._tidy_for_ever())

    async def ask(
        self, account: str, market: Market, kind: Kind, *, start_time: Millis, end_time: Millis
    ) -> Download:
        """Have a file made of all that is durable when the making begins; both times are included."""
        number = 10 ** (_ID_DIGITS - 1) + secrets.randbelow(9 * 10 ** (_ID_DIGITS - 1))
        token = secrets.token_urlsafe(32)
        download = Download(str(number), token, account, market, kind, start_time, end_time)
        await asyncio.to_thread(self._shelf.note, download)
        if not self._kept:
            self._start(self._tidy_for_ever())
        self._kept[download.download_id] = download
        self._start(self._make(download))
        return download

    def find(self, account: str, market: Market, kind: Kind, download_id: str) -> Download | None:
        """The download of an account with an id; None when there is none, or no longer."""
        download = self._alive(download_id)
        if download is None or (download.account, download.market, download.kind) != (account, market, kind):
            return None
        return download

    def content(self, download_id: str, token: str) -> Content | None:
        """The file behind a link; None when the link is not good."""
        download = self._alive(download_id)
        if download is None or not download.is_ready or not compare_digest(download.token, token):
            return None
        return self._shelf.content(download)

    def average_cost(self) -> int:
        """The mean time in milliseconds that the files of the last 30 days took to make; 0 when none was."""
        since = self._now() - COSTS_KEPT
        self._costs = [(at, cost) for at, cost in self._costs if at >= since]
        return sum(cost for _, cost in self._costs) // len(self._costs) if self._costs else 0

    async def close(self) -> None:
        """Stop making files; what is not finished is made after the next start, if there is one."""
        self._stopping.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def clear(self) -> None:
        """Forget all files, when the exchange ends for good."""
        self._kept.clear()
        self._shelf.clear()

    def _alive(self, download_id: str) -> Download | None:
        download = self._kept.get(download_id)
        return None if download is None or _is_expired(download, self._now()) else download

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, download: Download) -> None:
        async with self._one_at_a_time:
            contracts = self._contracts(download.market)
            making = asyncio.ensure_future(asyncio.to_thread(self._make_file, download, contracts))
            try:
                cost = await asyncio.shield(making)
                self._costs.append((self._now(), cost))
                ready = msgspec.structs.replace(download, expiration=self._now() + LINK_LIFE)
                await asyncio.to_thread(self._shelf.note, ready)
                self._kept[download.download_id] = ready
            except asyncio.CancelledError:
                # The thread sees the sign at its next piece; the journal must not close under it.
                with contextlib.suppress(Exception):
                    await making
                raise
            except Exception:
                log.exception("%r could not be made", download)
                self._kept.pop(download.download_id, None)
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self._shelf.remove, download)

    def _make_file(self, download: Download, contracts: Contracts) -> int:
        began = time.monotonic()
        history = self._open_history()
        try:
            extract = history.extract(
                download.account,
                download.market,
                start_time=download.start_time,
                end_time=download.end_time,
            )
            sheet = SHEETS[download.market, download.kind]
            self._shelf.put(download, self._until_stopped(csv_pieces(sheet, extract, contracts)))
        finally:
            history.close()
        return round((time.monotonic() - began) * 1000)

    def _until_stopped(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._stopping.is_set():
                raise InterruptedError("the exchange is closing")
            yield piece

    async def _tidy_for_ever(self) -> None:
        while self._kept:
            await asyncio.sleep(TIDY_EVERY_S)
            await self._tidy()

    async def _tidy(self) -> None:
        now = self._now()
        for download in [download for download in self._kept.values() if _is_expired(download, now)]:
            del self._kept[download.download_id]
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._shelf.remove, download)


def _is_expired(download: Download, now: Millis) -> bool:
    return download.is_ready and download.expiration <= now
