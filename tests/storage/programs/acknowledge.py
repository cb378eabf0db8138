"""Says the sequence it finds, then each one it appends once that is durable: PATH CALLERS WAL_PAGES."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from margind.storage import Journal, writer
from tests.storage.support import entries, income_row, project


def say(sequence: int) -> None:
    sys.stdout.write(f"{sequence}\n")
    sys.stdout.flush()


async def main(path: Path, callers: int) -> None:
    journal = Journal.open(path, exchange="main", project=project)
    say(journal.durable_sequence)
    next_sequence = journal.durable_sequence + 1

    async def call() -> None:
        nonlocal next_sequence
        for turn in count():
            batch = entries(next_sequence, next_sequence + turn % 3)
            next_sequence = batch[-1].sequence + 1
            await journal.append(batch, [income_row(entry.sequence) for entry in batch])
            say(batch[-1].sequence)

    await asyncio.gather(*(call() for _ in range(callers)))


if __name__ == "__main__":
    writer.WAL_PAGES = int(sys.argv[3])
    # So does history follow more often, and some kills fall into that.
    writer.MOST_BEHIND = 8 * writer.WAL_PAGES
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
