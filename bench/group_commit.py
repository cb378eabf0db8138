"""How fast the journal makes changes durable, beside what the disk itself can do."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.disk import fdatasync_us
from bench.options import Options
from bench.result import Result
from margind.projections import rows_of_entries
from margind.storage import Entry, Journal

NAME = "group-commit"
CALLERS = 64
_PAYLOAD = b'{"type":"leverage_changed","account":"bench","market":"usdm","symbol":"BTCUSDT","leverage":20}'


def run(options: Options) -> Iterator[Result]:
    """Durable changes per fdatasync of the disk, with many callers and with one."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        sync_us = fdatasync_us(Path(folder) / "probe", options.times(500))
        alone, many = (
            asyncio.run(_rate(Path(folder) / f"{callers}.db", callers, options.seconds))
            for callers in (1, CALLERS)
        )
    a_sync = sync_us / 1e6
    disk = f"fdatasync of 4 KiB here: {sync_us:.0f} us"
    yield Result(f"durable changes per fdatasync, {CALLERS} callers", many * a_sync, "x", "at least", 2, disk)
    yield Result("durable changes per second", many, "/s", detail=f"{CALLERS} callers; {alone:.0f} /s alone")


async def _rate(path: Path, callers: int, seconds: float) -> float:
    journal = Journal.open(path, exchange="bench", project=rows_of_entries)
    numbers = count(1)
    end = time.perf_counter() + seconds

    async def call() -> int:
        done = 0
        while time.perf_counter() < end:
            await journal.append([Entry(next(numbers), 0, _PAYLOAD)])
            done += 1
        return done

    done = sum(await asyncio.gather(*(call() for _ in range(callers))))
    journal.close()
    return done / seconds
