"""Why the margin check refuses: the largest quantity, the smallest transfer, the highest leverage."""

from decimal import Decimal

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from margind import errors
from margind.engine import commands as c
from margind.engine.model.terms import Market, Side
from margind.errors.impossible import Impossible
from tests.engine.builders import (
    BTCUSDT_2026_09,
    COINM_SYMBOLS,
    NAME,
    ONE_TIER,
    USDM_SYMBOLS,
    Desk,
    Tiers,
    cross,
    document,
    held,
    market_of,
)
from tests.engine.strategies import SMALL, examples, loads
from tests.explain.refused import decimal, numbers, passes, refused
from tests.scenarios.orders import BOTH, BTC, BUY, LONG, SELL, SHORT, limit, market, quote, trading

SATOSHI, STEP = Decimal("0.00000001"), Decimal("0.001")


def deposit(amount: Decimal, asset: str = "USDT", on: Market = Market.USDM) -> c.Transfer:
    return c.Transfer(NAME, on, asset, amount)


def test_the_margin_of_a_limit_order_is_compared_with_what_is_available() -> None:
    # 20x: 300 · 99 / 20 = 1485 of 1000 USDT. 1000 · 20 / 99 = 202.0202…
    desk = trading("1000")
    kind, because = refused(desk, limit(BUY, "300", "99"))
    assert kind is errors.MARGIN_NOT_SUFFICIEN
    assert numbers(because) == {
        "need": 1485,
        "available": 1000,
        "quantity": 300,
        "price": 99,
        "markPrice": 100,
        "notional with it": 29700,
        "leverage": 20,
    }
    assert "Cost Required to Open a Position" in because.source
    assert because.remedy_value == {"quantity": Decimal("202.020"), "transfer": Decimal(485)}
    assert passes(desk, limit(BUY, "202.020", "99"))
    assert refused(desk, limit(BUY, "202.021", "99"))[0] is errors.MARGIN_NOT_SUFFICIEN
    desk.do(deposit(Decimal(485) - SATOSHI))
    assert not passes(desk, limit(BUY, "300", "99"))
    desk.do(deposit(SATOSHI))
    assert passes(desk, limit(BUY, "300", "99"))


def test_a_market_order_is_judged_at_its_assumed_price() -> None:
    # A buy at 100.1 · 1.0005 = 100.15005: 1/20 of it and the loss of 0.15005 to the mark, 5.1575525 each.
    desk = trading("1000")
    because = refused(desk, market(BUY, "300"))[1]
    assert numbers(because)["need"] == Decimal("1547.26575")
    assert decimal(because, "quantity") == Decimal("193.890")
    assert passes(desk, market(BUY, "193.890"))
    assert not passes(desk, market(BUY, "193.891"))


def test_without_any_margin_only_a_transfer_helps() -> None:
    desk = trading("2")
    because = refused(desk, limit(BUY, "5", "99"))[1]
    # 1.01 · 99 is the least notional of 100, and needs 5.
    assert because.remedy_value == {"transfer": Decimal("22.75")}
    assert because.remedy.startswith("no quantity")
    desk.do(deposit(Decimal("22.75")))
    assert passes(desk, limit(BUY, "5", "99"))


def test_a_loss_that_eats_the_balance_is_part_of_the_transfer() -> None:
    # 100 at 112 is worth 100 less 1200 and binds 500: 1600 below nothing, and the order needs 49.5.
    desk = trading("100", positions=(held(BTC, "100", "112"),))
    because = refused(desk, limit(BUY, "10", "99"))[1]
    assert (numbers(because)["need"], numbers(because)["available"]) == (Decimal("49.5"), 0)
    assert because.remedy_value == {"transfer": Decimal("1649.5")}
    desk.do(deposit(Decimal("1649.5")))
    assert passes(desk, limit(BUY, "10", "99"))


