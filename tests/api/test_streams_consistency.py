"""A client that only merges events knows, after every step, what REST says."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from margind.engine.commands import SettleFunding, Transfer
from margind.engine.model.terms import Market
from tests.api.stream_world import ANNE, BERT, COINM, KEYS, PREFIX, SYMBOL, USDM, Ear, StreamWorld

STEPS = 80
QUANTITIES = {USDM: ("0.002", "0.005", "0.02"), COINM: ("1", "5", "20")}


class Client:
    """What merging ACCOUNT_UPDATE and ORDER_TRADE_UPDATE gives, and nothing else."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.balances: dict[str, tuple[str, str]] = {}
        self.positions: dict[tuple[str, str], Any] = {}
        self.orders: dict[int, Any] = {}
        self.realized = Decimal(0)

    def listen(self) -> None:
        for event in self.ear.taken():
            if event["e"] == "ACCOUNT_UPDATE":
                self.balances |= {row["a"]: (row["wb"], row["cw"]) for row in event["a"]["B"]}
                self.positions |= {(row["s"], row["ps"]): row for row in event["a"]["P"]}
            elif event["e"] == "ORDER_TRADE_UPDATE":
                order = event["o"]
                self.realized += Decimal(order["rp"])
                if order["X"] in ("NEW", "PARTIALLY_FILLED"):
                    self.orders[order["i"]] = order
                else:
                    self.orders.pop(order["i"], None)


def same(told: str, shown: str) -> bool:
    return Decimal(told) == Decimal(shown)


def agree(world: StreamWorld, client: Client, account: str, market: Market) -> None:
    """Compare with the replies to balances, positions and open orders."""
    version = "/fapi/v2/" if market is USDM else "/dapi/v1/"
    shown = {row["asset"]: row for row in world.asked(account, "GET", version + "balance", market)}
    for asset, (wallet, cross) in client.balances.items():
        assert same(wallet, shown[asset]["balance"])
        assert same(cross, shown[asset]["crossWalletBalance"])
    risks = world.asked(account, "GET", version + "positionRisk", market)
    rows = {(row["symbol"], row["positionSide"]): row for row in risks}
    for key, position in client.positions.items():
        row = rows[key]
        assert same(position["pa"], row["positionAmt"])
        assert same(position["ep"], row["entryPrice"])
        assert same(position["bep"], row["breakEvenPrice"])
        assert position["mt"] == row["marginType"]
        if "isolatedWallet" in row:
            assert same(position["iw"], row["isolatedWallet"])
    open_rows = [key for key, row in rows.items() if Decimal(row["positionAmt"])]
    assert set(open_rows) <= client.positions.keys()
    orders = {row["orderId"]: row for row in world.asked(account, "GET", "openOrders", market)}
    assert orders.keys() == client.orders.keys()
    for order_id, row in orders.items():
        order = client.orders[order_id]
        assert (order["X"], order["S"], order["ps"]) == (row["status"], row["side"], row["positionSide"])
        assert same(order["z"], row["executedQty"])
        assert same(order["q"], row["origQty"])
        assert same(order["p"], row["price"])
        assert same(order["ap"], row["avgPrice"])


def trade(world: StreamWorld, chance: random.Random, market: Market, hedge: bool) -> None:
    """One thing that a trader might do; refusals are part of it."""
    account = chance.choice((ANNE, BERT))
    side = chance.choice(("BUY", "SELL"))
    order = {"symbol": SYMBOL[market], "side": side, "quantity": chance.choice(QUANTITIES[market])}
    if hedge:
        order["positionSide"] = chance.choice(("LONG", "SHORT"))
    if chance.random() < 0.6:
        price = str(100_000 + chance.randrange(-300, 300))
        order |= {"type": "LIMIT", "timeInForce": chance.choice(("GTC", "GTC", "IOC", "GTX")), "price": price}
    else:
        order |= {"type": "MARKET"}
    world.call("POST", PREFIX[market] + "order", urlencode(order), key=KEYS[account])


def cancel(world: StreamWorld, chance: random.Random, market: Market, hedge: bool) -> None:
    account = chance.choice((ANNE, BERT))
    open_orders = list(world.main.state.accounts[account].on(market).open_orders)
    if open_orders:
        query = urlencode({"symbol": SYMBOL[market], "orderId": chance.choice(open_orders)})
        world.call("DELETE", PREFIX[market] + "order", query, key=KEYS[account])


def move(world: StreamWorld, chance: random.Random, market: Market, hedge: bool) -> None:
    middle = 100_000 + chance.randrange(-400, 400)
    quantity = chance.choice(("0.003", "1000")) if market is USDM else chance.choice(("3", "1000"))
    world.quote(f"{middle - 1}.9", f"{middle}.1", quantity, mark=str(middle), market=market)


def fund(world: StreamWorld, chance: random.Random, market: Market, hedge: bool) -> None:
    rate = Decimal(chance.randrange(-30, 30)) / 10_000
    world.execute(world.main, SettleFunding(market, SYMBOL[market], rate))


def pay(world: StreamWorld, chance: random.Random, market: Market, hedge: bool) -> None:
    asset, amount = ("USDT", Decimal("12.5")) if market is USDM else ("BTC", Decimal("0.01"))
    world.execute(world.main, Transfer(chance.choice((ANNE, BERT)), market, asset, amount))


def margin(world: StreamWorld, chance: random.Random, market: Market, hedge: bool) -> None:
    amount = "1" if market is USDM else "0.001"
    asked = {"symbol": SYMBOL[market], "amount": amount, "type": chance.choice((1, 2))}
    if hedge:
        asked["positionSide"] = chance.choice(("LONG", "SHORT"))
    world.call("POST", PREFIX[market] + "positionMargin", urlencode(asked), key=KEYS[ANNE])


Step = Callable[[StreamWorld, random.Random, Market, bool], None]
LIFE: tuple[Step, ...] = (trade, trade, trade, trade, trade, cancel, move, move, fund, pay, margin)


@pytest.mark.parametrize("market", Market)
@pytest.mark.parametrize("hedge", [False, True], ids=["one-way", "hedge"])
@pytest.mark.parametrize("margin_type", ["CROSSED", "ISOLATED"])
@pytest.mark.parametrize("seed", range(2))
def test_events_add_up_to_what_rest_says(market: Market, hedge: bool, margin_type: str, seed: int) -> None:
    world, chance = StreamWorld(), random.Random(seed)
    clients = {account: Client(world.listen(account, market)) for account in (ANNE, BERT)}
    for account in clients:
        if hedge:
            world.asked(account, "POST", "positionSide/dual", market, dualSidePosition="true")
        if margin_type == "ISOLATED":
            world.asked(account, "POST", "marginType", market, symbol=SYMBOL[market], marginType=margin_type)
    fills = 0
    for _ in range(STEPS):
        chance.choice(LIFE)(world, chance, market, hedge)
        for account, client in clients.items():
            fills += sum(event["e"] == "ACCOUNT_UPDATE" for event in client.ear.heard)
            client.listen()
            agree(world, client, account, market)
            half = world.main.state.accounts[account].on(market)
            assert client.realized == sum(half.realized.values(), Decimal(0))
    assert fills > STEPS / 4, "something happened"
    world.close()
