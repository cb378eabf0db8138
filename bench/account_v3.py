"""Signed GET /fapi/v3/account: ten positions, twenty prices moving each second."""

from collections.abc import Iterator

from bench import http_ratio
from bench.options import Options
from bench.result import Result

NAME = "account-v3"


def run(options: Options) -> Iterator[Result]:
    """The rate against that of the bare server."""
    yield http_ratio.measure("GET /fapi/v3/account, 10 positions", "/fapi/v3/account", 0.5, options)
