"""The explanation over the control API."""

from typing import Any

import msgspec

from margind.control.explain import explain_reply
from tests.control.support import Caller, played

ACCOUNT = {
    "usdm": {
        "wallets": {"USDT": {"walletBalance": "1000"}},
        "symbols": {"BTCUSDT": {"leverage": 10}},
        "positions": [
            {"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "0.05", "entryPrice": "60000"},
            {"symbol": "ETHUSDT", "positionSide": "BOTH", "positionAmt": "1", "entryPrice": "2500"},
        ],
    }
}
EXPLAIN = "/exchanges/lab/accounts/alice/explain"


async def _loaded(call: Caller) -> None:
    prices = {"usdm": {"BTCUSDT": {"markPrice": "62000"}}, "assetIndex": {"BTCUSD": {"index": "62000"}}}
    assert (await call("PUT", "/exchanges/lab/prices", prices)).status == 200
    assert (await call("PUT", "/exchanges/lab/accounts/alice/state", ACCOUNT)).status == 200


def _given(reply: Any, name: str) -> str:
    found = {one["name"]: one["provenance"] for one in reply["inputs"] if one["kind"] == "given"}
    provenance = found[name]
    assert isinstance(provenance, str)
    return provenance


@played
async def test_a_field_is_explained_as_json(call: Caller) -> None:
    await _loaded(call)
    reply = (await call("GET", f"{EXPLAIN}?view=fapi-v3-account&field=positions.BTCUSDT.maintMargin")).json
    # 0.05 · 62000 · 0.4 % = 12.4
    assert reply["value"] == "12.40000000"
    assert reply["call"] == "GET /fapi/v3/account"
    assert reply["formula"] == "|positionAmt × markPrice| × maintMarginRatio − cum"
    assert reply["substituted"] == "|0.05 × 62000| × 0.004 − 0"
    assert reply["rounding"] == "cut to 8 decimals"
    assert reply["sureness"] == "confirmed on 17 public rows"
    assert reply["text"].startswith("positions.BTCUSDT.maintMargin = 12.40000000\n")
    assert _given(reply, "markPrice") == "set by hand at 2025-10-09T08:53:20.000Z"
    assert _given(reply, "cum") == "bracket 1 of BTCUSDT (floor 0, cap 300000), table of 2026-09-29"


@played
async def test_a_price_that_nobody_moved_is_a_reference_price(call: Caller) -> None:
    await _loaded(call)
    reply = (await call("GET", f"{EXPLAIN}?field=ETHUSDT.notional")).json
    assert _given(reply, "markPrice") == "reference price of 2025-10-30, which no feed moves"


@played
async def test_without_a_view_the_second_account_view_is_meant(call: Caller) -> None:
    await _loaded(call)
    reply = (await call("GET", f"{EXPLAIN}?field=feeTier")).json
    assert (reply["view"], reply["value"], reply["formula"], reply["inputs"]) == (
        "fapi-v2-account",
        0,
        "",
        [],
    )


@played
async def test_an_input_that_is_asked_for_is_its_own_explanation(call: Caller) -> None:
    await _loaded(call)
    reply = (await call("GET", f"{EXPLAIN}?field=BTCUSDT.leverage")).json
    assert reply["inputs"] == [
        {
            "kind": "given",
            "name": "leverage",
            "scope": "BTCUSDT",
            "value": "10",
            "provenance": "chosen by the user",
        }
    ]


@played
async def test_what_is_not_there_is_refused(call: Caller) -> None:
    assert (await call("GET", f"{EXPLAIN}?field=avail")).error == (404, "unknown_field")
    assert (await call("GET", f"{EXPLAIN}")).error == (400, "unknown_field")
    assert (await call("GET", f"{EXPLAIN}?view=v&field=x")).error == (404, "unknown_view")
    nobody = await call("GET", "/exchanges/lab/accounts/bob/explain?field=feeTier")
    assert nobody.error == (404, "unknown_account")


@played
async def test_the_reply_can_be_asked_for_without_a_request(call: Caller) -> None:
    await _loaded(call)
    runtime = call.exchanges.get("lab")
    reply = explain_reply(runtime, "alice", "fapi-v2-balance", "USDT.balance")
    asked = (await call("GET", f"{EXPLAIN}?view=fapi-v2-balance&field=USDT.balance")).json
    assert msgspec.json.decode(msgspec.json.encode(reply)) == asked
