"""The sweep never misses an account that the exact engine would call or liquidate."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import Market, PositionSide
from margind.engine.state import State
from margind.errors import Refusal
from margind.errors.impossible import Impossible
from margind.sweep.screen import SweepScreen
from tests.engine.builders import (
    AT_PAR,
    EMPTY_DOCUMENT,
    NAME,
    Desk,
    Tiers,
    contract,
    document,
    held,
    index,
    isolated,
    market_of,
)
from tests.engine.strategies import LADDERS, PRICES, commands, examples, loads, prices
from tests.sweep.exactly import check, everything
from tests.sweep.ways import WAYS, Way

NAMES = (NAME, "second", "third", "fourth")
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
HUGE, TINY = "9" * 20 + "." + "9" * 20, "0." + "0" * 19 + "1"
STEEP: Tiers = [(125, TINY, TINY), (5, HUGE, "0.99999999999999999999")]


def attempt(desk: Desk, command: c.Command) -> None:
    try:
        desk.do(command)
    except (Refusal, Impossible):
        return


def set_mark(state: State, symbol: str, price: Decimal) -> dict[Market, list[str]]:
    market = market_of(symbol)
    old = state.markets[market].prices[symbol]
    state.set_prices(market, [(symbol, msgspec.structs.replace(old, mark_price=price))], {})
    return {market: [symbol]}


@given(
    ladder=LADDERS,
    accounts=st.lists(loads(), min_size=1, max_size=4),
    steps=st.lists(st.one_of(prices(), prices(), commands()), max_size=8),
    ratio=st.sampled_from(["0.8", "1", "0.05"]),
    way=st.sampled_from(WAYS),
)
@examples(60)
def test_whatever_happens_to_accounts_and_prices(
    ladder: Tiers,
    accounts: Sequence[c.LoadAccount],
    steps: Sequence[c.Command],
    ratio: str,
    way: Way,
) -> None:
    desk, screen = Desk(ladders={"BTCUSDT": ladder, "BTCUSD_PERP": ladder}), way.screen()
    state = desk.state
    state.settings = msgspec.structs.replace(state.settings, margin_call_ratio=Decimal(ratio))
    with pytest.MonkeyPatch.context() as patch:
        way.enforce(patch)
        for name, load in zip(NAMES, accounts, strict=False):
            attempt(desk, c.OpenAccount(name))
            attempt(desk, msgspec.structs.replace(load, account=name))
        check(screen, state, everything(state))
        for command in steps:
            attempt(desk, command)
            if isinstance(command, c.SetPrices):
                moved = {Market.USDM: list(command.usdm), Market.COINM: list(command.coinm)}
                check(screen, state, moved, index_moved=bool(command.asset_index))
            else:
                check(screen, state, everything(state), index_moved=True)


@given(load=loads(), ladder=LADDERS, mark=PRICES, ticks=st.integers(-2, 2), way=st.sampled_from(WAYS))
@examples(60)
def test_beside_the_liquidation_price(
    load: c.LoadAccount, ladder: Tiers, mark: Decimal, ticks: int, way: Way
) -> None:
    desk, screen = Desk(ladders={"BTCUSDT": ladder, "ETHUSDT": ladder, "BTCUSD_PERP": ladder}), way.screen()
    state = desk.state
    state.settings = msgspec.structs.replace(state.settings, margin_call_ratio=Decimal(1))
    attempt(desk, load)
    check(screen, state, everything(state))
    rows = [row for market in Market for row in state.accounts[NAME].on(market).positions.values()]
    for row in rows:
        check(screen, state, set_mark(state, row.symbol, mark))
        price = desk.liquidation_price(row.symbol, row.position_side) + ticks * Decimal("0.00000001")
        if price > 0:
            check(screen, state, set_mark(state, row.symbol, price))


@pytest.mark.parametrize("tiers", [STEEP, [(20, None, "0.01")]], ids=["steep", "one tier"])
@pytest.mark.parametrize("kind", ["cross", "multi-assets", "isolated"])
def test_at_the_ends_of_what_can_be_set(tiers: Tiers, kind: str, way: Way) -> None:
    rate = index(HUGE, "0.99999999999999999999", HUGE)
    for quantity, entry, wallet in product(
        (HUGE, TINY), (HUGE, TINY), ("99999999999999999999.99999999", "0.00000001")
    ):
        desk = Desk({"BTCUSDT": "1"}, {"BTCUSDT": tiers}, {**AT_PAR, "USDTUSD": rate})
        screen = way.screen()
        own = wallet if kind == "isolated" else "0"
        legs = [
            held("BTCUSDT", quantity, entry, own, LONG),
            held("BTCUSDT", "-" + TINY, entry, "0", SHORT),
        ]
        symbols = {"BTCUSDT": isolated(1)} if kind == "isolated" else {}
        desk.load(
            document({"USDT": wallet}, symbols, legs, multi_assets_margin=kind == "multi-assets"), dual=True
        )
        for mark in (HUGE, TINY, entry, "1", HUGE, "1"):
            check(screen, desk.state, set_mark(desk.state, "BTCUSDT", Decimal(mark)))


@pytest.mark.parametrize("size", [HUGE, TINY])
def test_at_the_ends_of_what_can_be_set_on_coinm(size: str, way: Way) -> None:
    for quantity, entry in product((HUGE, TINY), repeat=2):
        desk, screen = Desk(ladders={"BTCUSD_PERP": STEEP}), way.screen()
        desk.do(c.ListContracts((contract(Market.COINM, "BTCUSD_PERP", "BTC", size),)))
        desk.load(coinm=document({"BTC": "1"}, {}, [held("BTCUSD_PERP", "-" + quantity, entry)]))
        for mark in (HUGE, TINY, entry, "1", HUGE, "1"):
            check(screen, desk.state, set_mark(desk.state, "BTCUSD_PERP", Decimal(mark)))


def test_a_price_may_go_to_the_moon_and_back(way: Way) -> None:
    desk, screen = Desk({"BTCUSDT": "100"}), way.screen()
    desk.load(document({"USDT": "100"}, positions=[held("BTCUSDT", "1", "100")]))
    desk.state.settings = msgspec.structs.replace(desk.state.settings, margin_call_ratio=Decimal(1))
    state = desk.state
    for price in ("100", "100000000000000000", "3", "0.00000001", "50"):
        check(screen, state, set_mark(state, "BTCUSDT", Decimal(price)))
    # Balance p and maintenance 0.004 p meet at 0: at every price the balance is 250 times what is needed.
    in_need, alarms = check(screen, state, set_mark(state, "BTCUSDT", Decimal("0.5")))
    assert (in_need, alarms) == (0, 0)


def test_a_joint_wallet_of_one_asset_counts_at_the_worse_rate(way: Way) -> None:
    # Maintenance 1 · 1.05 is 80 % of 1.3815… · 0.95; at par, 1.25 would do.
    found = []
    for wallet in ("1.24", "1.38", "1.39"):
        desk, screen = (
            Desk({"BTCUSDT": "100"}, asset_index={"USDTUSD": index("1", "0.05", "0.05")}),
            way.screen(),
        )
        usdt = {"USDT": wallet}
        desk.load(document(usdt, positions=[held("BTCUSDT", "1", "100")], multi_assets_margin=True))
        found.append(check(screen, desk.state, everything(desk.state)))
    assert found == [(1, 0), (1, 0), (0, 0)]


def test_prices_that_came_with_no_word_of_what_moved_are_seen_all_the_same() -> None:
    desk, screen = Desk({"BTCUSDT": "100", "ETHUSDT": "100"}), SweepScreen(exact_up_to=0)
    desk.load(
        document(
            {"USDT": "20"},
            {"BTCUSDT": isolated(10)},
            [held("BTCUSDT", "1", "100", "10"), held("ETHUSDT", "0.01", "100")],
        )
    )
    assert check(screen, desk.state, everything(desk.state)) == (0, 0)
    set_mark(desk.state, "BTCUSDT", Decimal(85))
    assert check(screen, desk.state, set_mark(desk.state, "ETHUSDT", Decimal(101))) == (1, 0)


@pytest.mark.parametrize("multi_assets_margin", [False, True])
def test_a_position_that_grows_shrinks_or_turns_around_is_seen_as_it_is(
    multi_assets_margin: bool, way: Way
) -> None:
    # Maintenance is 0.4 % of the value and the mark 100: of 20 USDT, 80 % are needed at 40, and none at 1.
    desk, screen = Desk({"BTCUSDT": "100", "ETHUSDT": "100"}, asset_index=AT_PAR), way.screen()
    desk.do(c.OpenAccount("second"))
    found = []
    for quantity in ("1", "40", "-1", "-40", "1", "2"):
        both = [held("BTCUSDT", quantity, "100"), held("ETHUSDT", "-0.1", "100")]
        usdm = document({"USDT": "20"}, positions=both, multi_assets_margin=multi_assets_margin)
        for name in (NAME, "second"):
            desk.do(c.LoadAccount(name, False, usdm, EMPTY_DOCUMENT))
        found.append(check(screen, desk.state, everything(desk.state)))
    assert found == [(0, 0), (2, 0), (0, 0), (2, 0), (0, 0), (0, 0)]


def test_an_account_that_was_called_is_examined_until_it_has_recovered() -> None:
    desk, screen = Desk({"BTCUSDT": "100"}), SweepScreen(exact_up_to=0)
    desk.load(document({"USDT": "20"}, positions=[held("BTCUSDT", "1", "100")]))
    half, moved = desk.state.accounts[NAME].usdm, {Market.USDM: ["BTCUSDT"]}
    assert list(screen.suspects(desk.state, moved)) == []
    half.margin_calls[MarginPool("USDT")] = None
    desk.state.touched[Market.USDM].add(NAME)
    assert list(screen.suspects(desk.state, moved)) == [NAME]
    half.margin_calls.clear()
    desk.state.touched[Market.USDM].add(NAME)
    assert list(screen.suspects(desk.state, moved)) == []


def test_few_accounts_are_all_examined() -> None:
    desk, screen = Desk({"BTCUSDT": "100"}), SweepScreen()
    desk.load(document({"USDT": "1000"}, positions=[held("BTCUSDT", "1", "100")]))
    assert screen.suspects(desk.state, {Market.USDM: ["BTCUSDT"]}) == [NAME]
