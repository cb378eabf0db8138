"""The lock that keeps a second process out of a data folder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from margind.storage.errors import DataFolderInUse, JournalError

LOCK_FILE = "margind.lock"


class DataFolderLock:
    """A data folder held by this process, from construction until `release`; creates the folder when missing.

    The folder is locked as a whole because it may hold the journals of several exchanges: the app takes one
    lock and hands it to each `Journal.open`. The kernel drops the lock with the process, however it ends, so
    a lock file that lies there after a crash means nothing.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises `DataFolderInUse`, naming the folder and the process that holds it."""
        self.folder = folder
        self._file: int | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = _holder(file)
            os.close(file)
            raise DataFolderInUse(
                f"The data folder {folder} is in use by {holder}: "
                "stop that server or choose another folder with --data."
            ) from None
        except OSError as error:
            os.close(file)
            raise _unusable(folder, error) from error
        self._file = file

    @property
    def held(self) -> bool:
        """Whether this lock is still held."""
        return self._file is not None

    def release(self) -> None:
        """Give the folder free; does nothing the second time."""
        if self._file is not None:
            # The file stays: removing it would let two processes lock two files of the same name.
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _unusable(folder: Path, error: OSError) -> JournalError:
    return JournalError(
        f"The data folder {folder} cannot be used ({error.strerror}): choose another with --data."
    )


def _holder(file: int) -> str:
    pid = os.pread(file, 32, 0).strip()
    # Empty for the moment between another process's lock and its note.
    return f"process {pid.decode()}" if pid.isdigit() else "another process"
