"""What a fill makes of a position and of the wallets."""

from decimal import Decimal
from typing import Any

import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.configuration import FeeTier
from margind.engine.model.decimals import ONE, cut8
from margind.engine.model.terms import Market, OrderStatus, TimeInForce
from margind.wire.orders import average_price
from tests.engine.builders import (
    AT_PAR,
    NAME,
    Desk,
    cross,
    document,
    held,
    index,
    isolated,
    numbers,
)
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    OTHER,
    SELL,
    SHORT,
    limit,
    market,
    only,
    open_orders,
    placed,
    position,
    quote,
    trading,
    wallet,
)
from tests.scenarios.refusals import refusal

ADA, PERP = "ADAUSDT", "BTCUSD_PERP"
COINM = Market.COINM


def ada(**changes: Any) -> Desk:
    """ADAUSDT at exactly 2 on both sides, an account with 1000 USDT."""
    desk = Desk({ADA: "2"}, None, {**AT_PAR, "BNBUSD": index("500")})
    at_two(desk)
    desk.load(document({"USDT": "1000"}, **changes))
    return desk


def at_two(desk: Desk, price: str = "2.0") -> None:
    quote(desk, price, price, ADA)


def fill(events: list[e.Event]) -> e.OrderFilled:
    (found,) = only(events, e.OrderFilled)
    return found


def test_break_even_counts_every_fee_and_every_profit() -> None:
    # Buy 100 at 2.00 for 200 + 0.1, sell 40 at 2.10 for 84 - 0.042: (200.1 - 84 + 0.042) / 60 = 1.9357.
    desk = ada()
    desk.do(market(BUY, "100", ADA))
    assert (position(desk, ADA).entry_price, position(desk, ADA).break_even_price) == numbers(2, "2.001")
    assert wallet(desk) == Decimal("999.9")
    at_two(desk, "2.1")
    sold = fill(desk.do(market(SELL, "40", ADA, reduce_only=True)))
    assert (sold.realized_profit, sold.commission) == numbers(4, "0.042")
    assert (position(desk, ADA).position_amt, position(desk, ADA).entry_price) == numbers(60, 2)
    assert position(desk, ADA).break_even_price == Decimal("1.9357")
    assert wallet(desk) == Decimal("1003.858")


@pytest.mark.parametrize(
    ("entry", "tier", "break_even"),
    [("0.385", "0.0002", "0.385077"), ("75.6", "0.0004", "75.63024")],
)
def test_published_break_even_prices_right_after_an_opening(entry: str, tier: str, break_even: str) -> None:
    # Public: USDⓈ-M 'Position Information V3', ADAUSDT; python-binance, tests/test_futures.py, LTCUSDT.
    desk = Desk({ADA: entry})
    desk.state.markets[Market.USDM].fee_tiers = (FeeTier(Decimal(tier), Decimal(tier)),)
    quote(desk, entry, entry, ADA)
    desk.load(document({"USDT": "9000"}))
    desk.do(market(BUY, "300", ADA))
    assert position(desk, ADA).break_even_price == Decimal(break_even)


def test_a_short_breaks_even_below_its_entry() -> None:
    desk = ada()
    desk.do(market(SELL, "100", ADA))
    assert position(desk, ADA).position_amt == -100
    assert position(desk, ADA).break_even_price == Decimal("1.999")


def test_adding_moves_the_entry_price_to_the_weighted_mean() -> None:
    desk = trading()
    desk.do(market(BUY, "1"))
    quote(desk, "100.3", "100.5")
    desk.do(market(BUY, "3"))
    assert position(desk).entry_price == Decimal("100.4")  # (100.1 + 3 · 100.5) / 4


def test_reducing_leaves_the_entry_price() -> None:
    desk = trading(positions=(held(BTC, "4", "100.123456789"),))
    desk.do(market(SELL, "1"))
    desk.do(market(SELL, "2"))
    assert (position(desk).position_amt, position(desk).entry_price) == numbers(1, "100.123456789")


def test_the_entry_price_enters_the_profit_cut_to_8_decimals() -> None:
    desk = trading(positions=(held(BTC, "4", "100.123456789"),))
    assert fill(desk.do(market(SELL, "1"))).realized_profit == Decimal("-0.22345678")


def test_public_wallet_steps_of_an_isolated_short() -> None:
    # 150 at 2, closed at 2.01, fees of 0.04 %: the wallet moves by -0.12, then by -1.5 - 0.1206.
    desk = ada(fee_tier=1, symbols={ADA: isolated(10)})
    desk.do(market(SELL, "150", ADA))
    assert wallet(desk) == 1000 - Decimal("0.12")
    quote(desk, "2.0", "2.01", ADA, mark="2")
    desk.do(market(BUY, "150", ADA))
    assert wallet(desk) == 1000 - Decimal("0.12") - Decimal("1.5") - Decimal("0.1206")
    assert not desk.state.accounts[NAME].usdm.positions


