"""When a request breaks several rules at once, the error of the earlier check wins, and nothing changes."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from margind.api.rate_limits import RateLimits
from tests.api.support import (
    ELSEWHERE,
    FULL,
    IP,
    LIMITS_NOW,
    NOW,
    OF_SIDE,
    READER,
    UNKNOWN,
    Key,
    World,
    code_of,
    decoded,
    headers_of,
    request_frame,
    websocket_payload,
)

SPENT_IP = "198.51.100.9"
"""An address that has used up its weight."""


class Attempt:
    """A request that would succeed: one USDT more margin for an isolated position."""

    def __init__(self) -> None:
        self.method = "POST"
        self.path = "/fapi/v1/positionMargin"
        self.ws_method = "account.position"
        self.parameters = {"symbol": "ETHUSDT", "amount": "1", "type": "1"}
        self.raw = ""
        self.key = FULL
        self.key_text: str | None = FULL.text
        self.timestamp: int | None = NOW
        self.signature: str | None = None
        self.signs = True
        self.ip = IP

    def query(self) -> str:
        stamp = {} if self.timestamp is None else {"timestamp": str(self.timestamp)}
        query = "&".join(f"{name}={value}" for name, value in (self.parameters | stamp).items())
        signature = self.key.sign(query.encode()) if self.signature is None else self.signature
        return (f"{query}&signature={quote(signature)}" if self.signs else query) + self.raw


class Fault(NamedTuple):
    """One broken rule and the answer it gets."""

    name: str
    status: int
    code: int
    message: str
    break_rule: Callable[[Attempt], None]


def setting(**values: Any) -> Callable[[Attempt], None]:
    def break_rule(attempt: Attempt) -> None:
        for name, value in values.items():
            setattr(attempt, name, value)

    return break_rule


def parameter(name: str, value: str) -> Callable[[Attempt], None]:
    def break_rule(attempt: Attempt) -> None:
        # A parameter that another fault left out stays out.
        if name in attempt.parameters:
            attempt.parameters[name] = value

    return break_rule


def without(name: str) -> Callable[[Attempt], None]:
    def break_rule(attempt: Attempt) -> None:
        del attempt.parameters[name]

    return break_rule


def with_key(key: Key) -> Callable[[Attempt], None]:
    def break_rule(attempt: Attempt) -> None:
        attempt.key, attempt.key_text = key, key.text

    return break_rule


def forged(attempt: Attempt) -> None:
    attempt.signature = "0" * 64


def not_valid(name: str) -> str:
    return f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


FAULTS = (
    Fault(
        "unknown path",
        404,
        -5000,
        "Path /fapi/v9/positionMargin, Method POST is invalid",
        setting(path="/fapi/v9/positionMargin"),
    ),
    Fault(
        "weight used up",
        429,
        -1003,
        "Too many requests; current limit is 2400 requests per minute. Please use the websocket for live "
        "updates to avoid polling the API.",
        setting(ip=SPENT_IP),
    ),
    Fault(
        "unreadable parameters",
        400,
        -1100,
        "Illegal characters found in a parameter.",
        setting(raw="&note=%zz"),
    ),
    Fault("malformed key", 401, -2014, "API-key format invalid.", setting(key_text="not a key")),
    Fault("unknown key", 401, -2015, "Invalid API-key, IP, or permissions for action.", with_key(UNKNOWN)),
    Fault(
        "missing parameter",
        400,
        -1102,
        not_valid("amount"),
        without("amount"),
    ),
    Fault("missing timestamp", 400, -1102, not_valid("timestamp"), setting(timestamp=None)),
    Fault("missing signature", 400, -1102, not_valid("signature"), setting(signs=False)),
    Fault(
        "late",
        400,
        -1021,
        "Timestamp for this request is outside of the recvWindow.",
        setting(timestamp=NOW - 5001),
    ),
    Fault("forged signature", 400, -1022, "Signature for this request is not valid.", forged),
    Fault("malformed value", 400, -1102, not_valid("type"), parameter("type", "1.5")),
    Fault(
        "refused by the rule",
        400,
        -4049,
        "Add margin only support for isolated position.",
        parameter("symbol", "BTCUSDT"),
    ),
)
"""In the order in which they win."""

# Two of them cannot be broken together: what is missing is neither late nor forged.
EXCLUSIVE = {("missing timestamp", "late"), ("missing signature", "forged signature")}

PAIRS = [
    (first, second) for first, second in combinations(FAULTS, 2) if (first.name, second.name) not in EXCLUSIVE
]


@pytest.fixture
def strict_world() -> Iterator[World]:
    limits = RateLimits("enforce")
    limits.charge_weight(SPENT_IP, 2400, LIMITS_NOW)
    world = World(limits=limits)
    yield world
    world.close()


def check(world: World, fault: Fault, attempt: Attempt) -> None:
    before = world.fingerprint()
    response = world.send(attempt.method, attempt.path, attempt.query(), key=attempt.key_text, ip=attempt.ip)
    assert (response.status, decoded(response)) == (
        fault.status,
        {"code": fault.code, "msg": fault.message},
    )
    assert ("retry-after" in headers_of(response)) == (fault.status == 429)
    assert world.fingerprint() == before


def test_the_request_that_the_faults_start_from_succeeds(strict_world: World) -> None:
    attempt = Attempt()
    before = strict_world.fingerprint()
    response = strict_world.send(attempt.method, attempt.path, attempt.query(), key=attempt.key_text)
    assert code_of(response) == 0
    assert strict_world.fingerprint() != before


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_alone_gets_its_answer(strict_world: World, fault: Fault) -> None:
    attempt = Attempt()
    fault.break_rule(attempt)
    check(strict_world, fault, attempt)


@pytest.mark.parametrize(
    ("first", "second"), PAIRS, ids=[f"{first.name} before {second.name}" for first, second in PAIRS]
)
def test_the_earlier_of_two_faults_wins(strict_world: World, first: Fault, second: Fault) -> None:
    attempt = Attempt()
    second.break_rule(attempt)
    first.break_rule(attempt)
    check(strict_world, first, attempt)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        pytest.param(READER, "/fapi/v1/positionMargin", id="permission"),
        pytest.param(ELSEWHERE, "/fapi/v1/positionMargin", id="address"),
        pytest.param(FULL, "/x/side/fapi/v1/positionMargin", id="exchange"),
        pytest.param(OF_SIDE, "/x/main/fapi/v1/positionMargin", id="other exchange"),
    ],
)
def test_a_key_that_may_not_do_this_is_refused_before_parameters_are_looked_at(
    strict_world: World, key: Key, path: str
) -> None:
    unknown = next(fault for fault in FAULTS if fault.name == "unknown key")
    attempt = Attempt()
    attempt.path = path
    with_key(key)(attempt)
    check(strict_world, unknown, attempt)
    attempt.parameters.clear()
    attempt.signs = False
    check(strict_world, unknown, attempt)


@pytest.mark.parametrize(
    "key_text",
    [None, "", "k" * 63 + "!", "k" * 129, "k" * 63 + "\xe9", " " + "k" * 63, "k" * 32 + "\x00" + "k" * 31],
    ids=["none", "empty", "sign", "long", "accent", "blank", "zero"],
)
def test_a_key_that_cannot_be_one_is_malformed(strict_world: World, key_text: str | None) -> None:
    malformed = next(fault for fault in FAULTS if fault.name == "malformed key")
    attempt = Attempt()
    attempt.key_text = key_text
    check(strict_world, malformed, attempt)


# ---- the WebSocket API: the same order, for the call of the same rule set

WS_FAULTS = tuple(
    fault
    for fault in FAULTS
    if fault.name not in {"unknown path", "missing parameter", "malformed value", "refused by the rule"}
)


def ws_reply(world: World, attempt: Attempt) -> Any:
    params: dict[str, Any] = {"symbol": "ETHUSDT"}
    if attempt.raw:
        params["note"] = "\x00"
    if attempt.key_text is not None:
        params["apiKey"] = attempt.key_text
    if attempt.timestamp is not None:
        params["timestamp"] = attempt.timestamp
    if attempt.signs:
        signature = attempt.key.sign(websocket_payload(params))
        params["signature"] = signature if attempt.signature is None else attempt.signature
    session = world.session(ip=attempt.ip)
    return world.frame(session, request_frame("v2/account.position", params, "mine"))


WS_PAIRS = [(first, second) for first, second in PAIRS if first in WS_FAULTS and second in WS_FAULTS]


@pytest.mark.parametrize(
    ("first", "second"), WS_PAIRS, ids=[f"{first.name} before {second.name}" for first, second in WS_PAIRS]
)
def test_the_websocket_api_checks_in_the_same_order(strict_world: World, first: Fault, second: Fault) -> None:
    attempt = Attempt()
    assert ws_reply(strict_world, attempt)["status"] == 200
    second.break_rule(attempt)
    first.break_rule(attempt)
    before = strict_world.fingerprint()
    reply = ws_reply(strict_world, attempt)
    assert (reply["id"], reply["status"]) == ("mine", first.status)
    assert reply["error"] == {"code": first.code, "msg": first.message}
    assert strict_world.fingerprint() == before
