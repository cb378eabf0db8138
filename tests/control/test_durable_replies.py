"""A reply leaves after what it shows is durable, whoever hangs up in the meantime."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from margind.engine.commands import OpenAccount
from margind.engine.events import AccountOpened, Event
from margind.errors.impossible import Impossible
from margind.runtime import ExchangeRuntime
from margind.storage import JournalError
from tests.control.support import Caller, serving

KEPT = {"name": "kept", "persistent": True}


async def _kept(call: Caller) -> tuple[ExchangeRuntime, list[str]]:
    await call("POST", "/exchanges", KEPT)
    runtime = call.exchanges.get("kept")
    told: list[str] = []

    def listen(events: Sequence[Event]) -> None:
        told.extend(event.account for event in events if isinstance(event, AccountOpened))

    runtime.listeners.append(listen)
    return runtime, told


def test_a_caller_who_hangs_up_takes_neither_the_waiting_nor_the_telling_with_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as call:
            runtime, told = await _kept(call)
            leaving = asyncio.create_task(runtime.execute(OpenAccount("alice")))
            await asyncio.sleep(0)
            assert not runtime.is_settled
            leaving.cancel()
            reply = await asyncio.wait_for(call("GET", "/exchanges/kept/accounts"), 10)
            assert [row["name"] for row in reply.json] == ["alice"]
            await runtime.execute(OpenAccount("bob"))
            assert leaving.cancelled()
            assert runtime.is_settled
            assert told == ["alice", "bob"]

    asyncio.run(scenario())


def test_what_happens_at_once_is_told_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as call:
            runtime, told = await _kept(call)
            names = [f"account-{number}" for number in range(50)]
            opened = (call("POST", "/exchanges/kept/accounts", {"name": name}) for name in names)
            replies = await asyncio.gather(*opened)
            assert {reply.status for reply in replies} == {200}
            assert told == names
            assert runtime.is_settled

    asyncio.run(scenario())


def test_a_fault_in_telling_one_change_takes_nothing_from_those_beside_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        faults: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault["exception"]))
        async with serving(tmp_path) as call:
            runtime, told = await _kept(call)

            def stumble(events: Sequence[Event]) -> None:
                if any(isinstance(event, AccountOpened) and event.account == "bob" for event in events):
                    raise ValueError("bob")

            runtime.listeners.insert(0, stumble)
            await asyncio.gather(*(runtime.execute(OpenAccount(name)) for name in ("alice", "bob", "carol")))
            assert told == ["alice", "carol"]
            assert [str(fault) for fault in faults] == ["bob"]

    asyncio.run(scenario())


def test_of_commands_carried_out_together_those_before_a_refusal_have_happened(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as call:
            runtime, told = await _kept(call)
            with pytest.raises(Impossible, match="already"):
                await runtime.execute(OpenAccount("alice"), OpenAccount("alice"), OpenAccount("bob"))
            assert told == ["alice"]
            assert list(runtime.state.accounts) == ["alice"]

    asyncio.run(scenario())


def test_after_the_disk_has_failed_nothing_more_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as call:
            runtime, told = await _kept(call)

            def append(*_: object) -> "asyncio.Future[None]":
                future = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(future.set_exception, JournalError("disk full"))
                return future

            monkeypatch.setattr(runtime.journal, "append", append)
            body = {"name": "alice"}
            for _ in range(2):
                reply = await call("POST", "/exchanges/kept/accounts", body)
                assert reply.error == (503, "journal_failed")
                body = {"name": "bob"}
            monkeypatch.undo()
            assert (await call("POST", "/exchanges/kept/accounts", body)).status == 503
            # Nor is anything shown that the disk may not have: not even that there is no carol.
            for path in ("", "/hash", "/accounts", "/accounts/alice/state", "/accounts/carol/state"):
                reply = await call("GET", f"/exchanges/kept{path}")
                assert reply.error == (503, "journal_failed"), path
            assert told == []
            assert (await call("POST", "/exchanges/kept/reset")).json["accounts"] == []

    asyncio.run(scenario())


def test_nobody_waits_for_what_could_not_even_be_handed_to_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def scenario() -> None:
        async with serving(tmp_path) as call:
            runtime, told = await _kept(call)
            monkeypatch.setattr(runtime.journal, "append", no_thread)
            with pytest.raises(JournalError, match="can't start new thread"):
                await asyncio.wait_for(runtime.execute(OpenAccount("alice")), 10)
            with pytest.raises(JournalError):
                await asyncio.wait_for(runtime.settled(), 10)
            assert told == []

    asyncio.run(scenario())
