"""The error catalogue: numbers, names, messages and statuses of both markets."""

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from margind import errors
from margind.errors import CATALOGUE, ErrorKind, Refusal, by_code, catalogue_rows

MARKETS = ("usdm", "coinm")


def msg(refusal: Refusal, market: str = "usdm") -> str:
    return refusal.payload(market)["msg"]


@pytest.mark.parametrize("market", MARKETS)
def test_a_number_means_one_kind_per_market(market: str) -> None:
    numbers = [kind.code(market) for kind in CATALOGUE]
    assert len(numbers) == len(set(numbers))


def test_a_name_stands_for_one_kind() -> None:
    names = [kind.name for kind in CATALOGUE]
    assert len(names) == len(set(names))


def test_the_catalogue_counts_down_from_minus_1000() -> None:
    numbers = [kind.code("usdm") for kind in CATALOGUE]
    assert numbers[0] == -1000
    assert numbers == sorted(numbers, reverse=True)


def test_every_kind_is_a_constant_named_like_it() -> None:
    constants = {name: value for name, value in vars(errors).items() if isinstance(value, ErrorKind)}
    assert constants == {kind.name.upper(): kind for kind in CATALOGUE}


def test_binance_spelling_is_kept() -> None:
    assert errors.MARGIN_NOT_SUFFICIEN.name == "MARGIN_NOT_SUFFICIEN"
    assert errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP.name == "PRICE_HIGHTER_THAN_MULTIPLIER_UP"
    assert errors.EXISTING_PENDING_MODIFICATION.name == "Existing_Pending_Modification"


# The two pages give these meanings different numbers.
@pytest.mark.parametrize(
    ("kind", "usdm", "coinm"),
    [
        (errors.REDUCE_ONLY_ORDER_PERMISSION, -4087, -4089),
        (errors.NO_PLACE_ORDER_PERMISSION, -4088, -4090),
        (errors.INVALID_CLIENT_TRAN_ID_LEN, -4114, -4110),
        (errors.DUPLICATED_CLIENT_TRAN_ID, -4115, -4111),
        (errors.REDUCE_ONLY_MARGIN_CHECK_FAILED, -4118, -4112),
        (errors.MARKET_ORDER_REJECT, -4131, -4113),
        (errors.INVALID_PAIR, -4144, -4087),
        (errors.ISOLATED_LEVERAGE_REJECT_WITH_POSITION, -4161, -4150),
        (errors.MIN_NOTIONAL, -4164, -4178),
        (errors.INVALID_TIME_INTERVAL, -4165, -4088),
        (errors.PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP, -4183, -4151),
        (errors.PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN, -4184, -4152),
        (errors.ADJUST_LEVERAGE_KYC_FAILED, -4202, -4194),
        (errors.ADJUST_LEVERAGE_ONE_MONTH_FAILED, -4203, -4195),
        (errors.ADJUST_LEVERAGE_X_DAYS_FAILED, -4205, -4200),
        (errors.ADJUST_LEVERAGE_KYC_LIMIT, -4206, -4201),
        (errors.ADJUST_LEVERAGE_ACCOUNT_SYMBOL_FAILED, -4208, -4202),
        (errors.STOP_PRICE_HIGHER_THAN_PRICE_MULTIPLIER_LIMIT, -4210, -4154),
        (errors.STOP_PRICE_LOWER_THAN_PRICE_MULTIPLIER_LIMIT, -4211, -4155),
        (errors.MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON, -5024, -4199),
        (errors.LIMIT_ORDER_ONLY, -5025, -4196),
        (errors.EXCEED_MAXIMUM_MODIFY_ORDER_LIMIT, -5026, -4198),
        (errors.SAME_ORDER, -5027, -4197),
        (errors.ME_RECVWINDOW_REJECT, -5028, -4188),
    ],
    ids=lambda value: value.name if isinstance(value, ErrorKind) else None,
)
def test_a_meaning_keeps_its_own_number_in_each_market(kind: ErrorKind, usdm: int, coinm: int) -> None:
    assert (kind.code("usdm"), kind.code("coinm")) == (usdm, coinm)
    assert by_code("usdm", usdm) is kind
    assert by_code("coinm", coinm) is kind


@pytest.mark.parametrize(
    ("code", "usdm", "coinm"),
    [
        (-4087, errors.REDUCE_ONLY_ORDER_PERMISSION, errors.INVALID_PAIR),
        (-4088, errors.NO_PLACE_ORDER_PERMISSION, errors.INVALID_TIME_INTERVAL),
        (-4202, errors.ADJUST_LEVERAGE_KYC_FAILED, errors.ADJUST_LEVERAGE_ACCOUNT_SYMBOL_FAILED),
    ],
)
def test_a_number_can_mean_something_else_in_the_other_market(
    code: int, usdm: ErrorKind, coinm: ErrorKind
) -> None:
    assert by_code("usdm", code) is usdm
    assert by_code("coinm", code) is coinm


