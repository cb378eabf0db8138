"""What listeners hear of money and settings: only what changed, and the wallets as they were then."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind.demo import demo_document
from margind.engine.commands import SettleFunding, Transfer
from tests.api.stream_world import ANNE, COINM, USDM, Ear, StreamWorld, kinds
from tests.api.support import NOW

NOTHING = "0.00000000"


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


def isolated(world: StreamWorld) -> None:
    """Anne's BTCUSDT is isolated at 20x."""
    world.asked(ANNE, "POST", "marginType", symbol="BTCUSDT", marginType="ISOLATED")


def change(ear: Ear) -> Any:
    """The body of the only ACCOUNT_UPDATE that was heard."""
    (event,) = ear.taken()
    assert event["e"] == "ACCOUNT_UPDATE"
    return event["a"]


@pytest.mark.parametrize(
    ("amount", "reason", "balance"),
    [("10", "DEPOSIT", "10010.00000000"), ("-10.5", "WITHDRAW", "9989.50000000")],
)
def test_a_transfer_says_how_much_and_shows_no_position(
    world: StreamWorld, amount: str, reason: str, balance: str
) -> None:
    ear = world.listen()
    world.execute(world.main, Transfer(ANNE, USDM, "USDT", Decimal(amount)))
    row = {"a": "USDT", "wb": balance, "cw": balance, "bc": amount}
    assert change(ear) == {"B": [row], "P": [], "m": reason}


def test_a_transfer_reads_as_the_recorded_one(world: StreamWorld) -> None:
    ear = world.listen()
    world.execute(world.main, Transfer(ANNE, USDM, "USDC", Decimal(10)))
    assert ear.texts == [
        b'{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"USDC","wb":"10.00000000","cw":"10.00000000",'
        b'"bc":"10"}],"P":[],"m":"DEPOSIT"}}' % (NOW, NOW)
    ]


def test_leverage_is_a_configuration(world: StreamWorld) -> None:
    ear = world.listen()
    world.asked(ANNE, "POST", "leverage", symbol="BTCUSDT", leverage=10)
    assert ear.texts == [
        b'{"e":"ACCOUNT_CONFIG_UPDATE","E":%d,"T":%d,"ac":{"s":"BTCUSDT","l":10}}' % (NOW, NOW)
    ]
    world.asked(ANNE, "POST", "leverage", symbol="BTCUSDT", leverage=10)
    assert len(ear.texts) == 1, "the same leverage again changes nothing"


def test_the_asset_mode_is_a_configuration(world: StreamWorld) -> None:
    ear = world.listen()
    world.asked(ANNE, "POST", "multiAssetsMargin", multiAssetsMargin="true")
    assert ear.texts == [b'{"e":"ACCOUNT_CONFIG_UPDATE","E":%d,"T":%d,"ai":{"j":true}}' % (NOW, NOW)]


def test_the_position_mode_and_the_fee_asset_are_not_told(world: StreamWorld) -> None:
    usdm, coinm = world.listen(), world.listen(ANNE, COINM)
    world.asked(ANNE, "POST", "positionSide/dual", dualSidePosition="true")
    world.asked(ANNE, "POST", "feeBurn", feeBurn="false")
    assert usdm.heard + coinm.heard == []


@pytest.mark.parametrize(("hedge", "sides"), [("false", ["BOTH"]), ("true", ["LONG", "SHORT"])])
def test_a_margin_type_comes_with_the_flat_rows_of_its_symbol(
    world: StreamWorld, hedge: str, sides: list[str]
) -> None:
    if hedge == "true":
        world.asked(ANNE, "POST", "positionSide/dual", dualSidePosition=hedge)
    ear = world.listen()
    isolated(world)
    told = change(ear)
    assert (told["m"], told["B"]) == ("MARGIN_TYPE_CHANGE", [])
    flat = {"pa": "0", "ep": "0", "cr": "0", "up": "0", "mt": "isolated", "iw": "0", "ma": "USDT", "bep": "0"}
    assert told["P"] == [{"s": "BTCUSDT", **flat, "ps": side} for side in sides]


def test_an_isolated_fill_moves_its_margin_out_of_the_cross_wallet(world: StreamWorld) -> None:
    """0.01 at 100000.1, 20x, mark price 100000: margin 50.00005, open loss 0.001, fee 0.5000005.

    The isolated wallet gets margin and open loss and pays the fee: 49.5010495. The whole wallet pays the fee.
    """
    isolated(world)
    ear = world.listen()
    world.place(ANNE, "BUY", "0.01")
    update = next(event for event in ear.heard if event["e"] == "ACCOUNT_UPDATE")["a"]
    assert update["P"][0]["iw"] == "49.5010495"
    assert update["B"] == [{"a": "USDT", "wb": "9999.49999950", "cw": "9949.99895000", "bc": "0"}]
    world.place(ANNE, "SELL", "0.01")
    last = [event for event in ear.heard if event["e"] == "ACCOUNT_UPDATE"][-1]["a"]
    assert (last["P"][0]["iw"], last["P"][0]["mt"]) == ("0", "isolated")
    assert last["B"][0]["wb"] == last["B"][0]["cw"]


