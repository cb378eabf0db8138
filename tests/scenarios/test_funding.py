"""Funding: what is paid, by whom, into which wallet, and when. Numbers worked by hand."""

from decimal import Decimal

import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.exchange import execute
from margind.engine.model.funding import FundingTerms
from margind.engine.model.terms import Counterparty, Market, PositionSide
from margind.errors.impossible import Impossible
from tests.engine.builders import NAME, NOW, Desk, cross, document, held, isolated, numbers

HOUR = 3_600_000


def paid(events: list[e.Event]) -> list[tuple[str, str, Decimal]]:
    return [
        (event.symbol, event.position_side, event.amount)
        for event in events
        if isinstance(event, e.FundingSettled)
    ]


def test_a_positive_rate_makes_longs_pay_at_the_mark_price_out_of_the_cross_wallet() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.5", "50000")]))

    events = desk.do(c.SettleFunding(Market.USDM, "BTCUSDT", Decimal("0.0001")))

    # 0.5 · 60000 · 0.0001 = 3
    assert paid(events) == [("BTCUSDT", "BOTH", Decimal(-3))]
    assert desk.asset("USDT").wallet_balance == 997
    assert desk.state.ledger.balance(Market.USDM, "USDT", Counterparty.OUTSIDE) == -997


def test_shorts_receive_what_longs_pay() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    sides = [
        held("BTCUSDT", "0.5", "50000", side=PositionSide.LONG),
        held("BTCUSDT", "-0.2", "50000", side=PositionSide.SHORT),
    ]
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, sides), dual=True)

    events = desk.do(c.SettleFunding(Market.USDM, "BTCUSDT", Decimal("0.0001")))

    assert paid(events) == [("BTCUSDT", "LONG", Decimal(-3)), ("BTCUSDT", "SHORT", Decimal("1.2"))]
    assert desk.asset("USDT").wallet_balance == Decimal("998.2")


def test_funding_of_an_isolated_position_lands_on_its_own_wallet() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    position = held("BTCUSDT", "0.5", "50000", isolated_wallet="100")
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": isolated(20)}, [position]))

    desk.do(c.SettleFunding(Market.USDM, "BTCUSDT", Decimal("0.0001")))

    row = desk.row("BTCUSDT")
    assert (desk.asset("USDT").wallet_balance, row.isolated_wallet) == numbers("997", "97")
    assert desk.asset("USDT").cross_wallet_balance == 900


def test_coin_margined_funding_is_paid_in_coin() -> None:
    desk = Desk({"BTCUSD_PERP": "50000"})
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": cross(10)}, [held("BTCUSD_PERP", "-30", "50000")]))

    desk.do(c.SettleFunding(Market.COINM, "BTCUSD_PERP", Decimal("0.0002")))

    # 30 · 100 / 50000 = 0.06 BTC short, receives 0.06 · 0.0002
    assert desk.asset("BTC", Market.COINM).wallet_balance == Decimal("1.000012")


def test_funding_may_leave_an_isolated_wallet_below_zero_and_the_cross_wallet_alone() -> None:
    # A profit of 5000 keeps the position far from liquidation: 2 - 0.5 · 60000 · 0.0001 = -1.
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(
        document(
            {"USDT": "1000"},
            {"BTCUSDT": isolated(20)},
            [held("BTCUSDT", "0.5", "50000", isolated_wallet="2")],
        )
    )

    desk.do(c.SettleFunding(Market.USDM, "BTCUSDT", Decimal("0.0001")))

    assert (desk.row("BTCUSDT").isolated_wallet, desk.asset("USDT").cross_wallet_balance) == numbers(-1, 998)


def test_a_rate_of_zero_is_fixed_and_nobody_pays() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.5", "50000")]))

    events = desk.do(c.SettleFunding(Market.USDM, "BTCUSDT", Decimal(0)))

    assert [type(event) for event in events] == [e.FundingFixed]


def test_what_is_due_together_is_due_again_at_the_interval_of_each_symbol() -> None:
    desk = Desk({"BTCUSDT": "60000", "ETHUSDT": "3000"})
    market = desk.state.markets[Market.USDM]
    market.funding["ETHUSDT"] = FundingTerms(interval_hours=1)
    due = NOW // (8 * HOUR) * 8 * HOUR + 8 * HOUR
    patch = c.PricePatch(next_funding_time=due)
    desk.do(c.SetPrices(usdm={"BTCUSDT": patch, "ETHUSDT": patch}))

    execute(desk.state, c.PassTime(), due)

    times = [market.prices[symbol].next_funding_time for symbol in ("BTCUSDT", "ETHUSDT")]
    assert times == [due + 8 * HOUR, due + HOUR]


