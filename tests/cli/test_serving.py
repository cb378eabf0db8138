"""`margind serve` as a person or a script meets it: what it prints, how it ends, why it does not start."""

import asyncio
import hmac
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from margind.cli.banner import look_at
from margind.cli.snippets import SNIPPETS
from margind.storage import Entry, Journal
from tests.cli.conftest import Server, environment, started


def serve(*options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A server that is not expected to start."""
    command = [sys.executable, "-c", "from margind.cli import main; main()", "serve", "--port", "0", *options]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=30, env=environment(**variables)
    )


def refused(result: "subprocess.CompletedProcess[str]") -> str:
    """The one sentence that says why."""
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("margind: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_the_welcome_has_addresses_key_and_programs_to_paste(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(tmp_path, "--data", str(data), "--feed", "manual") as server:
        demo = server.ready["accounts"][0]
        assert server.stop() == 0
        assert server.process.stdout is not None
        text = server.process.stdout.read()
    for words in (
        server.url,
        server.ready["ws_url"],
        demo["api_key"],
        demo["secret_key"],
        str(data),
        "manual",
    ):
        assert words in text
    for snippet in SNIPPETS:
        assert snippet.filled(server.url, demo["api_key"], demo["secret_key"]) in text
    assert f"margind account --url {server.url}" in text
    assert "\x1b" not in text


def test_the_welcome_names_the_program_as_it_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "margind"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program)])
    for path, typed in (("", "bin/margind"), (str(program.parent), "margind")):
        monkeypatch.setenv("PATH", path)
        assert look_at("http://127.0.0.1:9000") == f"{typed} account"
        assert look_at("http://127.0.0.1:9001") == f"{typed} account --url http://127.0.0.1:9001"


def test_the_welcome_as_json_is_what_the_ready_file_holds(tmp_path: Path) -> None:
    with started(tmp_path, "--memory", "--feed", "manual", "--json") as server:
        assert server.stop() == 0
        assert server.process.stdout is not None
        assert json.loads(server.process.stdout.read()) == server.ready


def test_without_demo_there_is_no_key_and_nothing_to_paste(tmp_path: Path) -> None:
    with started(tmp_path, "--memory", "--feed", "manual", "--no-demo") as server:
        assert server.ready["accounts"] == []
        assert server.stop() == 0
        assert server.process.stdout is not None
        assert "import" not in server.process.stdout.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_is_obeyed_quietly(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, "--memory", "--feed", "manual") as server:
        server.process.send_signal(number)
        _, errors = server.process.communicate(timeout=10)
        assert server.process.returncode == 0
        assert errors == ""


def test_a_second_server_on_a_data_folder_is_refused(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with started(tmp_path, "--data", data, "--feed", "manual"):
        assert f"The data folder {data} is in use by process" in refused(serve("--data", data))


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with started(tmp_path, "--memory", "--feed", "manual") as server:
        port = server.url.rpartition(":")[2]
        assert "choose another --port" in refused(serve("--memory", "--port", port))
        assert "choose another --coinm-port" in refused(serve("--memory", "--coinm-port", port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "2001:db8::1"])
def test_an_address_of_another_machine_is_refused_naming_the_option(host: str) -> None:
    words = refused(serve("--memory", "--host", host, "--control-token", "sesame"))
    assert host in words
    assert "--host" in words
    assert "--port" not in words


def test_a_ready_file_that_cannot_be_written_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.with_name("ready.json.part").mkdir()
    words = refused(serve("--memory", "--feed", "manual", "--ready-file", str(ready)))
    assert f"cannot write the ready file {ready} (Is a directory)" in words
    assert not ready.exists()


def test_a_file_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "main.db").write_text("not a journal")
    assert "is not a margind journal" in refused(serve("--data", str(tmp_path)))
    assert (tmp_path / "main.db").read_text() == "not a journal"


def journal_of(folder: Path, payload: bytes) -> None:
    """A journal with one entry."""

    async def write() -> None:
        journal = Journal.open(folder / "main.db", exchange="main", project=lambda *_: iter(()))
        await journal.append([Entry(1, 5, payload)])
        journal.close()

    asyncio.run(write())


def test_a_journal_whose_entries_do_not_fit_together_is_refused_with_a_sentence(tmp_path: Path) -> None:
    journal_of(tmp_path, b'{"type":"FeeBurnChanged","account":"nobody","fee_burn":true,"time":5}')
    words = refused(serve("--data", str(tmp_path)))
    assert "entry 1 of the journal does not fit what came before (KeyError('nobody'))" in words
    assert "Traceback" not in words


def test_a_journal_of_a_newer_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    journal_of(tmp_path, b'{"type":"InventedTomorrow"}')
    words = refused(serve("--data", str(tmp_path)))
    assert "entry 1 of the journal is none that this margind knows" in words
    assert "InventedTomorrow" in words


def test_a_public_address_needs_a_token() -> None:
    assert "--control-token" in refused(serve("--memory", "--host", "0.0.0.0"))


def test_an_unknown_feed_is_refused_with_those_there_are() -> None:
    assert "unknown feed 'nix'; there are: " in refused(serve("--memory", "--feed", "nix"))


STOP = "symbol=BTCUSDT&side=BUY&type=STOP_MARKET&quantity=0.001&stopPrice=900000"


def answered(server: Server, query: str) -> tuple[int, Any]:
    """HTTP status and reply of an order of the demo account."""
    demo = server.ready["accounts"][0]
    query = f"{query}&timestamp={time.time_ns() // 1_000_000}"
    signature = hmac.new(demo["secret_key"].encode(), query.encode(), "sha256").hexdigest()
    url = f"{server.url}/fapi/v1/order?{query}&signature={signature}"
    reply = httpx.post(url, headers={"X-MBX-APIKEY": demo["api_key"]})
    return reply.status_code, reply.json()


@pytest.mark.parametrize(
    ("option", "status", "name", "value"), [("order", 200, "status", "NEW"), ("algo", 400, "code", -4120)]
)
def test_an_option_says_whether_the_order_endpoint_takes_stop_orders(
    tmp_path: Path, option: str, status: int, name: str, value: object
) -> None:
    with started(tmp_path, "--memory", "--feed", "manual", "--conditional-orders", option) as server:
        said, reply = answered(server, STOP)
        exchange = httpx.get(f"{server.url}/margind/v1/exchanges/main").json()
    assert (said, reply[name]) == (status, value)
    assert exchange["settings"]["conditionalOrders"] == option


def test_a_token_is_asked_for_and_taken_from_the_environment(tmp_path: Path) -> None:
    ask = [sys.executable, "-c", "from margind.cli import main; main()", "account", "--json"]
    with started(tmp_path, "--memory", "--feed", "manual", "--control-token", "sesame") as server:
        url = environment(MARGIND_URL=server.url)
        without = subprocess.run(ask, check=False, capture_output=True, text=True, env=url)
        assert without.returncode == 1
        assert "--token or MARGIND_CONTROL_TOKEN" in without.stderr
        token = {**url, "MARGIND_CONTROL_TOKEN": "sesame"}
        given = subprocess.run(ask, check=True, capture_output=True, text=True, env=token)
        assert json.loads(given.stdout)["name"] == "demo"


def test_how_main_liquidates_is_chosen_when_it_is_started(tmp_path: Path) -> None:
    chosen = (
        *("--margin-call-ratio", "0.6", "--liquidation-step-brackets", "3"),
        *(
            "--liquidation-price",
            "take_bound",
            "--insurance-fund",
            "usdt=100000.5",
            "--insurance-fund",
            "BTC=0",
        ),
    )
    with started(tmp_path, "--memory", "--feed", "manual", *chosen) as server:
        settings = httpx.get(f"{server.url}/margind/v1/exchanges/main").json()["settings"]
    assert settings["marginCallRatio"] == "0.6"
    assert settings["liquidationStepBrackets"] == 3
    assert settings["liquidationPrice"] == "take_bound"
    assert settings["insuranceFund"] == {"USDT": "100000.5", "BTC": "0"}
    assert settings["liquidation"] is True


@pytest.mark.parametrize(
    "options",
    [
        ("--insurance-fund", "USDT"),
        ("--insurance-fund", "USDT=-1"),
        ("--margin-call-ratio", "80%"),
        ("--margin-call-ratio", "1.1"),
    ],
)
def test_a_way_to_liquidate_that_cannot_be_is_refused(options: tuple[str, str]) -> None:
    refused(serve("--memory", *options))
