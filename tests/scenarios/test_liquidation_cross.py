"""Liquidation of cross pools: one margin asset, a coin, the joint wallet. Numbers worked by hand."""

from decimal import Decimal

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import (
    AlgoStatus,
    ExpiryReason,
    Market,
    OrderStatus,
    OrderType,
)
from tests.engine.builders import AT_PAR, NAME, Desk, cross, document, held, index, isolated, numbers
from tests.engine.invariants import check_money_is_conserved
from tests.scenarios.dangers import (
    cleared,
    closing_orders,
    falls,
    fund,
    in_danger,
    orders_of,
    rises,
    wallet_of,
)
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    SELL,
    SHORT,
    conditional,
    ends,
    fills,
    limit,
    only,
    open_orders,
    placed,
    quote,
    rows,
    waiting,
)

ETH = "ETHUSDT"


def without_fee(desk: Desk, *symbols: str) -> None:
    contracts = desk.state.markets[Market.USDM].contracts
    changed = [msgspec.structs.replace(contracts[symbol], liquidation_fee=Decimal(0)) for symbol in symbols]
    desk.do(c.ListContracts(tuple(changed)))


def long_of_both(wallet: str = "100") -> Desk:
    """10 BTC and 50 ETH, both long from 100; maintenance 10 and 50."""
    desk = in_danger([held(BTC, "10", "100"), held(ETH, "50", "100")], wallet)
    quote(desk, "99.9", "100.1", ETH)
    return desk


def test_the_position_with_the_largest_maintenance_margin_is_reduced_first_and_then_it_may_be_over() -> None:
    desk = long_of_both()
    without_fee(desk, BTC, ETH)
    assert only(falls(desk, "99.2", symbol=ETH), e.LiquidationStarted) == []

    events = falls(desk, "98.9", symbol=ETH)

    # balance 100 - 55 = 45, maintenance 10 + 49.45
    started = only(events, e.LiquidationStarted)[0]
    assert (started.pool, started.margin_balance) == (MarginPool("USDT"), Decimal(45))
    assert started.maint_margin == Decimal("59.45")
    # 49.45 / 59.45 of the balance back the ETH: 37.4306… / 50 below the mark, on a tick inside
    assert closing_orders(events) == orders_of((ETH, "50", "98.2"))
    assert fills(events) == rows((NAME, "98.9", "50"))
    # 45 less the trading fee 4945 · 0.0005, against 10 for the BTC
    ended = only(events, e.LiquidationEnded)[0]
    assert (ended.margin_balance, ended.maint_margin) == numbers("42.5275", "10")
    assert [key[0] for key in desk.state.accounts[NAME].usdm.positions] == [BTC]


def test_the_liquidation_fee_can_take_the_rest_of_the_pool_with_it() -> None:
    desk = long_of_both()

    events = falls(desk, "98.9", symbol=ETH)

    # fee of the ETH 4945 · 0.0125 = 61.8125, but 42.5275 are left; then nothing backs the BTC, which go at
    # the mark price 100 or better: the bid is 99.9, so the fund takes them over at 100.
    assert closing_orders(events) == orders_of((ETH, "50", "98.2"), (BTC, "10", "100"), (BTC, "10", "100"))
    assert cleared(events) == [("fee", Decimal("-42.5275"))]
    assert only(events, e.PositionTakenOver)[0].amount == 0
    assert desk.state.accounts[NAME].usdm.positions == {}
    assert (wallet_of(desk), fund(desk)) == numbers("0", "42.5275")


def test_without_buyers_both_are_taken_over_where_their_shares_are_used_up() -> None:
    desk = long_of_both()
    falls(desk, "100", bids="0")

    events = falls(desk, "98.9", bids="0", symbol=ETH)

    # The balance of 45 is shared 49.45 : 10, 37.43061396 and 7.56938604.
    taken = [(row.symbol, row.price, row.amount) for row in only(events, e.PositionTakenOver)]
    assert taken == [
        (ETH, Decimal("98.15138772"), Decimal("37.43061396")),
        (BTC, Decimal("99.24306140"), Decimal("7.56938604")),
    ]
    assert (wallet_of(desk), fund(desk)) == numbers("0", "45")
    check_money_is_conserved(desk.state)


def test_a_wallet_below_zero_is_brought_back_to_zero() -> None:
    desk = in_danger([held(BTC, "10", "100")], "100")
    events = falls(desk, "80")
    # The wallet pays for a fall to 90; the fund sells at 80 what it took at 90.
    assert only(events, e.PositionTakenOver)[0].amount == -100
    assert (wallet_of(desk), fund(desk)) == numbers("0", "-100")


