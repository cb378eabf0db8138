"""What storage tells a user when it refuses: one sentence with the file, what is wrong and what to do."""

import sqlite3
from pathlib import Path

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}


class JournalError(Exception):
    """A journal that cannot be opened, read or written; the text is one sentence for the user."""


class DataFolderInUse(JournalError):
    """Another process works in the data folder."""


def damaged(path: Path, what: str) -> JournalError:
    """The refusal of a journal whose content cannot be trusted."""
    return JournalError(
        f"{path} is damaged ({what}); it was left as it is: "
        "put back a backup, or move it away to start with an empty exchange."
    )


def of_another_version(what: str) -> JournalError:
    """The refusal of entries that this version makes no sense of."""
    return JournalError(
        f"{what}: start the version that wrote it, or choose another data folder with --data."
    )


def foreign(path: Path, what: str) -> JournalError:
    """The refusal of a file that margind did not write."""
    return JournalError(
        f"{path} is not a margind journal ({what}); it was left as it is: "
        "move it away or choose another data folder with --data."
    )


def unreadable(path: Path, error: OSError | sqlite3.Error | UnicodeDecodeError) -> JournalError:
    """The refusal of a journal that the system, or SQLite, does not read."""
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the kind of error; SQLITE_ERROR stands for a table that is not there.
    if isinstance(error, UnicodeDecodeError) or (code is not None and code & 0xFF in _DAMAGE):
        return damaged(path, str(error))
    reason = error.strerror if isinstance(error, OSError) else error
    return JournalError(f"{path} cannot be read ({reason}): choose another data folder with --data.")
