"""Exchanges: made, read, reset, ended, kept; their clocks, hashes and books."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from margind.clock import LATEST, system_millis
from margind.control.audit import audit
from margind.engine.model.decimals import ONE
from margind.engine.model.ledger import Wallet
from margind.engine.model.terms import Market
from margind.errors.impossible import Impossible
from tests.control.support import START, Caller, played, serving

LAB = "/exchanges/lab"
ALICE = f"{LAB}/accounts/alice"
DEFAULT_SETTINGS = {
    "initialMarginRounding": "up",
    "legacyAccountWeight": 5,
    "conditionalOrders": "algo",
    "autoExchange": None,
    "settlementWindowMinutes": 30,
    "liquidation": True,
    "marginCallRatio": "0.8",
    "liquidationStepBrackets": 1,
    "liquidationPrice": "bankruptcy",
    "insuranceFund": {},
}


@played
async def test_an_exchange_made_from_a_name_is_filled_in(call: Caller) -> None:
    before = system_millis()
    reply = await call("POST", "/exchanges", {"name": "plain"})
    assert reply.status == 200
    clock = reply.json.pop("clock")
    assert clock.pop("now") >= before
    assert clock == {"mode": "system", "speed": "1"}
    made = {key: value for key, value in reply.json.items() if key not in {"clock", "sequence"}}
    assert made == {
        "name": "plain",
        "feed": {"kind": "manual"},
        "settings": DEFAULT_SETTINGS,
        "persistent": False,
        "accounts": [],
    }
    assert (await call("GET", "/exchanges/plain")).json.keys() == {*made, "clock", "sequence"}


@played
async def test_all_that_an_exchange_is_made_of_can_be_chosen(call: Caller) -> None:
    document = {
        "name": "chosen",
        "clock": {"mode": "manual", "now": START},
        "feed": {"kind": "synthetic", "seed": 7, "symbols": ["BTCUSDT"]},
        "settings": {
            "initialMarginRounding": "cut",
            "legacyAccountWeight": 10,
            "conditionalOrders": "order",
            "autoExchange": {
                "loanToValue": "1",
                "tiers": [{"upToFeeTier": 9, "thresholds": {"USDT": "-10000", "BTC": "-0.10"}}],
            },
            "settlementWindowMinutes": 60,
            "liquidation": False,
            "marginCallRatio": "0.75",
            "liquidationStepBrackets": 3,
            "liquidationPrice": "take_bound",
            "insuranceFund": {"USDT": "1000.50", "BTC": "0"},
        },
        "persistent": False,
    }
    reply = await call("POST", "/exchanges", document)
    filled = {"clock": {"mode": "manual", "now": START, "speed": "1"}, "sequence": 3, "accounts": []}
    assert reply.json == document | filled
    assert call.exchanges.get("chosen").state.settings.initial_margin_rounding == "cut"
    assert call.exchanges.get("chosen").feed.name == "synthetic"


@played
async def test_a_replay_without_a_recording_plays_the_first_and_says_which(call: Caller) -> None:
    reply = await call("POST", "/exchanges", {"name": "tape", "feed": {"kind": "replay"}})
    assert reply.status == 200
    assert reply.json["feed"] == {"kind": "replay", "recording": call.exchanges.get("tape").feed.name}


@played
async def test_a_manual_clock_without_a_time_starts_now(call: Caller) -> None:
    before = system_millis()
    reply = await call("POST", "/exchanges", {"name": "still", "clock": {"mode": "manual"}})
    assert before <= reply.json["clock"]["now"] <= system_millis()


@played
async def test_an_accelerated_clock_runs_from_its_time_at_its_speed(call: Caller) -> None:
    for speed in ("1000000", 1_000_000, 1e6):
        clock = {"mode": "accelerated", "now": START, "speed": speed}
        if isinstance(speed, float):
            clock["speed"] = 999_999.5
        made = await call("POST", "/exchanges", {"name": "fast", "clock": clock})
        assert made.status == 200, speed
        await asyncio.sleep(0.01)
        assert (await call("GET", "/exchanges/fast")).json["clock"]["now"] > START + 5_000
        await call("DELETE", "/exchanges/fast")


def _tier(threshold: str) -> dict[str, Any]:
    return {"upToFeeTier": 1, "thresholds": {"USDT": threshold}}


BAD_AUTO_EXCHANGE = [{"loanToValue": "0"}, {"tiers": [_tier("0.01")]}, {"tiers": [_tier("-1"), _tier("-2")]}]
BAD_LIQUIDATION = [
    {"marginCallRatio": "0"},
    {"liquidationStepBrackets": 0},
    {"insuranceFund": {"USDT": "-1"}},
]
BAD_EXCHANGES = [
    *(({"name": "x", "settings": row}, 400, "bad_settings") for row in BAD_LIQUIDATION),
    *(({"name": "x", "settings": {"autoExchange": row}}, 400, "bad_settings") for row in BAD_AUTO_EXCHANGE),
    ({"name": ""}, 400, "bad_name"),
    ({"name": "a b"}, 400, "bad_name"),
    ({"name": "../main"}, 400, "bad_name"),
    ({"name": "x" * 65}, 400, "bad_name"),
    ({"name": "lab"}, 409, "exchange_exists"),
    ({"name": "main"}, 409, "exchange_exists"),
    ({"name": "x", "clock": {"mode": "sundial"}}, 400, "bad_json"),
    ({"name": "x", "clock": {"mode": "system", "now": START}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "manual", "now": -1}}, 400, "bad_json"),
    ({"name": "x", "clock": {"mode": "manual", "now": LATEST + 1}}, 400, "bad_json"),
    ({"name": "x", "clock": {"mode": "manual", "now": 1.5}}, 400, "bad_json"),
    ({"name": "x", "clock": {"mode": "manual", "speed": 2}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "accelerated"}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "accelerated", "speed": "0"}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "accelerated", "speed": -1}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "accelerated", "speed": "fast"}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "accelerated", "speed": 1e300}}, 400, "bad_clock"),
    ({"name": "x", "clock": {"mode": "accelerated", "speed": 1_000_001}}, 400, "bad_clock"),
    ({"name": "x", "feed": {}}, 400, "bad_feed"),
    ({"name": "x", "feed": {"kind": "live"}}, 400, "bad_feed"),
    ({"name": "x", "feed": {"kind": 7}}, 400, "bad_feed"),
    ({"name": "x", "feed": {"kind": "manual", "seed": 1}}, 400, "bad_feed"),
    ({"name": "x", "feed": {"kind": "manual", "reference": {}}}, 400, "bad_feed"),
    ({"name": "x", "feed": {"kind": "replay", "recording": "nothing"}}, 400, "bad_feed"),
    ({"name": "x", "feed": {"kind": "synthetic", "symbols": ["NOPE"]}}, 400, "bad_feed"),
    ({"name": "x", "settings": {"initialMarginRounding": "down"}}, 400, "bad_json"),
    ({"name": "x", "settings": {"legacyAccountWeight": 7}}, 400, "bad_settings"),
    ({"name": "x", "settings": {"settlementWindowMinutes": 45}}, 400, "bad_settings"),
    ({"name": "x", "persistent": True}, 400, "no_data_folder"),
    ({"name": "x", "persistent": "yes"}, 400, "bad_json"),
]


@pytest.mark.parametrize(("document", "status", "code"), BAD_EXCHANGES, ids=lambda value: str(value)[:110])
def test_an_exchange_that_cannot_be_is_refused_and_leaves_nothing(
    document: dict[str, Any], status: int, code: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        reply = await call("POST", "/exchanges", document)
        assert reply.error == (status, code)
        assert reply.message
        assert (await call("GET", "/status")).json["exchanges"] == ["main", "lab"]
        assert (await call("POST", "/exchanges", {"name": "x"})).status == 200

    scenario()


@played
async def test_a_deleted_exchange_and_its_keys_are_gone_and_its_name_is_free(call: Caller) -> None:
    key = (await call("POST", f"{ALICE}/keys")).json["api_key"]
    assert call.accepts(key)
    assert (await call("DELETE", LAB)).json == {}
    assert not call.accepts(key)
    assert (await call("GET", LAB)).error == (404, "unknown_exchange")
    assert (await call("DELETE", LAB)).error == (404, "unknown_exchange")
    assert (await call("POST", "/exchanges", {"name": "lab"})).json["accounts"] == []


@played
async def test_main_can_be_reset_but_not_deleted(call: Caller) -> None:
    assert (await call("DELETE", "/exchanges/main")).error == (409, "main_stays")
    assert (await call("POST", "/exchanges/main/accounts", {"name": "bob"})).status == 200
    assert (await call("POST", "/exchanges/main/reset")).json["accounts"] == []


@played
async def test_a_reset_exchange_is_as_it_was_when_it_was_made(call: Caller) -> None:
    fresh = await call("POST", "/exchanges", {"name": "fresh", "clock": {"mode": "manual", "now": START}})
    await call("PUT", f"{LAB}/prices", {"usdm": {"BTCUSDT": {"markPrice": "1"}}})
    await call("POST", f"{LAB}/clock", {"advance_ms": 86_400_000})
    key = (await call("GET", f"{LAB}/accounts")).json[0]["keys"][0]["api_key"]
    reset = await call("POST", f"{LAB}/reset")
    assert reset.json == fresh.json | {"name": "lab"}
    assert not call.accepts(key)
    assert await call.hash() == await call.hash("fresh")


@played
async def test_calls_that_come_together_find_a_whole_exchange_or_none(call: Caller) -> None:
    calls = [("POST", f"{LAB}/reset"), ("POST", f"{LAB}/reset"), ("DELETE", LAB), ("POST", f"{LAB}/reset")]
    replies = await asyncio.gather(*(call(*one) for one in calls))
    assert [reply.status for reply in replies] == [200, 200, 200, 404]


@played
async def test_an_exchange_whose_feed_has_ended_by_a_fault_can_be_reset(call: Caller) -> None:
    runtime = call.exchanges.get("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "_next_change", lambda: 1 // 0)
        task = call.exchanges._tasks["lab"]
        await asyncio.wait([task], timeout=5)
    assert isinstance(task.exception(), ZeroDivisionError)
    assert (await call("POST", f"{LAB}/reset")).status == 200


# Clocks


@played
async def test_a_manual_clock_is_moved_to_a_time_or_by_a_span(call: Caller) -> None:
    moved = await call("POST", f"{LAB}/clock", {"now": START + 5})
    assert moved.json == {"mode": "manual", "now": START + 5, "speed": "1"}
    moved = await call("POST", f"{LAB}/clock", {"advance_ms": 10})
    assert moved.json["now"] == START + 15
    assert (await call("GET", LAB)).json["clock"] == moved.json
    assert (await call("POST", f"{LAB}/clock", {"now": LATEST})).status == 200


@played
async def test_prices_of_a_feed_follow_a_clock_moved_by_hand(call: Caller) -> None:
    feed = {"kind": "synthetic", "symbols": ["BTCUSDT"]}
    await call.lab("moving", feed=feed)
    prices = []
    for _ in range(3):
        rows = (await call("GET", "/exchanges/moving/prices?symbols=BTCUSDT")).json["usdm"]
        prices.append(rows["BTCUSDT"]["lastPrice"])
        await call("POST", "/exchanges/moving/clock", {"advance_ms": 3_600_000})
    assert len(set(prices)) == 3


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({}, 400, "bad_clock"),
        ({"now": START - 1}, 400, "bad_clock"),
        ({"now": START, "advance_ms": 1}, 400, "bad_clock"),
        ({"now": LATEST + 1}, 400, "bad_json"),
        ({"now": "2026-01-01"}, 400, "bad_json"),
        ({"advance_ms": -1}, 400, "bad_json"),
        ({"advance_ms": LATEST}, 400, "bad_clock"),
        ({"advance_ms": 10**30}, 400, "bad_json"),
        ({"mode": "system", "now": START + 1}, 400, "bad_clock"),
        ({"mode": "accelerated"}, 400, "bad_clock"),
        ({"mode": "manual", "speed": "2"}, 400, "bad_clock"),
        ({"speed": "2"}, 400, "bad_clock"),
        ({"mode": "slow"}, 400, "bad_json"),
    ],
    ids=str,
)
def test_time_that_cannot_be_is_refused_and_does_not_move(
    document: dict[str, Any], status: int, code: str
) -> None:
    @played
    async def scenario(call: Caller) -> None:
        before = (await call("GET", LAB)).json
        assert (await call("POST", f"{LAB}/clock", document)).error == (status, code)
        assert (await call("GET", LAB)).json == before

    scenario()


@played
async def test_only_a_manual_clock_is_moved(call: Caller) -> None:
    for document in ({"now": LATEST}, {"advance_ms": 1}):
        assert (await call("POST", "/exchanges/main/clock", document)).error == (409, "clock_not_manual")


@played
async def test_a_clock_goes_on_from_where_it_stands_in_another_mode(call: Caller) -> None:
    fast = await call("POST", f"{LAB}/clock", {"mode": "accelerated", "speed": 60})
    assert fast.json["speed"] == "60"
    assert START <= fast.json["now"] < START + 60_000
    faster = await call("POST", f"{LAB}/clock", {"speed": "120.5"})
    assert (faster.json["mode"], faster.json["speed"]) == ("accelerated", "120.5")
    stopped = await call("POST", f"{LAB}/clock", {"mode": "manual"})
    assert stopped.json["speed"] == "1"
    assert (await call("GET", LAB)).json["clock"] == stopped.json
    system = await call("POST", f"{LAB}/clock", {"mode": "system"})
    assert abs(system.json["now"] - system_millis()) < 10_000


# Hashes


STEPS: list[tuple[str, str, Any]] = [
    ("POST", "/accounts", {"name": "bob", "balances": {"usdm": {"USDT": "500.5"}, "coinm": {"BTC": "1"}}}),
    ("POST", "/accounts/bob/transfers", {"market": "usdm", "asset": "USDT", "amount": "-0.5"}),
    (
        "PUT",
        "/accounts/alice/state",
        {
            "usdm": {
                "wallets": {"USDT": {"walletBalance": "100"}},
                "symbols": {"BTCUSDT": {"leverage": 5}},
                "positions": [{"symbol": "BTCUSDT", "positionAmt": "0.001", "entryPrice": "60000"}],
                "openOrders": [{"symbol": "ETHUSDT", "side": "BUY", "price": "10", "origQty": "1"}],
            }
        },
    ),
    ("PUT", "/prices", {"usdm": {"BTCUSDT": {"markPrice": "61000"}, "ETHUSDT": {"markPrice": "3000"}}}),
]


async def _play(call: Caller, name: str, steps: list[tuple[str, str, Any]] = STEPS) -> None:
    for method, path, body in steps:
        reply = await call(method, f"/exchanges/{name}{path}", body)
        assert reply.status == 200, reply.body


@pytest.mark.parametrize("clock", [{"mode": "manual", "now": START}, {"mode": "manual"}, {"mode": "system"}])
def test_the_same_commands_give_the_same_hash_whatever_name_keys_and_wall_time(clock: dict[str, Any]) -> None:
    @played
    async def scenario(call: Caller) -> None:
        for name in ("one", "two"):
            await call.lab(name, clock=clock)
            await _play(call, name)
            await asyncio.sleep(0.005)
        assert await call.hash("one") == await call.hash("two")
        await call("POST", "/exchanges/two/accounts/bob/keys")
        one, two = await call.hash("one"), await call.hash("two")
        assert two["state_hash"] == one["state_hash"]
        assert two["sequence"] == one["sequence"] + 1

    scenario()


@played
async def test_every_command_that_changes_the_state_changes_the_hash(call: Caller) -> None:
    seen = {(await call.hash())["state_hash"]}
    for step in STEPS:
        await _play(call, "lab", [step])
        seen.add((await call.hash())["state_hash"])
    assert len(seen) == len(STEPS) + 1


@played
async def test_equal_numbers_and_another_order_of_prices_give_the_same_hash(call: Caller) -> None:
    await call.lab("other")
    for name, amount, symbols in (("lab", "1000", "BTC ETH"), ("other", "1000.00", "ETH BTC")):
        wallets = {"USDT": {"walletBalance": amount}}
        steps: list[tuple[str, str, Any]] = [
            ("PUT", "/accounts/alice/state", {"usdm": {"wallets": wallets}}),
            *(
                ("PUT", "/prices", {"usdm": {f"{base}USDT": {"markPrice": amount}}})
                for base in symbols.split()
            ),
        ]
        await _play(call, name, steps)
    assert await call.hash() == await call.hash("other")


# Where the money is


@played
async def test_the_audit_says_where_the_money_is_and_adds_up_to_nothing(call: Caller) -> None:
    await _play(call, "lab")
    reply = await call("GET", f"{LAB}/audit")
    assert reply.json == {
        "balanced": True,
        "usdm": {
            # 500.5 in, 0.5 out again; 100 from a document.
            "USDT": {
                "wallets": "600",
                "fees": "0",
                "insurance_fund": "0",
                "auto_exchange": "0",
                "outside": "-600",
                "total": "0",
            }
        },
        "coinm": {
            "BTC": {
                "wallets": "1",
                "fees": "0",
                "insurance_fund": "0",
                "auto_exchange": "0",
                "outside": "-1",
                "total": "0",
            }
        },
    }


@played
async def test_the_audit_prints_plain_digits_at_both_ends_of_the_range(call: Caller) -> None:
    largest, smallest = "9" * 20, "0.00000001"
    await call("POST", f"{LAB}/accounts", {"name": "big", "balances": {"usdm": {"USDT": largest}}})
    await call("POST", f"{LAB}/accounts", {"name": "small", "balances": {"usdm": {"USDT": smallest}}})
    reply = await call("GET", f"{LAB}/audit")
    assert reply.json["usdm"]["USDT"]["wallets"] == f"{largest}.00000001"
    assert reply.json["usdm"]["USDT"]["total"] == "0"
    assert reply.json["balanced"] is True


@played
async def test_money_that_came_from_nowhere_is_seen(call: Caller) -> None:
    await _play(call, "lab")
    state = call.exchanges.get("lab").state
    wallets = state.accounts["bob"].on(Market.COINM).wallets
    wallets["BTC"] = Wallet(wallets["BTC"].wallet_balance + ONE, 0)
    books = audit(state)
    assert not books.balanced
    assert books.coinm["BTC"].total == 1


# Kept across restarts


def test_a_persistent_exchange_is_what_it_was_after_a_restart(tmp_path: Path) -> None:
    document = {"name": "kept", "persistent": True, "clock": {"mode": "manual", "now": START}}

    async def first() -> Any:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", document)
            await call("POST", "/exchanges/kept/accounts", {"name": "alice"})
            await _play(call, "kept")
            await call("POST", "/exchanges/kept/clock", {"advance_ms": 1234})
            return await _seen(call)

    async def second() -> Any:
        async with serving(tmp_path) as call:
            made = await call("POST", "/exchanges", document)
            assert made.json["clock"]["now"] == START + 1234
            assert made.json["accounts"] == ["alice", "bob"]
            return await _seen(call)

    async def third() -> None:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", document)
            await call("DELETE", "/exchanges/kept")
            assert (await call("POST", "/exchanges", document)).json["accounts"] == []

    assert asyncio.run(first()) == asyncio.run(second())
    asyncio.run(third())


async def _seen(call: Caller) -> list[Any]:
    paths = ("hash", "audit", "accounts", "accounts/alice/state", "accounts/bob/state")
    return [(await call("GET", f"/exchanges/kept/{path}")).json for path in paths]


def test_an_accelerated_clock_does_not_run_backwards_over_a_restart(tmp_path: Path) -> None:
    clock = {"mode": "accelerated", "now": START, "speed": 1_000_000}
    document = {"name": "kept", "persistent": True, "clock": clock}

    async def first() -> int:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", document)
            await asyncio.sleep(0.02)
            before = (await call("GET", "/exchanges/kept")).json["clock"]["now"]
            await call("POST", "/exchanges/kept/accounts", {"name": "alice"})
            assert isinstance(before, int)
            return before

    async def second() -> int:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", document)
            return call.exchanges.get("kept").now()

    before = asyncio.run(first())
    assert before > START + 10_000
    assert asyncio.run(second()) >= before


KEPT = {
    "name": "kept",
    "persistent": True,
    "clock": {"mode": "manual", "now": START},
    "feed": {"kind": "replay"},
}


def test_a_restart_brings_persistent_exchanges_back_unasked(tmp_path: Path) -> None:
    async def first() -> Any:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", KEPT)
            await call("POST", "/exchanges", {"name": "passing"})
            await call("POST", "/exchanges/kept/accounts", {"name": "alice"})
            await call("POST", "/exchanges/kept/clock", {"advance_ms": 1234})
            return [(await call("GET", f"/exchanges/kept{path}")).json for path in ("", "/hash")]

    async def second() -> Any:
        async with serving(tmp_path) as call:
            assert list(call.exchanges.by_name) == ["main", "kept"]
            seen = [(await call("GET", f"/exchanges/kept{path}")).json for path in ("", "/hash")]
            reset = (await call("POST", "/exchanges/kept/reset")).json
            assert (reset["clock"]["now"], reset["accounts"]) == (START, [])
            return seen

    async def third() -> None:
        async with serving(tmp_path) as call:
            assert (await call("GET", "/exchanges/kept")).json["accounts"] == []
            await call("DELETE", "/exchanges/kept")

    async def fourth() -> None:
        async with serving(tmp_path) as call:
            assert list(call.exchanges.by_name) == ["main"]

    assert asyncio.run(first()) == asyncio.run(second())
    asyncio.run(third())
    asyncio.run(fourth())
    assert [path.name for path in tmp_path.iterdir()] == ["margind.lock"]


def test_who_asks_again_after_a_restart_gets_the_kept_exchange_if_it_is_the_same(tmp_path: Path) -> None:
    async def first() -> None:
        async with serving(tmp_path) as call:
            await call("POST", "/exchanges", KEPT)
            assert (await call("POST", "/exchanges", KEPT)).status == 409

    async def second() -> None:
        async with serving(tmp_path) as call:
            assert (await call("POST", "/exchanges", KEPT)).status == 200
            other = await call("POST", "/exchanges", {**KEPT, "feed": {"kind": "manual"}})
            assert (other.status, other.json["error"]["code"]) == (409, "exchange_exists")

    asyncio.run(first())
    asyncio.run(second())


@pytest.mark.parametrize(
    "note", [b"", b"{", b"\xff", b'{"made": 1, "asked": {}}', b'{"made": -1, "asked": {"name": "a"}}']
)
def test_a_note_that_does_not_say_what_an_exchange_is_made_of_is_refused_and_left(
    tmp_path: Path, note: bytes
) -> None:
    path = tmp_path / "kept.exchange.json"
    path.write_bytes(note)

    async def start() -> None:
        async with serving(tmp_path):
            pass

    with pytest.raises(Impossible, match=r"kept\.exchange\.json does not say what its exchange is made of"):
        asyncio.run(start())
    assert path.read_bytes() == note