def test_hedge_legs_are_reduced_together_and_isolated_positions_are_left_alone() -> None:
    # The legs lose 5 · (100 - mark) together; the isolated ETH has a wallet of its own.
    positions = [
        held(BTC, "10", "100", side=LONG),
        held(BTC, "-5", "100", side=SHORT),
        held(ETH, "1", "100", "50", LONG),
    ]
    desk = in_danger(positions, "100", {BTC: cross(20), ETH: isolated(2)}, dual=True)
    # 50 - 5 · (100 - p) = 15 · p · 0.01 at 450 / 4.85 = 92.78350515
    assert desk.liquidation_price(BTC, LONG) == desk.liquidation_price(BTC, SHORT) == Decimal("92.78350515")
    assert only(falls(desk, "92.79"), e.LiquidationStarted) == []

    events = falls(desk, "92.78")

    assert [event.pool for event in only(events, e.LiquidationStarted)] == [MarginPool("USDT")]
    assert only(events, e.OrderAccepted)[0].order.position_side is LONG
    assert list(desk.state.accounts[NAME].usdm.positions) == [(ETH, LONG)]
    assert desk.asset("USDT").cross_wallet_balance == 0
    check_money_is_conserved(desk.state)


def test_all_orders_of_the_pool_are_cancelled_first_and_no_others() -> None:
    desk = in_danger([held(BTC, "10", "100")], "300", {ETH: isolated(20)})
    resting = placed(desk, limit(SELL, "5", "120"))
    stop = waiting(desk, conditional(OrderType.STOP_MARKET, SELL, "5", "60"))
    of_another_pool = placed(desk, limit(BUY, "2", "80", ETH))

    events = falls(desk, "70.5")

    kinds = [type(event) for event in events]
    assert kinds[1:4] == [e.LiquidationStarted, e.OrderCancelled, e.AlgoOrderChanged]
    assert ends(events)[0] == (NAME, OrderStatus.EXPIRED, ExpiryReason.LIQUIDATED)
    assert only(events, e.OrderCancelled)[0].order_id == resting.order_id
    changed = only(events, e.AlgoOrderChanged)[0]
    assert (changed.algo_id, changed.status) == (stop.algo_id, AlgoStatus.EXPIRED)
    assert list(open_orders(desk)) == [of_another_pool.order_id]


def test_orders_of_other_users_take_what_is_liquidated() -> None:
    desk = in_danger([held(BTC, "10", "100")], "100")
    desk.do(c.OpenAccount("buyer"))
    desk.do(c.LoadAccount("buyer", False, document({"USDT": "10000"}), document()))
    placed(desk, limit(BUY, "4", "90.5", account="buyer"))

    events = falls(desk, "90.9", bids="0")

    # bankrupt at 90; the buyer's bid is above it, and no ask meets it
    assert fills(events)[:2] == rows(("buyer", "90.5", "4"), (NAME, "90.5", "4"))
    assert desk.state.accounts["buyer"].usdm.positions[BTC, "BOTH"].position_amt == 4  # type: ignore[index]
    check_money_is_conserved(desk.state)


def test_a_buyer_whom_the_fill_brings_into_danger_is_liquidated_in_turn() -> None:
    desk = in_danger([held(BTC, "10", "100")], "100")
    quote(desk, "99.9", "100.1", ETH)
    desk.do(c.OpenAccount("buyer"))
    chosen = {BTC: cross(125), ETH: cross(125)}
    desk.do(
        c.LoadAccount("buyer", False, document({"USDT": "24"}, chosen, [held(ETH, "20", "100")]), document())
    )
    placed(desk, limit(BUY, "8", "90.5", account="buyer"))

    events = falls(desk, "90.9", bids="0")

    # 24 for a maintenance margin of 20; with 8 · 0.4 of profit and a fee of 0.1448 it is 27.0552 for 27.272.
    started = only(events, e.LiquidationStarted)
    assert [event.account for event in started] == [NAME, "buyer"]
    assert (started[1].margin_balance, started[1].maint_margin) == numbers("27.0552", "27.272")
    assert wallet_of(desk) == 0
    check_money_is_conserved(desk.state)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_coin_is_a_pool(direction: int) -> None:
    desk = Desk({"BTCUSD_PERP": "50000"}, liquidation=True)
    amount = str(100 * direction)
    desk.load(
        coinm=document({"BTC": "0.01"}, {"BTCUSD_PERP": cross(20)}, [held("BTCUSD_PERP", amount, "50000")])
    )
    printed = desk.liquidation_price("BTCUSD_PERP")
    # long (10000 · 0.01 + 10000) / (0.01 + 0.2), short (10000 · 0.01 - 10000) / (0.01 - 0.2)
    assert printed == (Decimal("48095.23809523") if direction > 0 else Decimal("52105.26315789"))
    move = falls if direction > 0 else rises
    just_before, beyond = (48096, 48095) if direction > 0 else (52105, 52106)
    assert only(move(desk, str(just_before), symbol="BTCUSD_PERP"), e.LiquidationStarted) == []

    events = move(desk, str(beyond), symbol="BTCUSD_PERP")

    assert only(events, e.LiquidationStarted)[0].pool == MarginPool("BTC")
    assert desk.state.accounts[NAME].coinm.positions == {}
    # maintenance 1 % of the value is left, less than the fee of 1.25 %
    assert wallet_of(desk, asset="BTC", market=Market.COINM) == 0
    check_money_is_conserved(desk.state)


