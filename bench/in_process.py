"""The parts without sockets: a report and its JSON, and one signed request through the pipeline."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from statistics import median
from typing import Any

import msgspec

from bench.account import POSITIONS
from bench.options import Options
from bench.result import Result
from bench.signed import HOW_MANY, Key
from margind.api.keys import KeyRing
from margind.api.pipeline import Pipeline, Request
from margind.api.rate_limits import RateLimits
from margind.api.table import ENDPOINTS
from margind.clock import Clock, ClockMode
from margind.engine.commands import CreateKey, LoadAccount, MarketDocument, OpenAccount
from margind.engine.margin.report import account_report
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.market_state import MarketState
from margind.engine.model.positions import Position
from margind.engine.model.terms import Market, PositionSide
from margind.exchanges import Exchanges, ExchangeSpec
from margind.facts.load import load_facts
from margind.feeds.catalogue import make_feed
from margind.wire.replies import encode
from margind.wire.usdm.account import account_v3

NAME = "in-process"
PATH = "/fapi/v3/account"
SYMBOL = "BTCUSDT"


def run(options: Options) -> Iterator[Result]:
    """Microseconds per call."""
    yield from asyncio.run(_measure(options))


async def _measure(options: Options) -> list[Result]:
    facts = {market: load_facts(market) for market in Market}
    exchanges, keys = Exchanges(facts, None), KeyRing()
    exchanges.when_opened.append(keys.follow)
    main = await exchanges.create(
        ExchangeSpec(
            "main",
            lambda: Clock(ClockMode.SYSTEM),
            lambda: make_feed("manual", facts),
            ExchangeSettings(),
            persistent=False,
        )
    )
    state = main.state
    market = state.markets[Market.USDM]
    key = Key("a" * 64, "s" * 64)
    await main.execute(
        OpenAccount("bench"),
        CreateKey("bench", key.api_key, "hmac", key.secret_key, ("USER_DATA",)),
        _loaded(market, main.now()),
    )
    account = state.accounts["bench"]
    pipeline = Pipeline(ENDPOINTS, exchanges, keys, RateLimits())
    targets = [key.target(PATH, main.now() - place).split("?")[1].encode() for place in range(HOW_MANY)]
    requests = [Request("GET", PATH, query, b"", key.api_key, "127.0.0.1") for query in targets]
    price = market.prices[SYMBOL]

    def compute() -> object:
        return encode(account_v3(account_report(account, market, state.settings)))

    async def answer(request: Request) -> None:
        assert (await pipeline.answer(request)).status == 200

    async def answer_anew(request: Request) -> None:
        state.apply_feed(((SYMBOL, price),), (), ())
        await answer(request)

    kept, anew = await _each(options, answer, requests), await _each(options, answer_anew, requests)
    results = [
        Result(f"report, view and JSON of {POSITIONS} positions", _mean(options, compute), "us"),
        Result("one signed request, reply kept since the last", kept, "us"),
        Result("one signed request, after a price moved", anew, "us"),
    ]
    await exchanges.close()
    return results


def _loaded(market: MarketState, now: int) -> LoadAccount:
    positions = tuple(
        Position(
            symbol,
            PositionSide.BOTH,
            Decimal(1 if place % 2 else -1),
            price.mark_price,
            price.mark_price,
            Decimal(0),
            now,
        )
        for place, (symbol, price) in enumerate(list(market.prices.items())[:POSITIONS])
    )
    empty = MarketDocument(0, True, False, True, True, True, -1, {}, {}, (), ())
    held = msgspec.structs.replace(empty, wallets={"USDT": (Decimal(10_000_000), now)}, positions=positions)
    return LoadAccount("bench", False, held, empty)


def _mean(options: Options, call: Callable[[], object]) -> float:
    times = options.times(2000)
    return median(_spell(times, call) for _ in range(5))


def _spell(times: int, call: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times * 1e6


async def _each(
    options: Options, call: Callable[[Request], Coroutine[Any, Any, None]], requests: list[Request]
) -> float:
    spells = []
    for _ in range(options.times(10)):
        began = time.perf_counter()
        for request in requests:
            await call(request)
        spells.append((time.perf_counter() - began) / len(requests) * 1e6)
    return median(spells)
