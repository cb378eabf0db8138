"""One server per module of client tests, and a new account for each test."""

import itertools
from collections.abc import Iterator

import pytest

from tests.clients.server import Access, Server, serving
from tests.clients.trader import PRICES, TRADER

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        running.control("PUT", "/prices", PRICES)
        yield running


@pytest.fixture
def trader(server: Server) -> Access:
    """An account with positions on both markets, cross and isolated, and a resting order."""
    return server.open_account(f"trader-{next(_numbers)}", TRADER)


@pytest.fixture
def other(server: Server) -> Access:
    """An account on the other side of a trade."""
    wallets = {
        "usdm": {"wallets": {"USDT": {"walletBalance": "100000"}}},
        "coinm": {"wallets": {"BTC": {"walletBalance": "100"}}},
    }
    return server.open_account(f"other-{next(_numbers)}", wallets)


@pytest.fixture
def newcomer(server: Server) -> Access:
    """An account with money and nothing else: any of its settings may be changed."""
    wallets = {
        "usdm": {"wallets": {"USDT": {"walletBalance": "1000"}}},
        "coinm": {"wallets": {"BTC": {"walletBalance": "1"}}},
    }
    return server.open_account(f"newcomer-{next(_numbers)}", wallets)