def joint() -> Desk:
    """10 BTC from 100, backed by 100 USDC in the joint wallet."""
    desk = Desk({}, {}, {**AT_PAR, "BTCUSD": index("1000", "0.05", "0.05")}, liquidation=True)
    quote(desk, "99.9", "100.1")
    desk.load(document({"USDC": "100"}, {}, [held(BTC, "10", "100")], multi_assets_margin=True))
    return desk


def test_the_joint_wallet_is_one_pool_and_other_assets_pay_at_once() -> None:
    desk = joint()
    # 100 + 10 · (p - 100) = 10 · p · 0.01 at 900 / 9.9 = 90.90909091
    assert desk.liquidation_price(BTC) == Decimal("90.90909091")
    assert only(falls(desk, "90.91"), e.LiquidationStarted) == []

    events = falls(desk, "90.9")

    assert only(events, e.LiquidationStarted)[0].pool == MarginPool("")
    # 91 lost and 909 · 0.0005 paid: USDC are sold for it, and the fee takes the 8.5455 that are left.
    exchanged = only(events, e.AssetsExchanged)
    assert {row.asset: row.amount for row in exchanged[0].exchanged} == {
        "USDT": Decimal("91.4545"),
        "USDC": Decimal("-91.4545"),
    }
    assert cleared(events) == [("fee", Decimal("-8.5455"))]
    assert (wallet_of(desk), wallet_of(desk, asset="USDC")) == numbers("0", "0")
    assert fund(desk) == Decimal("8.5455")
    check_money_is_conserved(desk.state)


def test_what_the_joint_wallet_owes_after_its_last_position_is_paid_by_what_it_holds() -> None:
    desk = joint()

    events = falls(desk, "85", bids="0")

    # Balance 100 - 150: taken over at 100 - 100 / 10, sold at 85.
    taken = only(events, e.PositionTakenOver)[0]
    assert (taken.price, taken.amount) == numbers("90", "-50")
    # The 100 that were lost there are paid by the USDC, one for one.
    assert cleared(events) == []
    assert (wallet_of(desk), wallet_of(desk, asset="USDC")) == numbers("0", "0")
    assert (fund(desk), fund(desk, "USDC")) == numbers("-50", "0")
    check_money_is_conserved(desk.state)


def test_what_the_joint_wallet_holds_beyond_what_it_owes_goes_with_its_last_position() -> None:
    coin = msgspec.structs.replace(index("1000", "0.05", "0.05"), auto_exchange_bid_buffer=Decimal("0.025"))
    desk = Desk({}, {}, {**AT_PAR, "BTCUSD": coin}, liquidation=True)
    quote(desk, "99.9", "100.1")
    desk.load(document({"BTC": "0.1"}, {}, [held(BTC, "10", "100")], multi_assets_margin=True))

    events = falls(desk, "90.8", bids="0")

    # 0.1 BTC count 95 and 92 are lost: below the 9.08 required, and taken over at 100 - 95 / 10.
    taken = only(events, e.PositionTakenOver)[0]
    assert (taken.price, taken.amount) == numbers("90.5", "3")
    # The 95 are paid at the auto-exchange rate, 1000 · 0.975: 0.09743590 BTC. The rest is the fund's.
    assert cleared(events) == [("collateral", Decimal("-0.0025641"))]
    assert (wallet_of(desk), wallet_of(desk, asset="BTC")) == numbers("0", "0")
    assert (fund(desk), fund(desk, "BTC")) == numbers("3", "0.0025641")
    check_money_is_conserved(desk.state)


def test_an_asset_index_that_falls_is_looked_at_too() -> None:
    desk = joint()
    falls(desk, "92")
    # equity 100 · 0.9 - 80 = 10 against maintenance 9.2, at 0.89 it is 9
    patch = {"USDCUSD": c.IndexPatch(index=Decimal("0.9"))}
    assert only(desk.do(c.SetPrices(asset_index=patch)), e.LiquidationStarted) == []
    patch = {"USDCUSD": c.IndexPatch(index=Decimal("0.89"))}
    assert only(desk.do(c.SetPrices(asset_index=patch)), e.LiquidationEnded)
