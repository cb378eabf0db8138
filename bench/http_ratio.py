"""A signed GET against the bare server, while prices move: the shared part of the two REST measurements."""

import time

from bench import signed
from bench.account import Market, open_account
from bench.compare import every_second, ratio
from bench.generator import Job
from bench.options import CONNECTIONS, Options
from bench.programs import Caller, Program, bare, margind
from bench.result import Result


def measure(name: str, path: str, at_least: float, options: Options) -> Result:
    """The ratio for one path."""
    with margind("--no-demo") as ours:
        caller = Caller(ours)
        market = Market(caller)
        key = open_account(caller, market)
        reply = caller.send("GET", key.target(path, time.time_ns() // 1_000_000), headers=key.headers)

        def job(program: Program) -> Job:
            requests = signed.http_requests(key, path, program.port)
            return Job("http", program.port, CONNECTIONS, options.seconds, requests)

        with bare(reply) as theirs, every_second(market.move):
            result = ratio(f"{name} ({len(reply) / 1000:.0f} kB)", at_least, options, ours, theirs, job)
    return result
