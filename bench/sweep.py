"""How fast the sweep finds, after prices moved, the accounts that may be in need."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice

import numpy as np

from bench.crowd import POSITIONS, Crowd, Ticker, as_columns, as_state
from bench.options import Options
from bench.result import Result
from margind.engine.model.terms import Market
from margind.sweep.screen import SweepScreen
from margind.sweep.watch import Watch

NAME = "sweep"
ACCOUNTS = 10_000
MOST_ACCOUNTS = 1_000_000
FACTORS = ("1", "1.004", "0.996", "1.01", "0.99")


def run(options: Options) -> Iterator[Result]:
    """Sweeps a second over accounts of an exchange; then the columns alone, up to a million accounts."""
    ticker = Ticker()
    bandwidth = _copy_bandwidth()
    accounts = options.times(ACCOUNTS)
    yield _over_accounts(ticker, accounts, bandwidth, options)
    sizes = [options.times(size) for size in (ACCOUNTS, 10 * ACCOUNTS, MOST_ACCOUNTS)]
    spells, ticks = {}, {}
    for size in sizes:
        watch = as_columns(Crowd(size), ticker)
        spells[size] = _sweep_s(watch, ticker, options.times(20))
        ticks[size] = _tick_s(watch, ticker, options.times(200))
        megabytes = watch.table.nbytes / 1e6
        share = megabytes * 1e6 / spells[size] / bandwidth
        each_ns = spells[size] / size / POSITIONS * 1e9
        yield Result(
            f"columns of {size:,} accounts, all marks",
            spells[size] * 1000,
            "ms",
            detail=f"{each_ns:.1f} ns a position, {megabytes:.0f} MB; "
            f"{share:.0%} of the copy bandwidth, {bandwidth / 1e9:.1f} GB/s",
        )
        yield from _ticks(size, ticks[size])
    small, large = sizes[0], sizes[-1]
    growth = spells[large] / large / (spells[small] / small)
    yield Result(f"a position among {large:,} accounts over one among {small:,}", growth, "x", "at most", 3)


def _over_accounts(ticker: Ticker, accounts: int, bandwidth: float, options: Options) -> Result:
    state, screen = as_state(Crowd(accounts), ticker), SweepScreen(exact_up_to=0)
    moved = {Market.USDM: ticker.symbols}
    prices = cycle([ticker.moved(factor) for factor in FACTORS])
    picked = len(list(screen.suspects(state, moved)))
    spells = []
    for _ in range(options.times(200)):
        state.set_prices(Market.USDM, next(prices), {})
        began = time.thread_time()
        picked = len(list(screen.suspects(state, moved)))
        spells.append(time.thread_time() - began)
    best = min(spells)
    return Result(
        f"sweeps a second over {accounts:,} accounts x {POSITIONS} positions",
        1 / best,
        "/s",
        "at least",
        1000,
        f"{best * 1000:.2f} ms, median {sorted(spells)[len(spells) // 2] * 1000:.2f} ms; {picked} picked",
    )


def _copy_bandwidth() -> float:
    """Bytes a second that one core copies, read and written counted once each."""
    source = np.ones(2**24)
    target = np.empty_like(source)
    best = min(_timed(lambda: np.copyto(target, source)) for _ in range(5))
    return 2 * source.nbytes / best


def _sweep_s(watch: Watch, ticker: Ticker, times: int) -> float:
    marks = dict(zip(ticker.symbols, ticker.marks, strict=True))
    return min(_follow(watch, marks, max(times, 5)))


def _follow(watch: Watch, marks: dict[str, float], times: int) -> list[float]:
    """Seconds of every look after some marks moved a little."""
    prices = [{symbol: mark * float(factor) for symbol, mark in marks.items()} for factor in FACTORS]
    return [_timed(partial(watch.follow, moved)) for moved in islice(cycle(prices), times)]


def _tick_s(watch: Watch, ticker: Ticker, times: int) -> dict[int, float]:
    """Seconds for a tick of the symbol that most hold, one that some hold, one that few do; by holders."""
    found = {}
    for place in (0, 9, 99):
        marks = {ticker.symbols[place]: ticker.marks[place]}
        found[watch.table.segments[place].used] = min(_follow(watch, marks, max(times, 10)))
    return found


def _ticks(size: int, ticks: dict[int, float]) -> Iterator[Result]:
    words = ", ".join(f"{seconds * 1e6:.0f} us for {holders:,}" for holders, seconds in ticks.items())
    holders = max(ticks)
    yield Result(
        f"one symbol among {size:,} accounts",
        ticks[holders] / holders * 1e9,
        "ns a holder",
        detail=f"{words} holders",
    )


def _timed(action: Callable[[], object]) -> float:
    """Seconds of computing: what else the machine does meanwhile does not count."""
    began = time.thread_time()
    action()
    return time.thread_time() - began