@pytest.mark.parametrize(
    ("kind", "amount", "wallet", "cross"),
    [(1, "10", "59.5010495", "9939.99895000"), (2, "0.01", "49.4910495", "9950.00895000")],
)
def test_isolated_margin_moves_between_wallets_that_keep_their_sum(
    world: StreamWorld, kind: int, amount: str, wallet: str, cross: str
) -> None:
    isolated(world)
    world.place(ANNE, "BUY", "0.01")
    world.quote("100999.9", "101000.1", mark="101000")
    ear = world.listen()
    world.asked(ANNE, "POST", "positionMargin", symbol="BTCUSDT", amount=amount, type=kind)
    told = change(ear)
    assert told["m"] == "MARGIN_TRANSFER"
    assert told["B"] == [{"a": "USDT", "wb": "9999.49999950", "cw": cross, "bc": "0"}]
    assert [(row["iw"], row["pa"], row["mt"]) for row in told["P"]] == [(wallet, "0.01", "isolated")]


def test_a_fee_in_bnb_changes_two_wallets(world: StreamWorld) -> None:
    world.execute(world.main, Transfer(ANNE, USDM, "BNB", Decimal(1)))
    ear = world.listen()
    world.place(ANNE, "BUY", "0.01")
    update = next(event for event in ear.heard if event["e"] == "ACCOUNT_UPDATE")["a"]
    order = ear.heard[-1]["o"]
    assert order["N"] == "BNB"
    left = Decimal(1) - Decimal(order["n"])
    assert update["B"] == [
        {"a": "USDT", "wb": "10000.00000000", "cw": "10000.00000000", "bc": "0"},
        {"a": "BNB", "wb": f"{left:.8f}", "cw": f"{left:.8f}", "bc": "0"},
    ]


def test_funding_of_a_cross_position_is_a_balance_alone(world: StreamWorld) -> None:
    """0.01 at a mark price of 100000 pays 0.01 % of 1000."""
    world.place(ANNE, "BUY", "0.01")
    ear = world.listen()
    world.execute(world.main, SettleFunding(USDM, "BTCUSDT", Decimal("0.0001")))
    row = {"a": "USDT", "wb": "9999.39999950", "cw": "9999.39999950", "bc": "-0.1"}
    assert change(ear) == {"B": [row], "P": [], "m": "FUNDING_FEE"}


def test_funding_of_an_isolated_position_shows_that_position(world: StreamWorld) -> None:
    isolated(world)
    world.place(ANNE, "BUY", "0.01")
    ear = world.listen()
    world.execute(world.main, SettleFunding(USDM, "BTCUSDT", Decimal("0.0001")))
    told = change(ear)
    assert told["B"] == [{"a": "USDT", "wb": "9999.39999950", "cw": "9949.99895000", "bc": "-0.1"}]
    assert [(row["s"], row["iw"]) for row in told["P"]] == [("BTCUSDT", "49.4010495")]


def test_a_loaded_document_is_told_as_orders_money_and_settings(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.01", "90000")
    ear = world.listen()
    document = msgspec.structs.replace(demo_document(world.main.state, NOW), account=ANNE)
    world.execute(world.main, document)
    assert kinds(ear.heard) == [
        "ORDER_TRADE_UPDATE CANCELED CANCELED",
        "ACCOUNT_UPDATE ADJUSTMENT",
        "ACCOUNT_CONFIG_UPDATE",
        "ORDER_TRADE_UPDATE NEW NEW",
    ]
    told = ear.heard[1]["a"]
    # USDT is as it was; USDC, BNB and BTC are new.
    assert {row["a"]: row["bc"] for row in told["B"]} == {"BNB": "2", "BTC": "0.05", "USDC": "2500"}
    assert [(row["s"], row["pa"], row["mt"], row["iw"]) for row in told["P"]] == [
        ("BTCUSDT", "0.05", "cross", "0"),
        ("ETHUSDT", "-1.5", "isolated", "620"),
    ]
    assert ear.heard[2]["ac"] == {"s": "ETHUSDT", "l": 10}


def test_the_same_document_again_moves_orders_alone(world: StreamWorld) -> None:
    document = msgspec.structs.replace(demo_document(world.main.state, NOW), account=ANNE)
    world.execute(world.main, document)
    usdm, coinm = world.listen(), world.listen(ANNE, COINM)
    world.execute(world.main, document)
    assert kinds(usdm.heard) == ["ORDER_TRADE_UPDATE CANCELED CANCELED", "ORDER_TRADE_UPDATE NEW NEW"]
    assert coinm.heard == []


def test_a_document_that_empties_an_account_shows_its_positions_flat(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.01")
    document = demo_document(world.main.state, NOW)
    empty = msgspec.structs.replace(
        document,
        account=ANNE,
        usdm=msgspec.structs.replace(document.usdm, wallets={}, symbols={}, positions=(), open_orders=()),
    )
    ear = world.listen()
    world.execute(world.main, empty)
    told = change(ear)
    assert told["B"] == [{"a": "USDT", "wb": NOTHING, "cw": NOTHING, "bc": "-9999.4999995"}]
    assert [(row["s"], row["pa"], row["ep"]) for row in told["P"]] == [("BTCUSDT", "0", "0")]
