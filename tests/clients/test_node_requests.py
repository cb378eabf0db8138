"""What clients for Node.js send, to the byte, is understood: recorded requests, replayed in their order.

Recorded on 2026-11-21 between a margind and `binance`, node-binance-api, ccxt and both official SDKs under
Node.js 20, each leading the life in life.py; the secrets are those of accounts that are gone. Replaying
replaces what one server alone can know: the key, the time, the signature, ids of orders.
"""

import re
import socket
import time
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import msgspec
import pytest

from margind.api.signing import HmacVerifier, is_signed, split_signature
from tests.clients.server import Access, Server, signed
from tests.clients.stage import inverse, linear

RECORDED: list[dict[str, Any]] = msgspec.json.decode(
    (Path(__file__).parent / "recorded" / "node.json").read_bytes()
)
BY_CLIENT = pytest.mark.parametrize(
    "recorded", RECORDED, ids=[f"{row['client']} {row['market']}" for row in RECORDED]
)
SIGNATURE = re.compile(r"(?<=signature=)[0-9a-f]{64}")


def path_of(request: dict[str, Any]) -> str:
    """The path, without the market's prefix."""
    path: str = request["target"].partition("?")[0]
    return path.removeprefix("/fapi/").removeprefix("/dapi/")


@BY_CLIENT
def test_their_own_signatures_are_true(recorded: dict[str, Any]) -> None:
    verifier = HmacVerifier(recorded["secret_key"])
    count = 0
    for request in recorded["requests"]:
        query = request["target"].partition("?")[2].encode()
        payload, signature = split_signature(query, request["body"].encode())
        if signature is not None:
            assert is_signed(verifier, payload, signature), request
            count += 1
    assert count >= 10


@BY_CLIENT
def test_their_requests_lead_through_a_life(
    recorded: dict[str, Any], server: Server, newcomer: Access, other: Access
) -> None:
    stage = (linear if recorded["market"] == "usdm" else inverse)(server, other)
    stage.quote(99_000, 101_000)
    order: dict[str, Any] = {}
    for request in recorded["requests"]:
        status, reply = replay(request, newcomer, order.get("orderId", 0))
        assert status == 200, (request, reply)
        step = f"{request['method']} {path_of(request)}"
        if step == "POST v1/order":
            order = reply
            assert (float(order["price"]), order["origQty"]) == (99_500, stage.quantity(50))
        elif step == "PUT v1/order":
            assert reply["orderId"] == order["orderId"]
            assert float(reply["price"]) == 100_000
        elif step == "DELETE v1/order":
            assert (reply["orderId"], reply["status"]) == (order["orderId"], "CANCELED")
        elif step == "GET v1/openOrders":
            assert [row["orderId"] for row in reply] == [order["orderId"]]
        elif step == "POST v1/leverage":
            assert reply["leverage"] == 10


def replay(request: dict[str, Any], access: Access, order_id: int) -> tuple[int, Any]:
    """The status and JSON of the reply to one recorded request, made anew for another key and moment."""
    now = str(time.time_ns() // 1_000_000)
    target, body = (
        re.sub(r"orderId=\d+", f"orderId={order_id}", re.sub(r"timestamp=\d+", f"timestamp={now}", text))
        for text in (request["target"], request["body"])
    )
    payload, _ = split_signature(target.partition("?")[2].encode(), body.encode())
    anew = signed(access.secret_key, payload)
    target, body = SIGNATURE.sub(anew, target), SIGNATURE.sub(anew, body)
    host = access.base_url.removeprefix("http://")
    lines = [f"{request['method']} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value.replace('KEY', access.api_key)}" for name, value in request["headers"]]
    if body or request["method"] in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    return send(host, "\r\n".join([*lines, "", body]).encode())


def send(host: str, message: bytes) -> tuple[int, Any]:
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall(message)
        with HTTPResponse(connection) as response:
            response.begin()
            return response.status, msgspec.json.decode(response.read())
