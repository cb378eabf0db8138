"""Who signed a request and when: payloads as sent, verifiers per key type, and the timing rule."""

import hashlib
from collections.abc import Mapping
from hmac import compare_digest
from typing import Final, Protocol
from urllib.parse import quote_plus, unquote_to_bytes

from margind import errors
from margind.api.parameters import LARGEST_LONG
from margind.api.request_reasons import timing_reason, wrong_value
from margind.engine.model.terms import Millis
from margind.errors import Refusal

# Documented: USDⓈ-M 'General Info', "Timing Security".
RECV_WINDOW_DEFAULT_MS: Final = 5_000
AHEAD_LIMIT_MS: Final = 1_000

_LONG_DIGITS: Final = len(str(LARGEST_LONG))
_SHA256_BLOCK: Final = 64
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
_SIGNATURE: Final = b"signature="
_AMPERSAND: Final = 0x26


class Verifier(Protocol):
    """What one API key needs to tell a true signature from a false one."""

    def verify(self, payload: bytes, signature: str) -> bool:
        """Whether `signature`, no longer percent-encoded, was made over exactly `payload`."""


class HmacVerifier:
    """HMAC-SHA256, hexadecimal in either case.

    Both hash states are keyed once per API key and copied per request, which is about a third of the cost
    of the standard library's one-call form.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret_key: str) -> None:
        key = secret_key.encode()
        if len(key) > _SHA256_BLOCK:
            key = hashlib.sha256(key).digest()
        key = key.ljust(_SHA256_BLOCK, b"\0")
        self._inner = hashlib.sha256(key.translate(_INNER_PAD))
        self._outer = hashlib.sha256(key.translate(_OUTER_PAD))

    def verify(self, payload: bytes, signature: str) -> bool:
        """Whether `signature` was made over exactly `payload`; compared in constant time."""
        if not signature.isascii():
            return False
        inner = self._inner.copy()
        inner.update(payload)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return compare_digest(outer.hexdigest(), signature.lower())


def verifier_for(key_type: str, secret_or_public_key: str) -> Verifier:
    """The verifier of one API key: from the secret of an HMAC key, from the public PEM of the others.

    Raises ValueError, saying what is wrong but never showing the key. Documented: the key's kind is told
    from the stored key, never from the request.
    """
    if key_type == "hmac":
        if not secret_or_public_key:
            raise ValueError("an HMAC key needs a secret that is not empty")
        return HmacVerifier(secret_or_public_key)
    # Loading cryptography takes longer than the rest of the start, and most servers hold HMAC keys only.
    from margind.api.public_keys import Ed25519Verifier, RsaVerifier  # noqa: PLC0415 - see above

    if key_type == "rsa":
        return RsaVerifier(secret_or_public_key)
    if key_type == "ed25519":
        return Ed25519Verifier(secret_or_public_key)
    raise ValueError(f"unknown key type {key_type!r}: expected hmac, rsa or ed25519")


def split_signature(query: bytes, body: bytes) -> tuple[bytes, str | None]:
    """The payload of a REST request, and its signature (None when there is none, "" when sent empty).

    The payload is query and body as sent, byte for byte, joined without a separator, less the one pair
    `signature=...` with the `&` that joins it. Documented: USDⓈ-M 'General Info', which puts the pair last;
    clients put it anywhere in query or body. When both hold one, the query's counts, as with any parameter,
    and the body's stays in the payload.
    """
    rest, found, value = (query or body).rpartition(b"&signature=")
    if found and b"&" not in value:  # the documented place
        return rest + body if query else rest, _signature_text(value)
    at = _signature_start(query)
    if at >= 0:
        rest, value = _cut(query, at)
        return rest + body, _signature_text(value)
    at = _signature_start(body)
    if at >= 0:
        rest, value = _cut(body, at)
        return query + rest, _signature_text(value)
    return query + body, None


def _signature_start(text: bytes) -> int:
    at = text.rfind(_SIGNATURE)
    while at > 0 and text[at - 1] != _AMPERSAND:  # the end of a longer name
        at = text.rfind(_SIGNATURE, 0, at)
    return at


def _cut(text: bytes, at: int) -> tuple[bytes, bytes]:
    begin = at + len(_SIGNATURE)
    end = text.find(b"&", begin)
    if end < 0:
        return text[: max(at - 1, 0)], text[begin:]
    return text[:at] + text[end + 1 :], text[begin:end]


def _signature_text(value: bytes) -> str:
    # A `+` stays a `+`: base64 holds it and never a blank. Bytes beyond ASCII stay wrong in latin-1.
    return (unquote_to_bytes(value) if b"%" in value else value).decode("latin-1")


def is_signed(verifier: Verifier, payload: bytes, signature: str) -> bool:
    """Whether the key signed a REST payload as it was sent or, failing that, in its decoded form.

    Observed: python-binance 1.0.37 signs before its HTTP library percent-encodes the text.
    """
    if verifier.verify(payload, signature):
        return True
    if b"%" not in payload and b"+" not in payload:
        return False
    return verifier.verify(unquote_to_bytes(payload.replace(b"+", b" ")), signature)


def is_signed_websocket(verifier: Verifier, sent: Mapping[str, str], signature: str) -> bool:
    """Whether the key signed the parameters of a WebSocket API request, as `text_parameters` gives them.

    Documented: 'WebSocket API General Info': all parameters but the signature, sorted by name, with plain
    values. Observed: the official Python SDK (binance-common 4.6.0) signs percent-encoded values.
    """
    names = [name for name in sorted(sent) if name != "signature"]
    plain = "&".join([f"{name}={sent[name]}" for name in names]).encode()
    if verifier.verify(plain, signature):
        return True
    encoded = "&".join([f"{name}={quote_plus(sent[name])}" for name in names]).encode()
    return encoded != plain and verifier.verify(encoded, signature)


def check_timing(timestamp: str | None, recv_window: str | None, now: Millis) -> None:
    """Refuse a request that is too old or from the future (-1021), or whose times cannot be read (-1102).

    Documented: a request passes when `timestamp < now + 1000` and `now - timestamp <= recvWindow`.
    """
    sent_at = _long("timestamp", timestamp)
    # No upper limit: the futures pages name none, and their own RSA example sends 9999999.
    window = RECV_WINDOW_DEFAULT_MS if recv_window is None else _long("recvWindow", recv_window)
    if sent_at >= now + AHEAD_LIMIT_MS:
        raise Refusal(errors.INVALID_TIMESTAMP, message=1).because(
            timing_reason(sent_at, now, window, AHEAD_LIMIT_MS)
        )
    if now - sent_at > window:
        raise Refusal(errors.INVALID_TIMESTAMP, message=0).because(
            timing_reason(sent_at, now, window, AHEAD_LIMIT_MS)
        )


def _long(name: str, text: str | None) -> int:
    # isdigit alone would let full-width and superscript digits through.
    if text is not None and text.isascii() and text.isdigit() and len(text) <= _LONG_DIGITS:
        number = int(text)
        if number <= LARGEST_LONG:
            return number
    # Assumed: also for a malformed recvWindow, although it is optional; a recorded answer would settle it.
    raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, name).because(
        wrong_value(name, text or "", "milliseconds since 1970, a whole number")
    )