def test_an_isolated_opening_sets_its_margin_its_open_loss_and_its_fee_aside() -> None:
    # Buy 2 at 100 with the mark at 99.9, 10x, 0.05 %: 20 + 0.2 - 0.1 = 20.1; less the loss of 0.2 it is 19.9.
    desk = trading(symbols={BTC: isolated(10)})
    quote(desk, "99.8", "100", mark="99.9")
    desk.do(market(BUY, "2"))
    row = desk.row(BTC)
    assert (row.isolated_wallet, row.isolated_margin) == numbers("20.1", "19.9")
    assert wallet(desk) == Decimal("99999.9")
    assert desk.asset("USDT").cross_wallet_balance == Decimal("99979.8")


def test_an_isolated_opening_above_the_mark_has_no_loss_to_set_aside() -> None:
    desk = trading(symbols={BTC: isolated(10)})
    quote(desk, "100", "100.2", mark="99.9")
    desk.do(market(SELL, "2"))  # at 100: 20 - 0.1
    assert position(desk).isolated_wallet == Decimal("19.9")


def test_a_fee_in_bnb_leaves_the_isolated_wallet_alone() -> None:
    desk = Desk({BTC: "100"}, None, {**AT_PAR, "BNBUSD": index("500")})
    quote(desk, "99.8", "100", mark="100")
    desk.load(document({"USDT": "1000", "BNB": "1"}, {BTC: isolated(10)}))
    desk.do(market(BUY, "2"))
    assert position(desk).isolated_wallet == 20
    assert (wallet(desk), wallet(desk, "BNB")) == numbers(1000, "0.99982")  # 0.1 · 0.9 / 500


def test_closing_a_part_releases_the_isolated_wallet_in_proportion() -> None:
    desk = trading(symbols={BTC: isolated(10)}, positions=(held(BTC, "4", "100", "40"),))
    desk.do(market(SELL, "1"))  # at 99.9: -0.1, fee 0.04995
    assert position(desk).isolated_wallet == 30
    assert wallet(desk) == Decimal("99999.85005")
    desk.do(market(SELL, "3"))
    assert not desk.state.accounts[NAME].usdm.positions
    assert desk.asset("USDT").cross_wallet_balance == wallet(desk) == Decimal("99999.4002")


def test_adding_to_an_isolated_position_adds_to_its_wallet() -> None:
    desk = trading(symbols={BTC: isolated(10)}, positions=(held(BTC, "4", "100", "40"),))
    desk.do(market(BUY, "1"))  # at 100.1: 10.01 + 0.1 - 0.05005
    assert position(desk).isolated_wallet == Decimal("50.05995")


def test_a_flip_realizes_the_old_position_and_opens_the_rest_at_the_price_of_the_fill() -> None:
    # Long 2 from 100.1, sell 5 at 99.9: -0.4 realized, fee 0.24975, three fifths of it for the short of 3.
    desk = trading(positions=(held(BTC, "2", "100.1"),))
    event = fill(desk.do(market(SELL, "5")))
    assert (event.realized_profit, event.commission) == numbers("-0.4", "0.24975")
    row = position(desk)
    assert (row.position_amt, row.entry_price, row.break_even_price) == numbers(-3, "99.9", "99.85005")
    assert wallet(desk) == Decimal("99999.35025")


def test_an_isolated_flip_gives_the_old_wallet_back_and_sets_margin_for_the_rest_aside() -> None:
    # As above at 10x, mark 100: short 3 at 99.9 takes 29.97 + 0.3 - 0.14985.
    desk = trading(symbols={BTC: isolated(10)}, positions=(held(BTC, "2", "100.1", "20"),))
    desk.do(market(SELL, "5"))
    assert position(desk).isolated_wallet == Decimal("30.12015")


def test_the_legs_of_hedge_mode_live_apart() -> None:
    desk = trading(dual=True)
    desk.do(market(BUY, "2", position_side=LONG))
    desk.do(market(SELL, "3", position_side=SHORT))
    assert (position(desk, side=LONG).position_amt, position(desk, side=SHORT).position_amt) == numbers(2, -3)
    event = fill(desk.do(market(BUY, "1", position_side=SHORT)))  # 99.9 to 100.1
    assert event.realized_profit == Decimal("-0.2")
    assert (position(desk, side=LONG).position_amt, position(desk, side=SHORT).position_amt) == numbers(2, -2)
    desk.do(market(SELL, "2", position_side=LONG))
    assert set(desk.state.accounts[NAME].usdm.positions) == {(BTC, SHORT)}


