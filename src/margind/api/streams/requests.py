"""What a stream connection may ask for: SUBSCRIBE and its kin, and how they are answered."""

from typing import Any

import msgspec

from margind.api.streams.desk import StreamDesk
from margind.api.streams.hub import Connection
from margind.engine.model.terms import Market

MOST_STREAMS = 1_024
"""Documented: streams per connection."""

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


class _Request(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")
    method: msgspec.Raw = msgspec.Raw()
    params: msgspec.Raw = msgspec.Raw(b"[]")


_decode = msgspec.json.Decoder(_Request).decode
_decode_id = msgspec.json.Decoder(int | str).decode
_decode_method = msgspec.json.Decoder(str).decode
_decode_params = msgspec.json.Decoder(list[Any]).decode

_NO_ID = b"null"
_LONGEST_ID = 128


class Faulty(Exception):
    """A request that cannot be carried out: the code and message of its answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def answer(desk: StreamDesk, connection: Connection, market: Market | None, text: str | bytes) -> bytes:
    """The answer to one message of a client. Documented: 'Live Subscribing/Unsubscribing to streams'."""
    sent = text.encode() if isinstance(text, str) else text
    identity = _NO_ID
    try:
        request = _read(sent)
        identity = _identity(request)
        result = _carry_out(desk, connection, market, sent, request)
    except Faulty as fault:
        error = {"code": fault.code, "msg": str(fault)}
        return b'{"error":%b,"id":%b}' % (msgspec.json.encode(error), identity)
    return b'{"result":%b,"id":%b}' % (msgspec.json.encode(result), identity)


def _read(sent: bytes) -> _Request:
    try:
        return _decode(sent)
    except msgspec.ValidationError:
        raise Faulty(2, f"Invalid request: missing field `method` at {_place(sent, len(sent))}") from None
    except (msgspec.DecodeError, RecursionError):
        raise Faulty(3, f"Invalid JSON: expected value at {_place(sent, 1)}") from None


def _identity(request: _Request) -> bytes:
    """The id as it came. Documented: an unsigned integer. Observed: clients send texts, and get them back."""
    identity = bytes(request.id)
    try:
        number = _decode_id(identity)
    except msgspec.DecodeError:
        number = -1
    if len(identity) > _LONGEST_ID or (isinstance(number, int) and number < 0):
        raise Faulty(2, "Invalid request: request ID must be an unsigned integer")
    return identity


def _carry_out(
    desk: StreamDesk, connection: Connection, market: Market | None, sent: bytes, request: _Request
) -> object:
    method, params = _method(sent, request), _params(request)
    if method == "LIST_SUBSCRIPTIONS":
        _at_most(0, params)
        return list(connection.streams)
    if method == "GET_PROPERTY":
        _at_most(1, params)
        _check_property(params)
        return connection.combined
    if method == "SET_PROPERTY":
        _at_most(2, params)
        _check_property(params)
        if len(params) == 1 or not isinstance(params[1], bool):
            raise Faulty(1, "Invalid value type: expected Boolean")
        connection.combined = params[1]
        return None
    if not all(isinstance(name, str) and name for name in params):
        raise Faulty(2, "Invalid request: invalid stream")
    if method == "UNSUBSCRIBE":
        for name in params:
            desk.unsubscribe(connection, name)
        return None
    if len({*connection.streams, *params}) > MOST_STREAMS:
        raise Faulty(2, "Invalid request: too many parameters")
    for name in params:
        desk.subscribe(connection, name, market)
    return None


def _method(sent: bytes, request: _Request) -> str:
    try:
        method = _decode_method(request.method)
    except msgspec.DecodeError:
        place = _place(sent, len(sent))
        raise Faulty(2, f"Invalid request: missing field `method` at {place}") from None
    if method not in METHODS:
        place = _place(sent, sent.index(bytes(request.method)) + len(bytes(request.method)))
        names = ", ".join(f"`{name}`" for name in METHODS)
        raise Faulty(2, f"Invalid request: unknown variant `{method}`, expected one of {names} at {place}")
    return method


def _params(request: _Request) -> list[Any]:
    try:
        return _decode_params(request.params)
    except msgspec.DecodeError:
        raise Faulty(2, "Invalid request: invalid stream") from None


def _at_most(count: int, params: list[Any]) -> None:
    if len(params) > count:
        raise Faulty(2, "Invalid request: too many parameters")


def _check_property(params: list[Any]) -> None:
    if not params or not isinstance(params[0], str):
        raise Faulty(2, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise Faulty(0, "Unknown property")


def _place(sent: bytes, end: int) -> str:
    before = sent[:end]
    return f"line {before.count(10) + 1} column {end - before.rfind(10) - 1}"
