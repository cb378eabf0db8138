"""Histories as files: asked for, made in the background, fetched by a link that cannot be guessed."""

import asyncio
import contextlib
import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from margind.api.download_door import DownloadDoor
from margind.api.http import Application
from margind.api.rate_limits import RateLimits
from margind.downloads import Download, Kind
from margind.engine.model.terms import Market
from margind.runtime import ExchangeRuntime
from margind.storage import DataFolderLock
from tests.api.order_world import BOTH_MARKETS, COINM, TRADER_KEY, USDM, Desk, opened
from tests.api.support import (
    FULL,
    NOW,
    World,
    code_of,
    headers_of,
    signed_query,
)
from tests.storage.traders import open_exchange, trade

DAY = 24 * 3600 * 1000
PREFIX = {USDM: "/fapi/v1", COINM: "/dapi/v1"}
SPAN = {"startTime": NOW - DAY, "endTime": NOW + DAY}
HOST = b"127.0.0.1:9000"


@pytest.fixture(params=BOTH_MARKETS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    world = opened(World())
    yield Desk(world, request.param)
    world.close()


class Fetched(NamedTuple):
    """What a link answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.body.decode())))


async def knock(door: Any, path: str, query: str = "", *, method: str = "GET", **headers: str) -> Fetched:
    """One request as a server hands it over."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "scheme": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 9123),
    }

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    await door(scope, receive, send)
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Fetched(sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:]))