def test_a_user_who_trades_with_another_pays_as_taker_and_the_other_as_maker() -> None:
    desk = trading()
    placed(desk, limit(BUY, "4", "100"))
    taker, maker = Decimal("0.15"), Decimal("0.06")  # 3 at 100: 0.05 % and 0.02 %
    events = only(desk.do(limit(SELL, "3", "100", account=OTHER)), e.OrderFilled)
    assert [(fill.account, fill.is_maker, fill.commission) for fill in events] == [
        (NAME, True, maker),
        (OTHER, False, taker),
    ]
    assert len({fill.trade_id for fill in events}) == 1
    assert position(desk).position_amt == 3
    assert position(desk, account=OTHER).position_amt == -3
    assert (wallet(desk), wallet(desk, account=OTHER)) == (100000 - maker, 100000 - taker)


def test_an_rpi_order_is_charged_at_a_rate_of_its_own() -> None:
    # Documented: rpiCommissionRate 0.00005 beside 0.0002 for makers (example of 'User Commission Rate').
    desk = trading()
    placed(desk, limit(SELL, "3", "100", time_in_force=TimeInForce.RPI))
    assert fill(quote(desk, "100", "100.2")).commission == Decimal("0.015")


def test_a_maker_may_be_paid_for_trading() -> None:
    desk = trading()
    desk.state.markets[Market.USDM].fee_tiers = (FeeTier(Decimal("-0.0001"), Decimal("0.0005")),)
    placed(desk, limit(BUY, "4", "100"))
    desk.do(limit(SELL, "4", "100", account=OTHER))
    assert wallet(desk) == Decimal("100000.04")
    assert position(desk).break_even_price == Decimal("99.99")


def test_bnb_makes_the_fee_smaller_and_leaves_the_margin_asset_alone() -> None:
    # 200 at 0.05 % is 0.1, less a tenth 0.09, at 500 USDT each 0.00018 BNB; break-even counts the 0.09.
    desk = ada()
    desk.do(c.Transfer(NAME, Market.USDM, "BNB", Decimal("0.00018")))
    event = fill(desk.do(market(BUY, "100", ADA)))
    assert (event.commission, event.commission_asset) == (Decimal("0.00018"), "BNB")
    assert (wallet(desk), wallet(desk, "BNB")) == numbers(1000, 0)
    assert position(desk, ADA).break_even_price == Decimal("2.0009")


def test_too_little_bnb_and_the_fee_is_paid_in_full_in_the_margin_asset() -> None:
    desk = ada()
    desk.do(c.Transfer(NAME, Market.USDM, "BNB", Decimal("0.00017999")))
    event = fill(desk.do(market(BUY, "100", ADA)))
    assert (event.commission, event.commission_asset) == (Decimal("0.1"), "USDT")
    assert wallet(desk, "BNB") == Decimal("0.00017999")


def test_without_burning_bnb_stays() -> None:
    desk = ada(fee_burn=False)
    desk.do(c.Transfer(NAME, Market.USDM, "BNB", Decimal(1)))
    assert fill(desk.do(market(BUY, "100", ADA))).commission_asset == "USDT"


def test_realized_profit_adds_up_over_the_life_of_a_row() -> None:
    desk = trading(positions=(held(BTC, "4", "100"),))
    accumulated = [fill(desk.do(market(SELL, quantity))).accumulated_realized for quantity in ("1", "2", "1")]
    assert accumulated == list(numbers("-0.1", "-0.3", "-0.4"))


def test_every_fill_has_its_place_in_the_ledger() -> None:
    # A fill takes two transaction ids: its profit's and its fee's.
    desk = trading()
    first, second = fill(desk.do(market(BUY, "2"))), fill(desk.do(market(SELL, "2")))
    assert (second.tran_id - first.tran_id, second.trade_id - first.trade_id) == (2, 1)
    assert desk.state.next_tran_id == second.tran_id + 2


def perp() -> Desk:
    desk = Desk({PERP: "50000"})
    quote(desk, "50000", "50000", PERP)
    desk.load(coinm=document({"BTC": "1"}, {PERP: cross(10)}))
    return desk


