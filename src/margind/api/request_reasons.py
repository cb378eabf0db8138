"""Why a request was refused before anybody looked at what it asks: its key, time, signature, parameters."""

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from margind.engine.model.terms import Millis
from margind.errors import Because, Compared, nearest_names
from margind.errors.because import Value
from margind.refusals import LONGEST_VALUE, abbreviated, kept_parameters

GENERAL: Final = "'General Info'"
TIMING: Final = "'General Info', section 'Timing Security'"
SIGNED: Final = "'General Info', section 'SIGNED Endpoint security'"


def timing_reason(sent_at: Millis, now: Millis, window: int, ahead: Millis) -> Because:
    """How far a timestamp is from the server's time."""
    late = now - sent_at
    remedy = (
        "send the server's time: GET /fapi/v1/time or /dapi/v1/time"
        if late < 0
        else f"send the server's time, or a recvWindow of {late} or more"
    )
    values: dict[str, Value] = {"timestamp": now}
    if late > 0:
        values["recvWindow"] = late
    return Because(
        "a timestamp is less than 1000 ms ahead of the server's time, and at most recvWindow behind it",
        (
            Compared("server time", now, "ms"),
            Compared("timestamp", sent_at, "ms"),
            Compared("behind the server", late, "ms"),
            Compared("recvWindow", window, "ms"),
            Compared("ahead at most", ahead - 1, "ms"),
        ),
        TIMING,
        remedy,
        values,
    )


def signature_reason(payload: str, key_type: str) -> Because:
    """What should have been signed, never how."""
    how = "hexadecimal HMAC-SHA256" if key_type == "hmac" else f"base64 {key_type} signature"
    return Because(
        "the signature is made with the key's own secret over exactly what is sent, less the signature; on "
        "the WebSocket API over all parameters sorted by name",
        (
            Compared("payload to be signed", payload[:LONGEST_VALUE]),
            Compared("length of the payload", len(payload.encode()), "bytes"),
            Compared("signature expected as", how),
        ),
        SIGNED,
        "sign this payload, byte for byte, with the secret that belongs to the API key",
    )


def shown_payload(payload: bytes) -> str:
    """A payload without what must not be kept; of keys in it only how they begin."""
    pairs = [pair.partition("=") for pair in payload.decode("utf-8", "replace").split("&")]
    return "&".join(
        f"{name}{sign}{kept_parameters({name: value}).get(name, '…') if name else value}"
        for name, sign, value in pairs
    )


def key_format_reason(text: str | None, longest: int) -> Because:
    """What an API key looks like."""
    return Because(
        f"the header X-MBX-APIKEY (on the WebSocket API apiKey) holds 1 to {longest} letters and digits",
        (Compared("API key", "not sent" if text is None else f"{len(text)} characters"),),
        GENERAL,
        "send the API key as it was given out: `margind accounts` lists those there are",
    )


def unknown_key_reason(text: str) -> Because:
    """A key that nobody has here; whether somebody has it elsewhere is not said."""
    return Because(
        "the API key is one of this exchange's",
        (Compared("API key", abbreviated(text)),),
        GENERAL,
        "`margind accounts` lists the keys there are, `margind key create` makes one",
    )


def address_reason(address: str, allowed: Collection[str]) -> Because:
    """An address from which the key may not be used."""
    return Because(
        "a key with a list of addresses is used from these only",
        (Compared("address", address), Compared("allowed", ", ".join(allowed))),
        GENERAL,
        "use a key without such a list, or one that names this address",
    )


def permission_reason(needed: str, held: Collection[str]) -> Because:
    """A permission the key does not have."""
    return Because(
        "the key has the permission that the call needs",
        (Compared("needed", needed), Compared("permissions of the key", ", ".join(sorted(held)) or "none")),
        "'General Info', section 'Endpoint Security Type'",
        f"use a key with the permission {needed}",
    )


def missing_parameter(name: str, accepted: str) -> Because:
    """A mandatory parameter that was not sent, or sent empty."""
    return Because(
        f"{name} is mandatory",
        (Compared(name, "not sent, or empty"), Compared("accepted", accepted)),
        GENERAL,
        f"send {name}: {accepted}",
    )


def empty_parameter(name: str, accepted: str) -> Because:
    """An optional parameter that was sent empty."""
    return Because(
        f"{name} is left out, or has a value",
        (Compared(name, "empty"), Compared("accepted", accepted)),
        GENERAL,
        f"leave {name} out",
    )


def wrong_value(name: str, text: str, accepted: str) -> Because:
    """A value that cannot be read as what it stands for."""
    return Because(
        f"{name} is {accepted}",
        (Compared(name, text[:LONGEST_VALUE]), Compared("accepted", accepted)),
        GENERAL,
    )


def out_of_range(name: str, number: Value, least: Value | None, most: Value | None) -> Because:
    """A number, or the length of a list, beyond its bounds."""
    compared = [Compared(name, number)]
    nearest = number
    if least is not None:
        compared.append(Compared("least", least))
        nearest = max(_as_number(nearest), _as_number(least))
    if most is not None:
        compared.append(Compared("most", most))
        nearest = min(_as_number(nearest), _as_number(most))
    return Because(
        f"{name} lies within its bounds",
        tuple(compared),
        GENERAL,
        f"{nearest} is the nearest",
        {name: nearest},
    )


def _as_number(value: Value) -> Decimal | int:
    assert not isinstance(value, str), "bounds are numbers"
    return value


def wrong_choice(name: str, text: str, choices: Collection[str]) -> Because:
    """A word that is none of those a parameter takes."""
    near = nearest_names(text.upper(), choices)[:1]
    return Because(
        f"{name} is one of {', '.join(choices)}",
        (Compared(name, text[:LONGEST_VALUE]),),
        "'Common Definition', section 'ENUM definitions'",
        f"{near[0]} is the nearest" if near else "",
        {name: near[0]} if near else {},
    )


def no_symbol(text: str) -> Because:
    """What cannot be a symbol at all."""
    plain = "".join(letter for letter in text if letter.isalnum() or letter == "_").upper()
    return Because(
        "a symbol has letters, digits and underscores only",
        (Compared("symbol", text[:LONGEST_VALUE]),),
        "'Exchange Information'",
        f"without separators it would be {plain}" if plain else "",
    )
