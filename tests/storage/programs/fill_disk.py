"""Appends until the disk is full, five callers at a time, and says what it is told: PATH BYTES_ALLOWED."""

import asyncio
import resource
import sys
from pathlib import Path

from margind.storage import Journal, JournalError
from tests.storage.support import entry, project


def say(kind: str, what: object) -> None:
    sys.stdout.write(f"{kind} {what}\n")


async def main(path: Path, allowed: int) -> None:
    journal = Journal.open(path, exchange="main", project=project)
    resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, resource.RLIM_INFINITY))
    sequence, failures = 1, 0
    while not failures:
        asked = range(sequence, sequence + 5)
        answers = await asyncio.gather(
            *(journal.append([entry(number)]) for number in asked), return_exceptions=True
        )
        for number, answer in zip(asked, answers, strict=True):
            if answer is None:
                say("acknowledged", number)
            else:
                assert isinstance(answer, JournalError)
                failures += 1
                say("failed", answer)
        sequence += 5
    try:
        journal.append([entry(sequence)])
    except JournalError as error:
        say("refused", error)
    journal.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