def test_quotients_of_coin_m_are_shown_with_8_decimals() -> None:
    # 7 contracts of 100 USD at 30000 are 0.02333…, a twentieth of it 0.0011666….
    desk = Desk({"BTCUSD_PERP": "30000"})
    quote(desk, "29999.9", "30000.1", "BTCUSD_PERP")
    desk.load(coinm=document({"BTC": "0.001"}))
    because = refused(desk, limit(BUY, "7", "30000", "BTCUSD_PERP"))[1]
    assert numbers(because)["need"] == Decimal("0.00116667")
    assert numbers(because)["notional with it"] == Decimal("0.02333334")


def test_the_cap_of_a_leverage_names_quantity_and_leverage() -> None:
    # At 150x a BTCUSDT position has at most 300000, at 100x 800000. 300000 / 99 = 3030.30…
    desk = trading("1000000", BTCUSDT_2026_09, {BTC: cross(150)})
    wide(desk)
    kind, because = refused(desk, limit(BUY, "4000", "99"))
    assert kind is errors.MAX_LEVERAGE_RATIO
    assert numbers(because)["notional with it"] == 396000
    assert numbers(because)["largest notional"] == 300000
    assert numbers(because)["leverage"] == 150
    assert because.remedy_value == {"quantity": Decimal("3030.303"), "leverage": 100}
    assert passes(desk, limit(BUY, "3030.303", "99"))
    assert not passes(desk, limit(BUY, "3030.304", "99"))
    desk.do(c.ChangeLeverage(NAME, Market.USDM, BTC, 100))
    assert passes(desk, limit(BUY, "4000", "99"))


def test_a_leverage_that_could_not_be_paid_is_no_remedy() -> None:
    desk = trading("3000", BTCUSDT_2026_09, {BTC: cross(150)})
    wide(desk)
    because = refused(desk, limit(BUY, "4000", "99"))[1]
    # 396000 / 100 is more than there is.
    assert because.remedy_value == {"quantity": Decimal("3030.303")}
    assert passes(desk, limit(BUY, "3030.303", "99"))


def test_an_order_that_reduces_too_much_names_how_much_it_may() -> None:
    # At 10x a long of 1000 beside sells of 1575. What is left of it, x, makes 1575 - x, which binds a tenth
    # of what is more than 1000: 50 are enough for x = 75, so 9.25 of 10 may be closed.
    desk = trading("150", symbols={BTC: cross(10)}, positions=(held(BTC, "10", "100"),))
    desk.do(limit(SELL, "15", "105"))
    kind, because = refused(desk, limit(SELL, "10", "106", reduce_only=True))
    assert kind is errors.REDUCE_ONLY_MARGIN_CHECK_FAILED
    assert numbers(because) == {
        "need of open orders": Decimal("57.5"),
        "available": 50,
        "open SELL orders": 1575,
        "notional": 1000,
        "quantity": 10,
        "leverage": 10,
    }
    assert because.remedy_value == {"quantity": Decimal("9.25")}
    assert passes(desk, limit(SELL, "9.25", "106", reduce_only=True))
    assert not passes(desk, limit(SELL, "9.251", "106", reduce_only=True))
    because = refused(desk, market(SELL, "9.5", reduce_only=True))[1]
    assert because.remedy.endswith("or 10 BTC, which closes all")
    assert passes(desk, market(SELL, "10", reduce_only=True))


def wide(desk: Desk) -> None:
    """Lots of up to 100000 in every contract."""
    for of_market in desk.state.markets.values():
        rows = []
        for row in of_market.contracts.values():
            lot = msgspec.structs.replace(row.lot_size, max_qty=Decimal(100_000_000))
            rows.append(msgspec.structs.replace(row, lot_size=lot, market_lot_size=lot))
        desk.do(c.ListContracts(tuple(rows)))


