"""What an order needs to be placed: its initial margin, the loss it opens with, and room below the cap."""

from decimal import Decimal

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.terms import Market, Side
from tests.engine.builders import AT_PAR, NAME, Desk, Tiers, cross, document, held, index, isolated
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    SELL,
    SHORT,
    amend,
    limit,
    market,
    open_orders,
    placed,
    quote,
    trading,
)
from tests.scenarios.refusals import refusal

ULP = Decimal("0.00000001")
TEN_X = {BTC: cross(10)}
CAPPED: Tiers = [(20, "1000", "0.01"), (10, "5000", "0.02"), (5, None, "0.05")]


def check_need(desk: Desk, command: c.PlaceOrder, need: str) -> None:
    """With this much available the order passes, with a unit less it does not."""
    asset = desk.state.markets[command.market].margin_assets[command.symbol]
    surplus = desk.asset(asset, command.market).available_balance - Decimal(need)
    desk.do(c.Transfer(NAME, command.market, asset, -surplus - ULP))
    assert refusal(desk, command) is errors.MARGIN_NOT_SUFFICIEN
    desk.do(c.Transfer(NAME, command.market, asset, ULP))
    desk.do(command)


@pytest.mark.parametrize(("side", "need"), [(BUY, "462.665"), (SELL, "469.205")])
def test_the_published_example_of_an_opening_order(side: Side, need: str) -> None:
    # FAQ 'How to Calculate the Cost Required to Open a Position', older text: 1 BTC at 20x, limit 9253.30,
    # mark 9259.84. The buy costs 462.66, the sell opens 6.54 below the mark: 469.20.
    desk = Desk()
    quote(desk, "9253.2", "9260", mark="9259.84")
    desk.load(document({"USDT": "1000"}, {BTC: cross(20)}))
    check_need(desk, limit(side, "1", "9253.3"), need)


def test_a_market_buy_is_priced_a_little_above_the_best_ask() -> None:
    # 10 at 100.1 · 1.0005 = 100.15005: 100.15005 at 10x, and 1.5005 lost against the mark of 100.
    check_need(trading(symbols=TEN_X), market(BUY, "10"), "101.65055")


def test_a_market_sell_is_priced_at_the_higher_of_best_bid_and_mark() -> None:
    check_need(trading(symbols=TEN_X), market(SELL, "10"), "100")
    desk = trading(symbols=TEN_X)
    quote(desk, "101", "101.2", mark="100")
    check_need(desk, market(SELL, "10"), "101")


def test_without_a_price_to_trade_at_a_market_order_is_priced_at_the_mark() -> None:
    desk = trading(symbols=TEN_X)
    quote(desk, "99.9", "100.1", ask_qty="0", bid_qty="0")
    check_need(desk, market(BUY, "10"), "100.55")  # 100.05 at 10x, and 0.5 lost against the mark
    desk = trading(symbols=TEN_X)
    quote(desk, "99.9", "100.1", ask_qty="0", bid_qty="0")
    check_need(desk, market(SELL, "10"), "100")


def test_leverages_that_do_not_divide_one_cost_a_rate_rounded_up() -> None:
    # 1000 · 0.14285715
    check_need(trading(symbols={BTC: cross(7)}), limit(BUY, "10", "100"), "142.85715")


@pytest.mark.parametrize("configuration", [cross(10), isolated(10)], ids=["cross", "isolated"])
def test_an_order_against_a_position_is_free_up_to_twice_its_size(configuration: SymbolConfiguration) -> None:
    # Long 5 at 100: a sell of 10 turns 500 into -500, a sell of 10.5 into -550: 5 more at 10x.
    iw = "50" if configuration.margin_type == "ISOLATED" else "0"
    desk = trading(symbols={BTC: configuration}, positions=(held(BTC, "5", "100", iw),))
    check_need(desk, limit(SELL, "10.5", "100"), "5")
    desk = trading("50", symbols={BTC: configuration}, positions=(held(BTC, "5", "100", iw),))
    assert desk.asset("USDT").available_balance == 0
    assert refusal(desk, limit(SELL, "10.001", "100")) is errors.MARGIN_NOT_SUFFICIEN
    desk.do(limit(SELL, "10", "100"))


def test_only_the_part_that_opens_has_a_loss_to_open_with() -> None:
    # Long 5, sell 12 at 99, mark 100: |500 - 1188| is 188 more than 500, and 7 open 1 below the mark.
    desk = trading(symbols=TEN_X, positions=(held(BTC, "5", "100"),))
    quote(desk, "98", "100.1", mark="100")
    check_need(desk, limit(SELL, "12", "99"), "25.8")


