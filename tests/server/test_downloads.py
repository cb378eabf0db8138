"""Over real sockets: a file is fetched at its link without a key, and is still there after `kill -9`."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.support import PATIENCE_S, Answer, Server

TOKEN = "only-for-the-operator"


def link_of(server: Server, download_id: str) -> str:
    """The link of a file once it is made."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        told = server.call("GET", "/fapi/v1/order/asyn/id", f"downloadId={download_id}").json
        if told["status"] == "completed":
            return str(told["url"])
        time.sleep(0.01)
    raise AssertionError("the file was not made")


def fetched(server: Server, link: str) -> Answer:
    assert link.startswith(f"{server.base_url}/margind/v1/downloads/")
    return server.send("GET", link.removeprefix(server.base_url))


def year() -> str:
    now = int(time.time() * 1000)
    return f"startTime={now - 300 * 24 * 3600 * 1000}&endTime={now + 3600 * 1000}"


@pytest.fixture
def order() -> dict[str, Any]:
    return {"symbol": "ETHUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}


def test_a_file_outlives_kill_9_and_needs_no_token(tmp_path: Path, order: dict[str, Any]) -> None:
    options = ("--data", str(tmp_path / "data"), "--control-token", TOKEN)
    server = Server(tmp_path, *options)
    try:
        price = server.send("GET", "/fapi/v1/ticker/bookTicker?symbol=ETHUSDT").json["bidPrice"]
        query = "&".join(f"{name}={value}" for name, value in {**order, "price": price}.items())
        placed = server.call("POST", "/fapi/v1/order", query)
        assert placed.status == 200, placed.body
        download_id = server.call("GET", "/fapi/v1/order/asyn", year()).json["downloadId"]
        link = link_of(server, download_id)
        answer = fetched(server, link)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        names, *rows = answer.body.decode().splitlines()
        ids = [dict(zip(names.split(","), row.split(","), strict=True))["orderId"] for row in rows]
        assert str(placed.json["orderId"]) in ids
        assert server.send("GET", "/margind/v1/exchanges").status == 401  # the control API does need it
        server.kill()

        server = Server(tmp_path, *options)
        again = fetched(server, link_of(server, download_id))
        assert again.body == answer.body
        assert server.call("GET", "/fapi/v1/allOrders", "symbol=ETHUSDT").json[-1] == (
            server.call("GET", "/fapi/v1/order", f"symbol=ETHUSDT&orderId={placed.json['orderId']}").json
        )
    finally:
        server.kill()
