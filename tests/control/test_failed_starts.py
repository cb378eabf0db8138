"""An exchange that cannot start leaves nothing behind: no name, no file, no open journal."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from margind import exchanges
from margind.runtime import ExchangeRuntime
from margind.storage import JournalError
from tests.control.support import START, serving

KEPT = {"name": "kept", "persistent": True, "clock": {"mode": "manual", "now": START}}
FAILED = (503, "journal_failed")


@contextlib.contextmanager
def a_full_disk() -> Iterator[None]:
    """What a start does last fails."""

    async def fail(_: ExchangeRuntime) -> None:
        raise JournalError("disk full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExchangeRuntime, "start_feed", fail)
        yield


def left(folder: Path) -> tuple[list[str], list[str]]:
    """The threads that hold a journal open, and the files of the data folder."""
    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith("journal")]
    return threads, sorted(path.name for path in folder.iterdir())


def test_a_creation_that_fails_frees_name_files_and_journal(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as call:
            with a_full_disk():
                assert (await call("POST", "/exchanges", KEPT)).error == FAILED
            assert left(tmp_path) == ([], ["margind.lock"])
            assert (await call("POST", "/exchanges", KEPT)).status == 200

    asyncio.run(scenario())


def test_an_exchange_that_could_not_be_noted_ends_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async def scenario() -> None:
        async with serving(tmp_path) as call:
            with monkeypatch.context() as patch:
                patch.setattr(exchanges, "write_note", fail)
                assert (await call("POST", "/exchanges", KEPT)).error == (500, "internal_error")
            assert left(tmp_path) == ([], ["margind.lock"])
            assert list(call.exchanges.by_name) == ["main"]

    asyncio.run(scenario())


def test_a_reset_that_fails_ends_the_exchange_and_frees_its_name(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", KEPT)
            with a_full_disk():
                assert (await call("POST", "/exchanges/kept/reset")).error == FAILED
            assert left(tmp_path) == ([], ["margind.lock"])
            assert (await call("POST", "/exchanges/kept/reset")).error == (404, "unknown_exchange")
            assert (await call("POST", "/exchanges", KEPT)).status == 200

    asyncio.run(scenario())


def test_a_reset_of_main_that_fails_can_be_tried_again() -> None:
    async def scenario() -> None:
        async with serving() as call:
            with a_full_disk():
                assert (await call("POST", "/exchanges/main/reset")).error == FAILED
            assert (await call("POST", "/exchanges", {"name": "main"})).error == (409, "exchange_exists")
            assert (await call("POST", "/exchanges/main/reset")).status == 200

    asyncio.run(scenario())


def test_a_kept_exchange_that_does_not_come_back_stays_on_the_disk(tmp_path: Path) -> None:
    async def first() -> None:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", KEPT)
            await call("POST", "/exchanges/kept/accounts", {"name": "alice"})

    async def second() -> None:
        (tmp_path / "kept.db").rename(tmp_path / "aside.db")
        (tmp_path / "kept.db").write_bytes(b"no journal")
        with pytest.raises(JournalError, match="is not a margind journal"):
            async with serving(tmp_path):
                pass
        (tmp_path / "aside.db").rename(tmp_path / "kept.db")

    async def third() -> None:
        async with serving(tmp_path) as call:
            assert (await call("GET", "/exchanges/kept")).json["accounts"] == ["alice"]

    for scenario in (first, second, third):
        asyncio.run(scenario())
