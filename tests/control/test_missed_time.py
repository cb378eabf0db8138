"""What fell due while nobody ran an exchange happens when it runs again, each thing once and at its time."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from margind.clock import Clock, ClockMode, system_millis
from margind.control.audit import audit
from margind.engine import commands as c
from margind.engine.model.terms import ContractStatus, Market, Millis, OrderType, Side
from margind.runtime import ExchangeRuntime
from margind.storage.rows import FundingRow
from tests.control.support import Caller, serving

HOUR: Millis = 3_600_000
MINUTE = 60_000
DECEMBER = 1_766_736_000_000  # 2025-12-26, 08:00
QUARTER = "BTCUSDT_251226"
KEPT = "/exchanges/kept"


def long(symbol: str) -> dict[str, Any]:
    return {
        "usdm": {
            "wallets": {"USDT": {"walletBalance": "100000"}},
            "positions": [{"symbol": symbol, "positionAmt": "0.01", "entryPrice": "100000"}],
        }
    }


async def keep(call: Caller, now: Millis, symbol: str, feed: dict[str, Any]) -> ExchangeRuntime:
    """An exchange with a clock moved by hand and an account that is long."""
    clock = {"mode": "manual", "now": now}
    await call("POST", "/exchanges", {"name": "kept", "clock": clock, "feed": feed, "persistent": True})
    await call("POST", f"{KEPT}/accounts", {"name": "alice"})
    assert (await call("PUT", f"{KEPT}/accounts/alice/state", long(symbol))).status == 200
    return call.exchanges.get("kept")


def fundings(runtime: ExchangeRuntime) -> list[FundingRow]:
    rows = runtime.journal.history.fundings(
        Market.USDM, None, start_time=None, end_time=None, newest=False, limit=1000
    )
    return list(rows)


def settled_at_a_start(data: Path) -> list[FundingRow]:
    """The fundings of the exchange that a data folder keeps, once a server has started with it."""

    async def start() -> list[FundingRow]:
        async with serving(data) as call:
            return fundings(call.exchanges.get("kept"))

    return asyncio.run(start())


def paid(runtime: ExchangeRuntime) -> Decimal:
    return runtime.state.wallet_balance("alice", Market.USDM, "USDT") - 100_000


SYNTHETIC = {"kind": "synthetic", "symbols": ["BTCUSDT"]}
# Recorded of LAYERUSDT are fundings four hours apart, whatever its terms say.
RECORDED = {"kind": "replay", "recording": "2025-05-05-layer"}


@pytest.mark.parametrize(
    ("feed", "symbol"), [({"kind": "manual"}, "SOLUSDT"), (SYNTHETIC, "BTCUSDT"), (RECORDED, "LAYERUSDT")]
)
def test_a_funding_that_was_paid_is_not_paid_again_after_a_restart(
    tmp_path: Path, feed: dict[str, Any], symbol: str
) -> None:
    seen = []

    async def run(*, begins: bool) -> None:
        async with serving(tmp_path) as call:
            if begins:
                await keep(call, DECEMBER, symbol, feed)
                await call("POST", f"{KEPT}/clock", {"advance_ms": 20 * HOUR})
            runtime = call.exchanges.get("kept")
            price = runtime.state.markets[Market.USDM].prices[symbol]
            seen.append((await call.hash("kept"), paid(runtime), price.next_funding_time))

    for begins in (True, False, False):
        asyncio.run(run(begins=begins))

    assert seen[0] == seen[1] == seen[2]
    assert seen[0][2] == DECEMBER + 24 * HOUR


@pytest.mark.parametrize(("feed", "symbol"), [({"kind": "manual"}, "SOLUSDT"), (SYNTHETIC, "BTCUSDT")])
def test_fundings_that_fell_due_while_the_server_was_down_are_settled_at_their_times(
    tmp_path: Path, feed: dict[str, Any], symbol: str
) -> None:
    """As a clock that is moved by hand over the same time settles them."""
    days = 3
    came_back = system_millis() // (8 * HOUR) * 8 * HOUR
    left = came_back - days * 24 * HOUR

    async def before() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, left, symbol, feed)
            # The journal of a server that ran by the machine's clock and was killed three days ago.
            await runtime.execute(c.SetClock(ClockMode.SYSTEM, left, "1"))

    async def after() -> tuple[list[FundingRow], Decimal]:
        async with serving(tmp_path) as call:
            runtime = call.exchanges.get("kept")
            assert abs(runtime.now() - system_millis()) < 10_000
            assert audit(runtime.state).balanced
            return fundings(runtime), paid(runtime)

    async def moved() -> tuple[list[FundingRow], Decimal]:
        async with serving(tmp_path / "moved") as call:
            runtime = await keep(call, left, symbol, feed)
            await call("POST", f"{KEPT}/clock", {"now": came_back})
            return fundings(runtime), paid(runtime)

    asyncio.run(before())
    rows, amount = asyncio.run(after())
    due = [left + step * 8 * HOUR for step in range(1, 3 * days + 1)]
    assert [row.funding_time for row in rows][: len(due)] == due
    assert amount != 0
    (tmp_path / "moved").mkdir()
    assert (rows, amount) == asyncio.run(moved())


@pytest.mark.parametrize(
    ("feed", "symbol", "missed"),
    [
        ({"kind": "manual"}, "SOLUSDT", (8,)),
        ({"kind": "manual"}, "SOLUSDT", (8, 16)),
        (SYNTHETIC, "BTCUSDT", (8,)),
        (SYNTHETIC, "BTCUSDT", (8, 16)),
        (RECORDED, "LAYERUSDT", (4,)),
    ],
)
def test_a_funding_that_others_came_before_when_the_server_died_is_settled_once_and_at_its_time(
    tmp_path: Path, feed: dict[str, Any], symbol: str, missed: tuple[int, ...]
) -> None:
    due = [DECEMBER + hours * HOUR for hours in missed]
    dies = due[-1] + 1

    async def before() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, DECEMBER, symbol, feed)
            # It was later when somebody asked for something, and the journal had that first.
            runtime.clock.move_to(dies)
            await runtime.execute(c.Transfer("alice", Market.USDM, "USDT", Decimal(1)))
            assert not fundings(runtime)

    async def after() -> tuple[list[FundingRow], Decimal]:
        async with serving(tmp_path) as call:
            runtime = call.exchanges.get("kept")
            assert runtime.now() == dies
            price = runtime.state.markets[Market.USDM].prices[symbol]
            assert price.next_funding_time == due[-1] + missed[0] * HOUR
            return fundings(runtime), paid(runtime) - 1

    async def undisturbed() -> tuple[list[FundingRow], Decimal]:
        async with serving(tmp_path / "undisturbed") as call:
            runtime = await keep(call, DECEMBER, symbol, feed)
            await call("POST", f"{KEPT}/clock", {"now": dies})
            return fundings(runtime), paid(runtime)

    asyncio.run(before())
    rows, amount = asyncio.run(after())
    assert [row.funding_time for row in rows] == due
    assert amount != 0
    assert asyncio.run(after()) == (rows, amount)
    (tmp_path / "undisturbed").mkdir()
    expected, _ = asyncio.run(undisturbed())
    assert [row.funding_time for row in expected] == due
    assert rows[0].funding_rate == expected[0].funding_rate
    assert rows[-1].mark_price == expected[-1].mark_price


@pytest.mark.parametrize(("feed", "symbol"), [({"kind": "manual"}, "SOLUSDT"), (SYNTHETIC, "BTCUSDT")])
def test_a_restart_settles_no_funding_of_a_time_when_nobody_held_the_symbol(
    tmp_path: Path, feed: dict[str, Any], symbol: str
) -> None:
    async def before() -> None:
        async with serving(tmp_path) as call:
            await keep(call, DECEMBER, symbol, feed)
            flat: dict[str, Any] = {"usdm": {**long(symbol)["usdm"], "positions": []}}
            assert (await call("PUT", f"{KEPT}/accounts/alice/state", flat)).status == 200
            await call("POST", f"{KEPT}/clock", {"advance_ms": 9 * HOUR})
            assert (await call("PUT", f"{KEPT}/accounts/alice/state", long(symbol))).status == 200
            await call("POST", f"{KEPT}/clock", {"advance_ms": HOUR})

    asyncio.run(before())
    assert settled_at_a_start(tmp_path) == []


def test_a_position_is_owed_the_fundings_since_it_was_bought_and_none_from_before(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"usdm": {**long("SOLUSDT")["usdm"], "positions": []}}

    async def trade(runtime: ExchangeRuntime, side: Side) -> None:
        order = c.PlaceOrder("alice", Market.USDM, "SOLUSDT", side, OrderType.MARKET, quantity=Decimal(1))
        await runtime.execute(order)

    async def before() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, DECEMBER, "SOLUSDT", {"kind": "manual"})
            assert (await call("PUT", f"{KEPT}/accounts/alice/state", nothing)).status == 200
            await trade(runtime, Side.BUY)
            await trade(runtime, Side.SELL)
            await call("POST", f"{KEPT}/clock", {"advance_ms": 9 * HOUR})
            await trade(runtime, Side.BUY)
            runtime.clock.move_to(DECEMBER + 17 * HOUR)
            await trade(runtime, Side.BUY)

    asyncio.run(before())
    assert [row.funding_time for row in settled_at_a_start(tmp_path)] == [DECEMBER + 16 * HOUR]


@pytest.mark.parametrize(("symbol", "by_hand"), [("SOLUSDT", True), ("BTCUSDT_260327", False)])
def test_a_restart_settles_nothing_of_what_is_not_due_or_never_funded(
    tmp_path: Path, symbol: str, by_hand: bool
) -> None:
    async def before() -> None:
        async with serving(tmp_path) as call:
            await keep(call, DECEMBER, symbol, {"kind": "manual"})
            if by_hand:
                prices = {"usdm": {symbol: {"nextFundingTime": DECEMBER + 100 * HOUR}}}
                assert (await call("PUT", f"{KEPT}/prices", prices)).status == 200
            await call("POST", f"{KEPT}/clock", {"advance_ms": 9 * HOUR})

    asyncio.run(before())
    assert settled_at_a_start(tmp_path) == []


def test_a_clock_that_goes_over_to_the_machines_time_settles_what_lies_between(tmp_path: Path) -> None:
    left = system_millis() - 50 * HOUR

    async def run() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, left, "SOLUSDT", {"kind": "manual"})
            price = runtime.state.markets[Market.USDM].prices["SOLUSDT"]
            await call("POST", f"{KEPT}/clock", {"mode": "system"})
            rows = fundings(runtime)
            assert len(rows) in {6, 7}
            assert paid(runtime) == -len(rows) * Decimal("0.01") * price.mark_price * price.last_funding_rate

    asyncio.run(run())


def test_a_clock_that_runs_faster_than_it_can_be_followed_does_not_hold_a_caller_up(tmp_path: Path) -> None:
    machine = [DECEMBER]

    def always_later() -> Millis:
        machine[0] += 10 * HOUR
        return machine[0]

    async def run() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, DECEMBER, "SOLUSDT", {"kind": "manual"})
            runtime.clock = Clock(ClockMode.SYSTEM, real=always_later)
            await asyncio.wait_for(runtime.catch_up(), timeout=10)
            assert fundings(runtime)

    asyncio.run(run())


def test_a_machine_that_slept_settles_what_it_slept_through(tmp_path: Path) -> None:
    machine = [DECEMBER]

    async def run() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, DECEMBER, "BTCUSDT", SYNTHETIC)
            runtime.clock = Clock(ClockMode.SYSTEM, real=lambda: machine[0])
            await runtime.catch_up()
            machine[0] += 20 * HOUR + 5
            await runtime.catch_up()
            assert [row.funding_time for row in fundings(runtime)] == [
                DECEMBER + 8 * HOUR,
                DECEMBER + 16 * HOUR,
            ]
            assert runtime.now() == DECEMBER + 20 * HOUR + 5

    asyncio.run(run())


def test_what_a_machine_slept_through_is_settled_even_where_the_time_is_asked_first(tmp_path: Path) -> None:
    machine = [DECEMBER]

    async def run() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, DECEMBER, "BTCUSDT", SYNTHETIC)
            runtime.clock = Clock(ClockMode.SYSTEM, real=lambda: machine[0])
            await runtime.catch_up()
            machine[0] += 20 * HOUR + 5
            woke = runtime.now()
            await runtime.catch_up()
            assert [row.funding_time for row in fundings(runtime)] == [
                DECEMBER + 8 * HOUR,
                DECEMBER + 16 * HOUR,
            ]
            assert runtime.now() == woke == DECEMBER + 20 * HOUR + 5

    asyncio.run(run())


def test_a_clock_that_is_stopped_while_missed_time_is_made_up_stands_where_it_was_stopped(
    tmp_path: Path,
) -> None:
    machine = [DECEMBER]

    async def run() -> None:
        async with serving(tmp_path) as call:
            runtime = await keep(call, DECEMBER, "BTCUSDT", SYNTHETIC)
            runtime.clock = Clock(ClockMode.SYSTEM, real=lambda: machine[0])
            await runtime.catch_up()
            machine[0] += 2000 * HOUR
            makes_up = asyncio.create_task(runtime.catch_up())
            for _ in range(20):
                await asyncio.sleep(0)
            stopped = (await call("POST", f"{KEPT}/clock", {"mode": "manual"})).json["now"]
            await makes_up
            assert DECEMBER < stopped < machine[0] - HOUR
            assert runtime.now() == stopped
            assert all(row.funding_time <= stopped for row in fundings(runtime))

    asyncio.run(run())


def test_funding_terms_of_ones_own_outlive_a_restart(tmp_path: Path) -> None:
    async def run(*, begins: bool) -> tuple[Any, Millis]:
        async with serving(tmp_path) as call:
            if begins:
                await keep(call, DECEMBER, "BTCUSDT", SYNTHETIC)
                hourly = {"BTCUSDT": {"fundingIntervalHours": 1, "adjustedFundingRateCap": "0.00001"}}
                assert (await call("PUT", f"{KEPT}/funding", {"usdm": hourly})).status == 200
            await call("POST", f"{KEPT}/clock", {"advance_ms": HOUR})
            market = call.exchanges.get("kept").state.markets[Market.USDM]
            price = market.prices["BTCUSDT"]
            assert price.last_funding_rate <= Decimal("0.00001")
            return market.funding_terms("BTCUSDT"), price.next_funding_time

    before, then = asyncio.run(run(begins=True))
    assert asyncio.run(run(begins=False)) == (before, then + HOUR)
    assert then == DECEMBER + 2 * HOUR


@pytest.mark.parametrize(("feed", "symbol"), [({"kind": "manual"}, "SOLUSDT"), (SYNTHETIC, "BTCUSDT")])
def test_a_restart_settles_nothing_for_the_time_before_a_shorter_interval_was_set(
    tmp_path: Path, feed: dict[str, Any], symbol: str
) -> None:
    async def run(*, begins: bool) -> list[FundingRow]:
        async with serving(tmp_path) as call:
            if begins:
                await keep(call, DECEMBER, symbol, feed)
                await call("POST", f"{KEPT}/clock", {"advance_ms": 5 * HOUR + MINUTE})
                hourly = {symbol: {"fundingIntervalHours": 1}}
                assert (await call("PUT", f"{KEPT}/funding", {"usdm": hourly})).status == 200
                await call("POST", f"{KEPT}/clock", {"advance_ms": MINUTE})
            return fundings(call.exchanges.get("kept"))

    assert asyncio.run(run(begins=True)) == asyncio.run(run(begins=False)) == []


def test_fundings_of_the_past_keep_the_terms_that_they_had(tmp_path: Path) -> None:
    async def run(*, begins: bool) -> list[Any]:
        async with serving(tmp_path) as call:
            if begins:
                await keep(call, DECEMBER, "BTCUSDT", SYNTHETIC)
                await call("POST", f"{KEPT}/clock", {"advance_ms": 20 * HOUR})
                runtime = call.exchanges.get("kept")
                past = shown(runtime)
                hourly = {"BTCUSDT": {"fundingIntervalHours": 1, "adjustedFundingRateCap": "0.00001"}}
                assert (await call("PUT", f"{KEPT}/funding", {"usdm": hourly})).status == 200
                assert shown(runtime) == past
                await call("POST", f"{KEPT}/clock", {"advance_ms": 2 * HOUR})
                assert shown(runtime)[:-2] == past
            return shown(call.exchanges.get("kept"))

    def shown(runtime: ExchangeRuntime) -> list[Any]:
        return runtime.feed.funding_rates(
            Market.USDM,
            "BTCUSDT",
            start_time=DECEMBER - 24 * HOUR,
            end_time=None,
            limit=1000,
            now=runtime.now(),
        )

    rows = asyncio.run(run(begins=True))
    assert [(row.funding_time - DECEMBER) // HOUR for row in rows] == [-24, -16, -8, 0, 8, 16, 21, 22]
    assert asyncio.run(run(begins=False)) == rows


async def settle_price(call: Caller) -> Decimal:
    runtime = call.exchanges.get("kept")
    await call("POST", f"{KEPT}/clock", {"now": DECEMBER})
    return runtime.state.markets[Market.USDM].deliveries["BTCUSDT"][-1].delivery_price


@pytest.mark.parametrize("listed_early", [True, False])
@pytest.mark.parametrize("by_hand", [True, False])
def test_a_restart_in_the_last_half_hour_goes_on_with_the_mean_of_the_index(
    tmp_path: Path, by_hand: bool, listed_early: bool
) -> None:
    async def run(folder: Path, *, restarts: bool) -> Decimal:
        async with serving(folder) as call:
            feed = {"kind": "manual"} if by_hand else SYNTHETIC
            runtime = await keep(call, DECEMBER - 40 * MINUTE, QUARTER, feed)
            if listed_early:  # as about to be delivered, before its index is averaged
                contract = runtime.state.markets[Market.USDM].contracts[QUARTER]
                early = msgspec.structs.replace(contract, status=ContractStatus.PRE_DELIVERING)
                await runtime.execute(c.ListContracts((early,)))
            if by_hand:
                await prices(call, "100000")
            await call("POST", f"{KEPT}/clock", {"now": DECEMBER - 20 * MINUTE})
            if by_hand:
                await prices(call, "103000")
            await call("POST", f"{KEPT}/clock", {"now": DECEMBER - 10 * MINUTE})
            if not restarts:
                return await settle_price(call)
        async with serving(folder) as call:
            return await settle_price(call)

    async def prices(call: Caller, index: str) -> None:
        document = {"usdm": {QUARTER: {"markPrice": index, "indexPrice": index}}}
        assert (await call("PUT", f"{KEPT}/prices", document)).status == 200

    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    undisturbed = asyncio.run(run(tmp_path / "one", restarts=False))
    assert asyncio.run(run(tmp_path / "two", restarts=True)) == undisturbed
    if by_hand:
        # 10 minutes at 100,000 and 20 at 103,000
        assert undisturbed == 102_000
