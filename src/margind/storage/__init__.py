"""Where an exchange's events and its history are kept: one SQLite file per exchange in one data folder."""

from margind.storage.errors import DataFolderInUse, JournalError
from margind.storage.history import History, HistoryRow, IncomeRow, MarginChangeRow
from margind.storage.journal import Journal
from margind.storage.lock import DataFolderLock
from margind.storage.memory import MemoryJournal
from margind.storage.records import Entry, Snapshot

__all__ = [
    "DataFolderInUse",
    "DataFolderLock",
    "Entry",
    "History",
    "HistoryRow",
    "IncomeRow",
    "Journal",
    "JournalError",
    "MarginChangeRow",
    "MemoryJournal",
    "Snapshot",
]
