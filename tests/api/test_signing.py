"""Signatures are checked over what was sent, byte for byte, and times by the documented rule."""

import hashlib
import hmac
import subprocess
import sys
from base64 import b64encode
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from margind import errors
from margind.api.parameters import text_parameters
from margind.api.signing import (
    check_timing,
    is_signed,
    is_signed_websocket,
    split_signature,
    verifier_for,
)
from margind.errors import Refusal

# The key pair that 'General Info' of both markets prints for its signature examples.
API_KEY = "dbefbc809e3e83c283a984c3a1459732ea7db1360ca80c5c2c8867408d28cc83"
SECRET_KEY = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"

USDM_ORDER = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC"
    "&recvWindow=5000&timestamp=1591702613943"
)
COINM_ORDER = USDM_ORDER.replace("BTCUSDT", "BTCUSD_200925")
USDM_QUERY = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
COINM_QUERY = USDM_QUERY.replace("BTCUSDT", "BTCUSD_200925")
BODY = "quantity=1&price=9000&recvWindow=5000&timestamp=1591702613943"
# The printed command of the mixed examples has a blank here, and the printed signature includes it.
BODY_WITH_BLANK = BODY.replace("timestamp=", "timestamp= ")

PRINTED = [
    (USDM_ORDER, "", "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"),
    ("", USDM_ORDER, "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"),
    (USDM_QUERY, BODY_WITH_BLANK, "f9d0ae5e813ef6ccf15c2b5a434047a0181cb5a342b903b367ca6d27a66e36f2"),
    (COINM_QUERY, BODY_WITH_BLANK, "f3129e7c72c7727037891ad8a86b76a7dc514ba125a536775c8ba403b2d1b222"),
]
# Made with OpenSSL over the documented payloads, where the pages print no signature or a wrong one.
COMPUTED = [
    (
        USDM_QUERY + "&" + BODY,
        "",
        "ec11dcc17e67e47f0d3c3f513dfe9062307e37619c5c82ebaa8fe0bdf3d59519",
    ),
    (USDM_QUERY, BODY, "30baaf0fab549bbeda7f5ef201898b34122da25fd23c646cac2c529aebe670a4"),
    (COINM_ORDER, "", "04c8b9fbd55285a38fd6a3fc40ba3a7d114f22564dab61611bf24f2d2efb890f"),
    (COINM_QUERY, BODY, "35396865572e96da34b827284c33a2ba2ea2d013051ee4c41df844e958074952"),
]
COINM_MISPRINT = "21fd819734bf0e5c68740eed892909414d693635c5f7fffab1313925ae13556a"

# RFC 8032, section 7.1, TEST 1: a key pair everybody may know.
ED25519_PEM = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
ED25519_ORDER_SIGNATURE = (
    "ATEuJPvzWUFs0d1x9FwudUJsSfMMWR+bkdrxtbOYgFkZj36Ol/vwKDGm9UWtKuq0mtnSTOQruQAwFvR128PaDg=="
)
ED25519_LOGON_SIGNATURE = (
    "1yzD78KHCtjfHBjJOY+AExLx2mUpAtLNCbFAfqblFkalKoNMJ/ym02+5GvqTwxFfsQGrlBwszujEEtpR5PgzAw=="
)

# Both pages print this one for their RSA example; the key pair is unknown.
RSA_PRINTED = (
    "aap36wD5loVXizxvvPI3wz9Cjqwmb3KVbxoym0XeWG1jZq8umqrnSk8H8dkLQeySjgVY91Ufs%2BBGCW%2B4sZjQEpgAfjM76riN"
    "xjlD3coGGEsPsT2lG39R%2F1q72zpDs8pYcQ4A692NgHO1zXcgScTGgdkjp%2Brp2bcddKjyz5XBrBM%3D"
)


