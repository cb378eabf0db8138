"""The door itself: what it knows, whom it lets in, and how it answers what it cannot understand."""

import asyncio
import logging
import re

import pytest

from margind.control.asgi import LARGEST_BODY
from margind.control.table import ROUTES
from margind.storage import JournalError
from tests.control.support import Caller, played, serving

LAB = "/exchanges/lab"


def test_the_table_has_every_call_of_the_contract_once() -> None:
    rows = [f"{row.method} {row.path.removeprefix('/margind/v1')}" for row in ROUTES]
    assert len(rows) == len(set(rows))
    assert set(rows) >= {
        "GET /status",
        "POST /exchanges",
        "GET /exchanges/{x}",
        "DELETE /exchanges/{x}",
        "POST /exchanges/{x}/reset",
        "GET /exchanges/{x}/hash",
        "GET /exchanges/{x}/audit",
        "POST /exchanges/{x}/accounts",
        "GET /exchanges/{x}/accounts",
        "POST /exchanges/{x}/accounts/{a}/keys",
        "DELETE /exchanges/{x}/accounts/{a}/keys/{api_key}",
        "POST /exchanges/{x}/accounts/{a}/transfers",
        "GET /exchanges/{x}/accounts/{a}/state",
        "PUT /exchanges/{x}/accounts/{a}/state",
        "PUT /exchanges/{x}/prices",
        "PUT /exchanges/{x}/contracts",
        "PUT /exchanges/{x}/brackets",
        "POST /exchanges/{x}/clock",
    }


@played
async def test_status_names_the_version_the_uptime_and_the_exchanges(call: Caller) -> None:
    reply = await call("GET", "/status")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["version"] == "0.1.0"
    assert 0 <= reply.json["uptime_ms"] < 60_000
    assert reply.json["exchanges"] == ["main", "lab"]


@played
async def test_a_path_nobody_knows_is_404(call: Caller) -> None:
    for path in ("", "/", "/nothing", "/exchanges/", f"{LAB}/", f"{LAB}/faults", "/exchanges/lab/hash/x"):
        assert (await call("POST", path, {})).error == (404, "unknown_path"), path
    assert (await call.send("GET", "/margind/v2/status", [b""])).error == (404, "unknown_path")


@played
async def test_a_method_a_path_does_not_take_is_405_and_names_those_it_takes(call: Caller) -> None:
    reply = await call("PATCH", f"{LAB}/accounts/alice/state", {})
    assert reply.error == (405, "wrong_method")
    assert reply.headers["allow"] == "GET, PUT"
    assert (await call("HEAD", "/status")).status == 405


@played
async def test_an_exchange_or_account_nobody_knows_is_404(call: Caller) -> None:
    for row in ROUTES:
        path = row.path.removeprefix("/margind/v1").format(x="nowhere", a="alice", api_key="x" * 64)
        if "{x}" in row.path:
            reply = await call(row.method, path, _smallest(row.path))
            assert reply.error == (404, "unknown_exchange"), row.path
        if "{a}" in row.path:
            path = path.replace("nowhere", "lab").replace("alice", "bob")
            assert (await call(row.method, path, _smallest(row.path))).error == (404, "unknown_account"), path


def _smallest(path: str) -> dict[str, str]:
    if path.endswith("/accounts"):
        return {"name": "bob"}
    if path.endswith("/funding"):
        return {"market": "usdm", "symbol": "BTCUSDT", "rate": "0.0001"}
    if path.endswith("/delivery"):
        return {"market": "usdm", "symbol": "BTCUSDT_251226"}
    return {"market": "usdm", "asset": "USDT", "amount": "1"} if path.endswith("/transfers") else {}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the request has no body"),
        (b"{", "truncated"),
        (b"garbage", "malformed"),
        (b"[]", "Expected `object`, got `array`"),
        (b"null", "Expected `object`, got `null`"),
        (b'{"name": "x"} {}', "malformed"),
        (b'{"name": "\xff"}', "utf-8"),
        (b'{"name": "\\ud800"}', "malformed|truncated|surrogate"),
        (b'{"name": 7}', r"Expected `str`, got `int` - at `\$\.name`"),
        (b'{"balances": {}}', "missing required field `name`"),
        (b'{"name": "x", "nmae": 1}', "unknown field `nmae`"),
        (b'{"name": "x", "balances": {"spot": {}}}', r"unknown field `spot` - at `\$.balances`"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": 0.1}}}', "must be written as text"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": true}}}', "expected a decimal as text"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": null}}}', "expected a decimal as text"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": "NaN"}}}', "'NaN' is not a plain decimal"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": "1e9"}}}', "'1e9' is not a plain decimal"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": " 1"}}}', "is not a plain decimal"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": ""}}}', "is not a plain decimal"),
        (b'{"name": "x", "balances": {"usdm": {"USDT": %s}}}' % (b"9" * 21), "is not a plain decimal"),
        (b'{"name": "x", "key": {"type": "dsa"}}', "Invalid enum value 'dsa'"),
        (b'{"name": "x", "key": {"permissions": ["ALL"]}}', "Invalid enum value 'ALL'"),
        (b'{"name":' * 200_000, "nested|truncated|Expected"),
    ],
)
def test_a_body_that_is_no_such_document_is_400_and_says_where(body: bytes, reason: str) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        reply = await call("POST", f"{LAB}/accounts", body)
        assert reply.error == (400, "bad_json")
        assert re.search(reason, reply.message, re.IGNORECASE)
        assert await call.hash() == before

    scenario()


