"""Accounts opened, keys made and taken away, money moved: all of it or nothing."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from margind.control.account_calls import Credentials
from margind.engine.model.terms import Market
from tests.control.support import Caller, played

LAB = "/exchanges/lab"
ACCOUNTS = f"{LAB}/accounts"
ALICE = f"{ACCOUNTS}/alice"
EVERYTHING = ["USER_DATA", "TRADE", "USER_STREAM"]


def _pem(private_key: Any) -> str:
    public_key = private_key.public_key()
    return str(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "ascii")


RSA = _pem(generate_private_key(65537, 2048))
ED25519 = _pem(Ed25519PrivateKey.generate())


@played
async def test_an_account_is_opened_with_balances_and_a_key(call: Caller) -> None:
    balances = {"usdm": {"USDT": "10000", "BNB": "0.5", "BTC": "0"}, "coinm": {"BTC": "1"}}
    reply = await call("POST", ACCOUNTS, {"name": "bob", "balances": balances})
    assert reply.json.keys() == {"name", "api_key", "secret_key"}
    assert reply.json["name"] == "bob"
    for text in (reply.json["api_key"], reply.json["secret_key"]):
        assert len(text) == 64
        assert text.isascii()
        assert text.isalnum()
    state = call.exchanges.get("lab").state
    held = {asset: f"{row.wallet_balance}" for asset, row in state.accounts["bob"].usdm.wallets.items()}
    assert held == {"USDT": "10000", "BNB": "0.5"}
    assert str(state.wallet_balance("bob", Market.COINM, "BTC")) == "1"
    assert state.keys[reply.json["api_key"]].secret == reply.json["secret_key"]


@played
async def test_no_two_keys_are_alike(call: Caller) -> None:
    replies = [(await call("POST", f"{ALICE}/keys")).json for _ in range(20)]
    assert len({text for reply in replies for text in (reply["api_key"], reply["secret_key"])}) == 40


@played
async def test_a_secret_is_shown_by_no_other_reply_and_no_repr(call: Caller) -> None:
    made = (await call("POST", f"{ALICE}/keys", {"type": "hmac"})).json
    for path in ("", "/accounts", "/accounts/alice/state", "/accounts/alice/report", "/hash", "/audit"):
        reply = await call("GET", f"{LAB}{path}")
        assert reply.status == 200
        assert made["secret_key"] not in reply.body.decode(), path
    assert made["secret_key"] not in repr(Credentials("alice", made["api_key"], made["secret_key"]))


@pytest.mark.parametrize(("kind", "pem"), [("rsa", RSA), ("ed25519", ED25519)])
def test_a_key_of_the_callers_own_has_no_secret_here(kind: str, pem: str) -> None:
    @played
    async def scenario(call: Caller) -> None:
        key = {"type": kind, "public_key": pem}
        opened = await call("POST", ACCOUNTS, {"name": "bob", "key": key})
        assert opened.json["secret_key"] is None
        further = await call("POST", f"{ALICE}/keys", key)
        assert further.json == {"name": "alice", "api_key": further.json["api_key"], "secret_key": None}
        assert call.exchanges.get("lab").state.keys[further.json["api_key"]].secret == pem

    scenario()


@played
async def test_the_list_shows_accounts_and_keys_in_the_order_in_which_they_came(call: Caller) -> None:
    key = {
        "type": "ed25519",
        "public_key": ED25519,
        "permissions": ["USER_STREAM", "USER_DATA", "USER_DATA"],
        "ip_whitelist": ["127.0.0.1", "2001:DB8::0:1"],
    }
    bob = (await call("POST", ACCOUNTS, {"name": "bob", "key": key})).json
    first = call.exchanges.get("lab").state.keys
    alice = next(iter(first))
    second = (await call("POST", f"{ALICE}/keys", {"permissions": []})).json
    assert (await call("GET", ACCOUNTS)).json == [
        {
            "name": "alice",
            "keys": [
                {"api_key": alice, "type": "hmac", "permissions": EVERYTHING, "ip_whitelist": []},
                {"api_key": second["api_key"], "type": "hmac", "permissions": [], "ip_whitelist": []},
            ],
        },
        {
            "name": "bob",
            "keys": [
                {
                    "api_key": bob["api_key"],
                    "type": "ed25519",
                    "permissions": ["USER_DATA", "USER_STREAM"],
                    "ip_whitelist": ["127.0.0.1", "2001:db8::1"],
                }
            ],
        },
    ]
    assert (await call("GET", LAB)).json["accounts"] == ["alice", "bob"]


BAD_KEYS: list[tuple[dict[str, Any], str]] = [
    ({"type": "rsa"}, "bad_key"),
    ({"type": "rsa", "public_key": ED25519}, "bad_key"),
    ({"type": "ed25519", "public_key": RSA}, "bad_key"),
    ({"type": "rsa", "public_key": "-----BEGIN PUBLIC KEY-----\n"}, "bad_key"),
    ({"type": "ed25519", "public_key": ""}, "bad_key"),
    ({"type": "hmac", "public_key": RSA}, "bad_key"),
    ({"ip_whitelist": ["localhost"]}, "bad_key"),
    ({"ip_whitelist": ["127.0.0.1", "10.0.0.0/8"]}, "bad_key"),
    ({"ip_whitelist": "127.0.0.1"}, "bad_json"),
    ({"permissions": "TRADE"}, "bad_json"),
    ({"permissions": ["WITHDRAW"]}, "bad_json"),
    ({"secret_key": "mine"}, "bad_json"),
]


@pytest.mark.parametrize(("key", "code"), BAD_KEYS)
def test_a_key_that_could_not_be_used_is_refused(key: dict[str, Any], code: str) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        for path, document in ((f"{ALICE}/keys", key), (ACCOUNTS, {"name": "bob", "key": key})):
            reply = await call("POST", path, document)
            assert reply.error == (400, code)
            assert RSA not in reply.message
        assert await call.hash() == before

    scenario()


BAD_ACCOUNTS: list[tuple[dict[str, Any], int, str]] = [
    ({"name": ""}, 400, "bad_name"),
    ({"name": "a/b"}, 400, "bad_name"),
    ({"name": ".."}, 400, "bad_name"),
    ({"name": "a\x00"}, 400, "bad_name"),
    ({"name": "é"}, 400, "bad_name"),
    ({"name": "x" * 65}, 400, "bad_name"),
    ({"name": "alice"}, 409, "account_exists"),
    ({"name": "bob", "balances": {"usdm": {"DOGE": "1"}}}, 400, "unknown_asset"),
    ({"name": "bob", "balances": {"coinm": {"USDT": "1"}}}, 400, "unknown_asset"),
    ({"name": "bob", "balances": {"usdm": {"USDT": "1"}, "coinm": {"BTC": "-1"}}}, 400, "bad_amount"),
    ({"name": "bob", "balances": {"usdm": {"USDT": "0.000000001"}}}, 400, "bad_amount"),
    ({"name": "bob", "balances": {"usdm": {"USDT": "1"}}, "key": {"type": "rsa"}}, 400, "bad_key"),
]


@pytest.mark.parametrize(("document", "status", "code"), BAD_ACCOUNTS, ids=lambda value: str(value)[:60])
def test_an_account_that_cannot_be_opened_leaves_nothing_behind(
    document: dict[str, Any], status: int, code: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = await call.hash()
        assert (await call("POST", ACCOUNTS, document)).error == (status, code)
        assert await call.hash() == before
        assert [row["name"] for row in (await call("GET", ACCOUNTS)).json] == ["alice"]

    scenario()


@played
async def test_of_two_who_open_the_same_account_at_once_one_is_refused_whole(call: Caller) -> None:
    document = {"name": "bob", "balances": {"usdm": {"USDT": "5"}}}
    replies = await asyncio.gather(*(call("POST", ACCOUNTS, document) for _ in range(4)))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    assert str(call.exchanges.get("lab").state.wallet_balance("bob", Market.USDM, "USDT")) == "5"


@played
async def test_a_key_taken_away_is_gone_and_only_its_own_account_can(call: Caller) -> None:
    await call("POST", ACCOUNTS, {"name": "bob"})
    key = (await call("POST", f"{ALICE}/keys")).json["api_key"]
    assert call.accepts(key)
    assert (await call("DELETE", f"{ACCOUNTS}/bob/keys/{key}")).error == (404, "unknown_key")
    assert (await call("DELETE", f"{ALICE}/keys/{key}")).json == {}
    assert not call.accepts(key)
    assert (await call("DELETE", f"{ALICE}/keys/{key}")).error == (404, "unknown_key")


@played
async def test_a_transfer_comes_from_outside_or_goes_there(call: Caller) -> None:
    body = {"market": "coinm", "asset": "ETH", "amount": "2.50"}
    assert (await call("POST", f"{ALICE}/transfers", body)).json == body | {"wallet_balance": "2.50"}
    body["amount"] = "-1"
    assert (await call("POST", f"{ALICE}/transfers", body)).json == body | {"wallet_balance": "1.50"}
    books = (await call("GET", f"{LAB}/audit")).json
    assert books["balanced"] is True
    assert books["coinm"]["ETH"]["outside"] == "-1.5"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": "-100.00000001"}, 409, "insufficient_balance"),
        ({"amount": "0"}, 400, "bad_amount"),
        ({"amount": "-0"}, 400, "bad_amount"),
        ({"amount": "0.123456789"}, 400, "bad_amount"),
        ({"amount": "NaN"}, 400, "bad_json"),
        ({"amount": 1.5}, 400, "bad_json"),
        ({"asset": "DOGE"}, 400, "unknown_asset"),
        ({"asset": "BNFCR", "market": "coinm"}, 400, "unknown_asset"),
        ({"market": "spot"}, 400, "bad_json"),
        ({"note": "rent"}, 400, "bad_json"),
    ],
    ids=str,
)
def test_a_transfer_that_cannot_be_moves_nothing(change: dict[str, Any], status: int, code: str) -> None:
    @played
    async def scenario(call: Caller) -> None:
        body: dict[str, Any] = {"market": "usdm", "asset": "USDT", "amount": 100}
        assert (await call("POST", f"{ALICE}/transfers", body)).status == 200
        before = await call.hash()
        assert (await call("POST", f"{ALICE}/transfers", body | change)).error == (status, code)
        assert await call.hash() == before

    scenario()
