"""Every number of the worked examples is what the server answers."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest

from tests.docs.conftest import Key, Running
from tests.docs.pages import DOCS, blocks, tables

NOW = 1_760_000_000_000
EXCHANGE = "concepts"
BASE = f"/margind/v1/exchanges/{EXCHANGE}"


class Example(NamedTuple):
    """An account with its prices, and what a call then shows."""

    prices: dict[str, Any]
    account: dict[str, Any]
    call: str
    shown: dict[str, str]


def examples(page: str) -> list[Example]:
    """Each table about a call, with the document that stands last before it."""
    documents = [(block.end, block.text) for block in blocks(page) if block.language == "json"]
    found = []
    for head, rows, place in tables(page):
        if not head[0].startswith("`GET "):
            continue
        text = [text for end, text in documents if end < place][-1]
        document = msgspec.json.decode(text)
        shown = {row[0].strip("`"): row[1].strip("`") for row in rows}
        found.append(Example(document["prices"], document["account"], head[0].strip("`")[4:], shown))
    return found


def at(reply: Any, path: str) -> Any:
    """The value at a path such as `positions.BTCUSDT:LONG.notional`; lists by symbol or asset."""
    for part in path.split("."):
        reply = reply[part] if isinstance(reply, dict) else row_of(reply, part)
    return reply


def row_of(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    key, _, side = name.partition(":")
    found = [
        row
        for row in rows
        if key in (row.get("symbol"), row.get("asset")) and side in ("", row.get("positionSide"))
    ]
    assert len(found) == 1, (name, found)
    return found[0]


EXAMPLES = examples((DOCS / "concepts.md").read_text())
NAMES = [f"{number}-{next(iter(example.shown))}" for number, example in enumerate(EXAMPLES, start=1)]


@pytest.fixture(scope="module")
def reader(server: Running) -> Iterator[Key]:
    """The key of an account on an exchange of its own, where nothing moves."""
    clock = {"mode": "manual", "now": NOW}
    made = server.send("POST", "/margind/v1/exchanges", as_json({"name": EXCHANGE, "clock": clock}))
    assert made.status_code == 200, made.text
    account = server.send("POST", f"{BASE}/accounts", as_json({"name": "reader"})).json()
    yield Key(account["api_key"], account["secret_key"])
    server.send("DELETE", BASE)


def as_json(document: object) -> str:
    return msgspec.json.encode(document).decode()


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_the_numbers_are_those_of_the_server(example: Example, server: Running, reader: Key) -> None:
    for part, document in (("prices", example.prices), ("accounts/reader/state", example.account)):
        put = server.send("PUT", f"{BASE}/{part}", as_json(document))
        assert put.status_code == 200, put.text
    reply = server.read(reader, example.call, NOW)
    assert reply.status_code == 200, reply.text
    assert {path: at(reply.json(), path) for path in example.shown} == example.shown


def test_there_are_examples_for_every_mode() -> None:
    texts = [msgspec.json.encode(example.account).decode() for example in EXAMPLES]
    for word in ("multiAssetsMargin", "dualSidePosition", "ISOLATED", "openOrders", "BTCUSD_PERP"):
        assert any(word in text for text in texts), word
