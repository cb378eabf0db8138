"""Which core serves and which one asks: a server and its load never share one where there are two."""

import contextlib
import os
from collections.abc import Iterator


def _cores() -> list[int]:
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no affinity
        return []


ALL = _cores()
CAN_PIN = len(ALL) > 1
SERVER = ALL[:1]
LOAD = ALL[1:2]


@contextlib.contextmanager
def on(cores: list[int]) -> Iterator[None]:
    """Runs this thread, and what it starts in the meantime, on some cores only."""
    if not CAN_PIN:
        yield
        return
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ALL)


def words() -> str:
    """How it was done, for the reader of the table."""
    return f"server on core {SERVER[0]}, load on core {LOAD[0]}" if CAN_PIN else "not pinned to cores"
