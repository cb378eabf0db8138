"""Decides, before anything is written, whether a file is this exchange's sound journal."""

import contextlib
import functools
import sqlite3
import struct
from pathlib import Path

import msgspec

from margind.storage.database import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    connect_to_read,
    has_wal,
    history_schema,
    schema,
    wal_of,
)
from margind.storage.errors import JournalError, damaged, foreign, unreadable
from margind.storage.wal import loses_commits

_MAGIC = b"SQLite format 3\x00"
_HEADER_SIZE = 100

# Reads at some 500 MB/s; a larger file is covered by the checksum of each entry as it is replayed.
QUICK_CHECK_BYTES = 32 * 1024 * 1024


class Verified(msgspec.Struct, frozen=True):
    """What a sound journal is."""

    last_sequence: int
    """Of the last entry; 0 when it is empty."""
    version: int
    """Its format, this one or an older one."""
    history_sequence: int
    """Of the last entry that its history has followed."""


def verify(path: Path, exchange: str) -> Verified:
    """What the file is. Raises `JournalError` when it is no sound journal; never changes the file.

    The file header is read with plain reads first, so that SQLite never opens, and never puts its helper
    files beside, a database of another program.
    """
    try:
        _verify_header(path)
        if has_wal(path) and loses_commits(wal_of(path)):
            raise damaged(path, f"{wal_of(path).name} was altered and would lose entries")
        connection = connect_to_read(path, at_rest=not has_wal(path))
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            return _verify_content(path, connection, exchange)
        finally:
            connection.close()
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:  # the last: names in a damaged schema
        raise unreadable(path, error) from error


def _verify_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(_HEADER_SIZE)
    if header[: len(_MAGIC)] != _MAGIC:
        raise damaged(path, "it is empty") if not header else foreign(path, "it is no SQLite database")
    if len(header) < _HEADER_SIZE:
        raise damaged(path, "it is cut off")
    page_size, changes, pages, version, application, valid_for = (
        struct.unpack_from(">H", header, 16)[0],
        *(struct.unpack_from(">I", header, offset)[0] for offset in (24, 28, 60, 68, 92)),
    )
    if application != APPLICATION_ID:
        raise foreign(path, "it is a database of another program")
    _verify_version(path, version)
    # A checkpoint that was cut short may leave the file shorter than its header says; the log has the rest.
    if changes == valid_for and path.stat().st_size < pages * page_size and not has_wal(path):
        raise damaged(path, "it is cut off")


def _verify_version(path: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"{path} was written by a newer margind (format {version}, this one knows {SCHEMA_VERSION}); "
            "it was left as it is: upgrade margind or choose another data folder with --data."
        )
    if version < 1:
        raise damaged(path, "its format number is missing")


def _verify_content(path: Path, connection: sqlite3.Connection, exchange: str) -> Verified:
    if path.stat().st_size <= QUICK_CHECK_BYTES:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if result != "ok":
            raise damaged(path, " ".join(result.split()))
    # The header of the file does not know what is still in the log.
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    _verify_version(path, version)
    # SQLite believes any legible CREATE statement: one altered word, and a full table reads as an empty one.
    # An upgrade makes the history of an older format anew, so what it looked like does not matter.
    if not _tables_of_a_journal(with_history=version == SCHEMA_VERSION) <= _tables(connection):
        raise damaged(path, "its tables are not those of a journal")
    owner = connection.execute("SELECT value FROM meta WHERE name = 'exchange'").fetchone()
    if owner is None:
        raise damaged(path, "it does not say to which exchange it belongs")
    if owner[0] != exchange:
        raise JournalError(
            f"{path} is the journal of exchange '{owner[0]}', not of '{exchange}'; it was left as it is: "
            "give the file its name back or move it away."
        )
    first, last, snapshot = connection.execute(
        "SELECT (SELECT min(sequence) FROM entry), (SELECT max(sequence) FROM entry),"
        " (SELECT max(sequence) FROM snapshot)"
    ).fetchone()
    if first not in (None, 1):
        raise damaged(path, f"entries before {first} are missing")
    last_sequence: int = last or 0
    if snapshot is not None and snapshot > last_sequence:
        raise damaged(path, f"entries between {last_sequence} and its snapshot at {snapshot} are missing")
    followed = last_sequence if version < SCHEMA_VERSION else _history_sequence(path, connection)
    if followed > last_sequence:
        raise damaged(path, f"entries between {last_sequence} and {followed} are missing")
    return Verified(last_sequence, version, followed)


def _history_sequence(path: Path, connection: sqlite3.Connection) -> int:
    noted = connection.execute("SELECT value FROM meta WHERE name = 'history'").fetchone()
    if noted is None or not str(noted[0]).isdecimal():
        raise damaged(path, "it does not say how far its history goes")
    return int(noted[0])


def _tables(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


@functools.cache
def _tables_of_a_journal(*, with_history: bool) -> set[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema() + history_schema() if with_history else schema())
        return _tables(connection)
