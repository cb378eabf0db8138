"""v2/account.status over the WebSocket API against a bare echo of the same size."""

from collections.abc import Iterator

from bench import signed
from bench.account import Market, open_account
from bench.compare import every_second, ratio
from bench.generator import Job
from bench.options import CONNECTIONS, Options
from bench.programs import Caller, Program, bare, margind
from bench.result import Result
from bench.websocket import WebSocket

NAME = "websocket-status"
METHOD = "v2/account.status"
PATH = "/ws-fapi/v1"


def run(options: Options) -> Iterator[Result]:
    """The rate against that of the bare server."""
    with margind("--no-demo") as ours:
        caller = Caller(ours)
        market = Market(caller)
        key = open_account(caller, market)
        with WebSocket(ours, PATH) as socket:
            reply = socket.ask(signed.websocket_requests(key, METHOD)[-1])

        def job(program: Program) -> Job:
            requests = signed.websocket_requests(key, METHOD)
            return Job("websocket", program.port, CONNECTIONS, options.seconds, requests, PATH)

        with bare(reply) as theirs, every_second(market.move):
            name = f"WebSocket {METHOD}, 10 positions ({len(reply) / 1000:.0f} kB)"
            yield ratio(name, 0.5, options, ours, theirs, job)
