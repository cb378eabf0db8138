"""The client speaks to a real server on a socket, and puts every refusal into one kind of error."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
import uvicorn

from margind.control.client import ControlClient, ControlError, Unreachable
from tests.control.support import START, serving


def played_by(user: Callable[[ControlClient], None], *, token: str | None = None) -> None:
    """A synchronous user against the door on a socket of its own."""

    async def scenario() -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            async with serving(token=token) as call:
                config = uvicorn.Config(call.door, lifespan="off", log_config=None)
                server = uvicorn.Server(config)
                task = asyncio.create_task(server.serve([listener]))
                url = f"http://127.0.0.1:{listener.getsockname()[1]}"
                try:
                    with ControlClient(url, token) as client:
                        await asyncio.to_thread(user, client)
                finally:
                    server.should_exit = True
                    await task

    asyncio.run(scenario())


def test_every_call_has_a_method() -> None:
    def user(client: ControlClient) -> None:
        made = client.create_exchange(
            "lab", clock={"mode": "manual", "now": START}, feed={"kind": "manual"}, settings={}
        )
        assert made == client.exchange("lab")
        assert client.status()["exchanges"] == ["main", "lab"]
        opened = client.open_account("lab", "alice", {"usdm": {"USDT": "10"}}, {"type": "hmac"})
        key = client.create_key("lab", "alice")
        client.revoke_key("lab", "alice", key["api_key"])
        (row,) = client.accounts("lab")
        assert [held["api_key"] for held in row["keys"]] == [opened["api_key"]]
        assert client.transfer("lab", "alice", "usdm", "USDT", "-2.5")["wallet_balance"] == "7.5"
        document = client.state("lab", "alice")
        assert client.load_state("lab", "alice", document) == document
        prices = client.set_prices("lab", usdm={"BTCUSDT": {"markPrice": "5"}})
        assert prices["usdm"]["BTCUSDT"]["markPrice"] == "5"
        delivered = client.deliver("lab", "usdm", "BTCUSDT_251226", "60500")
        assert (delivered["deliveryPrice"], delivered["listed"]) == ("60500", ["BTCUSDT_260626"])
        assert client.deliver("lab", "usdm", "BTCUSDT_260327")["listed"] == ["BTCUSDT_260925"]
        assert client.list_contracts("lab") == client.set_brackets("lab") == {"missing": {}}
        assert client.move_clock("lab", advance_ms=5)["now"] == START + 5
        assert client.move_clock("lab", now=START + 7)["now"] == START + 7
        assert client.audit("lab")["balanced"] is True
        assert client.hash("lab").keys() == {"sequence", "state_hash"}
        assert client.change_clock("lab", "accelerated", "2")["speed"] == "2"
        assert client.get("/exchanges/lab/prices", symbols="BTCUSDT")["usdm"]["BTCUSDT"]["markPrice"] == "5"
        assert client.reset("lab")["accounts"] == []
        client.delete_exchange("lab")
        assert client.status()["exchanges"] == ["main"]

    played_by(user)


def test_a_refusal_has_code_message_and_status() -> None:
    def user(client: ControlClient) -> None:
        with pytest.raises(ControlError) as refused:
            client.state("main", "a name with ? and % and é")
        assert (refused.value.code, refused.value.status) == ("unknown_account", 404)
        assert str(refused.value) == refused.value.message
        with pytest.raises(ControlError, match="missing required field `name`") as refused:
            client.post("/exchanges", {})
        assert refused.value.code == "bad_json"

    played_by(user)


def test_the_token_is_sent() -> None:
    def user(client: ControlClient) -> None:
        assert client.status()["exchanges"] == ["main"]
        with pytest.raises(ControlError, match="token") as refused:
            ControlClient(client.url).status()
        assert refused.value.status == 401

    played_by(user, token="s3cret")


def test_a_large_body_is_refused_on_the_wire_and_the_server_lives_on() -> None:
    def user(client: ControlClient) -> None:
        # A server may hang up before all of it is sent, or be heard first.
        with pytest.raises(ControlError) as refused:
            client.post("/exchanges", {"name": "x" * (17 << 20)})
        assert refused.value.status in {0, 413}
        assert client.status()["exchanges"] == ["main"]

    played_by(user)


def test_nobody_there_is_unreachable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match=f"no answer from http://127.0.0.1:{port}") as refused:
        ControlClient(f"http://127.0.0.1:{port}/").status()
    assert (refused.value.code, refused.value.status) == ("unreachable", 0)


@contextmanager
def _saying(answer: bytes) -> Iterator[str]:
    """Something that is no margind."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        program = (
            "import socket, sys\n"
            f"listener = socket.socket(fileno={listener.fileno()})\n"
            "connection, _ = listener.accept()\n"
            "connection.recv(65536)\n"
            f"connection.sendall({answer!r})\n"
            "connection.close()\n"
        )
        with subprocess.Popen([sys.executable, "-c", program], pass_fds=[listener.fileno()]) as process:
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                process.kill()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 200),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nnull", 502),
        (b'HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\n{"code": 1}', 404),
        (b"SSH-2.0-OpenSSH_9.6\r\n", 0),
        (b"", 0),
    ],
)
def test_an_answer_that_is_not_margind_is_unreachable(answer: bytes, status: int) -> None:
    with _saying(answer) as url, pytest.raises(Unreachable) as refused:
        ControlClient(url, timeout=10).status()
    assert refused.value.status == status


@pytest.mark.parametrize("url", ["127.0.0.1:9000", "ftp://127.0.0.1", "http://", ""])
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a server"):
        ControlClient(url)


def test_importing_the_client_loads_nothing_heavy() -> None:
    program = (
        "import sys; before = set(sys.modules); "
        "import margind.control.client; print(*set(sys.modules) - before)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    loaded = {name.split(".")[0] for name in printed.split()}
    assert loaded.isdisjoint(
        {"msgspec", "asyncio", "http", "ssl", "email", "click", "uvicorn", "cryptography"}
    )
