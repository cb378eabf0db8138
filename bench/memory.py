"""What ten thousand accounts with three positions each take, made through the control API."""

import time
from collections.abc import Iterator

from bench.account import Market, document
from bench.options import Options
from bench.programs import Caller, margind
from bench.result import Result
from bench.signed import Key

NAME = "memory"


def run(options: Options) -> Iterator[Result]:
    """Resident memory once all are there, and once each has been asked for."""
    accounts = options.times(10_000)
    with margind("--no-demo") as server:
        caller = Caller(server)
        market = Market(caller)
        before = server.resident_mb()
        held = document(market, 3)
        keys: list[Key] = []
        for number in range(accounts):
            opened = caller.control("POST", "/accounts", {"name": f"account-{number}"})
            caller.control("PUT", f"/accounts/account-{number}/state", held)
            keys.append(Key(opened["api_key"], opened["secret_key"]))
        there = server.resident_mb()
        for key in keys:
            target = key.target("/fapi/v3/account", time.time_ns() // 1_000_000)
            caller.send("GET", target, headers=key.headers)
        asked = server.resident_mb()
    each = (there - before) * 1000 / accounts
    detail = f"{before:.0f} MB before; {each:.1f} kB an account; {there:.0f} MB before they were asked for"
    limit = 300 if accounts == 10_000 else None
    yield Result(f"{accounts} accounts, 3 positions each", asked, "MB", "at most", limit, detail)
