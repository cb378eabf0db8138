"""A file that is not this exchange's sound journal is refused in one sentence and left byte for byte."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from margind.storage import Entry, Journal, JournalError
from margind.storage.database import SCHEMA_VERSION, wal_of
from tests.storage.support import (
    contents,
    entries,
    entry,
    project,
    read_journal,
    run_until_killed,
    with_journal,
    write_journal,
)

ENTRIES = 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "main.db"


def refusal(path: Path, *, exchange: str = "main") -> str:
    """The sentence with which opening is refused, after checking that no file was changed or added."""
    before = contents(path.parent)
    with pytest.raises(JournalError) as refused:
        Journal.open(path, exchange=exchange, project=project)
    assert contents(path.parent) == before
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    return sentence


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def alter(path: Path, *statements: str) -> None:
    """Change a journal behind margind's back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def write_foreign_database(path: Path, *, application_id: int = 0, journal_mode: str = "DELETE") -> None:
    alter(
        path,
        f"PRAGMA application_id = {application_id}",
        f"PRAGMA journal_mode = {journal_mode}",
        "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, note TEXT)",
    )


@pytest.mark.parametrize("content", [b"to do: milk, bread\n", b"\x00" * 5000, b"SQLite format 2\x00" * 300])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "is not a margind journal (it is no SQLite database)" in refusal(path)


@pytest.mark.parametrize("application_id", [0, 0x0F055112])
@pytest.mark.parametrize("journal_mode", ["DELETE", "WAL"])
def test_a_database_of_another_program_is_refused(path: Path, application_id: int, journal_mode: str) -> None:
    write_foreign_database(path, application_id=application_id, journal_mode=journal_mode)
    assert "is not a margind journal (it is a database of another program)" in refusal(path)


def test_a_database_that_another_program_has_open_is_refused(path: Path) -> None:
    write_foreign_database(path, journal_mode="WAL")
    owner = sqlite3.connect(path)
    owner.execute("INSERT INTO entry VALUES (1, 'mine')")
    owner.commit()
    assert "database of another program" in refusal(path)
    owner.close()


def test_a_journal_of_a_newer_margind_is_refused(path: Path) -> None:
    write_journal(path, 5)
    newer = SCHEMA_VERSION + 1
    overwrite(path, 60, newer.to_bytes(4, "big"))
    assert f"was written by a newer margind (format {newer}, this one knows {SCHEMA_VERSION})" in refusal(
        path
    )


def test_a_journal_of_another_exchange_is_refused(path: Path) -> None:
    write_journal(path, 5)
    assert "is the journal of exchange 'main', not of 'paper'" in refusal(path, exchange="paper")


def test_a_folder_in_place_of_the_journal_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(JournalError, match="cannot be read"):
        Journal.open(path, exchange="main", project=project)


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match=r"data folder .* cannot be used"):
        Journal.open(tmp_path / "file" / "main.db", exchange="main", project=project)


@pytest.mark.parametrize("size", [0, 1, 50, 99, 100, 4095, 4096, 8192, -4096, -1])
def test_a_journal_that_is_cut_off_is_refused(path: Path, size: int) -> None:
    write_journal(path, ENTRIES)
    content = path.read_bytes()
    path.write_bytes(content[:size])
    refusal(path)


def test_a_log_without_its_database_is_refused(path: Path) -> None:
    run_until_killed(path, 5)
    path.unlink()
    assert "main.db-wal is there without it" in refusal(path)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM entry WHERE sequence = 1", "entries before 2 are missing"),
        (
            "INSERT INTO snapshot VALUES (300, x'00', 0)",
            "entries between 200 and its snapshot at 300 are missing",
        ),
        ("DROP TABLE entry", "its tables are not those of a journal"),
        ("ALTER TABLE entry RENAME COLUMN time TO moment", "its tables are not those of a journal"),
        ("DELETE FROM meta", "does not say to which exchange"),
        ("PRAGMA user_version = 0", "format number is missing"),
    ],
)
def test_a_journal_with_something_missing_is_refused(path: Path, statement: str, reason: str) -> None:
    write_journal(path, ENTRIES)
    alter(path, statement)
    sentence = refusal(path)
    assert "is damaged" in sentence
    assert reason in sentence