@st.composite
def orders(draw: st.DrawFn, *, dual: bool) -> c.PlaceOrder:
    symbol = draw(st.sampled_from(sorted({**USDM_SYMBOLS, **COINM_SYMBOLS})))
    side = draw(st.sampled_from(Side))
    row = (LONG if side is BUY else SHORT) if dual else BOTH
    quantity = draw(st.integers(1, 10**9)) * STEP
    if draw(st.booleans()):
        return market(side, str(quantity), symbol, position_side=row)
    percent = draw(st.integers(960, 1040))
    price = Decimal(MARKS.get(symbol, "100")) * percent / 1000
    return limit(side, str(quantity), str(price.quantize(Decimal("0.1"))), symbol, position_side=row)


MARKS = {"BTCUSDT": "300", "BTCUSD_PERP": "250"}


@examples(250)
@given(load=loads(), tiers=st.sampled_from([ONE_TIER, SMALL, SMALL]), data=st.data())
def test_what_would_have_passed_passes_and_one_step_more_does_not(
    load: c.LoadAccount, tiers: Tiers, data: st.DataObject
) -> None:
    ladders = dict.fromkeys({**USDM_SYMBOLS, **COINM_SYMBOLS}, tiers)
    desk = Desk(MARKS, ladders)
    wide(desk)
    try:
        desk.do(load)
    except Impossible:
        assume(False)
    command = data.draw(orders(dual=load.dual_side_position))
    if passes(desk, command):
        return
    kind, because = refused(desk, command)
    if kind not in {errors.MARGIN_NOT_SUFFICIEN, errors.MAX_LEVERAGE_RATIO}:
        return
    try_quantity(desk, command, because)
    if "leverage" in because.remedy_value:
        leverage = because.remedy_value["leverage"]
        assert isinstance(leverage, int)
        changed = Desk(MARKS, ladders)
        wide(changed)
        changed.do(load)
        changed.do(c.ChangeLeverage(NAME, command.market, command.symbol, leverage))
        assert passes(changed, command)
    if "transfer" in because.remedy_value:
        on = market_of(command.symbol)
        asset = desk.state.markets[on].contracts[command.symbol].margin_asset
        short = decimal(because, "transfer")
        if short > SATOSHI:
            desk.do(deposit(short - SATOSHI, asset, on))
            assert refused(desk, command)[0] is kind
            short = SATOSHI
        desk.do(deposit(short, asset, on))
        assert passes(desk, command)


def try_quantity(desk: Desk, command: c.PlaceOrder, because: errors.Because) -> None:
    if "quantity" not in because.remedy_value:
        smallest = least_quantity(desk, command)
        assert not passes(desk, msgspec.structs.replace(command, quantity=smallest))
        return
    largest = decimal(because, "quantity")
    assert passes(desk, msgspec.structs.replace(command, quantity=largest))
    kind = refused(desk, msgspec.structs.replace(command, quantity=largest + STEP))[0]
    assert kind in {errors.MARGIN_NOT_SUFFICIEN, errors.MAX_LEVERAGE_RATIO}


def least_quantity(desk: Desk, command: c.PlaceOrder) -> Decimal:
    """The smallest quantity that the filters take."""
    of_market = desk.state.markets[command.market]
    row = of_market.contracts[command.symbol]
    assert row.min_notional is not None, "the contracts of the desk have one on both markets"
    price = command.price or of_market.prices[command.symbol].mark_price
    steps = -(-row.min_notional // (price * STEP))
    return max(steps * STEP, row.lot_size.min_qty)


def test_the_other_side_of_a_position_costs_nothing_until_it_flips() -> None:
    # 50 long, 1000 free: a sell of 50 at 101 only closes; beyond, it opens.
    desk = trading("1250", positions=(held(BTC, "50", "100"),))
    because = refused(desk, limit(SELL, "400", "101"))[1]
    largest = decimal(because, "quantity")
    assert largest > 200
    assert passes(desk, limit(SELL, str(largest), "101"))
    assert not passes(desk, limit(SELL, str(largest + STEP), "101"))
