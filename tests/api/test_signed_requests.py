"""A signed request is accepted however a client lays it out, and only with a signature over what was sent."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tests.api.support import (
    FULL,
    NOW,
    Key,
    World,
    code_of,
    decoded,
    ed25519_key,
    rsa_key,
    signed_params,
    signed_query,
)

KEYS = {"hmac": FULL, "rsa": rsa_key(), "ed25519": ed25519_key()}

LEVERAGE = "/fapi/v1/leverage"


@pytest.fixture(scope="module")
def world(world: World) -> World:
    world.give_key(world.main, KEYS["rsa"])
    return world


def leverage(world: World) -> int:
    (row,) = decoded(world.call("GET", "/fapi/v1/symbolConfig", "symbol=SOLUSDT"))
    return int(row["leverage"])


class Sent(NamedTuple):
    """A request as it travels."""

    query: str = ""
    body: str = ""


def signature_of(key: Key, payload: str) -> str:
    return quote(key.sign(payload.encode()), safe="")


def all_in_query(key: Key, text: str) -> Sent:
    return Sent(query=f"{text}&signature={signature_of(key, text)}")


def all_in_body(key: Key, text: str) -> Sent:
    return Sent(body=f"{text}&signature={signature_of(key, text)}")


def signature_first(key: Key, text: str) -> Sent:
    return Sent(query=f"signature={signature_of(key, text)}&{text}")


def signature_in_the_middle(key: Key, text: str) -> Sent:
    head, _, tail = text.partition("&")
    return Sent(body=f"{head}&signature={signature_of(key, text)}&{tail}")


def half_and_half(key: Key, text: str) -> Sent:
    head, _, tail = text.partition("&")
    return Sent(query=head, body=f"{tail}&signature={signature_of(key, head + tail)}")


def stamped_in_the_query(key: Key, text: str) -> Sent:
    """As pybotters does: time and signature in the query, everything else in the body."""
    stamp, _, rest = text.partition("&")
    return Sent(query=f"{stamp}&signature={signature_of(key, stamp + rest)}", body=rest)


def decoded_before_signing(key: Key, text: str) -> Sent:
    """As python-binance does: signed before the HTTP library percent-encodes."""
    plain = f"{text}&note=a b/c"
    encoded = f"{text}&{urlencode({'note': 'a b/c'})}"
    return Sent(body=f"{encoded}&signature={signature_of(key, plain)}")


def encoded_before_signing(key: Key, text: str) -> Sent:
    """As ccxt does."""
    return all_in_query(key, f"{text}&note={quote_plus('a b/c')}")


Layout = Callable[[Key, str], Sent]

LAYOUTS: tuple[Layout, ...] = (
    all_in_query,
    all_in_body,
    signature_first,
    signature_in_the_middle,
    half_and_half,
    stamped_in_the_query,
    decoded_before_signing,
    encoded_before_signing,
)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_layout_of_every_client_is_accepted(world: World, layout: Layout, kind: str) -> None:
    key = KEYS[kind]
    wanted = leverage(world) % 10 + 1
    sent = layout(key, f"timestamp={NOW}&symbol=SOLUSDT&leverage={wanted}&recvWindow=10000")
    response = world.send("POST", LEVERAGE, sent.query, sent.body, key=key.text)
    assert (response.status, decoded(response)["leverage"]) == (200, wanted)
    assert leverage(world) == wanted


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_one_changed_digit_breaks_the_signature(world: World, layout: Layout, kind: str) -> None:
    key = KEYS[kind]
    before = world.fingerprint()
    sent = layout(key, f"timestamp={NOW}&symbol=SOLUSDT&leverage=17&recvWindow=10000")
    query, body = (part.replace("leverage=17", "leverage=18") for part in sent)
    response = world.send("POST", LEVERAGE, query, body, key=key.text)
    assert (response.status, decoded(response)) == (
        400,
        {"code": -1022, "msg": "Signature for this request is not valid."},
    )
    assert world.fingerprint() == before


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_cannot_be_used_with_the_signature_of_another(world: World, kind: str) -> None:
    key = KEYS[kind]
    for other in KEYS.values():
        query = signed_query("", other)
        expected = 0 if other is key else -1022
        assert code_of(world.send("GET", "/fapi/v3/balance", query, key=key.text)) == expected


@pytest.mark.parametrize(
    "signature", ["", "%00", "A", "=", "%F0%9F%92%A9", "'; DROP TABLE keys", "0" * 10_000]
)
@pytest.mark.parametrize("kind", KEYS)
def test_what_is_no_signature_is_refused(world: World, kind: str, signature: str) -> None:
    query = f"timestamp={NOW}&signature={quote(signature, safe='%')}"
    response = world.send("GET", "/fapi/v3/balance", query, key=KEYS[kind].text)
    expected = {"": -1102, "%00": -1100}.get(signature, -1022)
    assert (response.status, code_of(response)) == (400, expected)


def test_hexadecimal_signatures_may_be_upper_case(world: World) -> None:
    payload = f"timestamp={NOW}"
    query = f"{payload}&signature={FULL.sign(payload.encode()).upper()}"
    assert code_of(world.send("GET", "/fapi/v3/balance", query, key=FULL.text)) == 0


def test_the_query_wins_where_a_name_stands_in_both(world: World) -> None:
    wanted = leverage(world) % 10 + 1
    query, body = f"leverage={wanted}&symbol=SOLUSDT&timestamp={NOW}", "leverage=20&symbol=XRPUSDT"
    sent = f"{query}&signature={signature_of(FULL, query + body)}"
    assert code_of(world.send("POST", LEVERAGE, sent, body, key=FULL.text)) == 0
    assert leverage(world) == wanted


def test_a_json_body_holds_no_parameters(world: World) -> None:
    body = '{"symbol":"SOLUSDT","leverage":3}'
    query = f"timestamp={NOW}"
    sent = f"{query}&signature={signature_of(FULL, query + body)}"
    response = world.send("POST", LEVERAGE, sent, body, key=FULL.text)
    assert decoded(response)["msg"].startswith("Mandatory parameter 'symbol'")


def test_the_same_request_may_be_sent_again(world: World) -> None:
    query = signed_query(f"symbol=SOLUSDT&leverage={leverage(world)}")
    for _ in range(3):
        assert code_of(world.send("POST", LEVERAGE, query, key=FULL.text)) == 0


# Documented: 'Timing Security': not 1000 ms ahead of the server, and not older than the window.
@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (999, None),
        (1000, "Timestamp for this request was 1000ms ahead of the server's time."),
        (-5000, None),
        (-5001, "Timestamp for this request is outside of the recvWindow."),
    ],
)
def test_requests_pass_within_their_window(world: World, offset: int, message: str | None) -> None:
    query = signed_query("", timestamp=NOW + offset)
    response = world.send("GET", "/fapi/v3/balance", query, key=FULL.text)
    reply = decoded(response)
    assert (response.status == 200) == (message is None)
    assert message is None or reply == {"code": -1021, "msg": message}
    params = signed_params({"timestamp": NOW + offset}, FULL)
    answer = world.ask(world.session(), "v2/account.balance", **params)
    assert answer.get("error") == (None if message is None else {"code": -1021, "msg": message})


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("0", -1021),
        ("1", -1021),
        ("-1", -1102),
        ("-0", -1102),
        ("9223372036854775807", -1021),
        ("9223372036854775808", -1102),
        ("253402300799999", -1021),
        ("1e12", -1102),
        ("NaN", -1102),
        (f"{NOW}.0", -1102),
        (f"%20{NOW}", -1102),
        (f"+{NOW}", -1102),
        ("%EF%BC%91", -1102),
        ("", -1102),
    ],
)
@pytest.mark.parametrize("name", ["timestamp", "recvWindow"])
def test_times_at_the_ends_of_their_range_are_refused_as_times(
    world: World, name: str, timestamp: str, code: int
) -> None:
    stamp = timestamp if name == "timestamp" else NOW - 6000
    window = timestamp if name == "recvWindow" else 5000
    payload = f"timestamp={stamp}&recvWindow={window}"
    query = f"{payload}&signature={signature_of(FULL, payload)}"
    response = world.send("GET", "/fapi/v3/balance", query, key=FULL.text)
    if name == "recvWindow" and timestamp in {"253402300799999", "9223372036854775807"}:
        assert response.status == 200  # a window as long as you like
    else:
        assert (response.status, code_of(response)) == (400, code)
