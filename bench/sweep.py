"""How fast the sweep finds, after prices moved, the accounts that may be in need."""

import time
from collections.abc import Callable, Iterator
from statistics import mean, median

import msgspec
import numpy as np

from bench.crowd import POSITIONS, Crowd, Ticker, as_columns, as_state
from bench.options import Options
from bench.result import Result, skipped
from margind.engine.model.terms import Market
from margind.engine.state import State
from margind.sweep.arithmetic import Arithmetic, WithNumpy, compiled
from margind.sweep.screen import SweepScreen
from margind.sweep.watch import Watch

NAME = "sweep"
ACCOUNTS = 10_000
MOST_ACCOUNTS = 1_000_000
STEPS = 300
NEVER = 10**9
EXTRA = "compiled extra"
MISSING = "not installed: pip install 'margind[compiled]'"


class Loops(msgspec.Struct, frozen=True):
    """Who adds up, and what its rows begin with."""

    prefix: str
    arithmetic: Arithmetic


def run(options: Options) -> Iterator[Result]:
    """Sweeps a second over accounts of an exchange; then the columns alone, up to a million accounts."""
    ticker = Ticker()
    bandwidth = _copy_bandwidth()
    yield from _over_accounts(ticker, options)
    fast = compiled()
    kinds = [Loops("", WithNumpy())] + ([] if fast is None else [Loops(f"{EXTRA}, ", fast)])
    sizes = [options.times(size) for size in (ACCOUNTS, 10 * ACCOUNTS, MOST_ACCOUNTS)]
    spells: dict[tuple[str, int], float] = {}
    for size in sizes:
        watch = as_columns(Crowd(size), ticker, kinds[0].arithmetic)
        for kind in kinds:
            watch.table.arithmetic = kind.arithmetic
            spells[kind.prefix, size] = spell = _sweep_s(watch, ticker, options)
            yield _columns(kind, size, spell, watch.table.nbytes_swept, bandwidth)
            yield _ticks(kind, size, _tick_s(watch, ticker, options))
    small, large = sizes[0], sizes[-1]
    for kind in kinds:
        growth = spells[kind.prefix, large] / large / (spells[kind.prefix, small] / small)
        name = f"{kind.prefix}a position among {large:,} accounts over one among {small:,}"
        yield Result(name, growth, "x", "at most", 3)


def _over_accounts(ticker: Ticker, options: Options) -> Iterator[Result]:
    accounts = options.times(ACCOUNTS)
    name = f"sweeps a second over {accounts:,} accounts x {POSITIONS} positions"
    state = as_state(Crowd(accounts), ticker)
    plain, words = _look(state, ticker, SweepScreen(exact_up_to=0, compiled_from=NEVER), options)
    yield Result(name, 1 / plain, "/s", "at least", 1000, words)
    if compiled() is None:
        yield skipped(f"{EXTRA}, {name}", MISSING)
        return
    fast, words = _look(state, ticker, SweepScreen(exact_up_to=0, compiled_from=0), options)
    words += f"; {plain / fast:.2f} times NumPy"
    yield Result(f"{EXTRA}, {name}", 1 / fast, "/s", "at least", 3000, words)


def _look(state: State, ticker: Ticker, screen: SweepScreen, options: Options) -> tuple[float, str]:
    """Seconds of a look at all accounts after each step of a walk of every mark: the median, and in words."""
    moved = {Market.USDM: ticker.symbols}
    screen.suspects(state, moved)
    spells, picked = [], []
    for marks in ticker.walk(options.times(STEPS)):
        state.set_prices(Market.USDM, ticker.priced(marks), {})
        began = time.thread_time()
        found = screen.suspects(state, moved)
        spells.append(time.thread_time() - began)
        picked.append(len(found))
    of_all = f"mean {mean(spells) * 1000:.2f} ms, best {min(spells) * 1000:.2f} ms"
    return median(spells), f"{median(spells) * 1000:.2f} ms, {of_all}; {mean(picked):.0f} picked"


def _copy_bandwidth() -> float:
    """Bytes a second that one core copies, read and written counted once each."""
    source = np.ones(2**24)
    target = np.empty_like(source)
    best = min(_timed(lambda: np.copyto(target, source)) for _ in range(5))
    return 2 * source.nbytes / best


def _sweep_s(watch: Watch, ticker: Ticker, options: Options) -> float:
    """Seconds until all marks are taken over, one step of the walk."""
    spells = []
    for marks in ticker.walk(max(options.times(20), 5)):
        prices = dict(zip(ticker.symbols, marks, strict=True))
        spells.append(_timed(lambda prices=prices: watch.follow(prices)))  # type: ignore[misc]
    return median(spells)


def _columns(kind: Loops, size: int, spell: float, nbytes: int, bandwidth: float) -> Result:
    each_ns = spell / size / POSITIONS * 1e9
    share = nbytes / spell / bandwidth
    return Result(
        f"{kind.prefix}columns of {size:,} accounts, all marks",
        spell * 1000,
        "ms",
        detail=f"{each_ns:.1f} ns a position, {nbytes / 1e6:.0f} MB; "
        f"{share:.0%} of the copy bandwidth, {bandwidth / 1e9:.1f} GB/s",
    )


def _tick_s(watch: Watch, ticker: Ticker, options: Options) -> dict[int, float]:
    """Seconds for a tick of the symbol that most hold, one that some hold, one that few do; by holders."""
    found = {}
    for place in (0, 9, 99):
        symbol = ticker.symbols[place]
        spells = []
        for marks in ticker.walk(max(options.times(100), 10)):
            prices = {symbol: marks[place]}
            spells.append(_timed(lambda prices=prices: watch.follow(prices)))  # type: ignore[misc]
        found[watch.table.columns.segments[place].used] = median(spells)
    return found


def _ticks(kind: Loops, size: int, ticks: dict[int, float]) -> Result:
    words = ", ".join(f"{seconds * 1e6:.0f} us for {holders:,}" for holders, seconds in ticks.items())
    holders = max(ticks)
    return Result(
        f"{kind.prefix}one symbol among {size:,} accounts",
        ticks[holders] / holders * 1e9,
        "ns a holder",
        detail=f"{words} holders",
    )


def _timed(action: Callable[[], object]) -> float:
    """Seconds of computing: what else the machine does meanwhile does not count."""
    began = time.thread_time()
    action()
    return time.thread_time() - began
