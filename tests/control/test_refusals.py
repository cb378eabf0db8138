"""Refusals over the control API."""

from decimal import Decimal

import pytest

from margind import errors
from margind.engine.model.terms import Market
from margind.errors import Because, Compared, Refusal
from margind.refusals import asked
from tests.control.support import START, Caller, played

LAB = "/exchanges/lab/refusals"
ALICE = "/exchanges/lab/accounts/alice/refusals"

SHORT = Because(
    "what is needed is available",
    (
        Compared("need", Decimal("1485.500000000000000000"), "USDT"),
        Compared("available", Decimal(1000), "USDT"),
        Compared("price", Decimal("1E-8"), "USDT"),
        Compared("leverage", 20),
    ),
    "FAQ 'A Page'",
    "a quantity of 202.020 BTC is the largest that passes",
    {"quantity": Decimal("202.020"), "leverage": 25},
)


def refuse(call: Caller, account: str | None, quantity: int) -> None:
    lab = call.exchanges.by_name["lab"]
    refusal = Refusal(errors.MARGIN_NOT_SUFFICIEN).because(lambda: SHORT)
    sent = {"symbol": "BTCUSDT", "quantity": str(quantity), "signature": "f" * 64}
    lab.refusals.remember(
        refusal, Market.USDM, lab.now(), account, asked("REST", "POST /fapi/v1/order", sent)
    )


@played
async def test_a_refusal_is_shown_whole(call: Caller) -> None:
    refuse(call, "alice", 300)
    (row,) = (await call("GET", ALICE)).json
    text = row.pop("text")
    assert row == {
        "number": 1,
        "time": START,
        "account": "alice",
        "transport": "REST",
        "call": "POST /fapi/v1/order",
        "parameters": {"symbol": "BTCUSDT", "quantity": "300"},
        "http_status": 400,
        "code": -2019,
        "name": "MARGIN_NOT_SUFFICIEN",
        "message": "Margin is insufficient.",
        "because": {
            "rule": "what is needed is available",
            "compared": [
                {"name": "need", "value": "1485.5", "unit": "USDT"},
                {"name": "available", "value": "1000", "unit": "USDT"},
                {"name": "price", "value": "0.00000001", "unit": "USDT"},
                {"name": "leverage", "value": 20, "unit": ""},
            ],
            "source": "FAQ 'A Page'",
            "remedy": "a quantity of 202.020 BTC is the largest that passes",
            "remedy_value": {"quantity": "202.02", "leverage": 25},
        },
    }
    assert text == (
        "POST /fapi/v1/order, refused at 2025-10-09T08:53:20.000Z (REST, alice)\n"
        "asked: symbol=BTCUSDT quantity=300\n"
        "answered: HTTP 400, -2019 MARGIN_NOT_SUFFICIEN: Margin is insufficient.\n"
        "rule: what is needed is available\n"
        "\n"
        "compared\n"
        "  need       1485.5 USDT\n"
        "  available  1000 USDT\n"
        "  price      0.00000001 USDT\n"
        "  leverage   20\n"
        "\n"
        "would have helped: a quantity of 202.020 BTC is the largest that passes\n"
        "\n"
        "source: FAQ 'A Page'\n"
    )


@played
async def test_the_newest_come_first_and_as_many_as_asked_for(call: Caller) -> None:
    for quantity in range(5):
        refuse(call, "alice", quantity)
    refuse(call, None, 5)
    of_alice = (await call("GET", f"{ALICE}?limit=2")).json
    assert [row["parameters"]["quantity"] for row in of_alice] == ["4", "3"]
    of_all = (await call("GET", f"{LAB}?limit=3")).json
    assert [(row["account"], row["number"]) for row in of_all] == [(None, 6), ("alice", 5), ("alice", 4)]
    assert "(REST, no account)" in of_all[0]["text"]
    assert len((await call("GET", LAB)).json) == 6


@played
async def test_without_refusals_the_list_is_empty(call: Caller) -> None:
    assert (await call("GET", ALICE)).json == []
    assert (await call("GET", LAB)).json == []


@played
async def test_a_rule_without_a_reason_shows_the_words_of_the_exchange(call: Caller) -> None:
    lab = call.exchanges.by_name["lab"]
    refusal = Refusal(errors.NO_PLACE_ORDER_PERMISSION)
    lab.refusals.remember(refusal, Market.COINM, lab.now(), "alice", asked("REST", "POST /dapi/v1/order", {}))
    (row,) = (await call("GET", ALICE)).json
    assert (row["code"], row["because"]["rule"]) == (-4090, "User can not place order currently")
    assert row["because"]["source"] == "'Error Code'"
    assert "asked: without parameters" in row["text"]


@played
async def test_a_reset_forgets_them(call: Caller) -> None:
    refuse(call, "alice", 300)
    await call("POST", "/exchanges/lab/reset")
    assert (await call("GET", LAB)).json == []


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "", "1.5", "٣", "0000000001"])
def test_a_limit_is_a_number_from_1_to_100(limit: str) -> None:
    @played
    async def scenario(call: Caller) -> None:
        assert (await call("GET", f"{ALICE}?limit={limit}")).error == (400, "bad_limit")

    scenario()


@played
async def test_an_account_nobody_knows_has_none(call: Caller) -> None:
    assert (await call("GET", "/exchanges/lab/accounts/bob/refusals")).error == (404, "unknown_account")