@played
async def test_any_json_deep_inside_a_row_is_refused_when_too_deep(call: Caller) -> None:
    deep = b'{"usdm": {"X": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}}"
    assert (await call("PUT", f"{LAB}/contracts", deep)).error == (400, "bad_json")


@played
async def test_a_body_may_come_in_parts(call: Caller) -> None:
    parts = [b'{"name":', b"", b' "bob"}']
    assert (await call.send("POST", f"/margind/v1{LAB}/accounts", parts)).status == 200


@played
async def test_a_body_too_large_is_413_by_its_announcement_or_as_it_comes(call: Caller) -> None:
    path = f"/margind/v1{LAB}/accounts"
    announced = await call.send("POST", path, [b"{}"], content_length=str(LARGEST_BODY + 1))
    assert announced.error == (413, "too_large")
    assert announced.headers["connection"] == "close"
    part = b" " * (LARGEST_BODY // 2 + 1)
    assert (await call.send("POST", path, [part, part])).error == (413, "too_large")
    fits = await call.send("POST", path, [b'{"name": "bob"}', b" " * (LARGEST_BODY - 15)])
    assert fits.status == 200


def test_a_fault_of_ours_is_500_logged_and_says_nothing_of_the_inside(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        def fail(name: str) -> None:
            raise ZeroDivisionError("inside")

        monkeypatch.setattr(call.exchanges, "get", fail)
        with caplog.at_level(logging.ERROR, "margind"):
            reply = await call("GET", LAB)
        assert reply.error == (500, "internal_error")
        assert b"inside" not in reply.body
        assert "ZeroDivisionError" in caplog.text

    scenario()


def test_a_journal_that_fails_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    @played
    async def scenario(call: Caller) -> None:
        def fail(*_: object) -> None:
            raise JournalError("disk full")

        monkeypatch.setattr(call.exchanges.get("lab").journal, "append", fail)
        assert (await call("POST", f"{LAB}/clock", {"advance_ms": 1})).error == (503, "journal_failed")

    scenario()


def test_with_a_token_only_its_holders_are_let_in() -> None:
    async def scenario() -> None:
        async with serving(token="the-token") as call:
            for authorization in (
                None,
                "",
                "Bearer",
                "Bearer the-toke",
                "Basic the-token",
                "Bearer thé-token",
            ):
                reply = await call("GET", "/status", authorization=authorization)
                assert reply.error == (401, "unauthorized"), authorization
                assert reply.headers["www-authenticate"] == "Bearer"
            # Before anything else is looked at.
            assert (await call("GET", "/nothing")).status == 401
            # The token is enough, wherever the server is reached.
            reply = await call(
                "GET", "/status", authorization="Bearer the-token", host="exchange.example:9000"
            )
            assert reply.status == 200

    asyncio.run(scenario())


@played
async def test_without_a_token_only_names_of_this_machine_are_answered(call: Caller) -> None:
    for host in (
        "localhost",
        "LOCALHOST:9000",
        "lab.localhost:9000",
        "127.0.0.1",
        "127.1.2.3:80",
        "[::1]:9000",
    ):
        assert (await call("GET", "/status", host=host)).status == 200, host
    assert (await call("GET", "/status", host=None)).status == 200
    for host in (
        "evil.example",
        "evil.example:9000",
        "192.168.0.2:9000",
        "localhost.evil.example",
        "[::1",
        "",
    ):
        assert (await call("GET", "/status", host=host)).error == (403, "foreign_host"), host


@played
async def test_without_a_token_pages_of_other_origins_change_nothing(call: Caller) -> None:
    before = await call.hash()
    for origin in ("https://evil.example", "null", "http://127.0.0.1:8080", "http://localhost:9000"):
        reply = await call("POST", f"{LAB}/accounts", {"name": "eve"}, origin=origin)
        assert reply.error == (403, "foreign_origin"), origin
    assert await call.hash() == before
    own = await call("POST", f"{LAB}/accounts", {"name": "bob"}, origin="http://127.0.0.1:9000")
    assert own.status == 200


@played
async def test_reading_moves_neither_sequence_nor_hash(call: Caller) -> None:
    before = await call.hash()
    for row in ROUTES:
        if row.method == "GET":
            await call("GET", row.path.removeprefix("/margind/v1").format(x="lab", a="alice"))
    assert await call.hash() == before
