"""Parameters mean the same in a query, a form body and JSON, and what does not fit is refused."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind import errors
from margind.api.parameters import (
    MOST_PARAMETERS,
    Kind,
    Parameter,
    parse_query,
    read_parameters,
    sent_parameters,
    text_parameters,
)
from margind.errors import ErrorKind, Refusal

CLIENT_ORDER_ID_RANGE = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"  # documented for newClientOrderId


def json_parameters(text: str) -> dict[str, str]:
    return text_parameters(msgspec.json.decode(text, type=dict[str, msgspec.Raw]))


def refusal_of(parameter: Parameter, text: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read_parameters([parameter], {parameter.name: text})
    return refused.value


def refusal_kind(read: Callable[[], object]) -> ErrorKind | None:
    try:
        read()
    except Refusal as refused:
        return refused.kind
    return None


def value_of(parameter: Parameter, text: str) -> object:
    return read_parameters([parameter], {parameter.name: text})[parameter.name]


# ---- what was sent


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (b"", {}),
        (b"symbol=BTCUSDT&limit=5", {"symbol": "BTCUSDT", "limit": "5"}),
        (b"&symbol=BTCUSDT&&limit=5&", {"symbol": "BTCUSDT", "limit": "5"}),
        (b"symbol=&limit", {"symbol": "", "limit": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1+2%2B3%26", {"a": "1 2+3&"}),
        (b"symbol=%E6%AF%94%E7%89%B9USDT", {"symbol": "比特USDT"}),
        ("symbol=比特USDT".encode(), {"symbol": "比特USDT"}),
        (b"order%49d=7", {"orderId": "7"}),
        (b"orderIdList=%5B1%2C2%5D", {"orderIdList": "[1,2]"}),
    ],
)
def test_a_query_is_names_and_values(raw: bytes, sent: dict[str, str]) -> None:
    assert parse_query(raw) == sent


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=20))
def test_what_a_client_encodes_is_what_is_read(sent: dict[str, str]) -> None:
    # Control characters have their own test; lone surrogates cannot be encoded at all.
    printable = {name: value for name, value in sent.items() if (name + value).isprintable()}
    assert parse_query(urlencode(printable).encode()) == printable


@pytest.mark.parametrize(
    "raw",
    [
        b"a=%",
        b"a=%2",
        b"a=%zz",
        b"%=1",
        b"a=%u1234",
        b"a=%FF",
        b"a=%C3",
        b"a=\xff",
        b"a=%C0%80",
        b"a=%ED%A0%80",
    ],
)
def test_what_cannot_be_decoded_is_illegal(raw: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse_query(raw)
    assert refused.value.payload("usdm") == {
        "code": -1100,
        "msg": "Illegal characters found in a parameter.",
    }


@pytest.mark.parametrize("character", ["\0", "\t", "\n", "\r", "\x1b", "\x7f", "\x85"])
def test_control_characters_are_illegal_in_every_form(character: str) -> None:
    for raw in [f"a=1{character}", quote(f"1{character}") + "=b", "a=" + quote(character)]:
        with pytest.raises(Refusal) as refused:
            parse_query(raw.encode())
        assert refused.value.kind is errors.ILLEGAL_CHARS
    with pytest.raises(Refusal) as refused:
        json_parameters(f'{{"a": "\\u{ord(character):04x}"}}')
    assert refused.value.kind is errors.ILLEGAL_CHARS


@pytest.mark.parametrize("raw", [b"a=1&a=1", b"a=1&b=2&a=3", b"a=1&%61=2", b"a&a="])
def test_a_name_sent_twice_in_one_string_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse_query(raw)
    assert refused.value.payload("usdm") == {
        "code": -1101,
        "msg": "Duplicate values for a parameter detected.",
    }


def test_a_flood_of_parameters_is_refused() -> None:
    names = [f"p{number}=1" for number in range(MOST_PARAMETERS + 1)]
    assert len(parse_query("&".join(names[:-1]).encode())) == MOST_PARAMETERS
    with pytest.raises(Refusal, match="Too many parameters sent for this endpoint"):
        parse_query("&".join(names).encode())


def test_the_query_wins_over_the_body() -> None:
    assert sent_parameters(b"a=1&b=2", b"b=3&c=4") == {"a": "1", "b": "2", "c": "4"}


@pytest.mark.parametrize("body", [b'{"symbol":"BTCUSDT"}', b' \n{\n"symbol": "BTCUSDT"\n}', b"[1]"])
def test_a_json_body_holds_no_parameters(body: bytes) -> None:
    assert sent_parameters(b"limit=5", body) == {"limit": "5"}
    with pytest.raises(Refusal, match="Mandatory parameter 'symbol' was not sent"):
        read_parameters([Parameter("symbol", Kind.SYMBOL, required=True)], sent_parameters(b"", body))


def test_json_inside_a_form_body_may_be_bare() -> None:
    """ccxt sends batchOrders unencoded."""
    body = b'batchOrders=[{"symbol":"BTCUSDT","quantity":"1"}]&timestamp=1'
    assert sent_parameters(b"", body)["batchOrders"] == '[{"symbol":"BTCUSDT","quantity":"1"}]'


@given(st.binary(max_size=120), st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(query: bytes, body: bytes) -> None:
    outcome = refusal_kind(lambda: sent_parameters(query, body))
    assert outcome in {None, errors.ILLEGAL_CHARS, errors.TOO_MANY_PARAMETERS}


def test_json_values_keep_their_text() -> None:
    sent = json_parameters(
        '{"price": "0.10", "quantity": 1.500, "orderId": 22542179, "reduceOnly": false, "text": "\\"\\u00e9",'
        ' "orderIdList": [1, 2], "batchOrders": [ {"price" : 1.0} ], "nothing": null, "word": "null"}'
    )
    assert sent == {
        "price": "0.10",
        "quantity": "1.500",
        "orderId": "22542179",
        "reduceOnly": "false",
        "text": '"é',
        "orderIdList": "[1,2]",
        "batchOrders": '[{"price":1.0}]',
        "word": "null",
    }


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (b'"\xff"', errors.ILLEGAL_CHARS),
        (b'"\\ud800"', errors.ILLEGAL_CHARS),
        (b"[" * 200_000, errors.INVALID_PARAMETER),
    ],
)
def test_a_json_value_that_is_no_text_is_refused(token: bytes, kind: ErrorKind) -> None:
    with pytest.raises(Refusal) as refused:
        text_parameters({"a": msgspec.Raw(token)})
    assert refused.value.kind is kind


# ---- what an endpoint reads


ORDER = [
    Parameter("symbol", Kind.SYMBOL, required=True),
    Parameter("side", Kind.ENUM, required=True, choices=("BUY", "SELL")),
    Parameter("quantity", Kind.DECIMAL),
    Parameter("orderId", Kind.INTEGER),
    Parameter("reduceOnly", Kind.BOOLEAN, default=False),
    Parameter("newClientOrderId", Kind.STRING, pattern=CLIENT_ORDER_ID_RANGE),
    Parameter("orderIdList", Kind.JSON_LIST, maximum=10, any_case=True),
    Parameter("limit", Kind.INTEGER, default=500, minimum=1, maximum=1000),
]


@pytest.mark.parametrize(
    "sent",
    [
        parse_query(
            b"symbol=BTCUSDT&side=BUY&quantity=1.500&orderId=7&reduceOnly=True&newClientOrderId=a:b/c"
            b"&orderidlist=[1,2]&something=else"
        ),
        json_parameters(
            '{"symbol": "BTCUSDT", "side": "BUY", "quantity": 1.500, "orderId": 7, "reduceOnly": true,'
            ' "newClientOrderId": "a:b/c", "orderIdList": [1, 2], "something": {"else": 1}}'
        ),
    ],
    ids=["rest", "websocket"],
)
def test_one_declaration_reads_rest_and_websocket(sent: Mapping[str, str]) -> None:
    read = read_parameters(ORDER, sent)
    assert list(read) == [parameter.name for parameter in ORDER]
    assert (read["symbol"], read["side"], read["newClientOrderId"]) == ("BTCUSDT", "BUY", "a:b/c")
    assert str(read["quantity"]) == "1.500"
    assert (read["orderId"], read["reduceOnly"], read["limit"]) == (7, True, 500)
    assert read["orderIdList"] == [msgspec.Raw(b"1"), msgspec.Raw(b"2")]


def test_what_was_not_sent_takes_its_default() -> None:
    read = read_parameters(ORDER, {"symbol": "BTCUSDT", "side": "SELL"})
    assert (read["quantity"], read["reduceOnly"], read["limit"]) == (None, False, 500)


def test_a_mandatory_parameter_that_is_missing_or_empty_is_named() -> None:
    for sent in [{}, {"symbol": ""}]:
        with pytest.raises(Refusal) as refused:
            read_parameters(ORDER, sent)
        assert refused.value.payload("usdm") == {
            "code": -1102,
            "msg": "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
        }


def test_an_optional_parameter_that_is_empty_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        read_parameters(ORDER, {"symbol": "BTCUSDT", "side": "BUY", "quantity": ""})
    assert refused.value.payload("usdm") == {"code": -1105, "msg": "Parameter 'quantity' was empty."}


def test_refusals_come_in_the_order_of_declaration() -> None:
    with pytest.raises(Refusal, match="Invalid side"):
        read_parameters(ORDER, {"limit": "x", "quantity": "", "side": "buy", "symbol": "BTCUSDT"})


def test_only_declared_names_are_read_in_any_case() -> None:
    assert read_parameters(ORDER[-2:], {"ORDERIDLIST": "[]", "LIMIT": "5"}) == {
        "orderIdList": [],
        "limit": 500,
    }
    both = {"orderidlist": "[1]", "orderIdList": "[2]"}
    assert read_parameters(ORDER[-2:], both)["orderIdList"] == [msgspec.Raw(b"2")]


# Each of them is a number to Decimal, to int or to JSON, but not one the exchange reads.
NO_PLAIN_NUMBERS = [
    *("1e9", "1E-8", "NaN", "nan", "Infinity", "-Infinity", "inf", "sNaN", "-0", "+5", " 5", "5 ", "0x10"),
    *("1_000", "1,000", "9" * 31, "\uff15", "\u0665", "\u00b2", "--5", "-", "five", "true", "[5]", '"5"'),
]
NO_PLAIN_DECIMALS = [*NO_PLAIN_NUMBERS, "-0.0", ".5", "5.", "1.2.3", "0." + "1" * 30, "."]
NO_PLAIN_INTEGERS = [*NO_PLAIN_NUMBERS, "5.0", "9223372036854775808", "-9223372036854775809"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Kind.DECIMAL, text) for text in NO_PLAIN_DECIMALS),
        *((Kind.INTEGER, text) for text in NO_PLAIN_INTEGERS),
        *((Kind.BOOLEAN, text) for text in ("1", "yes", "truee", " true", "null")),
        *(
            (Kind.JSON_LIST, text)
            for text in ("1", "{}", "[1", "[1,]", "[1] 2", "[\\x221\\x22]", "[" * 200_000)
        ),
    ],
)
def test_a_malformed_value_is_named(kind: Kind, text: str) -> None:
    assert refusal_of(Parameter("p", kind, required=True), text).payload("usdm") == {
        "code": -1102,
        "msg": "Mandatory parameter 'p' was not sent, was empty/null, or malformed.",
    }
    assert refusal_of(Parameter("p", kind), text).payload("usdm") == {
        "code": -1130,
        "msg": "Data sent for parameter 'p' is not valid.",
    }


@pytest.mark.parametrize("text", ["0", "5", "-5", "007", "0.10", "-0.00000001", "9" * 30, "1." + "0" * 29])
def test_a_plain_decimal_keeps_its_digits(text: str) -> None:
    value = value_of(Parameter("p", Kind.DECIMAL), text)
    assert isinstance(value, Decimal)
    assert value.as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize("number", [0, 7, -7, 2**63 - 1, -(2**63)])
def test_an_integer_has_64_bits(number: int) -> None:
    assert value_of(Parameter("p", Kind.INTEGER), str(number)) == number


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("FALSE", False), ("False", False), ("tRuE", True)]
)
def test_booleans_are_read_in_any_case(text: str, *, value: bool) -> None:
    assert value_of(Parameter("p", Kind.BOOLEAN), text) is value


@pytest.mark.parametrize(
    ("parameter", "fits", "too_small", "too_large"),
    [
        (Parameter("limit", Kind.INTEGER, minimum=1, maximum=1000), ["1", "1000"], "0", "1001"),
        (
            Parameter("callbackRate", Kind.DECIMAL, required=True, minimum=Decimal("0.1"), maximum=10),
            ["0.1", "10.0"],
            "0.09",
            "10.01",
        ),
        (Parameter("orderIdList", Kind.JSON_LIST, minimum=1, maximum=2), ["[1]", "[1,2]"], "[]", "[1,2,3]"),
    ],
    ids=lambda value: value.name if isinstance(value, Parameter) else "",
)
def test_a_number_out_of_range_is_not_valid(
    parameter: Parameter, fits: list[str], too_small: str, too_large: str
) -> None:
    for text in fits:
        assert value_of(parameter, text) is not None
    for text in (too_small, too_large):
        assert refusal_of(parameter, text).payload("usdm") == {
            "code": -1130,
            "msg": f"Data sent for parameter '{parameter.name}' is not valid.",
        }


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("side", -1117, "Invalid side."),
        ("type", -1116, "Invalid orderType."),
        ("timeInForce", -1115, "Invalid timeInForce."),
        ("positionSide", -4060, "Invalid position side."),
        ("newOrderRespType", -1136, "Invalid newOrderRespType."),
        ("interval", -1120, "Invalid interval."),
        ("workingType", -4031, "Invalid parameter working type"),
        ("contractType", -4104, "Invalid contract type"),
        ("symbolType", -1110, "Invalid symbolType."),
        ("marginType", -1130, "Data sent for parameter 'marginType' is not valid."),
    ],
)
def test_a_wrong_choice_has_the_number_of_its_enum(name: str, code: int, text: str) -> None:
    parameter = Parameter(name, Kind.ENUM, choices=("ONE", "TWO"))
    assert value_of(parameter, "TWO") == "TWO"
    for wrong in ("three", "two", " TWO"):
        assert refusal_of(parameter, wrong).payload("usdm") == {"code": code, "msg": text}


@pytest.mark.parametrize(
    "symbol", ["BTCUSDT", "btcusdt", "BTCUSD_PERP", "BTCUSD_260925", "1000SHIBUSDT", "比特USDT"]
)
def test_a_symbol_is_letters_digits_and_underscores(symbol: str) -> None:
    assert value_of(Parameter("symbol", Kind.SYMBOL), symbol) == symbol


@pytest.mark.parametrize("symbol", [" BTCUSDT", "BTC/USDT", '["BTCUSDT"]', "_", "BTC-USDT", "BTC\u200bUSDT"])
def test_what_cannot_be_a_symbol_is_invalid(symbol: str) -> None:
    refusal = refusal_of(Parameter("symbol", Kind.SYMBOL), symbol)
    assert refusal.payload("usdm") == {"code": -1121, "msg": "Invalid symbol."}


@pytest.mark.parametrize("text", ["a b", "é", "x" * 37, "a\\b"])
def test_characters_outside_the_legal_range_are_told_with_the_range(text: str) -> None:
    assert refusal_of(ORDER[5], text).payload("usdm") == {
        "code": -1100,
        "msg": (
            "Illegal characters found in parameter 'newClientOrderId'; "
            r"legal range is '^[\.A-Z\:/a-z0-9_-]{1,36}$'."
        ),
    }


@given(st.dictionaries(st.sampled_from([parameter.name for parameter in ORDER]), st.text(max_size=40)))
def test_any_text_is_read_or_refused(sent: dict[str, str]) -> None:
    outcome = refusal_kind(lambda: read_parameters(ORDER, sent))
    if not {"symbol", "side"} <= sent.keys():
        assert outcome is not None
    assert outcome in {
        None,
        errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED,
        errors.BAD_SYMBOL,
        errors.INVALID_SIDE,
        errors.PARAM_EMPTY,
        errors.INVALID_PARAMETER,
        errors.ILLEGAL_CHARS,
    }


def test_a_declaration_that_contradicts_itself_is_noticed() -> None:
    with pytest.raises(AssertionError, match="choices belong to enums"):
        Parameter("side", Kind.ENUM)
    with pytest.raises(AssertionError, match="has no default"):
        Parameter("limit", Kind.INTEGER, required=True, default=5)