def fault_of_recovery(path: Path, read: Callable[[Journal], object]) -> str:
    """The sentence with which recovery stops, after checking that nothing is added or changed."""
    before = contents(path.parent)

    async def work(journal: Journal) -> str:
        with pytest.raises(JournalError) as refused:
            read(journal)
        with pytest.raises(JournalError, match="is damaged"):
            journal.append([entry(ENTRIES + 1)])
        return str(refused.value)

    sentence = with_journal(path, work)
    assert contents(path.parent) == before
    return sentence


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM entry WHERE sequence BETWEEN 50 AND 60", "entry 50 is missing"),
        ("UPDATE entry SET payload = x'00' WHERE sequence = 70", "entry 70 does not match its checksum"),
        ("UPDATE entry SET payload = 'text' WHERE sequence = 70", "entry 70 does not match its checksum"),
        ("UPDATE entry SET time = time + 1 WHERE sequence = 70", "entry 70 does not match its checksum"),
        ("UPDATE entry SET time = 'noon' WHERE sequence = 70", "entry 70 does not match its checksum"),
        (
            "UPDATE entry SET checksum = checksum + 1 WHERE sequence = 200",
            "entry 200 does not match its checksum",
        ),
    ],
)
def test_recovery_stops_at_an_entry_that_does_not_verify(path: Path, statement: str, reason: str) -> None:
    write_journal(path, ENTRIES)
    alter(path, statement)
    assert reason in fault_of_recovery(path, lambda journal: list(journal.entries()))


def test_a_snapshot_that_does_not_verify_is_refused(path: Path) -> None:
    write_journal(path, ENTRIES)
    alter(path, "INSERT INTO snapshot VALUES (100, x'00', 12345)")
    assert "its snapshot at 100 does not match" in fault_of_recovery(path, Journal.latest_snapshot)


def read_or_refuse(path: Path) -> list[Entry] | None:
    """All entries, or none when the journal is refused."""
    try:
        return read_journal(path)
    except JournalError:
        return None


def test_a_flipped_byte_anywhere_is_refused_or_changes_no_entry(path: Path) -> None:
    write_journal(path, ENTRIES)
    sound = path.read_bytes()
    refused = 0
    for offset in [*range(100), *range(100, 4096, 7), *range(4096, len(sound), 97)]:
        overwrite(path, offset, bytes([sound[offset] ^ 0xFF]))
        altered = path.read_bytes()
        kept = read_or_refuse(path)
        refused += kept is None
        assert kept in (None, entries(1, ENTRIES))
        assert path.read_bytes() == altered
        assert not wal_of(path).exists()
        overwrite(path, offset, sound[offset : offset + 1])
    assert refused > 100


def frames_of(wal: bytes) -> int:
    return (len(wal) - 32) // (24 + 4096)


@pytest.fixture
def crashed(path: Path) -> dict[str, bytes]:
    """The files of a journal whose process was killed; its one caller made a commit of each append."""
    run_until_killed(path, 40, callers=1)
    return contents(path.parent)


def restore(folder: Path, files: dict[str, bytes]) -> None:
    for file in folder.iterdir():
        file.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def test_a_log_altered_in_its_middle_is_refused_and_never_loses_entries_silently(
    path: Path, crashed: dict[str, bytes]
) -> None:
    kept = read_journal(path)
    log = crashed["main.db-wal"]
    refused = 0
    for offset in [*range(0, 56, 3), *range(56, len(log), len(log) // 60)]:
        restore(path.parent, crashed)
        overwrite(wal_of(path), offset, bytes([log[offset] ^ 0x01]))
        altered = contents(path.parent)
        found = read_or_refuse(path)
        if found is None:
            refused += 1
            assert contents(path.parent) == altered
        else:
            # Only what may have been an unfinished commit at the end: its one to three entries.
            assert found == kept[: len(found)]
            assert len(kept) - len(found) <= 3
    assert refused > 60


@pytest.mark.parametrize("cut", [1, 100, 4119])
def test_an_unfinished_commit_at_the_end_of_the_log_is_dropped(
    path: Path, crashed: dict[str, bytes], cut: int
) -> None:
    kept = read_journal(path)
    restore(path.parent, crashed)
    log = crashed["main.db-wal"]
    wal_of(path).write_bytes(log[: 32 + frames_of(log) * 4120 - cut])
    found = read_journal(path)
    assert found == kept[: len(found)]
    assert 0 < len(kept) - len(found) <= 3