def test_orders_of_both_sides_are_charged_for_the_larger_one() -> None:
    desk = trading("100", symbols=TEN_X)
    desk.do(limit(BUY, "10", "100"))
    assert desk.asset("USDT").available_balance == 0
    desk.do(limit(SELL, "10", "100"))
    assert refusal(desk, limit(SELL, "1", "100")) is errors.MARGIN_NOT_SUFFICIEN


def test_in_hedge_mode_the_other_leg_does_not_make_an_opening_cheaper() -> None:
    desk = trading(symbols=TEN_X, positions=(held(BTC, "-5", "100", side=SHORT),), dual=True)
    check_need(desk, limit(BUY, "10", "100", position_side=LONG), "100")


def test_what_only_reduces_needs_nothing() -> None:
    desk = trading("50", symbols=TEN_X, positions=(held(BTC, "5", "100"),))
    desk.do(limit(SELL, "900", "100", reduce_only=True))
    legs = (held(BTC, "5", "100", side=LONG),)
    desk = trading("50", symbols=TEN_X, positions=legs, dual=True)
    desk.do(limit(SELL, "5", "99.9", position_side=LONG))


def test_coin_margined_orders_cost_coin() -> None:
    # 50 contracts of 100 USD at 50000 are 0.1 BTC, 0.01 at 10x; sold at 49900 they open
    # 50·100·(1/49900 - 1/50000) = 0.000200400801… under the mark, beside 0.100200400801… / 10.
    desk = Desk({"BTCUSD_PERP": "50000"})
    quote(desk, "49800", "50100", "BTCUSD_PERP", mark="50000")
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": cross(10)}))
    check_need(desk, limit(BUY, "50", "50000", "BTCUSD_PERP"), "0.01")
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": cross(10)}))
    check_need(desk, limit(SELL, "50", "49900", "BTCUSD_PERP"), "0.01022045")


def test_in_multi_assets_mode_other_collateral_pays() -> None:
    desk = Desk({BTC: "100"}, None, {**AT_PAR, "USDCUSD": index("1", "0.1", "0.1"), "USDTUSD": index("1")})
    quote(desk, "99.9", "100.1")
    desk.load(document({"USDC": "100"}, TEN_X, multi_assets_margin=True))
    assert refusal(desk, limit(BUY, "9.001", "100")) is errors.MARGIN_NOT_SUFFICIEN  # USDC counts 90
    desk.do(limit(BUY, "9", "100"))
    order = next(iter(open_orders(desk).values()))
    assert refusal(desk, amend(order, "9.001", "100")) is errors.MARGIN_NOT_SUFFICIEN
    desk.do(amend(order, "8.999", "100"))


def test_a_position_stays_below_the_cap_of_its_leverage() -> None:
    desk = trading(ladder=CAPPED, symbols={BTC: cross(20)})
    assert refusal(desk, limit(BUY, "10.001", "100")) is errors.MAX_LEVERAGE_RATIO
    desk.do(limit(BUY, "6", "100"))
    assert refusal(desk, limit(BUY, "4.001", "100")) is errors.MAX_LEVERAGE_RATIO
    desk.do(limit(SELL, "10", "100"))  # either side may fill first, not both
    desk.do(limit(BUY, "4", "100"))


def test_a_lower_leverage_has_more_room_and_the_last_one_no_bound() -> None:
    desk = trading(ladder=CAPPED, symbols=TEN_X)
    assert refusal(desk, limit(BUY, "50.001", "100")) is errors.MAX_LEVERAGE_RATIO
    desk.do(limit(BUY, "50", "100"))
    desk = trading(ladder=CAPPED, symbols={BTC: cross(5)})
    desk.do(limit(BUY, "999", "100"))


def test_a_position_beyond_the_cap_can_be_made_smaller_but_not_larger() -> None:
    desk = trading(ladder=CAPPED, symbols={BTC: cross(20)}, positions=(held(BTC, "15", "100"),))
    assert refusal(desk, limit(BUY, "1", "100")) is errors.MAX_LEVERAGE_RATIO
    assert refusal(desk, limit(SELL, "30.001", "100")) is errors.MAX_LEVERAGE_RATIO
    desk.do(limit(SELL, "5", "100"))
    desk.do(market(SELL, "2"))


def test_in_hedge_mode_each_leg_has_the_whole_cap() -> None:
    desk = trading(ladder=CAPPED, symbols={BTC: cross(20)}, dual=True)
    for side, position_side in ((BUY, LONG), (SELL, SHORT)):
        desk.do(limit(side, "10", "100", position_side=position_side))
        command = limit(side, "1", "100", position_side=position_side)
        assert refusal(desk, command) is errors.MAX_LEVERAGE_RATIO


