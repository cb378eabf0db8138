"""Makes history from a journal's entries: all of it for an older format, the end of it after a crash."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from margind.storage.database import SCHEMA_VERSION, connect_to_write, history_schema, note_history
from margind.storage.errors import JournalError, of_another_version
from margind.storage.records import Entry
from margind.storage.rows import HistoryRow
from margind.storage.tables import insert_history

Projector: TypeAlias = Callable[[Iterable[Entry], int], Iterable[HistoryRow]]
"""What those entries of a journal put into its history that come after a sequence. It sees all of them."""

_ROWS_AT_ONCE = 1000
_OF_THE_JOURNAL = ("meta", "entry", "snapshot")


def upgrade(path: Path, version: int, entries: Iterator[Entry], last: int, project: Projector) -> None:
    """Replace the history of a journal of an older format, in one transaction; its last entry is `last`.

    Raises `JournalError` when it cannot be: the file is then as it was.
    """
    with _refusing(f"{path} cannot be upgraded from format {version}"), _writing(path) as connection:
        connection.executescript(f"BEGIN IMMEDIATE; {_without_history(connection)} {history_schema()}")
        # Read while nothing is committed: the entries come from the file as it was.
        _insert(connection, project(entries, 0), last)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def follow(path: Path, after: int, entries: Iterator[Entry], last: int, project: Projector) -> None:
    """Let history, which has followed the entries up to `after`, have the rest, in one transaction.

    Raises `JournalError` when it cannot: the file is then as it was.
    """
    with _refusing(f"the history in {path} cannot be completed"), _writing(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _insert(connection, project(entries, after), last)
        connection.execute("COMMIT")


def _writing(path: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(connect_to_write(path))


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except JournalError:
        raise
    except sqlite3.Error as error:
        raise JournalError(
            f"{what} ({error}); it was left as it is: make room or choose another data folder with --data."
        ) from error
    except Exception as error:
        raise of_another_version(
            f"{what}, because its entries do not fit together ({error!r}); it was left as it is"
        ) from error


def _insert(connection: sqlite3.Connection, rows: Iterable[HistoryRow], last: int) -> None:
    left = iter(rows)
    while some := list(islice(left, _ROWS_AT_ONCE)):
        insert_history(connection, some)
    note_history(connection, last)


def _without_history(connection: sqlite3.Connection) -> str:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return " ".join(f'DROP TABLE "{name}";' for (name,) in tables if name not in _OF_THE_JOURNAL)
