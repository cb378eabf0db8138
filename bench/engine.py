"""The engine alone, without sockets and without a disk: orders that rest, and a price that fills them all."""

import time
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from bench.options import Options
from bench.price_move import LIMIT_MS, ORDERS_EACH, USERS
from bench.price_move import SYMBOL as MOVED
from bench.result import Result
from bench.traders import Listed
from margind.engine.commands import (
    LoadAccount,
    MarketDocument,
    OpenAccount,
    PlaceOrder,
    PricePatch,
    SetPrices,
)
from margind.engine.exchange import execute
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.terms import Market, OrderType, PositionSide, Side, TimeInForce
from margind.engine.state import State
from margind.facts.load import at_start, load_facts
from margind.sweep.screen import SweepScreen

NAME = "engine"
_NOW = 1_700_000_000_000
_ENOUGH = Decimal(1_000_000)
_EMPTY = MarketDocument(0, True, False, True, True, True, -1, {}, {}, (), ())
_RICH = msgspec.structs.replace(_EMPTY, wallets={"USDT": (_ENOUGH, _NOW)})


def run(options: Options) -> Iterator[Result]:
    """Orders a second, and milliseconds for the move."""
    users = options.times(USERS)
    commands, filled = users * ORDERS_EACH, 0
    spells = []
    for _ in range(3):
        state = _state(users)
        one = _listed(state)
        placing, moving = [_place(one, number) for number in range(commands)], _move(one)
        began = time.perf_counter()
        for command in placing:
            execute(state, command, _NOW)
        placed = time.perf_counter()
        filled = len(execute(state, moving, _NOW)) - 1
        spells.append((placed - began, time.perf_counter() - placed))
    assert filled == commands
    place_s, move_s = (min(column) for column in zip(*spells, strict=True))
    yield Result("engine alone, resting orders a second", commands / place_s, "/s")
    yield Result(
        f"engine alone, one price move fills {commands:,} orders",
        move_s * 1000,
        "ms",
        detail=f"{move_s / commands * 1e6:.0f} us a fill; through the server: <= {LIMIT_MS} ms",
    )


def _state(users: int) -> State:
    state = State({market: at_start(load_facts(market), _NOW) for market in Market}, ExchangeSettings())
    state.screen = SweepScreen()  # as in a running exchange
    for number in range(users):
        execute(state, OpenAccount(f"user-{number}"), _NOW)
        execute(state, LoadAccount(f"user-{number}", False, _RICH, _EMPTY), _NOW)
    return state


def _listed(state: State) -> Listed:
    market = state.markets[Market.USDM]
    contract = market.contracts[MOVED]
    return Listed(
        MOVED, market.mark_price(MOVED), contract.price_filter.tick_size, contract.lot_size.step_size
    )


def _place(one: Listed, number: int) -> PlaceOrder:
    price, quantity = one.bid(number)
    return PlaceOrder(
        account=f"user-{number // ORDERS_EACH}",
        market=Market.USDM,
        symbol=one.symbol,
        side=Side.BUY,
        type=OrderType.LIMIT,
        position_side=PositionSide.BOTH,
        time_in_force=TimeInForce.GTC,
        quantity=Decimal(quantity),
        price=Decimal(price),
    )


def _move(one: Listed) -> SetPrices:
    ask = (one.mark_price * Decimal("0.95") / one.tick).to_integral_value() * one.tick
    patch = PricePatch(bid_price=ask - one.tick, bid_qty=_ENOUGH, ask_price=ask, ask_qty=_ENOUGH)
    return SetPrices({one.symbol: patch}, {}, {})
