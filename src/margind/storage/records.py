"""What a journal holds: numbered entries and snapshots, each with a checksum over its own content."""

import zlib
from collections.abc import Iterable

import msgspec

from margind.engine.model.terms import Millis

_UINT32 = 0xFFFF_FFFF


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One journalled event; the payload is whatever the caller encoded."""

    sequence: int  # 1, 2, 3, ... without gaps
    time: Millis
    payload: bytes


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The whole state as it was after the entry with this sequence."""

    sequence: int
    payload: bytes


def entry_checksum(sequence: int, time: Millis, payload: bytes) -> int:
    """CRC-32 of the payload, started from sequence and time so that a moved row does not verify."""
    return zlib.crc32(payload, (sequence ^ time ^ (time >> 32)) & _UINT32)


def snapshot_checksum(sequence: int, payload: bytes) -> int:
    """CRC-32 of the payload, started from the sequence."""
    return zlib.crc32(payload, sequence & _UINT32)


def continues(last_sequence: int, entries: Iterable[Entry]) -> bool:
    """Whether the entries carry on after `last_sequence` one by one."""
    for entry in entries:
        last_sequence += 1
        if entry.sequence != last_sequence:
            return False
    return True
