"""Over a seeded population and many small moves the sweep picks those in need, and hardly anyone else."""

import random
from decimal import Decimal

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Market, PositionSide
from margind.sweep.screen import SweepScreen
from tests.engine.builders import BTCUSD_PERP_2021, BTCUSDT_2026_09, Desk, document, held, index, market_of
from tests.engine.strategies import SMALL
from tests.sweep.exactly import Moved, check, everything
from tests.sweep.ways import Way

MARKS = {"ADAUSDT": "0.5", "BTCUSDT": "95000", "ETHUSDT": "3300", "BTCUSD_PERP": "95000"}
LADDERS = {"BTCUSDT": BTCUSDT_2026_09, "ETHUSDT": SMALL, "BTCUSD_PERP": BTCUSD_PERP_2021}
ACCOUNTS, STEPS = 60, 120
LONG, SHORT, BOTH = PositionSide.LONG, PositionSide.SHORT, PositionSide.BOTH


class Half:
    """One market's part of a drawn account, with a wallet that puts it near its margin call."""

    def __init__(self, rng: random.Random, market: Market, *, dual: bool, multi: bool) -> None:
        self.rng, self.market, self.dual, self.multi = rng, market, dual, multi
        self.symbols: dict[str, SymbolConfiguration] = {}
        self.positions: list[Position] = []
        self.needed = 0.0
        for symbol in sorted(MARKS):
            if market_of(symbol) is market and rng.random() < 0.6:
                self.hold(symbol)

    def hold(self, symbol: str) -> None:
        rng, mark = self.rng, float(MARKS[symbol])
        isolated = not self.multi and rng.random() < 0.3
        kind = MarginType.ISOLATED if isolated else MarginType.CROSSED
        self.symbols[symbol] = SymbolConfiguration(rng.choice([1, 3, 10, 20]), kind)
        for side in rng.sample((LONG, SHORT), rng.randint(1, 2)) if self.dual else (BOTH,):
            amount = float(rng.randint(1, 20000))
            value = amount * 100 / mark
            if self.market is Market.USDM:
                value = 10 ** rng.uniform(1, 7)
                amount = max(round(value / mark, 3), 0.001)
            sign = {LONG: 1, SHORT: -1, BOTH: rng.choice([1, -1])}[side]
            own = round(value * rng.uniform(0.03, 0.3), 8) if isolated else 0.0
            entry = f"{mark * rng.uniform(0.98, 1.02):.8f}"
            self.positions.append(held(symbol, f"{sign * amount:f}", entry, f"{own:.8f}", side))
            self.needed += own if isolated else value * rng.uniform(0.02, 0.3)

    def document(self) -> c.MarketDocument:
        coin = "BTC" if self.market is Market.COINM else "USDT"
        wallets = {coin: f"{self.needed + 0.001:.8f}"}
        if self.multi:
            wallets["BTC"] = f"{self.rng.uniform(-0.1, 0.3) * self.needed / float(MARKS['BTCUSDT']):.8f}"
        return document(wallets, self.symbols, self.positions, multi_assets_margin=self.multi)


class Population:
    """Accounts of all four kinds of pools, in both position modes."""

    def __init__(self, seed: int, screen: SweepScreen) -> None:
        self.rng = random.Random(seed)
        rates = {"USDTUSD": index("1"), "USDCUSD": index("0.999"), "BTCUSD": index("95000", "0.05", "0.05")}
        self.desk = Desk(MARKS, LADDERS, rates)
        self.screen = screen
        for number in range(ACCOUNTS):
            self.desk.do(c.OpenAccount(f"account-{number}"))
            self.load(number)

    def load(self, number: int) -> None:
        dual, multi = self.rng.random() < 0.3, self.rng.random() < 0.3
        usdm = Half(self.rng, Market.USDM, dual=dual, multi=multi)
        coinm = Half(self.rng, Market.COINM, dual=dual, multi=False)
        self.desk.do(c.LoadAccount(f"account-{number}", dual, usdm.document(), coinm.document()))

    def step(self) -> tuple[Moved, bool]:
        """Something happens; which symbols moved, and whether the index did."""
        rng, state = self.rng, self.desk.state
        kind = rng.random()
        if kind < 0.1:
            self.load(rng.randrange(ACCOUNTS))
            return {}, False
        if kind < 0.2:
            name, market = f"account-{rng.randrange(ACCOUNTS)}", rng.choice(list(Market))
            self.desk.do(c.Transfer(name, market, "BTC", Decimal(rng.randint(1, 1000)) / 10000))
            return {}, False
        if kind < 0.3:
            moved = {"BTCUSD": index(str(rng.randint(80000, 110000)), "0.05", "0.05")}
            state.set_prices(Market.USDM, [], moved)
            return {}, True
        symbols = rng.sample(sorted(MARKS), rng.choice([1, 1, 4]))
        moved_symbols: dict[Market, list[str]] = {market: [] for market in Market}
        for market in Market:
            prices = state.markets[market].prices
            rows = []
            for symbol in symbols:
                if market_of(symbol) is market:
                    factor = Decimal(rng.randint(970, 1030)) / 1000
                    price = prices[symbol]
                    rows.append(
                        (symbol, msgspec.structs.replace(price, mark_price=price.mark_price * factor))
                    )
                    moved_symbols[market].append(symbol)
            if rows:
                state.set_prices(market, rows, {})
        return moved_symbols, False


@pytest.mark.parametrize("seed", [1, 2])
def test_the_sweep_picks_those_in_need_and_hardly_anyone_else(seed: int, way: Way) -> None:
    population = Population(seed, way.screen())
    screen, state = population.screen, population.desk.state
    in_need, alarms, reached = 0, 0, 0
    for _ in range(STEPS):
        moved, index_moved = population.step()
        needy, wrong = check(screen, state, moved, index_moved=index_moved)
        in_need, alarms = in_need + needy, alarms + wrong
        reached += len(
            {name for market in moved for s in moved[market] for name in state.holders[market].get(s, ())}
        )
    needy, wrong = check(screen, state, everything(state), index_moved=True)
    assert needy
    assert in_need > STEPS
    assert in_need * 3 < reached
    assert alarms + wrong == 0