def test_funding_is_settled_when_its_time_has_come_and_shows_the_next_one() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.5", "50000")]))
    due = NOW + HOUR
    desk.do(
        c.SetPrices(
            usdm={"BTCUSDT": c.PricePatch(last_funding_rate=Decimal("-0.0003"), next_funding_time=due)}
        )
    )

    assert paid(execute(desk.state, c.PassTime(), due - 1)) == []
    events = execute(desk.state, c.PassTime(), due)

    assert paid(events) == [("BTCUSDT", "BOTH", Decimal(9))]
    interval = 8 * HOUR
    then = (due // interval + 1) * interval
    assert desk.state.markets[Market.USDM].prices["BTCUSDT"].next_funding_time == then
    assert paid(execute(desk.state, c.PassTime(), due)) == []


def test_a_feed_that_shows_the_next_funding_settles_the_one_before_at_its_rate() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.5", "50000")]))
    price = desk.state.markets[Market.USDM].prices["BTCUSDT"]

    def tick(rate: str, then: int, mark_price: str, now: int) -> list[e.Event]:
        mark = Decimal(mark_price)
        one = Decimal(1)
        new = type(price)(mark, mark, mark, mark, one, mark, one, Decimal(rate), then, now)
        return execute(desk.state, c.MovePrices(usdm=(("BTCUSDT", new),)), now)

    assert paid(tick("0.0001", NOW + HOUR, "60000", NOW)) == []
    # At the funding instant the mark price is 61000; the rate is the one shown until then.
    events = tick("0.0005", NOW + 9 * HOUR, "61000", NOW + HOUR)

    assert paid(events) == [("BTCUSDT", "BOTH", Decimal("-3.05"))]


@pytest.mark.parametrize(
    ("symbol", "rate", "code"),
    [("NOSUCHUSDT", "0.0001", "unknown_symbol"), ("BTCUSDT", "1.5", "bad_rate")],
)
def test_a_funding_that_cannot_be_is_refused_and_nothing_moves(symbol: str, rate: str, code: str) -> None:
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.5", "50000")]))

    with pytest.raises(Impossible) as refused:
        desk.do(c.SettleFunding(Market.USDM, symbol, Decimal(rate)))

    assert refused.value.code == code
    assert desk.state.wallet_balance(NAME, Market.USDM, "USDT") == 1000


def test_every_funding_that_was_missed_is_settled_the_earliest_first() -> None:
    desk = Desk({"BTCUSDT": "60000", "ETHUSDT": "3000"})
    desk.state.markets[Market.USDM].funding["ETHUSDT"] = FundingTerms(interval_hours=4)
    sides = [held("BTCUSDT", "0.5", "50000"), held("ETHUSDT", "-1", "3000")]
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20), "ETHUSDT": cross(20)}, sides))
    due = NOW // (8 * HOUR) * 8 * HOUR + 8 * HOUR
    patch = c.PricePatch(last_funding_rate=Decimal("0.0001"), next_funding_time=due)
    desk.do(c.SetPrices(usdm={"BTCUSDT": patch, "ETHUSDT": patch}))

    events = execute(desk.state, c.PassTime(), due + 9 * HOUR)

    # 0.5 · 60000 · 0.0001 = 3 twice, 1 · 3000 · 0.0001 = 0.3 three times
    assert [row[0] for row in paid(events)] == ["BTCUSDT", "ETHUSDT", "ETHUSDT", "BTCUSDT", "ETHUSDT"]
    assert desk.asset("USDT").wallet_balance == 1000 - 6 + Decimal("0.9")
    fixed = [event.funding_time for event in events if isinstance(event, e.FundingFixed)]
    assert fixed == [due, due, due + 4 * HOUR, due + 8 * HOUR, due + 8 * HOUR]
    market = desk.state.markets[Market.USDM]
    times = [market.prices[symbol].next_funding_time for symbol in ("BTCUSDT", "ETHUSDT")]
    assert times == [due + 16 * HOUR, due + 12 * HOUR]


def test_a_time_that_was_past_when_it_was_set_is_due_once() -> None:
    desk = Desk({"BTCUSDT": "60000"})
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.5", "50000")]))
    desk.do(c.SetPrices(usdm={"BTCUSDT": c.PricePatch(next_funding_time=NOW - 100 * HOUR)}))

    assert len(paid(execute(desk.state, c.PassTime(), NOW))) == 1