def test_a_market_without_a_number_borrows_the_other_ones() -> None:
    assert errors.GTX_ORDER_REJECT.coinm is None
    assert Refusal(errors.GTX_ORDER_REJECT).code("coinm") == -5022
    assert errors.CANNOT_CHANGE_DUAL_SIDE.usdm is None
    assert Refusal(errors.CANNOT_CHANGE_DUAL_SIDE).code("usdm") == -4220


@pytest.mark.parametrize("market", MARKETS)
def test_every_kind_is_found_again_by_its_number(market: str) -> None:
    assert [by_code(market, kind.code(market)) for kind in CATALOGUE] == list(CATALOGUE)


def test_an_unknown_number_has_no_kind() -> None:
    assert by_code("usdm", -1) is None
    assert by_code("coinm", 200) is None


def test_the_message_is_the_first_that_takes_the_values_given() -> None:
    kind = errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED
    assert msg(Refusal(kind)) == "A mandatory parameter was not sent, was empty/null, or malformed."
    assert msg(Refusal(kind, "quantity")) == (
        "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."
    )
    assert msg(Refusal(kind, "orderId", "origClientOrderId")) == (
        "Param 'orderId' or 'origClientOrderId' must be sent, but both were empty/null!"
    )


def test_a_message_can_be_chosen_by_index() -> None:
    assert (
        msg(Refusal(errors.INVALID_TIMESTAMP)) == "Timestamp for this request is outside of the recvWindow."
    )
    assert msg(Refusal(errors.INVALID_TIMESTAMP, message=1)) == (
        "Timestamp for this request was 1000ms ahead of the server's time."
    )
    assert msg(Refusal(errors.CANCEL_REJECTED, message=1), "coinm") == "Unknown order sent."


def test_values_print_as_on_the_wire() -> None:
    assert msg(Refusal(errors.MIN_NOTIONAL, Decimal("5E-8"))) == (
        "Order's notional must be no smaller than 0.00000005 (unless you choose reduce only)"
    )
    assert msg(Refusal(errors.TARGET_STRATEGY_INVALID, "STOP", True)) == (
        "Target strategy invalid for orderType 'STOP',reduceOnly 'true'."
    )
    assert msg(Refusal(errors.INVALID_OPTIONS_ID, 7, 12)) == "duplicate options id 7 for user 12"


def test_a_value_that_looks_like_a_placeholder_stays_as_sent() -> None:
    refusal = Refusal(errors.ILLEGAL_CHARS, "%s", "^[0-9]{1,20}$")
    assert refusal.text == "Illegal characters found in parameter '%s'; legal range is '^[0-9]{1,20}$'."


def test_each_market_words_its_own_message() -> None:
    refusal = Refusal(errors.INVALID_TIME_INTERVAL, 30)
    assert refusal.payload("usdm") == {"code": -4165, "msg": "Maximum time interval is 30 days"}
    assert refusal.payload("coinm") == {"code": -4088, "msg": "Maximum time interval is 30 days."}
    smallest = Refusal(errors.MIN_NOTIONAL)
    assert "no smaller than 5.0 (" in msg(smallest)
    assert "no smaller than one (" in msg(smallest, "coinm")


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.name)
def test_both_markets_word_the_same_list_of_messages(kind: ErrorKind) -> None:
    def placeholders(market: str) -> list[list[str]]:
        return [re.findall(r"%(?:[sbd]|.?)", text) for text in kind.templates(market)]

    assert placeholders("usdm") == placeholders("coinm")
    assert {found for row in placeholders("usdm") for found in row} <= {"%s", "%b", "%d"}
    assert all(kind.templates("usdm"))


def test_values_that_fit_no_message_are_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="BAD_SYMBOL has no message with 1 values"):
        Refusal(errors.BAD_SYMBOL, "BTCUSDT")


def test_an_unknown_market_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="spot"):
        Refusal(errors.BAD_SYMBOL).payload("spot")


def test_a_refusal_shows_nothing_but_its_message() -> None:
    refusal = Refusal(errors.REJECTED_MBX_KEY)
    assert str(refusal) == refusal.text == "Invalid API-key, IP, or permissions for action."
    assert repr(Refusal(errors.PARAM_EMPTY, "symbol")) == "Refusal(\"Parameter 'symbol' was empty.\")"