async def until(done: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    for _ in range(1000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in ten seconds")


async def made(runtime: ExchangeRuntime, account: str, kind: Kind) -> str:
    """The path of the link to a new file of everything."""
    downloads = runtime.downloads
    asked = await downloads.ask(account, USDM, kind, start_time=0, end_time=2 * NOW)
    await until(lambda: downloads.content(asked.download_id, asked.token) is not None)
    return path_of(asked)


def path_of(download: Download) -> str:
    return f"/margind/v1/downloads/{download.download_id}/{download.token}.csv"


async def _elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def fetch(world: World, path: str, *, method: str = "GET") -> Fetched:
    return world.run(knock(DownloadDoor(world.exchanges, _elsewhere), path, method=method))


def ask(desk: Desk, kind: str) -> str:
    """The id of a new file."""
    download_id = desk.ask("GET", f"{kind}/asyn", **SPAN)["downloadId"]
    assert isinstance(download_id, str)
    return download_id


@contextlib.contextmanager
def nothing_made(desk: Desk) -> Iterator[None]:
    """As if another file took its time."""
    one_at_a_time = desk.world.main.downloads._one_at_a_time
    desk.world.run(one_at_a_time.acquire())
    yield
    one_at_a_time.release()


def ready(desk: Desk, kind: str, download_id: str) -> Any:
    """What is said of a file once it is made."""

    def is_ready() -> bool:
        found = desk.world.main.downloads.find("trader", desk.market, Kind(kind), download_id)
        return found is not None and found.is_ready

    desk.world.run(until(is_ready))
    return desk.ask("GET", f"{kind}/asyn/id", downloadId=download_id)


def file_of(desk: Desk, kind: str) -> Fetched:
    told = ready(desk, kind, ask(desk, kind))
    return fetch(desk.world, told["url"].removeprefix("http://127.0.0.1"))


def rows_of(answers: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows of a reply as a file has them: JSON's values as text."""
    return [
        {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in row.items()}
        for row in answers
    ]


def without_empty(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without what only some rows have: the prices of a trailing stop."""
    return [
        {name: value for name, value in row.items() if value or name not in ("activatePrice", "priceRate")}
        for row in rows
    ]


# ---- the calls


def test_a_file_is_first_processing_and_then_completed_with_a_link(desk: Desk) -> None:
    # Documented: 'Get Futures Order History Download Link by Id', both examples.
    with nothing_made(desk):
        download_id = ask(desk, "order")
        assert desk.ask("GET", "order/asyn/id", downloadId=download_id) == {
            "downloadId": download_id,
            "status": "processing",
            "url": "",
            "notified": False,
            "expirationTimestamp": -1,
            "isExpired": None,
        }
    told = ready(desk, "order", download_id)
    url = told.pop("url")
    assert url.startswith(f"http://127.0.0.1/margind/v1/downloads/{download_id}/")
    assert url.endswith(".csv")
    assert told == {
        "downloadId": download_id,
        "status": "completed",
        "notified": False,
        "expirationTimestamp": NOW + DAY,
        "isExpired": None,
    }


def test_an_id_has_18_digits_and_comes_with_the_average_time(desk: Desk) -> None:
    first = desk.ask("GET", "income/asyn", **SPAN)
    assert list(first) == ["avgCostTimestampOfLast30d", "downloadId"]
    assert first["avgCostTimestampOfLast30d"] == 0  # none was made yet
    assert len(first["downloadId"]) == 18
    assert first["downloadId"].isdigit()
    desk.world.main.downloads._costs = [(NOW, 30), (NOW, 50), (NOW - 31 * DAY, 9000)]
    assert desk.ask("GET", "income/asyn", **SPAN)["avgCostTimestampOfLast30d"] == 40


def test_the_files_hold_the_rows_of_the_history_calls(desk: Desk) -> None:
    desk.rest("99000")
    desk.buy()
    desk.quote("100010", "100010.1")
    desk.ask("POST", "order", symbol=desk.symbol, side="SELL", type="MARKET", quantity=desk.quantity)
    orders, trades, income = (
        desk.ask("GET", "allOrders", symbol=desk.symbol),
        desk.ask("GET", "userTrades", symbol=desk.symbol),
        desk.ask("GET", "income"),
    )
    assert (len(orders), len(trades)) == (3, 2)
    assert {"COMMISSION", "REALIZED_PNL", "TRANSFER"} == {row["incomeType"] for row in income}
    assert without_empty(file_of(desk, "order").rows) == rows_of(orders)
    assert file_of(desk, "trade").rows == rows_of(trades)
    assert file_of(desk, "income").rows == rows_of(income)


@pytest.mark.parametrize("kind", Kind)
def test_a_file_without_rows_still_names_its_fields(desk: Desk, kind: str) -> None:
    asked = desk.ask("GET", f"{kind}/asyn", startTime=1, endTime=2)
    told = ready(desk, kind, asked["downloadId"])
    body = fetch(desk.world, told["url"].removeprefix("http://127.0.0.1")).body
    assert body.count(b"\n") == 1
    assert b"symbol" in body


def test_both_ends_of_the_span_are_included(desk: Desk) -> None:
    desk.rest("99000")
    sizes = []
    for start, end in ((NOW, NOW), (NOW + 1, NOW + 1), (NOW - 1, NOW - 1)):
        asked = desk.ask("GET", "order/asyn", startTime=start, endTime=end)
        told = ready(desk, "order", asked["downloadId"])
        sizes.append(len(fetch(desk.world, told["url"].removeprefix("http://127.0.0.1")).rows))
    assert sizes == [1, 0, 0]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"endTime": 5}, {USDM: -1102, COINM: -1102}),
        ({"startTime": 5}, {USDM: -1102, COINM: -1102}),
        ({"startTime": 6, "endTime": 5}, {USDM: -1023, COINM: -1023}),
        ({"startTime": 0, "endTime": 366 * DAY + 1}, {USDM: -4165, COINM: -4088}),
    ],
)
def test_a_span_must_be_said_and_have_at_most_a_year(
    desk: Desk, parameters: dict[str, int], code: dict[Market, int]
) -> None:
    for kind in Kind:
        assert desk.refusal("GET", f"{kind}/asyn", **parameters)[0] == code[desk.market]


def test_a_whole_leap_year_may_be_asked_for(desk: Desk) -> None:
    desk.ask("GET", "order/asyn", startTime=0, endTime=366 * DAY)


def test_an_id_is_good_for_its_account_market_and_kind_alone(desk: Desk) -> None:
    download_id = ask(desk, "trade")
    world, other = desk.world, COINM if desk.market is USDM else USDM
    assert desk.refusal("GET", "order/asyn/id", downloadId=download_id)[0] == -1130
    assert Desk(world, other).refusal("GET", "trade/asyn/id", downloadId=download_id)[0] == -1130
    path = f"{PREFIX[desk.market]}/trade/asyn/id"
    assert code_of(world.call("GET", path, f"downloadId={download_id}", key=FULL)) == -1130
    assert desk.refusal("GET", "trade/asyn/id", downloadId="1")[0] == -1130


# ---- the link


def test_a_link_serves_csv_to_whoever_knows_it(desk: Desk) -> None:
    told = ready(desk, "income", ask(desk, "income"))
    path = told["url"].removeprefix("http://127.0.0.1")
    fetched = fetch(desk.world, path)
    assert fetched.status == 200
    assert fetched.headers == {
        "content-type": "text/csv; charset=utf-8",
        "content-length": str(len(fetched.body)),
        "content-disposition": f'attachment; filename="{told["downloadId"]}.csv"',
        "cache-control": "private, no-store",
    }
    head = fetch(desk.world, path, method="HEAD")
    assert (head.status, head.headers, head.body) == (200, fetched.headers, b"")
    assert fetch(desk.world, path, method="POST").status == 405


def test_a_wrong_link_serves_nothing(desk: Desk) -> None:
    told = ready(desk, "income", ask(desk, "income"))
    path = told["url"].removeprefix("http://127.0.0.1")
    folder = path.rpartition("/")[0]
    wrong = "A" if path[-5] != "A" else "B"
    for guess in (
        f"{path[:-5]}{wrong}.csv",
        f"{folder}/.csv",
        f"{folder}/x.csv",
        folder,
        path.removesuffix(".csv"),
        path.replace(told["downloadId"], "1" + told["downloadId"][1:][::-1]),
        f"{folder}/../../main.db",
        "/margind/v1/downloads/",
    ):
        assert fetch(desk.world, guess).status == 404, guess


def test_a_file_that_is_being_made_is_not_served(desk: Desk) -> None:
    with nothing_made(desk):
        ask(desk, "income")
        (download,) = desk.world.main.downloads._kept.values()
        assert fetch(desk.world, path_of(download)).status == 404


def test_a_link_ends_after_a_day_and_its_file_goes(desk: Desk) -> None:
    told = ready(desk, "income", ask(desk, "income"))
    path, runtime = told["url"].removeprefix("http://127.0.0.1"), desk.world.main
    desk.world.run(runtime.advance_to(NOW + DAY - 1))
    assert fetch(desk.world, path).status == 200
    desk.world.run(runtime.advance_to(NOW + DAY))
    assert fetch(desk.world, path).status == 404
    query = signed_query(f"downloadId={told['downloadId']}", TRADER_KEY, timestamp=runtime.now())
    asked = desk.world.send("GET", f"{PREFIX[desk.market]}/income/asyn/id", query, key=TRADER_KEY.text)
    assert code_of(asked) == -1130
    desk.world.run(runtime.downloads._tidy())
    assert runtime.downloads._kept == {}


def test_other_paths_go_through_the_next_door(world: World) -> None:
    assert fetch(world, "/margind/v1/status").status == 299


def test_links_of_every_exchange_are_served_and_end_with_it(own_world: World) -> None:
    world = own_world
    runtime = world.open_exchange("other")
    path = world.run(made(runtime, "tester", Kind.INCOME))
    assert fetch(world, path).status == 200
    world.run(world.exchanges.reset("other"))
    assert fetch(world, path).status == 404


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"host": "127.0.0.1:9000"}, "http://127.0.0.1:9000"),
        ({"host": "exchange.test"}, "http://exchange.test"),
        ({"host": "[::1]:9000"}, "http://[::1]:9000"),
        ({"host": "exchange.test", "x_forwarded_proto": "https"}, "https://exchange.test"),
        ({"host": "evil.test/path?x="}, "http://127.0.0.1:9123"),
        ({"host": "a b"}, "http://127.0.0.1:9123"),
        ({}, "http://127.0.0.1:9123"),
    ],
)
def test_a_link_names_the_host_that_the_client_has_called(
    desk: Desk, headers: dict[str, str], base: str
) -> None:
    told = ready(desk, "income", ask(desk, "income"))
    world = desk.world
    application = Application(world.pipeline, world.websockets, world.websockets)
    query = signed_query(f"downloadId={told['downloadId']}", TRADER_KEY)
    path = f"{PREFIX[desk.market]}/income/asyn/id"
    reply = world.run(knock(application, path, query, x_mbx_apikey=TRADER_KEY.text, **headers))
    assert reply.status == 200, reply.body
    assert told["url"].startswith("http://127.0.0.1/")
    assert reply.body.decode().count(f'"url":"{base}/margind/v1/downloads/{told["downloadId"]}/') == 1


# ---- limits


def test_a_month_allows_so_many_files_where_limits_are_enforced() -> None:
    limits = RateLimits("enforce", weight_per_minute=10**9)
    world = opened(World(limits=limits))
    try:
        for market, most in ((USDM, {"income": 5, "order": 10, "trade": 5}), (COINM, dict.fromkeys(Kind, 8))):
            desk = Desk(world, market)
            for kind, limit in most.items():
                for _ in range(limit):
                    ask(desk, kind)
                refused = desk.send("GET", f"{kind}/asyn", **SPAN)
                assert (refused.status, code_of(refused)) == (429, -1003)
                assert int(headers_of(refused)["retry-after"]) <= 30 * DAY // 1000
        other = world.call("GET", "/fapi/v1/income/asyn", f"startTime={NOW}&endTime={NOW}", key=FULL)
        assert other.status == 200
        world.exchanges.minute += 30 * DAY
        ask(Desk(world, USDM), "income")
    finally:
        world.close()


def test_a_month_allows_any_number_where_limits_are_only_counted(desk: Desk) -> None:
    assert len({ask(desk, "income") for _ in range(12)}) == 12


# ---- kept with the exchange


def kept_files(folder: Path) -> set[str]:
    return {path.suffix for path in (folder / "downloads" / "main").iterdir()}


def test_files_outlive_a_restart_and_unfinished_ones_are_made_then(tmp_path: Path) -> None:
    async def first() -> tuple[str, str]:
        lock = DataFolderLock(tmp_path)
        exchanges, runtime = await open_exchange(lock)
        done = await made(runtime, "ann", Kind.INCOME)
        late = await runtime.downloads.ask("ann", USDM, Kind.ORDER, start_time=0, end_time=2 * NOW)
        await exchanges.close()
        lock.release()
        return done, path_of(late)

    async def second(done: str, late: str) -> tuple[Fetched, Fetched]:
        lock = DataFolderLock(tmp_path)
        exchanges, runtime = await open_exchange(lock)
        await until(lambda: all(download.is_ready for download in runtime.downloads._kept.values()))
        door = DownloadDoor(exchanges, _elsewhere)
        before, after = await knock(door, done), await knock(door, late)
        await runtime.advance_to(runtime.now() + 2 * DAY)
        await runtime.downloads._tidy()
        await exchanges.close()
        lock.release()
        return before, after

    done, late = asyncio.run(first())
    assert ".json" in kept_files(tmp_path)
    before, after = asyncio.run(second(done, late))
    assert [row["incomeType"] for row in before.rows] == ["TRANSFER"]
    assert after.status == 200
    assert kept_files(tmp_path) == set()


def test_a_large_file_is_made_while_the_exchange_goes_on(tmp_path: Path) -> None:
    async def run() -> tuple[Fetched, int]:
        lock = DataFolderLock(tmp_path)
        exchanges, runtime = await open_exchange(lock)
        chance = random.Random(4)
        await trade(runtime, chance, 600)
        downloads = runtime.downloads
        asked = await downloads.ask("ann", USDM, Kind.ORDER, start_time=0, end_time=2 * NOW)
        history = runtime.journal.history
        then = len(history.orders("ann", USDM, now=runtime.now(), limit=10_000))
        turns = 0
        while downloads.content(asked.download_id, asked.token) is None:
            await trade(runtime, chance, 1)
            turns += 1
        fetched = await knock(DownloadDoor(exchanges, _elsewhere), path_of(asked))
        assert turns
        await exchanges.close()
        lock.release()
        return fetched, then

    fetched, then = asyncio.run(run())
    ids = [int(row["orderId"]) for row in fetched.rows]
    assert ids == sorted(set(ids))
    assert len(ids) >= then > 50


def test_what_a_crash_left_in_the_folder_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "downloads" / "main"
    folder.mkdir(parents=True)
    for name in ("123.json", "124.csv", "125.csv.part"):
        (folder / name).write_text("not a note")

    async def run() -> None:
        lock = DataFolderLock(tmp_path)
        exchanges, _ = await open_exchange(lock)
        await exchanges.close()
        lock.release()

    asyncio.run(run())
    assert list(folder.iterdir()) == []
