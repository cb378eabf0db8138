"""A small exchange with many users in it, and the prices it moves by."""

import random
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.exchange import execute
from margind.engine.model.configuration import ExchangeSettings, FeeTier, SymbolConfiguration
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import ConditionalOrders, MarginType, Market, Rounding
from margind.engine.state import State
from tests.engine.builders import (
    AT_PAR,
    BTCUSD_PERP_2021,
    ETHUSDT_2021,
    NOW,
    Tiers,
    coinm_facts,
    document,
    index,
    usdm_facts,
)

MARKS = {
    Market.USDM: {"BTCUSDT": "1000", "ETHUSDT": "200", "BTCUSDC": "1000"},
    Market.COINM: {"BTCUSD_PERP": "1000", "ETHUSD_PERP": "200"},
}
SMALL: Tiers = [(50, "20000", "0.01"), (20, "60000", "0.025"), (5, None, "0.1")]
WALLETS = {
    Market.USDM: {"USDT": "4000", "USDC": "2000", "BNB": "0.05", "BTC": "0.5"},
    Market.COINM: {"BTC": "3", "ETH": "20"},
}
QUARTERS = (
    ("CURRENT_QUARTER", "251226", 1_766_736_000_000),
    ("NEXT_QUARTER", "260327", 1_774_598_400_000),
)
USERS = 9
TICK = Decimal("0.1")


class World:
    """One exchange, its users, and what happened so far."""

    def __init__(self, seed: int, **settings: Any) -> None:
        self.rng = random.Random(seed)
        self.now = NOW
        marks = {symbol: mark for of_market in MARKS.values() for symbol, mark in of_market.items()}
        ladders = {"BTCUSDT": SMALL, "ETHUSDT": ETHUSDT_2021, "BTCUSD_PERP": BTCUSD_PERP_2021}
        self.facts = {
            Market.USDM: usdm_facts(marks, ladders, {**AT_PAR, "BNBUSD": index("500"), **_buffered(seed)}),
            Market.COINM: coinm_facts(marks, ladders),
        }
        # Makers of the second tier are paid for trading.
        tiers = (
            FeeTier(Decimal("0.0002"), Decimal("0.0005")),
            FeeTier(Decimal("-0.0001"), Decimal("0.0004")),
        )
        self.facts = {
            market: msgspec.structs.replace(facts, fee_tiers=tiers) for market, facts in self.facts.items()
        }
        self.facts = {market: _with_quarters(facts) for market, facts in self.facts.items()}
        self.settings = ExchangeSettings(
            initial_margin_rounding=Rounding.UP if seed % 3 else Rounding.CUT,
            conditional_orders=ConditionalOrders.ORDER if seed % 2 else ConditionalOrders.ALGO,
            **settings,
        )
        self.state = State(self.facts, self.settings)
        self.events: list[e.Event] = []
        for number in range(USERS):
            self._open(f"user{number}", number)
        for market, of_market in MARKS.items():
            for symbol in of_market:
                self.do(self.moved(market, symbol, 0))

    def do(self, command: c.Command) -> list[e.Event]:
        """Carry a command out."""
        events = execute(self.state, command, self.now)
        self.events += events
        return events

    def _open(self, name: str, number: int) -> None:
        """Of three users one hedges and one is isolated; one of all has joint margin, two are one group."""
        self.do(c.OpenAccount(name))
        isolated = number % 3 == 1
        halves = [
            document(
                WALLETS[market],
                {
                    symbol: SymbolConfiguration(
                        self.rng.randint(2, 20), MarginType.ISOLATED if isolated else MarginType.CROSSED
                    )
                    for symbol in MARKS[market]
                    if self.rng.random() < 0.8
                },
                fee_tier=number % 2,
                trade_group_id=7 if number in {4, 5} and market is Market.USDM else -1,
                multi_assets_margin=number % 9 == 2 and market is Market.USDM,
            )
            for market in Market
        ]
        self.do(c.LoadAccount(name, number % 3 == 2, *halves))

    def moved(self, market: Market, symbol: str, step: int) -> c.MovePrices:
        """A snapshot some ticks away from the last one, with what a feed may say."""
        rng, old = self.rng, self.state.markets[market].prices[symbol]
        mark = max(TICK * 100, (old.mark_price + step * TICK).quantize(TICK))
        spread = rng.randint(1, 3) * TICK
        last = mark + rng.randint(-3, 3) * TICK
        price = SymbolPrice(
            mark_price=mark + Decimal(rng.randint(0, 9)) / 100,
            index_price=mark,
            last_price=last,
            bid_price=last - spread,
            bid_qty=Decimal(rng.choice([0, 1, 5, 60])),
            ask_price=last + spread,
            ask_qty=Decimal(rng.choice([0, 1, 5, 60])),
            last_funding_rate=Decimal("0.0001"),
            next_funding_time=0,
            time=self.now,
        )
        row = self.state.markets[market].with_followers(((symbol, price),))
        return c.MovePrices(usdm=row) if market is Market.USDM else c.MovePrices(coinm=row)


def _with_quarters(facts: MarketFacts) -> MarketFacts:
    """The same with quarterly contracts on BTC, which can be delivered."""
    like = "BTCUSDT" if facts.market is Market.USDM else "BTCUSD_PERP"
    model = facts.contracts[like]
    rows = [
        msgspec.structs.replace(
            model, symbol=f"{model.pair}_{day}", contract_type=kind, onboard_date=0, delivery_date=date
        )
        for kind, day, date in QUARTERS
    ]
    return msgspec.structs.replace(
        facts,
        contracts={**facts.contracts, **{row.symbol: row for row in rows}},
        brackets={**facts.brackets, **{row.symbol: facts.brackets[like] for row in rows}},
        prices={**facts.prices, **{row.symbol: facts.prices[like] for row in rows}},
    )


def _buffered(seed: int) -> dict[str, AssetIndex]:
    """Collateral that counts less than it is worth, in some worlds."""
    return (
        {"USDCUSD": index("0.999", "0.01", "0.01"), "BTCUSD": index("1000", "0.05", "0.05")}
        if seed % 2
        else {}
    )
