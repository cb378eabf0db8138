"""What holds after every command of a random history."""

import random
from decimal import Decimal, localcontext

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.terms import MarginType, Market, PositionSide
from margind.engine.state import State
from margind.engine.state_hash import state_hash
from margind.errors import Refusal
from margind.errors.impossible import Impossible
from tests.engine.builders import (
    BTCUSD_PERP_2021,
    BTCUSDT_2026_09,
    NAME,
    Desk,
    cross,
    document,
    held,
    isolated,
)
from tests.engine.invariants import check_money_is_conserved, check_reports, reports
from tests.engine.plain import plain_report, plain_state
from tests.engine.strategies import SMALL, commands, examples, loads

BOTH = PositionSide.BOTH
DECODE = msgspec.json.Decoder(e.Event).decode
ENCODE = msgspec.json.encode


def new_desk() -> Desk:
    ladders = {"BTCUSDT": BTCUSDT_2026_09, "ETHUSDT": SMALL, "BTCUSD_PERP": BTCUSD_PERP_2021}
    return Desk({"BTCUSDT": "95000", "BTCUSD_PERP": "95000"}, ladders)


def attempt(desk: Desk, command: c.Command) -> None:
    """Carry a command out; one that is refused leaves everything as it was."""
    before, count = plain_state(desk.state), len(desk.events)
    try:
        desk.do(command)
    except (Refusal, Impossible):
        assert plain_state(desk.state) == before
        assert len(desk.events) == count


def replayed(desk: Desk) -> State:
    state = State(desk.facts, desk.settings)
    with localcontext(CONTEXT):
        for event in desk.events:
            apply(state, DECODE(ENCODE(event)))
    return state


@examples(150)
@given(loads(), st.lists(commands(), max_size=12))
def test_every_history_keeps_its_promises(first: c.LoadAccount, rest: list[c.Command]) -> None:
    desk = new_desk()
    for command in (first, *rest):
        attempt(desk, command)
        check_money_is_conserved(desk.state)
    check_reports(desk.state)
    # Events carry their results: from their texts alone the same state comes out, and the same reports.
    again = replayed(desk)
    assert plain_state(again) == plain_state(desk.state)
    assert [plain_report(report) for report in reports(again)] == [
        plain_report(report) for report in reports(desk.state)
    ]
    assert state_hash(again, timeless=False) == state_hash(desk.state, timeless=False)


@examples(60)
@given(loads(), st.lists(commands(), max_size=8))
def test_events_survive_their_text(first: c.LoadAccount, rest: list[c.Command]) -> None:
    desk = new_desk()
    for command in (first, *rest):
        attempt(desk, command)
    for event in desk.events:
        text = ENCODE(event)
        decoded = DECODE(text)
        assert decoded == event
        assert type(decoded) is type(event)
        assert ENCODE(decoded) == text


@examples(60)
@given(loads())
def test_reading_a_report_changes_nothing(load: c.LoadAccount) -> None:
    desk = new_desk()
    attempt(desk, load)
    before = plain_state(desk.state)
    first = [plain_report(report) for report in reports(desk.state)]
    assert [plain_report(report) for report in reports(desk.state)] == first
    assert plain_state(desk.state) == before


@examples(80)
@given(loads())
def test_what_can_be_withdrawn_leaves_then_and_nothing_more(load: c.LoadAccount) -> None:
    desk = new_desk()  # all indexes stand at 1 without buffers: what leaves is what is missing then
    attempt(desk, load)
    for market in Market:
        for asset in desk.state.markets[market].assets:
            most = desk.asset(asset, market).max_withdraw_amount
            if most:
                desk.do(c.Transfer(NAME, market, asset, -most))
            assert desk.asset(asset, market).max_withdraw_amount <= Decimal("0.00000001")


def walk(rng: random.Random, desk: Desk) -> c.Command:
    """A step that is likely to be possible: small amounts, near prices, rows that exist."""
    market = rng.choice(list(Market))
    half = desk.state.accounts[NAME].on(market)
    prices = desk.state.markets[market].prices
    symbol, side = rng.choice(sorted(half.positions)) if half.positions else (next(iter(prices)), BOTH)
    amount = Decimal(rng.randint(1, 4000)) / 1000
    kind = rng.randrange(8)
    if kind == 0:
        return c.ChangePositionMargin(NAME, market, symbol, side, amount, adds=rng.random() < 0.5)
    if kind == 1:
        return c.ChangeLeverage(NAME, market, symbol, rng.randint(1, 60))
    if kind == 2:
        asset = desk.state.markets[market].margin_assets[symbol]
        return c.Transfer(NAME, market, asset, amount * rng.choice([-1, 1]))
    if kind == 3:
        return c.ChangeMarginType(NAME, market, rng.choice(sorted(prices)), rng.choice(list(MarginType)))
    if kind == 4:
        return c.ChangeAssetMode(NAME, rng.random() < 0.5)
    moved = {
        name: c.PricePatch(mark_price=price.mark_price * rng.randint(97, 103) / 100)
        for name, price in prices.items()
        if rng.random() < 0.6
    }
    return c.SetPrices(usdm=moved) if market is Market.USDM else c.SetPrices(coinm=moved)


@pytest.mark.parametrize("seed", range(12))
def test_long_walks_keep_them_too(seed: int) -> None:
    rng, desk = random.Random(seed), new_desk()
    type_of = isolated if seed % 2 else cross
    positions = [held("BTCUSDT", "1", "95000", "9000" if seed % 2 else "0"), held("BTCUSDC", "-20", "100")]
    desk.load(
        document({"USDT": "30000", "USDC": "900"}, {"BTCUSDT": type_of(20)}, positions),
        document(
            {"BTC": "0.5"},
            {"BTCUSD_PERP": type_of(20)},
            [held("BTCUSD_PERP", "90", "95000", "0.02" if seed % 2 else "0")],
        ),
    )
    done = set()
    for _ in range(120):
        command = walk(rng, desk)
        count = len(desk.events)
        attempt(desk, command)
        if len(desk.events) > count:
            done.add(type(command))
        check_money_is_conserved(desk.state)
        check_reports(desk.state)
    assert len(done) >= 4
    again = replayed(desk)
    assert plain_state(again) == plain_state(desk.state)
    assert list(map(plain_report, reports(again))) == list(map(plain_report, reports(desk.state)))
