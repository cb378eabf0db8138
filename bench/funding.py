"""How long it takes to settle funding on many positions until all of it is durable."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median

from bench.disk import fdatasync_us
from bench.options import Options
from bench.result import Result
from margind.clock import Clock, ClockMode
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.ledger import Wallet
from margind.engine.model.positions import Position
from margind.engine.model.terms import Market, PositionSide
from margind.engine.state import State
from margind.facts.load import at_start, load_facts
from margind.feeds.manual import ManualFeed
from margind.projections import rows_of_entries
from margind.runtime import ExchangeRuntime
from margind.storage import Journal

NAME = "funding"
POSITIONS = 100_000
LIMIT_S = 2.0
SYMBOL = "BTCUSDT"
RATE = Decimal("0.0001")
_NOW = 1_790_000_000_000
_LEGS = ((PositionSide.LONG, 1), (PositionSide.SHORT, -1))


def run(options: Options) -> Iterator[Result]:
    """Both legs of fifty thousand accounts in hedge mode; from the command to the reply that may leave."""
    positions = options.times(POSITIONS)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        sync_us = fdatasync_us(Path(folder) / "probe", options.times(100))
        spells, followed = asyncio.run(_settle(Path(folder) / "funding.db", positions, options.rounds))
    within = LIMIT_S if positions == POSITIONS else None
    yield Result(
        f"funding of {positions:,} positions, durable",
        median(spells),
        "s",
        "at most" if within else None,
        within,
        f"{min(spells):.2f} to {max(spells):.2f} s; in queries of income after {median(followed):.2f} s; "
        f"fdatasync of 4 KiB here: {sync_us:.0f} us",
    )


async def _settle(path: Path, positions: int, rounds: int) -> tuple[list[float], list[float]]:
    clock = Clock(ClockMode.MANUAL, _NOW)
    facts = {market: at_start(load_facts(market), _NOW) for market in Market}
    journal = Journal.open(path, exchange="bench", project=rows_of_entries)
    runtime = ExchangeRuntime("bench", facts, clock, ManualFeed(facts), journal, persistent=True)
    await runtime.open(ExchangeSettings())
    _populate(runtime.state, positions // len(_LEGS))
    # The crowd was never told to the journal: from here on it continues the state's numbers.
    spells, followed = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        events = await runtime.execute(c.SettleFunding(Market.USDM, SYMBOL, RATE))
        spells.append(time.perf_counter() - began)
        await runtime.history()
        followed.append(time.perf_counter() - began)
        assert sum(isinstance(event, e.FundingSettled) for event in events) == positions
    runtime.close()
    return spells, followed


def _populate(state: State, accounts: int) -> None:
    sequence = state.sequence
    mark = state.markets[Market.USDM].mark_price(SYMBOL)
    for number in range(accounts):
        name = f"account-{number}"
        apply(state, e.AccountOpened(name, number + 1, _NOW))
        account = state.accounts[name]
        account.dual_side_position = True
        account.usdm.wallets["USDT"] = Wallet(Decimal(100_000), _NOW)
        for side, sign in _LEGS:
            amount = sign * (Decimal(number % 997 + 1) / 1000)
            position = Position(SYMBOL, side, amount, mark, mark, update_time=_NOW)
            state.put_position(name, account.usdm, position)
    state.sequence = sequence
