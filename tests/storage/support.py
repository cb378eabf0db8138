"""What the tests of storage share: entries with known content, and programs that get killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeVar

from margind.engine.model.terms import IncomeType, Market
from margind.storage import Entry, HistoryRow, IncomeRow, Journal

Result = TypeVar("Result")

TIME = 1_700_000_000_000
PROGRAMS = Path(__file__).parent / "programs"


def entry(sequence: int) -> Entry:
    """Entry number `sequence`, with a payload that tells its number and varies in length."""
    return Entry(sequence, TIME + sequence, f"event {sequence} ".encode() * (1 + sequence % 40))


def entries(first: int, last: int) -> list[Entry]:
    return [entry(sequence) for sequence in range(first, last + 1)]


def income_row(sequence: int) -> IncomeRow:
    """A commission of one cent, booked by entry number `sequence`."""
    return IncomeRow(
        account="demo",
        market=Market.USDM,
        symbol="BTCUSDT",
        income_type=IncomeType.COMMISSION,
        income=Decimal("-0.01000000"),
        asset="USDT",
        info="",
        time=TIME + sequence,
        tran_id=sequence,
        trade_id=str(sequence),
    )


def project(found: Iterable[Entry], after: int = 0) -> Iterator[HistoryRow]:
    """The same of any entries."""
    return (income_row(entry.sequence) for entry in found if entry.sequence > after)


def with_journal(
    path: Path, work: Callable[[Journal], Awaitable[Result]], *, exchange: str = "main"
) -> Result:
    """What `work` returns when run on the journal, which is closed again."""

    async def run() -> Result:
        journal = Journal.open(path, exchange=exchange, project=project)
        try:
            return await work(journal)
        finally:
            journal.close()

    return asyncio.run(run())


def write_journal(path: Path, last: int) -> None:
    """A journal with entries 1 to `last`, five to a commit, and an income row for each."""

    async def work(journal: Journal) -> None:
        for first in range(1, last + 1, 5):
            batch = entries(first, min(first + 4, last))
            await journal.append(batch, [income_row(entry.sequence) for entry in batch])

    with_journal(path, work)


def read_journal(path: Path) -> list[Entry]:
    journal = Journal.open(path, exchange="main", project=project)
    try:
        return list(journal.entries())
    finally:
        journal.close()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes, except the lock."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "margind.lock"}


def start_program(name: str, *arguments: str | Path | int) -> "subprocess.Popen[str]":
    command = [sys.executable, str(PROGRAMS / name), *map(str, arguments)]
    folders = [str(PROGRAMS.parents[2]), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


class Run(NamedTuple):
    found: int  # the durable sequence at its start
    acknowledged: int  # the highest sequence at its end


def run_until_killed(path: Path, acknowledgements: int, *, callers: int = 8, wal_pages: int = 1024) -> Run:
    """What a process saw that wrote to the journal until it was killed, after so many acknowledgements."""
    with start_program("acknowledge.py", path, callers, wal_pages) as process:
        assert process.stdout is not None
        found = int(process.stdout.readline())
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        lines.extend(process.stdout.readlines())
    return Run(found, max(int(line) for line in lines if line.endswith("\n")))
