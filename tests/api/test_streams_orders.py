"""What listeners hear of orders: NEW first, three events a fill, each showing the account after that fill."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from margind.engine.commands import PassTime
from tests.api.stream_world import ANNE, BERT, COINM, KEYS, USDM, StreamWorld, kinds
from tests.api.support import NOW

FILL = ["TRADE_LITE", "ACCOUNT_UPDATE ORDER"]


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


def row(event: Any, side: str = "BOTH") -> Any:
    """A position row of an ACCOUNT_UPDATE."""
    (found,) = [position for position in event["a"]["P"] if position["ps"] == side]
    return found


def updates(heard: list[Any], name: str) -> list[Any]:
    return [event for event in heard if event["e"] == name]


def test_a_filled_market_order_is_told_in_four_events_to_the_letter(world: StreamWorld) -> None:
    """0.01 at 100000.1 is worth 1000.001; the taker's 0.05 % is 0.5000005; the profit at 100000 is -0.001."""
    ear = world.listen()
    trade = world.main.state.next_trade_id
    order = world.place(ANNE, "BUY", "0.01", newClientOrderId="mine")
    update = (
        '{"e":"ORDER_TRADE_UPDATE","T":%d,"E":%d,"o":{"s":"BTCUSDT","c":"mine","S":"BUY","o":"MARKET","f":"GTC",'
        '"q":"0.01","p":"0","ap":"%s","sp":"0","x":"%s","X":"%s","i":%d,"l":"%s","z":"%s","L":"%s","n":"%s",'
        '"N":"USDT","T":%d,"t":%d,"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"MARKET",'
        '"ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,"V":"EXPIRE_MAKER","pm":"NONE","gtd":0,"er":"0"}}'
    )
    price, part = "100000.1", "0.01"
    lite = (
        '{"e":"TRADE_LITE","E":%d,"T":%d,"s":"BTCUSDT","q":"0.010","p":"0","m":false,"c":"mine","S":"BUY",'
        '"L":"100000.10","l":"0.010","t":%d,"i":%d}'
    )
    account = (
        '{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"USDT","wb":"9999.49999950","cw":"9999.49999950",'
        '"bc":"0"}],"P":[{"s":"BTCUSDT","pa":"0.01","ep":"100000.1","cr":"0","up":"-0.001","mt":"cross","iw":"0",'
        '"ps":"BOTH","ma":"USDT","bep":"100050.10005"}],"m":"ORDER"}}'
    )
    assert [text.decode() for text in ear.texts] == [
        update % (NOW, NOW, "0", "NEW", "NEW", order, "0", "0", "0", "0", NOW, 0),
        lite % (NOW, NOW, trade, order),
        account % (NOW, NOW),
        update % (NOW, NOW, price, "TRADE", "FILLED", order, part, part, price, "0.5000005", NOW, trade),
    ]


def test_a_fill_has_one_transaction_time_in_its_three_events(world: StreamWorld) -> None:
    ear = world.listen()
    world.main.clock.move_to(NOW + 5)
    world.place(ANNE, "BUY", "0.01")
    assert [event["T"] for event in ear.heard] == [NOW + 5] * 4


def test_an_order_that_rests_is_new_counts_beside_others_and_is_cancelled(world: StreamWorld) -> None:
    ear = world.listen()
    first = world.place(ANNE, "BUY", "0.01", "90000")
    world.place(ANNE, "BUY", "0.02", "80000.5")
    world.place(ANNE, "SELL", "0.01", "110000")
    world.asked(ANNE, "DELETE", "order", symbol="BTCUSDT", orderId=first)
    assert kinds(ear.heard) == ["ORDER_TRADE_UPDATE NEW NEW"] * 3 + ["ORDER_TRADE_UPDATE CANCELED CANCELED"]
    resting = [(event["o"]["b"], event["o"]["a"]) for event in ear.heard]
    assert resting == [("900", "0"), ("2500.01", "0"), ("2500.01", "1100"), ("1600.01", "1100")]


def test_an_order_that_is_filled_at_once_still_counts_in_its_new(world: StreamWorld) -> None:
    """Recorded: a limit order over the ask shows its own value in NEW and none after its fill."""
    ear = world.listen()
    world.place(ANNE, "BUY", "0.01", "100500")
    orders = updates(ear.heard, "ORDER_TRADE_UPDATE")
    assert [(event["o"]["x"], event["o"]["b"]) for event in orders] == [("NEW", "1005"), ("TRADE", "0")]


def test_an_amended_order_is_told_with_its_new_numbers(world: StreamWorld) -> None:
    ear = world.listen()
    order_id = world.place(ANNE, "BUY", "0.01", "90000")
    changed = {"side": "BUY", "quantity": "0.02", "price": "91000"}
    world.asked(ANNE, "PUT", "order", USDM, symbol="BTCUSDT", orderId=order_id, **changed)
    order = ear.heard[-1]["o"]
    shown = [order[key] for key in ("x", "X", "p", "q", "b")]
    assert shown == ["AMENDMENT", "NEW", "91000", "0.02", "1820"]
    assert "M" not in order


