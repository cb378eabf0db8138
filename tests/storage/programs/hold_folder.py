"""Holds the lock of a data folder until it is killed, and says so: FOLDER."""

import signal
import sys
from pathlib import Path

from margind.storage import DataFolderLock

if __name__ == "__main__":
    lock = DataFolderLock(Path(sys.argv[1]))
    sys.stdout.write("held\n")
    sys.stdout.flush()
    signal.pause()
