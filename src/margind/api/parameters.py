"""What a request says: parameters out of query, form body and JSON, and the types an endpoint declares."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

import msgspec

from margind import errors
from margind.api import request_reasons as why
from margind.errors import ErrorKind, Refusal

# Assumed: the exchange names no number. The richest call takes about 25; this bounds the work of a flood.
MOST_PARAMETERS: Final = 200
# Assumed: enough for any amount of any asset; without a bound one request could hold a megabyte of digits.
MOST_DIGITS: Final = 30
SMALLEST_LONG: Final = -(2**63)
LARGEST_LONG: Final = 2**63 - 1

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_BROKEN_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_PLAIN_INTEGER: Final = re.compile("-?[0-9]{1,19}")
_PLAIN_DECIMAL: Final = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")
_BOOLEANS: Final = {"true": True, "false": False}
_STRING_TOKEN: Final = msgspec.json.Decoder(str)
_LIST_TOKEN: Final = msgspec.json.Decoder(list[msgspec.Raw])


def parse_query(raw: bytes) -> dict[str, str]:
    """Names and values of one query string or form body, decoded; empty values stay as "".

    Refuses with -1100 what cannot be decoded or holds control characters, with -1101 a name sent twice.
    """
    if not raw:
        return {}
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refusal(errors.ILLEGAL_CHARS) from None
    encoded = "%" in text or "+" in text
    if not encoded:
        _refuse_control_characters(text)
    pairs = text.split("&", MOST_PARAMETERS)
    if len(pairs) > MOST_PARAMETERS:
        raise Refusal(errors.TOO_MANY_PARAMETERS, message=0)
    sent: dict[str, str] = {}
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if encoded:
            name, value = _decoded(name), _decoded(value)
        if name in sent:
            raise Refusal(errors.TOO_MANY_PARAMETERS, message=2)
        sent[name] = value
    return sent


def sent_parameters(query: bytes, body: bytes) -> dict[str, str]:
    """All parameters of a REST request; a name in both query and body has the query's value.

    Documented: USDⓈ-M 'General Info'. The body is a form whatever its Content-Type says: clients send forms
    called JSON or octet-stream. A JSON body holds no parameters, so the first mandatory one is missed.
    """
    if not body or body.lstrip()[:1] in (b"{", b"["):
        return parse_query(query)
    return parse_query(body) | parse_query(query)


def text_parameters(params: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """The parameters of a WebSocket API request, or of one element of a JSON list, as REST would have them.

    Strings as they are, numbers and booleans as written, lists compact; a null counts as not sent, because
    -1102 speaks of "empty/null" in one breath. Refuses with -1100 text that is not UTF-8 or holds control
    characters, with -1130 lists nested beyond measure.
    """
    sent = {}
    for name, token in params.items():
        written = bytes(token)
        if written != b"null":
            sent[name] = text = _text(written)
            if not text.isprintable():
                _refuse_control_characters(text)
    return sent


def _text(written: bytes) -> str:
    try:
        if written.startswith(b'"'):
            return _STRING_TOKEN.decode(written)
        if written.startswith((b"[", b"{")):
            written = msgspec.json.format(written, indent=-1)
        # A number stays as written: a float between would turn 0.10 into 0.1 and break the signature.
        return written.decode()
    except (UnicodeDecodeError, msgspec.DecodeError):
        raise Refusal(errors.ILLEGAL_CHARS) from None
    except RecursionError:
        raise Refusal(errors.INVALID_PARAMETER) from None


def _refuse_control_characters(text: str) -> None:
    # isprintable is quick and knows all of them, but also calls some honest characters unprintable.
    if not text.isprintable() and _CONTROL.search(text):
        raise Refusal(errors.ILLEGAL_CHARS)


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    if "%" in text:
        if _BROKEN_ESCAPE.search(text):
            raise Refusal(errors.ILLEGAL_CHARS)
        try:
            text = unquote(text, errors="strict")
        except UnicodeDecodeError:
            raise Refusal(errors.ILLEGAL_CHARS) from None
    _refuse_control_characters(text)
    return text


class Kind(StrEnum):
    """What the text of a parameter stands for, and the Python value it becomes."""

    STRING = "string"
    """`str`, within the parameter's pattern if it has one."""
    SYMBOL = "symbol"
    """`str`; whether the contract exists is for the endpoint to say."""
    INTEGER = "integer"
    """`int` of 64 bits: LONG and INT on the pages."""
    DECIMAL = "decimal"
    """`Decimal` with its digits kept."""
    BOOLEAN = "boolean"
    """`bool`, from true or false in any case."""
    ENUM = "enum"
    """One of the parameter's choices, a `str`: the member where they are those of an enum."""
    JSON_LIST = "json list"
    """`list[msgspec.Raw]`: the elements as written; minimum and maximum bound their number."""


