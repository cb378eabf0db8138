"""A connection remembers who logged on; only Ed25519 keys can, and a key that is taken away ends it."""

from decimal import Decimal
from typing import Any

import pytest

from margind.api.ws_session import Session
from margind.engine.commands import OpenAccount, Transfer
from margind.engine.model.terms import Market
from tests.api.support import (
    FULL,
    NOW,
    OF_SIDE,
    OTHER_IP,
    OWNER,
    SIDE,
    UNKNOWN,
    Key,
    World,
    ed25519_key,
    hmac_key,
    request_frame,
    rsa_key,
    signed_params,
)

SIGNER = ed25519_key()
SECOND = ed25519_key("F")
POOR = hmac_key("q", "secret-of-somebody-else")
STAMP = {"timestamp": NOW}
KEY_REVOKED = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}


@pytest.fixture
def world(own_world: World) -> World:
    """Each test has its own exchanges, with a second account that can log on and one that cannot."""
    own_world.execute(own_world.main, OpenAccount("second"))
    own_world.execute(own_world.main, Transfer("second", Market.USDM, "USDT", Decimal(42)))
    own_world.give_key(own_world.main, SECOND, account="second")
    own_world.give_key(own_world.main, POOR, account="second")
    return own_world


def log_on(world: World, session: Session, key: Key = SIGNER) -> Any:
    return world.ask(session, "session.logon", **signed_params({}, key))


def usdt_of(reply: Any) -> str:
    assert reply["status"] == 200, reply
    balances: dict[str, str] = {row["asset"]: row["balance"] for row in reply["result"]}
    return balances["USDT"]


def logged_on_as(world: World, session: Session) -> str | None:
    key: str | None = world.ask(session, "session.status")["result"]["apiKey"]
    return key


TESTERS, SECONDS = "10000.00000000", "42.00000000"


def test_status_tells_who_is_logged_on_and_since_when(world: World) -> None:
    session = world.session(return_rate_limits=False)
    world.run(world.main.advance_to(NOW + 3))
    anonymous = {
        "apiKey": None,
        "authorizedSince": None,
        "connectedSince": NOW,
        "returnRateLimits": False,
        "serverTime": NOW + 3,
    }
    assert world.ask(session, "session.status")["result"] == anonymous
    known = {**anonymous, "apiKey": SIGNER.text, "authorizedSince": NOW + 3}
    assert log_on(world, session)["result"] == known
    world.run(world.main.advance_to(NOW + 4))
    assert world.ask(session, "session.status")["result"] == {**known, "serverTime": NOW + 4}
    gone = world.ask(session, "session.logout")
    assert gone["result"] == {**anonymous, "serverTime": NOW + 4}


def test_after_logon_a_request_needs_only_its_time(world: World) -> None:
    session = world.session()
    assert world.ask(session, "v2/account.balance", **STAMP)["error"]["code"] == -2014
    log_on(world, session)
    assert usdt_of(world.ask(session, "v2/account.balance", **STAMP)) == TESTERS
    assert usdt_of(world.ask(session, "v2/account.balance", recvWindow=1, **STAMP)) == TESTERS
    unstamped = world.ask(session, "v2/account.balance")
    assert unstamped["error"]["msg"].startswith("Mandatory parameter 'timestamp'")
    late = world.ask(session, "v2/account.balance", timestamp=NOW - 5001)
    assert late["error"]["code"] == -1021


def test_a_key_in_the_request_overrides_the_session_for_that_request(world: World) -> None:
    session = world.session()
    log_on(world, session)
    assert usdt_of(world.ask_signed(session, "v2/account.balance", POOR)) == SECONDS
    assert usdt_of(world.ask(session, "v2/account.balance", **STAMP)) == TESTERS
    unsigned = world.ask(session, "v2/account.balance", apiKey=SIGNER.text, **STAMP)
    assert unsigned["error"]["msg"].startswith("Mandatory parameter 'signature'")
    unknown = world.ask_signed(session, "v2/account.balance", UNKNOWN)
    assert (unknown["id"], unknown["error"]["code"]) == (1, -2015)
    assert logged_on_as(world, session) == SIGNER.text


def test_a_second_logon_replaces_the_first(world: World) -> None:
    session = world.session()
    log_on(world, session)
    assert log_on(world, session, SECOND)["result"]["apiKey"] == SECOND.text
    assert usdt_of(world.ask(session, "v2/account.balance", **STAMP)) == SECONDS


def test_logout_forgets_the_key_and_may_be_repeated(world: World) -> None:
    session = world.session()
    log_on(world, session)
    for _ in range(2):
        assert world.ask(session, "session.logout")["status"] == 200
        assert world.ask(session, "v2/account.balance", **STAMP)["error"]["code"] == -2014


def test_sessions_do_not_share_their_key(world: World) -> None:
    one, other = world.session(), world.session()
    log_on(world, one)
    assert logged_on_as(world, other) is None


