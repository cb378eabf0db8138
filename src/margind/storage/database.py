"""The SQLite file of one exchange: how it is created and how it is opened to read or to write."""

import functools
import itertools
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

APPLICATION_ID = 0x6D617267  # "marg", at offset 68 of the file
SCHEMA_VERSION = 5  # user_version, at offset 60; one more with each change of schema.sql or history.sql
PAGE_SIZE = 4096

CACHE_KIB = 16 * 1024
"""So that the indexes of history, which each order touches at another place, are not read again and again."""

_ROWS_PER_INSERT = 64
_PARAMETERS = 999  # as many as old SQLite builds allow in one statement


def wal_of(path: Path) -> Path:
    """The write-ahead log that belongs to a database file."""
    return path.with_name(path.name + "-wal")


def has_wal(path: Path) -> bool:
    """Whether a log with content lies beside the database: a crash left it, or a writer is at work."""
    try:
        return wal_of(path).stat().st_size > 0
    except FileNotFoundError:
        return False


def schema() -> str:
    """The statements that make an empty database a journal without its history."""
    return Path(__file__).with_name("schema.sql").read_text("utf-8")


def history_schema() -> str:
    """The statements that add empty tables of history to a journal."""
    return Path(__file__).with_name("history.sql").read_text("utf-8")


def create(path: Path, exchange: str) -> None:
    """Create an empty journal; it appears under its name complete or not at all."""
    draft = path.with_name(f".{path.name}.new")
    for leftover in (draft, wal_of(draft), draft.with_name(draft.name + "-shm")):
        leftover.unlink(missing_ok=True)
    # It holds the secrets of API keys: for its owner alone, and SQLite gives log and index the same mode.
    draft.touch(mode=0o600)
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        # Nothing to protect before the file has its name: one sync at the end instead of one per statement.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.executescript(schema() + history_schema())
        connection.execute("INSERT INTO meta VALUES ('exchange', ?)", (exchange,))
        note_history(connection, 0)
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    _sync(draft)
    draft.rename(path)
    _sync(path.parent)


def connect_to_write(path: Path) -> sqlite3.Connection:
    """The one connection that writes and checkpoints.

    Two connections doing either at once can corrupt the log in SQLite 3.7.0 to 3.51.2 (the WAL-reset bug),
    and checkpoints inside a commit are what makes commits slow: both are left to the writer thread.
    """
    connection = _connect(path, "mode=rw")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS only: there fsync alone does not reach the disk
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def connect_to_read(path: Path, *, at_rest: bool = False) -> sqlite3.Connection:
    """A connection that changes neither the database nor its log.

    `at_rest` promises that nobody writes and no log holds content: then no helper file is created either.
    """
    return _connect(path, "mode=ro&immutable=1" if at_rest else "mode=ro")


def note_history(connection: sqlite3.Connection, sequence: int) -> None:
    """Say up to which entry history has followed."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('history', ?)", (str(sequence),))


def insert(
    connection: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]], conflict: str = ""
) -> None:
    """Insert the rows with as few statements as possible; `conflict` says what becomes of those there.

    sqlite3 hands the interpreter lock over at each statement and waits to get it back; many rows to a
    statement keep a busy event loop from stretching a commit row by row. A row that SQLite refuses ends the
    whole transaction: to undo one statement alone, it would copy each page before that statement changes it.
    """
    start, size = 0, _ROWS_PER_INSERT
    while rows and size * len(rows[0]) > _PARAMETERS:
        size //= 2
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        values = tuple(itertools.chain.from_iterable(rows[start : start + size]))
        connection.execute(_insert_statement(table, len(rows[0]), size, conflict), values)
        start += size


@functools.cache
def _insert_statement(table: str, columns: int, rows: int, conflict: str) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR ROLLBACK INTO {table} VALUES {', '.join([row] * rows)} {conflict}"  # noqa: S608 - our own names


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    # Autocommit: transactions begin and end where they are meant. Any thread may ask for history.
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
