"""A crowd of accounts with three positions each, as columns and as the accounts of an exchange."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import numpy as np

from margind.engine.commands import LoadAccount, MarketDocument, OpenAccount
from margind.engine.exchange import execute
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.positions import Position
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market, PositionSide
from margind.engine.state import State
from margind.facts.load import load_facts
from margind.sweep.arithmetic import Arithmetic
from margind.sweep.lines import ladder
from margind.sweep.need import OwnPool
from margind.sweep.watch import Watch

POSITIONS = 3
SYMBOLS = 100
"""Held by the crowd, the first by most of it: place n of a list gets a share of 1/n."""

STEP = 0.001
AT_ONCE = 50_000
_NOW = 1_700_000_000_000
_EMPTY = MarketDocument(0, True, False, True, True, True, -1, {}, {}, (), ())


class Crowd:
    """What some accounts hold: symbols by number, values in USDT, entries relative to the mark."""

    def __init__(self, accounts: int) -> None:
        draw = np.random.default_rng(1)
        share = 1 / np.arange(1, SYMBOLS + 1)
        # The largest of weighted exponential draws: three different symbols by their shares.
        pick = np.argpartition(draw.exponential(size=(accounts, SYMBOLS)) / share, POSITIONS)[:, :POSITIONS]
        self.accounts = accounts
        self.symbols = pick.tolist()
        values = 10 ** draw.uniform(2, 6.5, (accounts, POSITIONS))
        self.values = (values * draw.choice([1, -1], values.shape)).tolist()
        self.entries = draw.uniform(0.97, 1.03, values.shape).tolist()
        self.wallets = (values.sum(axis=1) * draw.uniform(0.08, 0.8, accounts)).tolist()


class Ticker:
    """The listed symbols of USDⓈ-M settled in USDT, and their marks."""

    def __init__(self) -> None:
        self.facts = {market: load_facts(market) for market in Market}
        usdm = self.facts[Market.USDM]
        listed = [symbol for symbol, row in usdm.contracts.items() if row.margin_asset == "USDT"]
        self.symbols = [symbol for symbol in listed if symbol in usdm.prices and symbol in usdm.brackets][
            :SYMBOLS
        ]
        self.prices = {symbol: usdm.prices[symbol] for symbol in self.symbols}
        self.marks = [float(self.prices[symbol].mark_price) for symbol in self.symbols]

    def walk(self, steps: int) -> Iterator[list[float]]:
        """All marks after each step, by 0.1 % together and 0.1 % each for itself: what a minute does."""
        draw = np.random.default_rng(2)
        level = np.log(self.marks)
        for _ in range(steps):
            level += draw.normal(0, STEP) + draw.normal(0, STEP, len(level))
            yield np.exp(level).tolist()

    def priced(self, marks: list[float]) -> list[tuple[str, SymbolPrice]]:
        """Marks as an exchange is told them."""
        return [
            (symbol, msgspec.structs.replace(price, mark_price=Decimal(f"{mark:.8f}")))
            for (symbol, price), mark in zip(self.prices.items(), marks, strict=True)
        ]


def as_columns(crowd: Crowd, ticker: Ticker, arithmetic: Arithmetic) -> Watch:
    """The crowd in the columns of the sweep, and nothing else: a million accounts fit anywhere."""
    watch = Watch(OwnPool(0.8), arithmetic)
    brackets = ticker.facts[Market.USDM].brackets
    runs = [
        watch.segment(symbol, "BOTH", ladder(brackets[symbol]), mark)
        for symbol, mark in zip(ticker.symbols, ticker.marks, strict=True)
    ]
    table = watch.table
    for first in range(0, crowd.accounts, AT_ONCE):
        rows, legs = [], []
        last = min(first + AT_ONCE, crowd.accounts)
        for number in range(first, last):
            row = watch.add_unit(str(number))
            rows.append(row)
            for symbol, value, entry in zip(
                crowd.symbols[number], crowd.values[number], crowd.entries[number], strict=True
            ):
                amount = value / ticker.marks[symbol]
                legs.append((runs[symbol], table.columns.add_leg(runs[symbol], row, amount, -value * entry)))
        table.settle(rows, crowd.wallets[first:last], legs)
    watch.look_everywhere()
    return watch


def as_state(crowd: Crowd, ticker: Ticker) -> State:
    """The crowd as accounts of an exchange."""
    state = State(ticker.facts, ExchangeSettings())
    for number in range(crowd.accounts):
        name = f"account-{number}"
        execute(state, OpenAccount(name), _NOW)
        held = zip(crowd.symbols[number], crowd.values[number], crowd.entries[number], strict=True)
        positions = tuple(_position(ticker, *position) for position in held)
        wallet = Decimal(f"{crowd.wallets[number]:.8f}")
        document = msgspec.structs.replace(_EMPTY, wallets={"USDT": (wallet, _NOW)}, positions=positions)
        execute(state, LoadAccount(name, False, document, _EMPTY), _NOW)
    return state


def _position(ticker: Ticker, symbol: int, value: float, entry: float) -> Position:
    mark = ticker.marks[symbol]
    price = Decimal(f"{mark * entry:.8f}")
    return Position(
        ticker.symbols[symbol],
        PositionSide.BOTH,
        Decimal(f"{value / mark:.8f}"),
        price,
        price,
        update_time=_NOW,
    )
