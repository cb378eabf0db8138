"""Signed GET /fapi/v2/account: every listed symbol, twenty prices moving each second."""

from collections.abc import Iterator

from bench import http_ratio
from bench.options import Options
from bench.result import Result

NAME = "account-v2"


def run(options: Options) -> Iterator[Result]:
    """The rate against that of the bare server."""
    yield http_ratio.measure("GET /fapi/v2/account, all symbols", "/fapi/v2/account", 0.4, options)
