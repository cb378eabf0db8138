"""`margind explain last` and `margind explain refusals`, of a server that refuses."""

import hmac
import json
import time
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import Result

from tests.cli.conftest import Run, Server

At = Callable[..., Result]


@pytest.fixture
def at(run: Run, server: Server) -> At:
    """Runs a command against the server."""
    return lambda *arguments, **more: run(*arguments, url=server.url, **more)


@pytest.fixture
def alice(at: At, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """An exchange for one test alone, and the key of its account alice with 1000 USDT."""
    name = request.node.name[:40]
    assert at("exchanges", "create", name).exit_code == 0
    made = at("accounts", "create", "alice", "--usdm", "USDT=1000", "--exchange", name, "--json")
    assert made.exit_code == 0, made.output
    return name, json.loads(made.stdout)


def sent(server: Server, exchange: str, key: dict[str, str], query: str) -> int:
    """The code that an order is answered with."""
    query = f"{query}&timestamp={time.time_ns() // 1_000_000}"
    signature = hmac.new(key["secret_key"].encode(), query.encode(), "sha256").hexdigest()
    url = f"{server.url}/x/{exchange}/fapi/v1/order?{query}&signature={signature}"
    request = Request(url, method="POST", headers={"X-MBX-APIKEY": key["api_key"]})  # noqa: S310 - our own server
    with pytest.raises(HTTPError) as caught, urlopen(request):  # noqa: S310
        pass
    with caught.value as reply:
        return int(json.load(reply)["code"])


BUY = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"


def test_the_newest_refusal_is_explained(at: At, server: Server, alice: tuple[str, dict[str, str]]) -> None:
    exchange, key = alice
    assert at("explain", "last", "--exchange", exchange).stdout == "Nothing was refused.\n"
    assert sent(server, exchange, key, f"{BUY}&quantity=9&price=100000") == -2019
    text = at("explain", "last", "--exchange", exchange).stdout
    assert text.startswith(f"POST /x/{exchange}/fapi/v1/order, refused at ")
    # 9 · 100000 / 20 = 45000 of 1000; 1000 · 20 / 100000 = 0.2.
    for line in (
        "answered: HTTP 400, -2019 MARGIN_NOT_SUFFICIEN: Margin is insufficient.",
        "  need              45000 USDT",
        "  available         1000 USDT",
        "would have helped: a quantity of 0.200 BTC is the largest that passes; a transfer of 44000.00000000",
        "source: FAQ 'How to Calculate the Cost Required to Open a Position'",
    ):
        assert line in text.splitlines()
    assert at("explain", "last", "--exchange", exchange, "--account", "alice").stdout == text
    document = json.loads(at("explain", "last", "--exchange", exchange, "--json").stdout)
    assert document["because"]["remedy_value"] == {"quantity": "0.2", "transfer": "44000"}
    assert document["text"] == text
    assert key["secret_key"] not in json.dumps(document)


def test_refusals_are_listed_with_what_would_have_helped(
    at: At, server: Server, alice: tuple[str, dict[str, str]]
) -> None:
    exchange, key = alice
    assert at("explain", "refusals", "--exchange", exchange).stdout == "Nothing was refused.\n"
    assert sent(server, exchange, key, f"{BUY}&quantity=9&price=100000") == -2019
    assert sent(server, exchange, key, f"{BUY}&quantity=0.01&price=100000.05") == -4014
    assert sent(server, exchange, {**key, "api_key": "z" * 64}, f"{BUY}&quantity=9&price=1") == -2015
    lines = at("explain", "refusals", "--exchange", exchange).stdout.splitlines()
    assert lines[0].split()[:2] == ["Time", "Account"]
    stranger, tick, margin = lines[2:]
    assert stranger.split()[3] == "none"
    assert "-2015" in stranger
    assert "-4014" in tick
    assert "price 100000" in tick
    assert "quantity 0.2, transfer 44000" in margin
    of_alice = at("explain", "refusals", "--exchange", exchange, "--account", "alice", "--limit", "1")
    (only,) = of_alice.stdout.splitlines()[2:]
    assert only.split() == tick.split()
    rows = json.loads(at("explain", "refusals", "--exchange", exchange, "--json").stdout)
    assert [row["code"] for row in rows] == [-2015, -4014, -2019]


def test_an_account_nobody_knows_is_named(at: At) -> None:
    result = at("explain", "last", "--account", "nobody")
    assert result.exit_code == 1
    assert "there is no account named 'nobody'" in result.output