def test_coin_margined_entries_are_harmonic_means() -> None:
    # 10 contracts at 50000 and 10 at 40000 are 0.045 BTC: 2000 / 0.045.
    desk = perp()
    assert fill(desk.do(market(BUY, "10", PERP))).commission == Decimal("0.00001")
    quote(desk, "40000", "40000", PERP)
    desk.do(market(BUY, "10", PERP))
    assert str(position(desk, PERP).entry_price).startswith("44444.4444444444444444")
    quote(desk, "50000", "50000", PERP)
    event = fill(desk.do(market(SELL, "20", PERP)))
    assert event.realized_profit == Decimal("0.005")  # 2000 · (0.0000225 - 0.00002)
    assert wallet(desk, "BTC", COINM) == Decimal("1.0049575")


def test_the_value_of_a_coin_margined_order_is_remembered_in_few_digits_and_still_adds_up() -> None:
    # 10 contracts of 100 at 30000 are a thirtieth of a coin: three such fills are a tenth.
    desk = perp()
    quote(desk, "30000", "30000", PERP, ask_qty="10")
    desk.do(limit(BUY, "31", "30000", PERP))
    (order,) = open_orders(desk, market=COINM).values()
    assert len(order.cum_quote.as_tuple().digits) <= 50
    for _ in range(2):
        quote(desk, "30000", "30000", PERP, ask_qty="10")
    (order,) = open_orders(desk, market=COINM).values()
    assert (order.executed_qty, cut8(order.cum_quote)) == numbers(30, "0.1")
    assert average_price(order, desk.state.markets[COINM].contracts[PERP]).quantize(ONE) == 30000


def test_a_coin_margined_short_gains_coin_when_the_price_falls() -> None:
    desk = perp()
    desk.do(market(SELL, "30", PERP))
    quote(desk, "40000", "40000", PERP)
    assert fill(desk.do(market(BUY, "30", PERP))).realized_profit == Decimal("0.015")


def test_a_coin_margined_position_breaks_even_where_closing_pays_the_fee() -> None:
    # 10 contracts at 50000 with 0.05 %: 1000 / (0.02 - 0.00001).
    desk = perp()
    desk.do(market(BUY, "10", PERP))
    assert position(desk, PERP).break_even_price.quantize(Decimal("1E-8")) == Decimal("50025.01250625")


def test_a_coin_margined_position_that_has_cost_nothing_breaks_even_nowhere() -> None:
    # 100 contracts at 50000 are 0.2 BTC; 99 of them sold at 49500 bring 0.2 BTC back.
    desk = perp()
    desk.state.markets[COINM].fee_tiers = (FeeTier(Decimal(0), Decimal(0)),)
    desk.do(market(BUY, "100", PERP))
    quote(desk, "49500", "49500", PERP)
    desk.do(market(SELL, "99", PERP))
    assert (position(desk, PERP).position_amt, position(desk, PERP).break_even_price) == numbers(1, 0)
    desk.do(market(BUY, "1", PERP))
    assert position(desk, PERP).break_even_price == 99000  # two contracts for 100 / 49500 BTC


def test_fees_are_those_of_the_accounts_own_tier() -> None:
    desk = trading(fee_tier=1)
    desk.do(market(BUY, "2"))
    assert wallet(desk) == Decimal("99999.91992")  # 200.2 at 0.04 %


def test_a_resting_order_is_filled_at_its_own_price_by_a_house_that_comes_in_below() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    event = fill(quote(desk, "98", "98.2", mark="100"))
    assert (event.order_id, event.is_maker, event.against_house) == (order.order_id, True, True)
    assert event.price == 99
    assert event.commission == Decimal("0.0396")  # 198 at 0.02 %
    assert event.status is OrderStatus.FILLED
    assert not open_orders(desk)


def test_leverage_and_margin_type_follow_what_was_traded() -> None:
    desk = trading("100", symbols={BTC: isolated(10)})
    desk.do(market(BUY, "5"))
    raised, lowered = (c.ChangeLeverage(NAME, Market.USDM, BTC, leverage) for leverage in (20, 5))
    before = position(desk).isolated_wallet
    assert refusal(desk, lowered) is errors.ISOLATED_LEVERAGE_REJECT_WITH_POSITION
    desk.do(raised)
    assert position(desk).isolated_wallet == before  # what is in stays in
    change = c.ChangeMarginType(NAME, Market.USDM, BTC, cross(1).margin_type)
    assert refusal(desk, change) is errors.THERE_EXISTS_QUANTITY
    order = placed(desk, limit(BUY, "2", "90"))
    desk.do(market(SELL, "5"))
    assert refusal(desk, change) is errors.THERE_EXISTS_OPEN_ORDERS
    desk.do(c.CancelOrder(NAME, Market.USDM, BTC, order.order_id))
    desk.do(change)