def test_a_changed_order_is_judged_as_if_the_old_one_were_gone() -> None:
    desk = trading("100", ladder=CAPPED, symbols=TEN_X)
    order = placed(desk, limit(BUY, "9", "100"))
    assert refusal(desk, amend(order, "10.001", "100")) is errors.MARGIN_NOT_SUFFICIEN
    assert refusal(desk, amend(order, "50.001", "100")) is errors.MAX_LEVERAGE_RATIO
    desk.do(amend(order, "10", "100"))
    assert desk.asset("USDT").available_balance == 0


def test_a_change_that_needs_no_more_passes_an_account_that_is_short() -> None:
    desk = trading("100", symbols=TEN_X)
    order = placed(desk, limit(BUY, "10", "99"))
    desk.load(document({"USDT": "50"}, TEN_X, (), [order]))
    (order,) = open_orders(desk).values()
    assert refusal(desk, amend(order, "10.001", "99")) is errors.MARGIN_NOT_SUFFICIEN
    desk.do(amend(order, "9.999", "99"))


def test_only_the_rest_of_a_filled_order_is_paid_for_again() -> None:
    # 4 of 10 are filled at 100, the mark stays at 100: 40 for the position, 60 for the rest.
    desk = trading(symbols=TEN_X)
    order = placed(desk, limit(BUY, "10", "100"))
    quote(desk, "99.8", "100", mark="100", ask_qty="4")
    surplus = desk.asset("USDT").available_balance
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", -surplus))
    assert refusal(desk, amend(order, "10.001", "100")) is errors.MARGIN_NOT_SUFFICIEN
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal("0.01")))
    desk.do(amend(order, "10.001", "100"))
    assert open_orders(desk)[order.order_id].remaining_qty == Decimal("6.001")


def test_what_was_needed_is_what_is_bound() -> None:
    desk = trading(symbols=TEN_X)
    before = desk.asset("USDT").available_balance
    placed(desk, limit(BUY, "10", "98.7"))
    assert before - desk.asset("USDT").available_balance == Decimal("98.7")
    assert desk.row(BTC).open_order_initial_margin == Decimal("98.7")


@pytest.mark.parametrize(("opened", "closes"), [("10", SELL), ("-10", BUY)])
def test_an_order_that_reduces_leaves_margin_to_the_orders_of_its_side(opened: str, closes: Side) -> None:
    # At 10x a position of 1000 binds 100. 15 more at 105 (or 95) close it and open 5 the other way: 575 (425)
    # is less than 1000. Without the position all of them open, 1575 (1425), and bind 57.5 (42.5) more.
    kind = errors.REDUCE_ONLY_MARGIN_CHECK_FAILED
    price, wallet = ("105", "157.5") if closes is SELL else ("95", "142.5")
    for balance, passes in ((Decimal(wallet), True), (Decimal(wallet) - ULP, False)):
        desk = trading(str(balance), symbols=TEN_X, positions=(held(BTC, opened, "100"),))
        placed(desk, limit(closes, "15", price))
        reduces = limit(closes, "10", price, reduce_only=True)
        if passes:
            placed(desk, reduces)
        else:
            assert refusal(desk, reduces) is kind
            assert refusal(desk, msgspec.structs.replace(reduces, only_checks=True)) is kind
    assert (kind.code("usdm"), kind.code("coinm")) == (-4118, -4112)


def test_a_market_order_that_closes_all_goes_before_the_orders_of_its_side() -> None:
    # 9 of 10 leave 100 against 1575: 1475 is 475 more than 1000 and binds 47.5 more.
    desk = trading("147.49", symbols=TEN_X, positions=(held(BTC, "10", "100"),))
    placed(desk, limit(SELL, "15", "105"))
    assert refusal(desk, market(SELL, "9", reduce_only=True)) is errors.REDUCE_ONLY_MARGIN_CHECK_FAILED
    desk.do(market(SELL, "10", reduce_only=True))
    assert not desk.state.accounts[NAME].usdm.positions


def test_orders_that_only_reduce_or_buy_more_stand_in_the_way_of_none_that_reduces() -> None:
    desk = trading("150", symbols=TEN_X, positions=(held(BTC, "10", "100"),))
    placed(desk, limit(BUY, "5", "99.9"))
    for price in ("105", "106"):
        placed(desk, limit(SELL, "10", price, reduce_only=True))


def test_closing_a_hedge_leg_leaves_orders_alone() -> None:
    desk = trading("200", symbols=TEN_X, positions=(held(BTC, "10", "100", side=LONG),), dual=True)
    placed(desk, limit(SELL, "9", "105", position_side=SHORT))
    placed(desk, limit(SELL, "10", "105", position_side=LONG))