class Parameter(msgspec.Struct, frozen=True):
    """One parameter as an endpoint declares it, for REST and the WebSocket API alike."""

    name: str
    """As on the wire; also the key under which `read_parameters` gives the value."""
    kind: Kind
    required: bool = False
    default: object = None
    """The value when an optional parameter is not sent."""
    choices: tuple[str, ...] = ()
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    pattern: str | None = None
    """The legal range of a string, as -1100 prints it."""
    any_case: bool = False
    """Found whatever the case of its name. Observed: ccxt and python-binance send `orderidlist`."""

    def __post_init__(self) -> None:
        assert (self.kind is Kind.ENUM) == bool(self.choices), f"{self.name}: choices belong to enums"
        assert self.default is None or not self.required, f"{self.name}: a mandatory parameter has no default"

    @property
    def accepted(self) -> str:
        """What it takes, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = _ACCEPTED[self.kind]
        if self.pattern is not None:
            words += f" that matches {self.pattern}"
        least = "" if self.minimum is None else f" from {self.minimum}"
        return words + least + ("" if self.maximum is None else f" to {self.maximum}")


_ACCEPTED: Final[Mapping[Kind, str]] = {
    Kind.STRING: "text",
    Kind.SYMBOL: "a symbol such as BTCUSDT",
    Kind.INTEGER: "a whole number of at most 64 bits",
    Kind.DECIMAL: f"a plain decimal of at most {MOST_DIGITS} digits",
    Kind.BOOLEAN: "true or false",
    Kind.ENUM: "a word",
    Kind.JSON_LIST: "a JSON list",
}

TIMESTAMP: Final = Parameter("timestamp", Kind.INTEGER, required=True)
SIGNATURE: Final = Parameter("signature", Kind.STRING, required=True)
"""What every signed call takes."""

# The enums whose wrong values have a number of their own; all others answer -1130.
ENUM_REFUSALS: Final[Mapping[str, ErrorKind]] = {
    "contractType": errors.INVALID_CONTRACT_TYPE,
    "interval": errors.BAD_INTERVAL,
    "newOrderRespType": errors.INVALID_NEW_ORDER_RESP_TYPE,
    "priceMatch": errors.INVALID_PRICE_MATCH,
    "positionSide": errors.INVALID_POSITION_SIDE,
    "selfTradePreventionMode": errors.INVALID_SELF_TRADE_PREVENTION_MODE,
    "side": errors.INVALID_SIDE,
    "symbolType": errors.BAD_INSTRUMENT_TYPE,
    "timeInForce": errors.INVALID_TIF,
    "type": errors.INVALID_ORDER_TYPE,
    "workingType": errors.INVALID_WORKING_TYPE,
}


def read_parameters(declared: Iterable[Parameter], sent: Mapping[str, str]) -> dict[str, object]:
    """One value per declared parameter, in the order of declaration, which is also that of refusals.

    Refuses with -1102 a mandatory parameter that is missing, empty or malformed, with -1105 an optional one
    that is empty, with -1100, -1121, -1130 or the number of its enum one whose value does not fit. What is
    sent but not declared is left alone: clients sign public calls, and send fields of neighbouring endpoints.
    """
    read: dict[str, object] = {}
    for parameter in declared:
        name = parameter.name
        text = sent.get(name)
        if text is None and parameter.any_case:
            text = _in_any_case(name, sent)
        if text is None:
            if parameter.required:
                raise missed(parameter)
            read[name] = parameter.default
        elif text:
            read[name] = _READERS[parameter.kind](parameter, text)
        elif parameter.required:
            raise missed(parameter)
        else:
            raise Refusal(errors.PARAM_EMPTY, name).because(why.empty_parameter(name, parameter.accepted))
    return read


def _in_any_case(name: str, sent: Mapping[str, str]) -> str | None:
    lower = name.lower()
    return next((text for other, text in sent.items() if other.lower() == lower), None)


def missed(parameter: Parameter) -> Refusal:
    """Refuses a request without a mandatory parameter (-1102)."""
    return Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, parameter.name).because(
        why.missing_parameter(parameter.name, parameter.accepted)
    )


def _malformed(parameter: Parameter, text: str) -> Refusal:
    # Documented: -1102 covers "malformed". Assumed: -1130 for optional parameters, whose template fits and
    # which cannot be "mandatory"; recorded answers would settle it.
    kind = errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED if parameter.required else errors.INVALID_PARAMETER
    return Refusal(kind, parameter.name).because(why.wrong_value(parameter.name, text, parameter.accepted))


def _refuse_outside(parameter: Parameter, number: int | Decimal) -> None:
    if (parameter.minimum is not None and number < parameter.minimum) or (
        parameter.maximum is not None and number > parameter.maximum
    ):
        raise Refusal(errors.INVALID_PARAMETER, parameter.name).because(
            why.out_of_range(parameter.name, number, parameter.minimum, parameter.maximum)
        )


def _string(parameter: Parameter, text: str) -> str:
    if parameter.pattern is not None and re.fullmatch(parameter.pattern, text) is None:
        raise Refusal(errors.ILLEGAL_CHARS, parameter.name, parameter.pattern).because(
            why.wrong_value(parameter.name, text, f"text that matches {parameter.pattern}")
        )
    return text


def _symbol(parameter: Parameter, text: str) -> str:
    # Letters of any script: some symbols are Chinese. Assumed: -1121 for whatever cannot be a symbol, as for
    # one that does not exist.
    if not text.replace("_", "").isalnum():
        raise Refusal(errors.BAD_SYMBOL).because(why.no_symbol(text))
    return text


def _integer(parameter: Parameter, text: str) -> int:
    if _PLAIN_INTEGER.fullmatch(text) is None:
        raise _malformed(parameter, text)
    number = int(text)
    if not SMALLEST_LONG <= number <= LARGEST_LONG or (number == 0 and text[0] == "-"):
        raise _malformed(parameter, text)
    _refuse_outside(parameter, number)
    return number


def _decimal(parameter: Parameter, text: str) -> Decimal:
    # Plain digits only: what Decimal also reads (1e9, NaN, +5, 1_000, full-width digits, blanks) is no price.
    match = _PLAIN_DECIMAL.fullmatch(text)
    if match is None or len(match[1]) + len(match[2] or "") > MOST_DIGITS:
        raise _malformed(parameter, text)
    number = Decimal(text)
    if not number and text[0] == "-":
        raise _malformed(parameter, text)
    _refuse_outside(parameter, number)
    return number


def _boolean(parameter: Parameter, text: str) -> bool:
    # Any case, because nautilus_trader sends Python's `False`, and others `TRUE`.
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise _malformed(parameter, text)
    return value


def _enum(parameter: Parameter, text: str) -> str:
    try:
        return parameter.choices[parameter.choices.index(text)]
    except ValueError:
        kind = ENUM_REFUSALS.get(parameter.name)
        refusal = Refusal(errors.INVALID_PARAMETER, parameter.name) if kind is None else Refusal(kind)
        raise refusal.because(why.wrong_choice(parameter.name, text, parameter.choices)) from None


def _json_list(parameter: Parameter, text: str) -> list[msgspec.Raw]:
    try:
        elements = _LIST_TOKEN.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise _malformed(parameter, text) from None
    _refuse_outside(parameter, len(elements))
    return elements


_READERS: Final[Mapping[Kind, Callable[[Parameter, str], object]]] = {
    Kind.STRING: _string,
    Kind.SYMBOL: _symbol,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.ENUM: _enum,
    Kind.JSON_LIST: _json_list,
}