def test_an_amendment_shows_the_name_its_client_gave_it(world: StreamWorld) -> None:
    ear = world.listen()
    order_id = world.place(ANNE, "BUY", "0.01", "90000")
    changed = {"side": "BUY", "quantity": "0.02", "price": "91000", "modifyId": 12}
    world.asked(ANNE, "PUT", "order", USDM, symbol="BTCUSDT", orderId=order_id, **changed)
    assert ear.heard[-1]["o"]["M"] == "12"


def test_each_fill_of_one_command_shows_the_account_after_it_and_no_other(world: StreamWorld) -> None:
    """Anne sells 0.01 to Bert at 100000 and 0.02 to the house at 99999.9.

    She pays 0.05 %: 0.5 of 1000, then 0.999999 of 1999.998. The mean price is 2999.998 / 0.03.
    """
    world.place(BERT, "BUY", "0.01", "100000")
    ear = world.listen()
    world.place(ANNE, "SELL", "0.03")
    accounts = updates(ear.heard, "ACCOUNT_UPDATE")
    assert [row(event)["pa"] for event in accounts] == ["-0.01", "-0.03"]
    assert [event["a"]["B"][0]["wb"] for event in accounts] == ["9999.50000000", "9998.50000100"]
    orders = updates(ear.heard, "ORDER_TRADE_UPDATE")
    assert [(event["o"]["X"], event["o"]["z"], event["o"]["ap"]) for event in orders] == [
        ("NEW", "0", "0"),
        ("PARTIALLY_FILLED", "0.01", "100000"),
        ("FILLED", "0.03", "99999.93333"),
    ]


def test_a_maker_hears_of_its_fills_in_the_same_order(world: StreamWorld) -> None:
    ear = world.listen(BERT)
    world.place(BERT, "BUY", "0.02", "100000")
    world.place(ANNE, "SELL", "0.01")
    world.place(ANNE, "SELL", "0.01")
    assert kinds(ear.heard) == [
        "ORDER_TRADE_UPDATE NEW NEW",
        *FILL,
        "ORDER_TRADE_UPDATE TRADE PARTIALLY_FILLED",
        *FILL,
        "ORDER_TRADE_UPDATE TRADE FILLED",
    ]
    trades = updates(ear.heard, "ORDER_TRADE_UPDATE")[1:]
    assert [(event["o"]["m"], event["o"]["n"], event["o"]["b"]) for event in trades] == [
        (True, "0.2", "1000"),
        (True, "0.2", "0"),
    ]


def test_realized_profit_adds_up_in_cr_and_stands_alone_in_rp(world: StreamWorld) -> None:
    """Bought at 100000.1 and sold at 100999.9 in two halves: 0.01 · 999.8 each."""
    world.place(ANNE, "BUY", "0.02")
    ear = world.listen()
    world.quote("100999.9", "101000.1", mark="101000")
    world.place(ANNE, "SELL", "0.01")
    world.place(ANNE, "SELL", "0.01")
    assert [row(event)["cr"] for event in updates(ear.heard, "ACCOUNT_UPDATE")] == ["9.998", "19.996"]
    assert [event["o"]["rp"] for event in updates(ear.heard, "ORDER_TRADE_UPDATE")] == ["0", "9.998"] * 2
    flat = row(updates(ear.heard, "ACCOUNT_UPDATE")[-1])
    assert (flat["pa"], flat["ep"], flat["up"], flat["bep"]) == ("0", "0", "0", "0")


def test_what_is_left_of_an_order_expires_with_its_reason(world: StreamWorld) -> None:
    world.quote("99999.9", "100000.1", quantity="0.004")
    ear = world.listen()
    world.place(ANNE, "BUY", "0.01", "100000.1", timeInForce="IOC")
    last = ear.heard[-1]["o"]
    assert kinds(ear.heard)[-1] == "ORDER_TRADE_UPDATE EXPIRED EXPIRED"
    assert (last["er"], last["z"], last["ap"], last["l"]) == ("2", "0.004", "100000.1", "0")


