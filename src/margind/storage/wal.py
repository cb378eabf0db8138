"""Tells a write-ahead log that was altered in its middle from one that ends in an unfinished commit."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# Documented: SQLite, "Database File Format", section 4 "The Write-Ahead Log".
_HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint number, two salts, two checksums
_FRAME = struct.Struct(">6I")  # page number, database pages (0: no commit yet), two salts, two checksums
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}  # the last bit says in which byte order checksums are taken
_UINT32 = 0xFFFF_FFFF


def loses_commits(wal: Path) -> bool:
    """Whether SQLite would silently drop commits that had been synced, because bytes before them changed.

    SQLite stops at the first frame whose checksum is wrong and forgets what follows. That is right for the
    last commit, cut off by a power failure; but since each commit is synced before the next one is written,
    two commits beyond a wrong frame mean that the log was altered.
    """
    with wal.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or not any(header):
            return False  # it was never synced
        magic, _, page_size, _, salt_1, salt_2, *stated = _HEADER.unpack(header)
        order = _MAGIC.get(magic)
        if order is None or _checksum(order, header[:24], (0, 0)) != tuple(stated):
            return True
        checksum = (stated[0], stated[1])
        intact, commits_beyond = True, 0
        for frame in _frames(file, _FRAME.size + page_size):
            _, commit, frame_salt_1, frame_salt_2, *stated = _FRAME.unpack_from(frame)
            current = (frame_salt_1, frame_salt_2) == (salt_1, salt_2)
            if intact:
                if current:
                    checksum = _checksum(order, frame[:8] + frame[_FRAME.size :], checksum)
                intact = current and checksum == tuple(stated)
            # One salt is enough here: the altered byte may be in the other.
            if not intact and commit and (frame_salt_1 == salt_1 or frame_salt_2 == salt_2):
                commits_beyond += 1
    return commits_beyond > 1


def _frames(file: BinaryIO, size: int) -> Iterator[bytes]:
    while len(frame := file.read(size)) == size:
        yield frame


def _checksum(order: str, data: bytes, start: tuple[int, int]) -> tuple[int, int]:
    first, second = start
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & _UINT32
        second = (second + odd + first) & _UINT32
    return first, second
