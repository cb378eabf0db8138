"""A change of state or price is in the very next reply, on either door, also under load."""

import threading
import time
from collections.abc import Iterator

import msgspec

from bench import signed
from bench.account import Market, open_account
from bench.generator import Job, generate
from bench.options import Options
from bench.programs import Caller, margind
from bench.result import Result
from bench.websocket import WebSocket

NAME = "freshness"
PATH = "/fapi/v3/account"
_OTHERS = 8
"""Connections that keep the server busy; with more, each change would only wait longer."""


def run(options: Options) -> Iterator[Result]:
    """How many changes were not seen by the request after them."""
    with margind("--no-demo") as server:
        caller = Caller(server)
        market = Market(caller)
        key = open_account(caller, market)
        requests = signed.http_requests(key, PATH, server.port)
        job = Job("http", server.port, _OTHERS, options.seconds, requests)
        load = threading.Thread(target=generate, args=(job,))
        load.start()
        changes = stale = 0
        symbol = next(iter(market.start))
        with WebSocket(server, "/ws-fapi/v1") as websocket:
            while load.is_alive():
                changes += 1
                leverage = str(changes % 20 + 1)
                mark = market.move()[symbol]
                caller.send("POST", _change(key, symbol, leverage), headers=key.headers)
                now = time.time_ns() // 1_000_000
                over_rest = msgspec.json.decode(
                    caller.send("GET", key.target("/fapi/v2/positionRisk", now), headers=key.headers)
                )
                frame = signed.frame(signed.websocket_request(key, "account.position", now))
                over_websocket = msgspec.json.decode(websocket.ask(frame))["result"]
                for rows in (over_rest, over_websocket):
                    (row,) = [row for row in rows if row["symbol"] == symbol]
                    stale += (row["markPrice"], row["leverage"]) != (mark, leverage)
        load.join()
    yield Result(
        "changes not in the very next reply",
        stale,
        "",
        "at most",
        0,
        f"{changes} changes under load, REST and WebSocket",
    )


def _change(key: signed.Key, symbol: str, leverage: str) -> str:
    query = f"symbol={symbol}&leverage={leverage}&timestamp={time.time_ns() // 1_000_000}"
    return f"/fapi/v1/leverage?{query}&signature={key.sign(query)}"
