"""With `--data`, whatever was acknowledged is there after `kill -9`; other files are left alone."""

import random
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.server.support import MARGIND, PATIENCE_S, Server, serving

LEVERAGE = "/fapi/v1/leverage"
SYMBOLS = ["SOLUSDT", "XRPUSDT", "BNBUSDT", "ADAUSDT", "DOGEUSDT", "LTCUSDT", "LINKUSDT", "DOTUSDT"]


def leverage_of(server: Server, symbol: str) -> int:
    (row,) = server.call("GET", "/fapi/v1/symbolConfig", f"symbol={symbol}").json
    return int(row["leverage"])


def run_to_its_end(*options: str) -> tuple[int, str]:
    """Exit code and standard error of a server that does not start."""
    command = [str(MARGIND), "serve", "--port", "0", "--feed", "manual", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return ended.returncode, ended.stderr


# ---- killed


@pytest.mark.parametrize("end", [Server.kill, Server.stop], ids=["killed", "stopped"])
def test_a_restart_moves_neither_hash_nor_sequence(tmp_path: Path, end: Any) -> None:
    data = tmp_path / "data"
    told = []
    for _ in range(3):
        server = Server(tmp_path, "--data", str(data))
        try:
            told.append(server.fingerprint())
        finally:
            end(server)
    assert told == [told[0]] * 3


def test_every_acknowledged_change_survives_and_keeps_its_meaning(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = Server(tmp_path, "--data", str(data))
    try:
        credentials = dict(server.credentials)
        for index, symbol in enumerate(SYMBOLS):
            assert server.call("POST", LEVERAGE, f"symbol={symbol}&leverage={index + 3}").status == 200
        other = server.open_account("other", balances={"usdm": {"USDT": "12.5"}, "coinm": {"BTC": "0.25"}})
        server.control("PUT", "/main/prices", {"usdm": {"BTCUSDT": {"markPrice": "123456.7"}}})
        account = server.call("GET", "/fapi/v3/account").body
        income = server.call("GET", "/fapi/v1/income", account="other").body
        before = server.fingerprint()
        server.kill()
        server = Server(tmp_path, "--data", str(data))
        assert server.fingerprint() == before
        assert server.credentials == credentials  # as the ready file tells them: the same key of `demo`
        server.credentials["other"] = other
        assert server.call("GET", "/fapi/v3/account").body == account
        assert server.call("GET", "/fapi/v1/income", account="other").body == income
        assert [leverage_of(server, symbol) for symbol in SYMBOLS] == [index + 3 for index in range(8)]
        assert (
            server.send("GET", "/fapi/v1/premiumIndex?symbol=BTCUSDT").json["markPrice"] == "123456.70000000"
        )
    finally:
        server.kill()


class Caller:
    """Changes one symbol's leverage again and again, and remembers what was asked and what was answered."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.asked = self.acknowledged = 0

    def work(self, server: Server, began: threading.Event) -> None:
        connection = HTTPConnection(*server.address, timeout=PATIENCE_S)
        try:
            while True:
                self.asked = self.acknowledged % 20 + 1
                parameters = f"symbol={self.symbol}&leverage={self.asked}"
                answer = server.call("POST", LEVERAGE, parameters, connection=connection)
                assert answer.json["leverage"] == self.asked
                self.acknowledged = self.asked
                began.set()
        except (OSError, HTTPException):
            return  # the server was killed
        finally:
            connection.close()


def test_callers_at_once_lose_nothing_when_the_server_is_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(7)
    data = tmp_path / "data"
    callers = [Caller(symbol) for symbol in SYMBOLS]
    sequence = 0
    for _ in range(5):
        server = Server(tmp_path, "--data", str(data))
        try:
            for caller in callers:
                found = leverage_of(server, caller.symbol)
                # What was asked and not answered may have happened, too.
                assert not caller.asked or found in {caller.acknowledged, caller.asked}, caller.symbol
                caller.acknowledged = found
            began = [threading.Event() for _ in callers]
            with ThreadPoolExecutor(len(callers)) as threads:
                pending = [
                    threads.submit(caller.work, server, event)
                    for caller, event in zip(callers, began, strict=True)
                ]
                assert all(event.wait(PATIENCE_S) for event in began)
                time.sleep(chance.uniform(0, 0.15))
                seen = server.fingerprint()[0]
                server.process.kill()
                for each in pending:
                    each.result()
        finally:
            server.kill()
        assert seen > sequence
        sequence = seen
    with serving(tmp_path, "--data", str(data)) as server:
        assert server.fingerprint()[0] >= sequence
        assert server.control("GET", "/main/audit")["balanced"] is True


# ---- folders that are taken, damaged, or not ours


def test_a_second_server_on_the_folder_refuses(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(tmp_path, "--data", str(data)) as server:
        before = server.fingerprint()
        code, said = run_to_its_end("--data", str(data))
        assert code == 1
        assert str(data) in said
        assert "in use" in said
        assert str(server.process.pid) in said
        assert "Traceback" not in said
        assert server.fingerprint() == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "margind.lock"}


def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = Server(tmp_path, "--data", str(data))
    server.open_account("other", balances={"usdm": {"USDT": "12.5"}})
    server.stop()
    journal = data / "main.db"
    healthy = journal.read_bytes()
    assert healthy.count(b'"amount":"12.5"') == 1
    for damaged in (
        b"not a database" * 100,
        healthy[: len(healthy) // 2],
        healthy.replace(b'"amount":"12.5"', b'"amount":"92.5"'),
    ):
        journal.write_bytes(damaged)
        before = contents(data)
        code, said = run_to_its_end("--data", str(data))
        assert code == 1, said
        assert str(journal) in said
        assert "it was left as it is" in said
        assert "Traceback" not in said
        assert contents(data) == before
    journal.write_bytes(healthy)
    with serving(tmp_path, "--data", str(data)) as server:
        assert [row["name"] for row in server.control("GET", "/main/accounts")] == ["demo", "other"]


# ---- visible at once


def test_what_was_changed_is_in_the_very_next_reply(tmp_path: Path) -> None:
    with serving(tmp_path, "--data", str(tmp_path / "data")) as server:
        for leverage in range(1, 40):
            server.call("POST", LEVERAGE, f"symbol=SOLUSDT&leverage={leverage}")
            assert leverage_of(server, "SOLUSDT") == leverage
            price = f"{100_000 + leverage}.5"
            server.control("PUT", "/main/prices", {"usdm": {"BTCUSDT": {"markPrice": price}}})
            (row,) = server.call("GET", "/fapi/v3/positionRisk", "symbol=BTCUSDT").json
            assert row["markPrice"] == f"{price}0000000"
            told = server.send("GET", "/fapi/v1/premiumIndex?symbol=BTCUSDT").json
            assert told["markPrice"] == f"{price}0000000"
