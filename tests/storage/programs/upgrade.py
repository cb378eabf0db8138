"""Upgrades a journal, says so when its history is half made, and waits there to be killed: PATH."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from margind.storage import Entry, HistoryRow, Journal
from tests.storage.support import income_row


def project(entries: Iterable[Entry], after: int) -> Iterator[HistoryRow]:
    for number, entry in enumerate(entries):
        if entry.sequence > after:
            yield income_row(entry.sequence)
        if number == 3000:
            sys.stdout.write("half\n")
            sys.stdout.flush()
            time.sleep(60)


if __name__ == "__main__":
    Journal.open(Path(sys.argv[1]), exchange="main", project=project)