def test_only_these_kinds_leave_http_400() -> None:
    assert {kind.name: kind.http_status for kind in CATALOGUE if kind.http_status != 400} == {
        "UNKNOWN": 500,
        "DISCONNECTED": 503,
        "UNAUTHORIZED": 401,
        "TOO_MANY_REQUESTS": 429,
        "UNEXPECTED_RESP": 500,
        "TIMEOUT": 408,
        "REQUEST_THROTTLED": 503,
        "TOO_MANY_ORDERS": 429,
        "BAD_API_KEY_FMT": 401,
        "REJECTED_MBX_KEY": 401,
        "INVALID_PATH": 404,
    }


def test_a_banned_address_gets_418_instead_of_429() -> None:
    assert Refusal(errors.TOO_MANY_REQUESTS, 2400).http_status == 429
    banned = Refusal(errors.TOO_MANY_REQUESTS, 1767225600000, message=1)
    assert banned.http_status == 418
    assert banned.payload("usdm") == {
        "code": -1003,
        "msg": "Way too many requests; IP banned until 1767225600000. "
        "Please use the websocket for live updates to avoid bans.",
    }
    assert Refusal(errors.INVALID_TIMESTAMP, message=1).http_status == 400


def test_an_unknown_path_is_answered_like_the_exchange_does() -> None:
    refusal = Refusal(errors.INVALID_PATH, "/fapi/v1/account", "GET")
    assert refusal.http_status == 404
    assert refusal.payload("usdm") == {
        "code": -5000,
        "msg": "Path /fapi/v1/account, Method GET is invalid",
    }


def test_the_reference_has_one_row_per_kind() -> None:
    rows = catalogue_rows()
    assert len(rows) == len(CATALOGUE)
    assert ("ISOLATED_LEVERAGE_REJECT_WITH_POSITION", -4161, -4150, 400) in {row[:4] for row in rows}
    assert rows[0] == ("UNKNOWN", -1000, -1000, 500, "An unknown error occured while processing the request.")


class ReferenceRow(NamedTuple):
    market: str
    code: int
    name: str | None
    http_status: int | None
    messages: list[str]


def reference_file() -> Path | None:
    """The collected error pages, where a checkout has them at hand."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "reference"
    path = Path(os.environ.get("MARGIND_REFERENCE") or beside) / "error-codes.yaml"
    return path if path.is_file() else None


def reference_rows(text: str) -> Iterator[ReferenceRow]:
    section = ""
    for line in text.splitlines():
        if head := re.match(r"(\w+):", line):
            section = head[1]
        row = re.match(r"  - \{code: (-\d+),.* messages: \[(.*?)\][,}]", line)
        if row is None:
            continue
        name = re.search(r", name: (\w+)", line)
        http = re.search(r", http: '?(\d{3})(?:'| \(4)", line)
        messages = [
            item[1:-1].replace("''", "'") if item.startswith("'") else item
            for item in re.findall(r"(?:^|, )('(?:[^']|'')*'|[^',][^,]*)(?=, |$)", row[2])
        ]
        named = re.search(r"markets: \[([a-z, ]+)\]", line)
        for market in named[1].split(", ") if named else [section]:
            yield ReferenceRow(
                market, int(row[1]), name and name[1], int(http[1]) if http else None, messages
            )


REFERENCE = reference_file()

if REFERENCE is not None:  # only where the collected pages are at hand
    REFERENCE_TEXT = REFERENCE.read_text(encoding="utf-8")
    REFERENCE_ROWS = list(reference_rows(REFERENCE_TEXT))

    @pytest.mark.reference
    def test_every_row_of_the_reference_is_read() -> None:
        for market in MARKETS:
            listed = re.search(rf"^counts: .*\b{market}: (\d+)", REFERENCE_TEXT, re.MULTILINE)
            assert listed is not None
            named = [row for row in REFERENCE_ROWS if row.market == market and row.name]
            assert len(named) == int(listed[1])
        assert by_code("usdm", -4531) is errors.POSITION_MODE_SYNC_REJECT
        assert {row.code for row in REFERENCE_ROWS if not row.name} >= {-1131, -4531}

    @pytest.mark.reference
    @pytest.mark.parametrize("row", REFERENCE_ROWS, ids=lambda row: f"{row.market}{row.code}")
    def test_the_catalogue_says_what_the_reference_says(row: ReferenceRow) -> None:
        kind = by_code(row.market, row.code)
        assert kind is not None
        assert getattr(kind, row.market) == row.code
        assert row.messages
        assert set(row.messages) <= set(kind.templates(row.market))
        if row.http_status is not None:
            assert kind.http_status == row.http_status
        # The USDⓈ-M page prints the name of -4167 a second time at -4183.
        if row.name is not None and (row.market, row.code) != ("usdm", -4183):
            assert row.name == (kind.name if row.market == "usdm" else kind.coinm_name or kind.name)