def signed(text: str) -> str:
    return hmac.new(SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()


def raw_parameters(json: str) -> dict[str, str]:
    return text_parameters(msgspec.json.decode(json, type=dict[str, msgspec.Raw]))


@pytest.fixture(scope="module")
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def rsa_signature(key: RSAPrivateKey, payload: bytes) -> str:
    return b64encode(key.sign(payload, PKCS1v15(), SHA256())).decode()


# ---- HMAC


@pytest.mark.parametrize(("query", "body", "signature"), PRINTED + COMPUTED)
def test_documented_hmac_examples_verify_wherever_the_signature_travels(
    query: str, body: str, signature: str
) -> None:
    verifier = verifier_for("hmac", SECRET_KEY)
    in_query = f"{query}&signature={signature}" if query else f"signature={signature}"
    in_body = f"{body}&signature={signature}" if body else f"signature={signature}"
    for sent_query, sent_body in [(in_query, body), (query, in_body)]:
        payload, found = split_signature(sent_query.encode(), sent_body.encode())
        assert payload == (query + body).encode()
        assert found == signature
        assert is_signed(verifier, payload, found)


def test_the_misprint_of_the_coinm_page_does_not_verify() -> None:
    assert not is_signed(verifier_for("hmac", SECRET_KEY), COINM_ORDER.encode(), COINM_MISPRINT)


def test_the_case_of_an_hmac_signature_does_not_matter() -> None:
    verifier = verifier_for("hmac", SECRET_KEY)
    assert verifier.verify(USDM_ORDER.encode(), PRINTED[0][2].upper())


@pytest.mark.parametrize(
    "signature", ["", "0", PRINTED[0][2][:-1], PRINTED[0][2] + "0", "é" * 64, "\u212a" * 64]
)
def test_a_signature_of_another_form_is_only_wrong(signature: str) -> None:
    assert not verifier_for("hmac", SECRET_KEY).verify(USDM_ORDER.encode(), signature)


@given(secret=st.text(min_size=1, max_size=200), payload=st.binary(max_size=300))
def test_hmac_agrees_with_the_standard_library_for_keys_of_any_length(secret: str, payload: bytes) -> None:
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    verifier = verifier_for("hmac", secret)
    assert verifier.verify(payload, expected)
    assert verifier.verify(payload, expected), "a second time: the keyed states are not used up"
    assert not verifier.verify(payload + b"x", expected)


def test_text_signed_before_it_was_percent_encoded_verifies() -> None:
    """python-binance signs the plain text; its HTTP library encodes it afterwards."""
    plain = "newClientOrderId=a:b/c d+e&timestamp=1"
    verifier = verifier_for("hmac", SECRET_KEY)
    for sent in [
        "newClientOrderId=a%3Ab%2Fc+d%2Be&timestamp=1",
        "newClientOrderId=a%3ab/c%20d%2be&timestamp=1",
    ]:
        assert is_signed(verifier, sent.encode(), signed(plain))
        assert is_signed(verifier, sent.encode(), signed(sent))
        assert not is_signed(verifier, sent.encode(), signed(plain + "2"))


# ---- RSA and Ed25519


def test_ed25519_signatures_verify() -> None:
    verifier = verifier_for("ed25519", ED25519_PEM)
    assert verifier.verify(USDM_ORDER.encode(), ED25519_ORDER_SIGNATURE)
    assert not verifier.verify(COINM_ORDER.encode(), ED25519_ORDER_SIGNATURE)


def test_an_rsa_signature_verifies_over_its_payload_only(rsa_key: RSAPrivateKey) -> None:
    verifier = verifier_for("rsa", public_pem(rsa_key))
    signature = rsa_signature(rsa_key, USDM_ORDER.encode())
    assert verifier.verify(USDM_ORDER.encode(), signature)
    assert not verifier.verify(COINM_ORDER.encode(), signature)


def test_base64_signatures_are_read_percent_encoded_and_plain() -> None:
    for sent in [quote(ED25519_ORDER_SIGNATURE, safe=""), quote(ED25519_ORDER_SIGNATURE, safe="=")]:
        assert split_signature(f"{USDM_ORDER}&signature={sent}".encode(), b"") == (
            USDM_ORDER.encode(),
            ED25519_ORDER_SIGNATURE,
        )
    unencoded = f"{USDM_ORDER}&signature={ED25519_ORDER_SIGNATURE}".encode()
    assert split_signature(unencoded, b"") == (USDM_ORDER.encode(), ED25519_ORDER_SIGNATURE)


def test_the_printed_rsa_signature_decodes_to_the_128_bytes_of_a_1024_bit_key() -> None:
    payload = b"timestamp=1671090801999&recvWindow=9999999&symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1.23"
    found_payload, signature = split_signature(payload + b"&signature=" + RSA_PRINTED.encode(), b"")
    assert found_payload == payload
    assert signature is not None
    assert signature.endswith("p+rp2bcddKjyz5XBrBM=")
    assert len(msgspec.convert(signature, bytes)) == 128


@pytest.mark.parametrize("signature", ["", "====", "not base64!", "AAAA", "ä", ED25519_ORDER_SIGNATURE[:-2]])
@pytest.mark.parametrize("key_type", ["rsa", "ed25519"])
def test_a_garbled_base64_signature_is_only_wrong(
    key_type: str, signature: str, rsa_key: RSAPrivateKey
) -> None:
    verifier = verifier_for(key_type, public_pem(rsa_key) if key_type == "rsa" else ED25519_PEM)
    assert not verifier.verify(USDM_ORDER.encode(), signature)


def test_a_public_key_that_cannot_be_used_is_refused_in_clear_words(rsa_key: RSAPrivateKey) -> None:
    private_pem = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key_types: list[str] = ["rsa", "ed25519"]
    for key_type in key_types:
        for pem in ["", "nonsense", ED25519_PEM.replace("MCow", "AAAA"), private_pem]:
            with pytest.raises(ValueError, match="not a public key in PEM form") as refused:
                verifier_for(key_type, pem)
            assert refused.value.__cause__ is None
            assert private_pem.splitlines()[1] not in str(refused.value)
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        verifier_for("ed25519", public_pem(rsa_key))
    with pytest.raises(ValueError, match="not an RSA key"):
        verifier_for("rsa", ED25519_PEM)
    with pytest.raises(ValueError, match="unknown key type 'dsa'"):
        verifier_for("dsa", ED25519_PEM)
    with pytest.raises(ValueError, match="not empty"):
        verifier_for("hmac", "")


def test_no_verifier_shows_its_key(rsa_key: RSAPrivateKey) -> None:
    assert SECRET_KEY not in repr(verifier_for("hmac", SECRET_KEY))
    assert not hasattr(verifier_for("hmac", SECRET_KEY), "__dict__")
    assert "BEGIN" not in repr(verifier_for("rsa", public_pem(rsa_key)))


def test_hmac_keys_do_not_load_cryptography() -> None:
    program = (
        "import sys; from margind.api.signing import verifier_for; verifier_for('hmac', 'x');"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# ---- the REST payload


@pytest.mark.parametrize(
    ("query", "body", "payload", "signature"),
    [
        (b"a=1&signature=ff", b"", b"a=1", "ff"),
        (b"signature=ff&a=1", b"", b"a=1", "ff"),
        (b"a=1&signature=ff&b=2", b"", b"a=1&b=2", "ff"),
        (b"a=1&signature=ff", b"b=2", b"a=1b=2", "ff"),
        (b"a=1", b"b=2&signature=ff", b"a=1b=2", "ff"),
        (b"a=1", b"b=2&signature=ff&c=3", b"a=1b=2&c=3", "ff"),
        (b"a=1", b"signature=ff", b"a=1", "ff"),
        (b"signature=ff", b"", b"", "ff"),
        (b"signature=", b"", b"", ""),
        (b"a=1", b"b=2", b"a=1b=2", None),
        (b"", b"", b"", None),
        (b"mysignature=1", b"", b"mysignature=1", None),
        (b"a=signature=1", b"", b"a=signature=1", None),
        (b"a=1&mysignature=1&signature=ff&signature2=x", b"", b"a=1&mysignature=1&signature2=x", "ff"),
        (b"a=1&signature=ff&b=xsignature=3", b"", b"a=1&b=xsignature=3", "ff"),
        (b"a=1&signature=ff", b"b=2&signature=00", b"a=1b=2&signature=00", "ff"),
    ],
)
def test_the_payload_is_query_and_body_without_the_signature(
    query: bytes, body: bytes, payload: bytes, signature: str | None
) -> None:
    assert split_signature(query, body) == (payload, signature)


PAIRS = st.lists(
    st.binary(max_size=12).filter(lambda piece: b"&" not in piece and b"signature=" not in piece)
)


@given(query=PAIRS, body=PAIRS, where=st.integers(0, 200), signature=st.text("0123456789abcdef", max_size=64))
def test_taking_the_signature_out_changes_no_other_byte(
    query: list[bytes], body: list[bytes], where: int, signature: str
) -> None:
    pair = b"signature=" + signature.encode()
    pieces = (query, body)[where % 2]
    at = where % (len(pieces) + 1)
    with_signature = b"&".join([*pieces[:at], pair, *pieces[at:]])
    sent = (with_signature, b"&".join(body)) if where % 2 == 0 else (b"&".join(query), with_signature)
    assert split_signature(*sent) == (b"&".join(query) + b"&".join(body), signature)


@given(query=st.binary(max_size=80), body=st.binary(max_size=80))
def test_any_bytes_have_a_payload(query: bytes, body: bytes) -> None:
    payload, signature = split_signature(query, body)
    if signature is None:
        assert payload == query + body
    else:
        assert len(payload) < len(query + body)
    assert not is_signed(verifier_for("hmac", SECRET_KEY), payload, signature or "")


# ---- the WebSocket API payload


def test_the_sorted_parameters_of_a_websocket_request_verify() -> None:
    signature = "888f81af7cc0375bdca53284f692f7ebc605bc8543bf6c91378675c841a8b23d"
    sent = raw_parameters(
        f'{{"timestamp": 1591702613943, "signature": "{signature}", "returnRateLimits": false,'
        f' "recvWindow": 5000, "apiKey": "{API_KEY}"}}'
    )
    assert is_signed_websocket(verifier_for("hmac", SECRET_KEY), sent, signature)
    assert not is_signed_websocket(verifier_for("hmac", SECRET_KEY), sent | {"recvWindow": "5001"}, signature)


def test_a_session_logon_verifies_with_an_ed25519_key() -> None:
    sent = raw_parameters(f'{{"apiKey": "{API_KEY}", "timestamp": 1591702613943, "signature": "..."}}')
    assert is_signed_websocket(verifier_for("ed25519", ED25519_PEM), sent, ED25519_LOGON_SIGNATURE)


@pytest.mark.parametrize(
    ("json", "plain"),
    [
        ('{"quantity": 0.10, "price": "1.000"}', "price=1.000&quantity=0.10"),
        ('{"price": 100000000000000000000.50}', "price=100000000000000000000.50"),
        ('{"b": true, "a": false}', "a=false&b=true"),
        ('{"orderIdList": [1, 2 ,3]}', "orderIdList=[1,2,3]"),
        ('{"origClientOrderIdList": ["a b", "c"]}', 'origClientOrderIdList=["a b","c"]'),
        ('{"symbol": "\\u6bd4\\u7279", "a": "x\\/y"}', "a=x/y&symbol=比特"),
        ('{"Z": 1, "a": 2, "B": 3}', "B=3&Z=1&a=2"),
        ('{"a": null, "b": 1}', "b=1"),
        ("{}", ""),
    ],
)
def test_websocket_values_are_signed_as_written(json: str, plain: str) -> None:
    assert is_signed_websocket(verifier_for("hmac", SECRET_KEY), raw_parameters(json), signed(plain))


def test_websocket_values_may_be_signed_percent_encoded() -> None:
    """The official Python SDK signs `urlencode` of the sorted parameters."""
    sent = raw_parameters('{"newClientOrderId": "a:b/c d+e", "orderIdList": "[1,2]"}')
    encoded = f"newClientOrderId={quote_plus('a:b/c d+e')}&orderIdList={quote_plus('[1,2]')}"
    assert is_signed_websocket(verifier_for("hmac", SECRET_KEY), sent, signed(encoded))
    assert not is_signed_websocket(verifier_for("hmac", SECRET_KEY), sent, signed(encoded + "&"))


# ---- timing


@pytest.mark.parametrize(
    ("timestamp", "recv_window", "now"),
    [
        ("1000999", "5000", 1_000_000),
        ("995000", "5000", 1_000_000),
        ("995000", None, 1_000_000),
        ("1000000", "0", 1_000_000),
        ("1671090801999", "9999999", 1_671_100_801_998),
        ("0", "9223372036854775807", 1_591_702_613_943),
    ],
)
def test_a_timely_request_passes(timestamp: str, recv_window: str | None, now: int) -> None:
    check_timing(timestamp, recv_window, now)


@pytest.mark.parametrize(
    ("timestamp", "recv_window", "text"),
    [
        ("1001000", "5000", "Timestamp for this request was 1000ms ahead of the server's time."),
        ("1001000", "9999999", "Timestamp for this request was 1000ms ahead of the server's time."),
        ("9223372036854775807", None, "Timestamp for this request was 1000ms ahead of the server's time."),
        ("994999", "5000", "Timestamp for this request is outside of the recvWindow."),
        ("994999", None, "Timestamp for this request is outside of the recvWindow."),
        ("999999", "0", "Timestamp for this request is outside of the recvWindow."),
        ("0", None, "Timestamp for this request is outside of the recvWindow."),
    ],
)
def test_an_untimely_request_is_refused(timestamp: str, recv_window: str | None, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_timing(timestamp, recv_window, 1_000_000)
    assert refused.value.payload("usdm") == {"code": -1021, "msg": text}


UNREADABLE_TIMES = [
    *("", " 1000000", "1000000 ", "-1", "+1", "1e6", "1000000.0", "0x10", "1_000_000"),
    *("\uff11\uff10", "\u00b2", "9" * 30, "9223372036854775808"),
]


@pytest.mark.parametrize("text", UNREADABLE_TIMES)
def test_times_that_cannot_be_read_are_named(text: str) -> None:
    for name, times in [("timestamp", (text, "5000")), ("recvWindow", ("1000000", text))]:
        with pytest.raises(Refusal) as refused:
            check_timing(*times, 1_000_000)
        assert refused.value.kind is errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED
        assert refused.value.text == (
            f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        )


def test_a_timestamp_is_mandatory() -> None:
    with pytest.raises(Refusal, match="Mandatory parameter 'timestamp' was not sent"):
        check_timing(None, None, 1_000_000)
