"""A hypothetical order: taken or refused as the exchange would, and the account behind it."""

from decimal import Decimal

import pytest

from margind import margin
from margind.margin import Impossible, NewOrder, OrderStatus, PositionSide, Side, TimeInForce
from tests.margin.accounts import position, situation_of


def test_a_market_order_fills_at_the_given_price_and_pays_its_fee() -> None:
    # 0.1 at 95,000 and 0.05 %: fee 4.75, initial margin 475, long from 0: (1000 - 4.75 - 9500) / -0.0996.
    placed = margin.place(situation_of("1000", feeBurn=False), "BUY 0.1 BTCUSDT")
    assert placed.status is OrderStatus.FILLED
    assert placed.average_price == 95000
    assert placed.commission == {"USDT": Decimal("4.75")}
    row = margin.report(placed.after).assets["USDT"]
    assert (str(row.wallet_balance), str(row.available_balance)) == ("995.25000000", "520.25000000")
    assert str(margin.liquidation_price(placed.after, "BTCUSDT")) == "85389.05622490"


def test_a_limit_order_below_the_price_rests_and_binds_margin_until_the_price_comes() -> None:
    # 0.1 · 94000 / 20 = 470 bound; filled at its own price as a maker for 0.02 %: 1.88.
    placed = margin.place(situation_of("1000"), "BUY 0.1 BTCUSDT @ 94000")
    assert placed.status is OrderStatus.NEW
    assert placed.average_price is None
    assert margin.report(placed.after).assets["USDT"].open_order_initial_margin == 470
    still = margin.priced(placed.after, {"BTCUSDT": 93000})
    assert margin.liquidation_prices(still) == {}
    filled = margin.moved(placed.after, {"BTCUSDT": 94000})
    (row,) = margin.report(filled).positions.values()
    assert (row.position_amt, row.entry_price) == (Decimal("0.1"), Decimal(94000))
    assert str(margin.report(filled).assets["USDT"].wallet_balance) == "998.12000000"


def test_closing_realizes_the_profit() -> None:
    # Half of 0.2 from 90,000 at 95,000: 500, less 4.75.
    placed = margin.place(
        situation_of("1000", position("0.2", entry="90000")), "SELL 0.1 BTCUSDT reduce-only"
    )
    assert placed.realized_profit == 500
    assert margin.report(placed.after).assets["USDT"].wallet_balance == Decimal("1495.25")


def test_a_refused_order_changes_nothing_and_says_what_would_have_passed() -> None:
    situation = situation_of("1000")
    placed = margin.place(situation, "BUY 1 BTCUSDT @ 95000")
    assert placed.status is None
    assert placed.after is situation
    assert placed.refusal is not None
    assert (placed.refusal.code, placed.refusal.name) == (-2019, "MARGIN_NOT_SUFFICIEN")
    assert placed.refusal.because.remedy_value["quantity"] == Decimal("0.210")


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ("SELL 0.1 BTCUSDT reduce-only", -2022),
        ("BUY 0.1 BTCUSDT @ 95000 GTX", -5022),
        ("BUY 0.1 BTCUSDT @ 94000 FOK", -5021),
        ("BUY 0.1 BTCUSDT LONG", -4061),
        ("BUY 0.1 BTCUSDT @ 200000", -4016),
        ("BUY 0.0001 BTCUSDT", -1111),
    ],
)
def test_refusals_have_the_codes_of_the_exchange(order: str, code: int) -> None:
    refusal = margin.place(situation_of("100000"), order).refusal
    assert refusal is not None
    assert refusal.code == code


def test_orders_follow_each_other() -> None:
    first = margin.place(situation_of("1000"), "BUY 0.1 BTCUSDT")
    second = margin.place(first.after, "SELL 0.1 BTCUSDT")
    assert margin.liquidation_prices(second.after) == {}
    assert margin.report(second.after).assets["USDT"].wallet_balance == Decimal("990.5")
    # What was asked before still stands.
    assert margin.report(first.after).assets["USDT"].wallet_balance == Decimal("995.25")
    assert margin.report(first.before).assets["USDT"].wallet_balance == 1000


def test_an_isolated_position_gets_its_own_wallet() -> None:
    symbols = {"BTCUSDT": {"leverage": 10, "marginType": "ISOLATED"}}
    placed = margin.place(situation_of("10000", symbols=symbols), "BUY 0.1 BTCUSDT")
    # 950 at the fill price, less the fee of 4.75.
    (row,) = margin.report(placed.after).positions.values()
    assert row.isolated_wallet == Decimal("945.25")
    names = [pool.name for pool in margin.pools(placed.after)]
    assert names == ["USDT", "BTCUSDT"]


def test_the_account_behind_an_order_is_a_document_again() -> None:
    placed = margin.place(situation_of("1000"), "BUY 0.1 BTCUSDT")
    again = margin.situation(placed.after.saved, {"BTCUSDT": "95000"})
    assert margin.report(again).totals == margin.report(placed.after).totals
    assert margin.liquidation_prices(again) == margin.liquidation_prices(placed.after)


def test_coin_margined_orders_are_counted_in_contracts() -> None:
    # 95 contracts of 100 USD at 95,000: 0.1 BTC.
    document = {"coinm": {"wallets": {"BTC": {"walletBalance": "1"}}}}
    situation = margin.situation(document, {"BTCUSD_PERP": "95000"})
    placed = margin.place(situation, "SELL 95 BTCUSD_PERP")
    assert placed.average_price == 95000
    assert placed.commission == {"BTC": Decimal("0.00005")}
    (row,) = margin.report(placed.after, margin.Market.COINM).positions.values()
    assert str(row.notional) == "-0.10000000"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("BUY 0.1 BTCUSDT", NewOrder(Side.BUY, Decimal("0.1"), "BTCUSDT")),
        ("buy 0.1 btcusdt @market", NewOrder(Side.BUY, Decimal("0.1"), "BTCUSDT")),
        (
            "SELL 2 ETHUSDT SHORT @3400.5 GTX",
            NewOrder(
                Side.SELL,
                Decimal(2),
                "ETHUSDT",
                Decimal("3400.5"),
                PositionSide.SHORT,
                time_in_force=TimeInForce.GTX,
            ),
        ),
        (
            "SELL 1 BTCUSDT @ 96000 reduce-only",
            NewOrder(Side.SELL, Decimal(1), "BTCUSDT", Decimal(96000), reduce_only=True),
        ),
    ],
)
def test_an_order_is_read_from_words_and_written_as_words(text: str, order: NewOrder) -> None:
    assert margin.parse_order(text) == order
    assert margin.parse_order(str(order)) == order


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("BUY BTCUSDT", "an order has a side, a quantity and a symbol"),
        ("HOLD 1 BTCUSDT", "'HOLD' is neither BUY nor SELL"),
        ("BUY lots BTCUSDT", "the quantity 'lots' is no plain decimal number"),
        ("BUY 1 BTCUSDT @", "there is no price behind the @"),
        ("BUY 1 BTCUSDT @ 1e5", "the price '1e5' is no plain decimal number"),
        ("BUY 1 BTCUSDT at 5", "'at' means nothing here"),
    ],
)
def test_what_is_no_order_is_told_with_the_word(text: str, fault: str) -> None:
    with pytest.raises(Impossible) as raised:
        margin.parse_order(text)
    assert f"{fault}; write it like 'BUY 0.1 BTCUSDT @ 94000'" in raised.value.message
