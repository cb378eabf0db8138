"""What the doors tell of a delivery: streams, orders, trades, income, settlement prices, exchangeInfo."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from margind.engine.commands import DeliverContract, PassTime, PricePatch, SetPrices
from tests.api.stream_world import ANNE, COINM, KEYS, USDM, StreamWorld, kinds
from tests.api.support import NOW, decoded

QUARTER, NEXT, NEW = "BTCUSDT_260925", "BTCUSDT_261225", "BTCUSDT_270326"
DELIVERY = 1_790_323_200_000  # 2026-09-25 08:00
MINUTE = 60_000


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    price = PricePatch(
        mark_price=Decimal(100_000),
        index_price=Decimal(100_000),
        last_price=Decimal(100_000),
        bid_price=Decimal("99999.9"),
        bid_qty=Decimal(100),
        ask_price=Decimal(100_000),
        ask_qty=Decimal(100),
    )
    world.execute(world.main, SetPrices({QUARTER: price}))
    yield world
    world.close()


def hold(world: StreamWorld, quantity: str = "0.01") -> None:
    world.asked(ANNE, "POST", "order", symbol=QUARTER, side="BUY", type="MARKET", quantity=quantity)


def deliver(world: StreamWorld, price: str = "101000") -> None:
    world.execute(world.main, DeliverContract(USDM, QUARTER, Decimal(price)))


def shown(world: StreamWorld, path: str, query: str = "") -> Any:
    response = world.send("GET", path, query)
    assert response.status == 200, response.body
    return decoded(response)


def contracts(world: StreamWorld) -> dict[str, Any]:
    rows = shown(world, "/fapi/v1/exchangeInfo")["symbols"]
    return {row["symbol"]: row for row in rows if row["pair"] == "BTCUSDT" and row["symbol"] != "BTCUSDT"}


def test_an_exchange_of_today_lists_the_quarters_of_today(world: StreamWorld) -> None:
    live = {name: row for name, row in contracts(world).items() if row["status"] == "TRADING"}
    assert {name: row["contractType"] for name, row in live.items()} == {
        QUARTER: "CURRENT_QUARTER",
        NEXT: "NEXT_QUARTER",
    }
    assert live[QUARTER]["deliveryDate"] == DELIVERY
    # Observed of BTCUSDT_251226: it came up when the contract two before it was delivered.
    assert live[QUARTER]["onboardDate"] == 1_774_598_400_000  # 2026-03-27 08:00


def test_listeners_hear_the_settled_account_and_then_the_order_that_closed_it(world: StreamWorld) -> None:
    hold(world)
    world.asked(ANNE, "POST", "order", **bid())
    ear = world.listen()
    deliver(world)

    assert kinds(ear.heard) == [
        "ORDER_TRADE_UPDATE CANCELED CANCELED",
        "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE CALCULATED FILLED",
    ]
    account, order = ear.heard[1]["a"], ear.heard[2]["o"]
    # 10000 - 0.5 of fees when it was bought; 0.01 · 1000 of profit, 0.01 · 101000 · 0.0005 of fees
    (balance,) = account["B"]
    assert (balance["a"], balance["wb"], balance["bc"]) == ("USDT", "10008.99500000", "0")
    assert [(row["s"], row["pa"], row["cr"]) for row in account["P"]] == [(QUARTER, "0", "10")]
    assert order["c"].startswith("settlement_autoclose-")
    assert (order["S"], order["o"], order["L"], order["l"], order["z"]) == (
        "SELL",
        "MARKET",
        "101000",
        "0.01",
        "0.01",
    )
    assert (order["rp"], order["n"], order["N"]) == ("10", "0.505", "USDT")


def bid() -> dict[str, Any]:
    return {
        "symbol": QUARTER,
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01",
        "price": "99000",
    }


def test_order_trade_and_income_of_a_delivery_stay_in_the_history(world: StreamWorld) -> None:
    hold(world)
    deliver(world)

    order = world.asked(ANNE, "GET", "allOrders", symbol=QUARTER)[-1]
    assert order["clientOrderId"].startswith("settlement_autoclose-")
    assert (order["status"], order["side"], order["executedQty"], order["avgPrice"]) == (
        "FILLED",
        "SELL",
        "0.010",
        "101000.00000",
    )
    trade = world.asked(ANNE, "GET", "userTrades", symbol=QUARTER)[-1]
    assert (trade["orderId"], trade["price"], trade["qty"]) == (order["orderId"], "101000.0", "0.010")
    assert (trade["realizedPnl"], trade["commission"]) == ("10.00000000", "0.50500000")
    income = [
        (row["incomeType"], row["income"], row["symbol"], row["tradeId"])
        for row in world.asked(ANNE, "GET", "income")
        if row["symbol"] == QUARTER
    ]
    assert income[-2:] == [
        ("DELIVERED_SETTELMENT", "10.00000000", QUARTER, str(trade["id"])),
        ("COMMISSION", "-0.50500000", QUARTER, str(trade["id"])),
    ]


def test_settlement_prices_of_a_pair_are_numbers_newest_first(world: StreamWorld) -> None:
    before = shown(world, "/futures/data/delivery-price", "pair=BTCUSDT")
    deliver(world, "101000.5")
    response = world.send("GET", "/futures/data/delivery-price", "pair=BTCUSDT")
    row = b'{"deliveryTime":%d,"deliveryPrice":101000.50000000}' % NOW
    assert response.body.startswith(b"[" + row)
    assert decoded(response)[1:] == before
    assert shown(world, "/futures/data/delivery-price", "pair=NOSUCH") == []


def test_contract_info_tells_each_step_and_the_newcomer_with_its_brackets(world: StreamWorld) -> None:
    ear, _ = world.connect("!contractInfo")
    deliver(world)
    steps = [(row["s"], row["cs"], row["ct"]) for row in ear.heard]
    assert steps == [
        (QUARTER, "DELIVERING", "CURRENT_QUARTER"),
        (QUARTER, "DELIVERED", "CURRENT_QUARTER"),
        (NEXT, "TRADING", "CURRENT_QUARTER"),
        (NEW, "TRADING", "NEXT_QUARTER"),
        (NEW, "TRADING", "NEXT_QUARTER"),
    ]
    told = [row for row in ear.heard if row["s"] == NEW]
    assert {row["e"] for row in told} == {"contractInfo"}
    (brackets,) = [row["bks"] for row in told if "bks" in row]
    least, following = brackets[0], brackets[1]
    assert (least["bs"], least["bnf"], least["mi"]) == (1, 0, following["ma"] + 1)
    assert brackets[-1]["mi"] == 1
    assert (told[0]["dt"], told[0]["ot"], told[0]["ps"], told[0]["st"]) == (
        1_806_048_000_000,
        NOW,
        "BTCUSDT",
        1,
    )


def test_nobody_hears_of_contracts_on_the_stream_of_the_other_market(world: StreamWorld) -> None:
    ear, _ = world.connect("!contractInfo", market=COINM)
    deliver(world)
    assert ear.heard == []


def test_the_estimated_settle_price_is_the_mean_of_the_last_half_hour(world: StreamWorld) -> None:
    def estimated() -> str:
        row = shown(world, "/fapi/v1/premiumIndex", f"symbol={QUARTER}")
        assert row["indexPrice"] != row["estimatedSettlePrice"] or row["indexPrice"] == "100000.00000000"
        return str(row["estimatedSettlePrice"])

    assert estimated() == "100000.00000000"
    world.main.clock.move_to(DELIVERY - 30 * MINUTE)
    world.execute(world.main, PassTime())
    for minutes, index in ((20, "103000"), (10, "90000")):
        world.main.clock.move_to(DELIVERY - minutes * MINUTE)
        world.execute(world.main, SetPrices({QUARTER: PricePatch(index_price=Decimal(index))}))
    # Ten minutes of 100000 and ten of 103000
    assert estimated() == "101500.00000000"
    ear, _ = world.connect(f"{QUARTER.lower()}@markPrice@1s")
    world.tick(20)
    assert ear.heard[0]["P"] == "101500.00000000"
    world.main.clock.move_to(DELIVERY)
    world.execute(world.main, PassTime())
    # (100000 + 103000 + 90000) / 3 = 97666.666…, on a tick of 0.1
    assert shown(world, "/futures/data/delivery-price", "pair=BTCUSDT")[0]["deliveryPrice"] == 97666.7


def test_a_delivered_contract_stays_in_the_rules_and_leaves_the_lists(world: StreamWorld) -> None:
    hold(world)
    deliver(world)
    assert contracts(world)[QUARTER]["status"] == "DELIVERED"
    assert contracts(world)[NEW]["status"] == "TRADING"
    listed = {row["symbol"] for row in shown(world, "/fapi/v1/premiumIndex")}
    held = {row["symbol"] for row in world.asked(ANNE, "GET", "/fapi/v2/account")["positions"]}
    assert QUARTER not in listed | held
    assert NEW in listed & held
    refused = world.call("POST", "/fapi/v1/order", urlencode(bid()), key=KEYS[ANNE])
    assert decoded(refused)["code"] == -4141
