"""One process works in a data folder, and a second one is told who."""

import os
from pathlib import Path

import pytest

from margind.storage import DataFolderInUse, DataFolderLock, Journal, JournalError
from tests.storage.support import project, start_program


def test_a_second_server_is_told_the_folder_and_the_process_that_holds_it(tmp_path: Path) -> None:
    with start_program("hold_folder.py", tmp_path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataFolderInUse) as refused:
            DataFolderLock(tmp_path)
        with pytest.raises(DataFolderInUse):
            Journal.open(tmp_path / "main.db", exchange="main", project=project)
        holder.kill()
    assert str(refused.value) == (
        f"The data folder {tmp_path} is in use by process {holder.pid}: "
        "stop that server or choose another folder with --data."
    )
    assert not (tmp_path / "main.db").exists()


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    with start_program("hold_folder.py", tmp_path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    with DataFolderLock(tmp_path) as lock:
        assert lock.held
        assert (tmp_path / "margind.lock").read_text() == f"{os.getpid()}\n"


def test_a_released_folder_is_free(tmp_path: Path) -> None:
    lock = DataFolderLock(tmp_path)
    with pytest.raises(DataFolderInUse, match=f"process {os.getpid()}"):
        DataFolderLock(tmp_path)
    lock.release()
    lock.release()
    with DataFolderLock(tmp_path) as again:
        assert again.held
    assert not lock.held


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be used"):
        DataFolderLock(tmp_path / "file")


def test_one_lock_serves_several_exchanges(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path) as lock:
        journals = [
            Journal.open(tmp_path / f"{name}.db", exchange=name, lock=lock, project=project)
            for name in ("main", "paper")
        ]
        for journal in journals:
            journal.close()
        assert lock.held


def test_a_journal_gives_back_the_lock_it_took(tmp_path: Path) -> None:
    Journal.open(tmp_path / "main.db", exchange="main", project=project).close()
    DataFolderLock(tmp_path).release()


def test_a_refused_journal_gives_back_the_lock_it_took(tmp_path: Path) -> None:
    (tmp_path / "main.db").write_text("not a journal")
    with pytest.raises(JournalError, match="not a margind journal"):
        Journal.open(tmp_path / "main.db", exchange="main", project=project)
    DataFolderLock(tmp_path).release()


def test_the_lock_of_another_folder_is_no_lock(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path / "one") as lock, pytest.raises(ValueError, match="the journal's folder"):
        Journal.open(tmp_path / "two" / "main.db", exchange="main", lock=lock, project=project)