def test_a_prevented_self_trade_is_told_of_the_maker(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.01", "100000")
    ear = world.listen()
    world.place(ANNE, "SELL", "0.01", selfTradePreventionMode="EXPIRE_MAKER")
    assert kinds(ear.heard)[:2] == [
        "ORDER_TRADE_UPDATE NEW NEW",
        "ORDER_TRADE_UPDATE EXPIRED EXPIRED_IN_MATCH",
    ]
    assert ear.heard[1]["o"]["er"] == "1"


def test_a_good_till_date_order_shows_its_date_and_expires(world: StreamWorld) -> None:
    ear = world.listen()
    date = NOW + 700_000
    world.place(ANNE, "BUY", "0.01", "90000", timeInForce="GTD", goodTillDate=date)
    world.main.clock.move_to(date)
    world.execute(world.main, PassTime())
    assert kinds(ear.heard) == ["ORDER_TRADE_UPDATE NEW NEW", "ORDER_TRADE_UPDATE EXPIRED EXPIRED"]
    assert [event["o"]["gtd"] for event in ear.heard] == [date, date]


def test_hedge_fills_show_both_legs_of_the_symbol(world: StreamWorld) -> None:
    world.asked(ANNE, "POST", "positionSide/dual", dualSidePosition="true")
    ear = world.listen()
    world.place(ANNE, "BUY", "0.01", positionSide="LONG")
    world.place(ANNE, "SELL", "0.02", positionSide="SHORT")
    world.place(ANNE, "BUY", "0.02", positionSide="SHORT")
    shown = [
        [(position["ps"], position["pa"]) for position in event["a"]["P"]]
        for event in updates(ear.heard, "ACCOUNT_UPDATE")
    ]
    assert shown == [
        [("LONG", "0.01"), ("SHORT", "0")],
        [("LONG", "0.01"), ("SHORT", "-0.02")],
        [("LONG", "0.01"), ("SHORT", "0")],
    ]
    assert {event["o"]["ps"] for event in updates(ear.heard, "ORDER_TRADE_UPDATE")} == {"LONG", "SHORT"}


def test_coinm_has_the_alias_and_the_margin_asset_but_none_of_usdms_fields(world: StreamWorld) -> None:
    ear = world.listen(ANNE, COINM)
    world.place(ANNE, "BUY", "2", market=COINM)
    assert kinds(ear.heard) == [
        "ORDER_TRADE_UPDATE NEW NEW",
        "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE TRADE FILLED",
    ]
    order = ear.heard[-1]["o"]
    assert [order[key] for key in ("ma", "N", "q", "z", "ap")] == ["BTC", "BTC", "2", "2", "100000.1"]
    assert not {"gtd", "si", "ss", "st"} & order.keys()
    alias = world.asked(ANNE, "GET", "balance", COINM)[0]["accountAlias"]
    assert [event["i"] for event in ear.heard] == [alias] * 3
    position = ear.heard[1]["a"]["P"][0]
    assert (position["s"], position["pa"], position["ma"]) == ("BTCUSD_PERP", "2", "BTC")


def test_coinm_counts_resting_contracts_and_not_their_value(world: StreamWorld) -> None:
    ear = world.listen(ANNE, COINM)
    world.place(ANNE, "BUY", "3", "90000", market=COINM)
    world.place(ANNE, "SELL", "2", "110000", market=COINM)
    assert [(event["o"]["b"], event["o"]["a"]) for event in ear.heard] == [("3", "0"), ("3", "2")]


def test_coinm_shows_its_other_open_positions_beside_the_changed_one(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "2", market=COINM)
    ear = world.listen(ANNE, COINM)
    world.asked(ANNE, "POST", "marginType", COINM, symbol="ETHUSD_PERP", marginType="ISOLATED")
    rows = [(position["s"], position["mt"]) for position in ear.heard[-1]["a"]["P"]]
    assert rows == [("ETHUSD_PERP", "isolated"), ("BTCUSD_PERP", "cross")]


def test_a_filter_leaves_only_the_events_it_names(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    ear, _ = world.connect(key, events=frozenset({"TRADE_LITE", "ORDER_TRADE_UPDATE"}))
    world.place(ANNE, "BUY", "0.01")
    assert [event["e"] for event in ear.heard] == ["ORDER_TRADE_UPDATE", "TRADE_LITE", "ORDER_TRADE_UPDATE"]


def test_a_combined_stream_wraps_the_same_bytes(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    (bare, _), (wrapped, _) = world.connect(key), world.connect(key, combined=True)
    world.place(ANNE, "BUY", "0.01")
    assert len(bare.texts) == 4
    assert wrapped.texts == [b'{"stream":"%b","data":%b}' % (key.encode(), text) for text in bare.texts]


def test_a_refused_order_is_not_told(world: StreamWorld) -> None:
    ear = world.listen()
    order = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=90"
    assert world.call("POST", "/fapi/v1/order", order, key=KEYS[ANNE]).status == 400
    assert ear.heard == []


def test_who_listens_later_hears_the_rest_of_an_orders_life(world: StreamWorld) -> None:
    world.place(ANNE, "BUY", "0.02", "100000")
    world.place(BERT, "SELL", "0.01")
    ear = world.listen()
    world.place(BERT, "SELL", "0.01")
    assert kinds(ear.heard) == [*FILL, "ORDER_TRADE_UPDATE TRADE FILLED"]
    assert (ear.heard[-1]["o"]["z"], row(ear.heard[1])["pa"]) == ("0.02", "0.02")


def test_nobody_is_followed_once_nobody_listens(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    ear, connection = world.connect(key)
    world.desk.leave(connection)
    world.place(ANNE, "BUY", "0.01")
    assert ear.heard == []
    again, _ = world.connect(key)
    world.place(ANNE, "SELL", "0.01")
    assert row(updates(again.heard, "ACCOUNT_UPDATE")[0])["pa"] == "0"


def test_every_message_is_whole_json_in_one_frame(world: StreamWorld) -> None:
    ear = world.listen()
    world.place(ANNE, "BUY", "0.01")
    assert len(ear.texts) == 4
    assert [msgspec.json.decode(text) for text in ear.texts] == ear.heard