@pytest.mark.parametrize("kind", ["hmac", "rsa"])
def test_only_ed25519_keys_can_log_on(world: World, kind: str) -> None:
    world.give_key(world.main, rsa_key())
    key = {"hmac": FULL, "rsa": rsa_key()}[kind]
    session = world.session()
    reply = log_on(world, session, key)
    assert (reply["status"], reply["error"]["code"]) == (400, -4056)
    assert logged_on_as(world, session) is None


def test_a_logon_that_fails_leaves_the_session_as_it_was(world: World) -> None:
    session = world.session()
    log_on(world, session)
    right = signed_params({}, SECOND)
    for params, code in (
        ({}, -1102),
        ({"apiKey": ""}, -1102),
        ({"apiKey": "not a key", "timestamp": NOW, "signature": "0"}, -2014),
        ({"apiKey": UNKNOWN.text, "timestamp": NOW, "signature": "0"}, -2015),
        ({"apiKey": SECOND.text}, -1102),
        ({"apiKey": SECOND.text, "timestamp": NOW}, -1102),
        ({**right, "timestamp": NOW + 1}, -1022),
        ({**right, "signature": signed_params({}, SIGNER)["signature"]}, -1022),
        (signed_params({"timestamp": NOW - 5001}, SECOND), -1021),
    ):
        reply = world.ask(session, "session.logon", **params)
        assert (reply["id"], reply["error"]["code"]) == (1, code)
    assert logged_on_as(world, session) == SIGNER.text


def test_a_key_logs_on_only_from_its_addresses(world: World) -> None:
    listed = ed25519_key("G")
    world.give_key(world.main, listed, ip_whitelist=(OTHER_IP,))
    assert log_on(world, world.session(), listed)["error"]["code"] == -2015
    assert log_on(world, world.session(ip=OTHER_IP), listed)["status"] == 200


def test_permissions_hold_for_sessions_too(world: World) -> None:
    trader = ed25519_key("H")
    world.give_key(world.main, trader, "TRADE")
    session = world.session()
    assert log_on(world, session, trader)["status"] == 200
    refused = world.ask(session, "v2/account.balance", **STAMP)
    assert (refused["id"], refused["error"]) == (1, KEY_REVOKED)
    assert logged_on_as(world, session) == trader.text


@pytest.mark.parametrize("method", ["v2/account.balance", "session.status", "ticker.price", "no.such"])
def test_a_key_taken_away_ends_the_session_at_the_next_request(world: World, method: str) -> None:
    session = world.session()
    log_on(world, session)
    world.revoke(world.main, SIGNER)
    reply = world.frame(session, request_frame(method, STAMP, "mine"))
    assert (reply["id"], reply["status"], reply["error"]) == (None, 401, KEY_REVOKED)
    following = world.frame(session, request_frame("session.status", {}, "mine"))
    assert (following["id"], following["result"]["apiKey"]) == ("mine", None)


def test_a_key_given_again_under_the_same_text_does_not_revive_a_session(world: World) -> None:
    session = world.session()
    log_on(world, session)
    world.revoke(world.main, SIGNER)
    world.give_key(world.main, SIGNER, account="second")
    assert world.ask(session, "v2/account.balance", **STAMP)["error"] == KEY_REVOKED


def test_a_connection_that_names_its_exchange_refuses_keys_of_others(world: World) -> None:
    session = world.session(runtime=world.side, named=True)
    assert log_on(world, session)["error"]["code"] == -2015
    assert world.ask_signed(session, "v2/account.balance")["error"]["code"] == -2015
    assert usdt_of(world.ask_signed(session, "v2/account.balance", OF_SIDE)) == TESTERS


def test_a_connection_that_names_none_serves_every_key(world: World) -> None:
    world.execute(world.side, Transfer(OWNER, Market.USDM, "USDT", Decimal(1)))
    reply = world.ask_signed(world.session(), "v2/account.balance", OF_SIDE)
    assert usdt_of(reply) == "10001.00000000"


def test_a_connection_outlives_the_reset_of_its_exchange_logged_off(world: World) -> None:
    key = ed25519_key("I")
    world.give_key(world.side, key)
    session = world.session(runtime=world.side, named=True)
    log_on(world, session, key)
    fresh = world.run(world.exchanges.reset(SIDE))
    assert world.ask(session, "v2/account.balance", **STAMP)["error"] == KEY_REVOKED
    world.execute(fresh, OpenAccount(OWNER))
    world.execute(fresh, Transfer(OWNER, Market.USDM, "USDT", Decimal(7)))
    world.give_key(fresh, key)
    assert log_on(world, session, key)["status"] == 200
    assert usdt_of(world.ask(session, "v2/account.balance", **STAMP)) == "7.00000000"


def test_a_connection_to_an_exchange_that_is_gone_says_so(world: World) -> None:
    session = world.session(runtime=world.side, named=True)
    world.run(world.exchanges.delete(SIDE))
    reply = world.ask(session, "session.status")
    assert (reply["status"], reply["error"]["code"]) == (503, -1001)
