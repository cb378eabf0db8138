"""Brings a journal of an older format to this one: its entries stay, its history is made anew from them."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from margind.storage.database import SCHEMA_VERSION, connect_to_write, history_schema
from margind.storage.errors import JournalError
from margind.storage.records import Entry
from margind.storage.rows import HistoryRow
from margind.storage.tables import insert_history

Projector: TypeAlias = Callable[[Iterable[Entry]], Iterable[HistoryRow]]
"""What the entries of a journal, from the first one on, put into its history."""

_ROWS_AT_ONCE = 1000
_OF_THE_JOURNAL = ("meta", "entry", "snapshot")


def upgrade(path: Path, version: int, entries: Iterator[Entry], project: Projector | None) -> None:
    """Replace the history of a journal, in one transaction.

    Raises `JournalError` when it cannot be: the file is then as it was.
    """
    if project is None:
        raise JournalError(
            f"{path} was written by an older margind (format {version}, this is {SCHEMA_VERSION}); "
            "it was left as it is: `margind serve` upgrades it."
        )
    try:
        with contextlib.closing(connect_to_write(path)) as connection:
            connection.executescript(f"BEGIN IMMEDIATE; {_without_history(connection)} {history_schema()}")
            # Read while nothing is committed: the entries come from the file as it was.
            rows = iter(project(entries))
            while some := list(islice(rows, _ROWS_AT_ONCE)):
                insert_history(connection, some)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise JournalError(
            f"{path} cannot be upgraded from format {version} ({error}); it was left as it is: "
            "make room or choose another data folder with --data."
        ) from error


def _without_history(connection: sqlite3.Connection) -> str:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return " ".join(f'DROP TABLE "{name}";' for (name,) in tables if name not in _OF_THE_JOURNAL)
