"""Where an exchange's events and its history are kept: one SQLite file per exchange in one data folder."""

from margind.storage.errors import DataFolderInUse, JournalError, of_another_version
from margind.storage.history import History
from margind.storage.journal import Journal
from margind.storage.lock import DataFolderLock
from margind.storage.memory import MemoryJournal
from margind.storage.records import Entry, Snapshot
from margind.storage.rows import (
    AlgoOrderRow,
    AmendmentRow,
    FundingRow,
    HistoryRow,
    IncomeRow,
    MarginChangeRow,
    OrderRow,
    TradeRow,
)

__all__ = [
    "AlgoOrderRow",
    "AmendmentRow",
    "DataFolderInUse",
    "DataFolderLock",
    "Entry",
    "FundingRow",
    "History",
    "HistoryRow",
    "IncomeRow",
    "Journal",
    "JournalError",
    "MarginChangeRow",
    "MemoryJournal",
    "OrderRow",
    "Snapshot",
    "TradeRow",
    "of_another_version",
]
