"""Equal states give equal hashes, and what belongs to no state gives none."""

from decimal import ROUND_UP, Context, Decimal, Inexact, Rounded, localcontext

from msgspec.structs import replace

from margind.engine import commands as c
from margind.engine.exchange import execute
from margind.engine.model.funding import FundingTerms
from margind.engine.model.terms import Market, OrderType, PositionSide, Side
from margind.engine.state import State
from margind.engine.state_hash import state_hash
from tests.engine.builders import NAME, NOW, Desk, contract, document, held, ladder, quoted, resting
from tests.scenarios.orders import conditional


def hashed(desk: Desk, *, timeless: bool = False) -> str:
    return state_hash(desk.state, timeless=timeless)


def filled() -> Desk:
    desk = Desk()
    orders = [resting("ETHUSDT", Side.BUY, "90", "1")]
    desk.load(document({"USDT": "100"}, {}, [held("ETHUSDT", "1", "100")], orders))
    return desk


def test_the_same_commands_give_the_same_hash() -> None:
    assert hashed(filled()) == hashed(filled())


def test_every_change_of_state_changes_it() -> None:
    commands: list[c.Command] = [
        c.OpenAccount("second"),
        c.Transfer(NAME, Market.USDM, "USDT", Decimal(1)),
        c.ChangeLeverage(NAME, Market.USDM, "ETHUSDT", 7),
        c.ChangeFeeBurn(NAME, False),
        c.SetPrices(usdm={"ETHUSDT": c.PricePatch(mark_price=Decimal(101))}),
        c.SetPrices(asset_index={"USDTUSD": c.IndexPatch(index=Decimal(2))}),
        c.ListContracts((contract(Market.USDM, "NEWUSDT", "USDT"),)),
        c.SetBrackets(((Market.USDM, "ETHUSDT", ladder([(5, None, "0.02")])),)),
        c.SetFundingTerms(((Market.USDM, "ETHUSDT", FundingTerms(4)),)),
        conditional(OrderType.STOP_MARKET, Side.BUY, "1", "120", symbol="ETHUSDT"),
        c.SetCountdown(NAME, Market.USDM, "ETHUSDT", 60_000),
    ]
    seen = {hashed(filled())}
    for command in commands:
        desk = filled()
        desk.do(command)
        seen.add(hashed(desk))
    assert len(seen) == len(commands) + 1


def test_keys_clock_and_feed_do_not_count() -> None:
    desk = filled()
    before = hashed(desk)
    desk.do(c.CreateKey(NAME, "A" * 64, "hmac", "s", ()))
    desk.do(c.SetClock("manual", 1, "1"))
    desk.do(c.StartFeed("replay", 1))
    desk.state.apply_feed((("BTCUSDT", quoted("7")),), (), ())
    assert hashed(desk) == before


def test_a_callers_decimal_context_has_no_say() -> None:
    desk = filled()
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal("0.12345678")))
    before = hashed(desk)
    with localcontext(Context(prec=2, rounding=ROUND_UP, Emax=1, Emin=-1, traps=[Inexact, Rounded])):
        assert hashed(desk) == before


def test_zero_with_a_minus_sign_is_zero() -> None:
    plain, negative = filled(), filled()
    for desk, text in ((plain, "0"), (negative, "-0.00")):
        positions = desk.state.accounts[NAME].usdm.positions
        position = positions["ETHUSDT", PositionSide.BOTH]
        positions["ETHUSDT", PositionSide.BOTH] = replace(position, isolated_wallet=Decimal(text))
    assert hashed(plain) == hashed(negative)


def test_money_that_came_and_went_leaves_no_trace_in_the_ledger() -> None:
    first, second = filled(), filled()
    second.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal("1.10")))
    second.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal("-1.1")))
    for desk in (first, second):
        desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal("0.50")))
    assert hashed(first) == hashed(second)


def test_timeless_hashes_see_no_times() -> None:
    def moved(now: int) -> State:
        desk = filled()
        execute(desk.state, c.Transfer(NAME, Market.USDM, "USDT", Decimal(1)), now)
        return desk.state

    assert state_hash(moved(NOW), timeless=True) == state_hash(moved(NOW + 5), timeless=True)
    assert state_hash(moved(NOW), timeless=False) != state_hash(moved(NOW + 5), timeless=False)
