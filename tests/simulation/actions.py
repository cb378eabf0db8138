"""What users and the market do next: mostly what is possible, sometimes what is not."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from margind.engine import commands as c
from margind.engine.model.account import MarketAccount
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.terms import (
    ConditionalOrders,
    MarginType,
    Market,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from tests.engine.builders import document
from tests.simulation.world import MARKS, TICK, WALLETS, World

T = TypeVar("T")
CONDITIONAL = (
    OrderType.STOP,
    OrderType.STOP_MARKET,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_MARKET,
    OrderType.TRAILING_STOP_MARKET,
)


class Actor:
    """One user on one symbol, about to do something."""

    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng
        self.account = self.rng.choice(list(world.state.accounts))
        self.market = self.rng.choice([Market.USDM, Market.USDM, Market.COINM])
        quarters = sorted(world.state.markets[self.market].expiring)
        self.symbol = self.rng.choice([*MARKS[self.market], *quarters[: self.rng.randint(0, 1)]])
        self.mark = world.state.markets[self.market].prices[self.symbol].mark_price
        self.side = self.rng.choice(list(Side))

    @property
    def half(self) -> MarketAccount:
        return self.world.state.accounts[self.account].on(self.market)

    def chance(self, of_ten: int) -> bool:
        return self.rng.randint(1, 10) <= of_ten

    def one_of(self, values: Iterable[T]) -> T:
        return self.rng.choice(list(values))

    def price(self, percent: int) -> Decimal:
        """A price near the mark, on its tick."""
        away = self.mark * self.rng.randint(-percent * 10, percent * 10) / 1000
        return ((self.mark + away) / TICK).to_integral_value() * TICK

    def quantity(self) -> Decimal:
        if self.market is Market.COINM:
            return Decimal(self.rng.choice([1, 3, 10, 40, 400]))
        value = self.rng.choice([150, 400, 1500, 9000, 30_000])
        return (Decimal(value) / self.mark).quantize(Decimal("0.001"))

    def position_side(self) -> PositionSide:
        """Fits the mode nearly always, and opens."""
        hedge = self.world.state.accounts[self.account].dual_side_position
        if self.rng.random() < 0.02:
            hedge = not hedge
        if not hedge:
            return PositionSide.BOTH
        return PositionSide.LONG if (self.side is Side.BUY) is self.chance(9) else PositionSide.SHORT

    def closing(self) -> tuple[Side, PositionSide, Decimal] | None:
        """What closes some or all of a position on the symbol; a little more where that is not refused."""
        rows = [row for row in self.half.positions.values() if row.symbol == self.symbol]
        if not rows:
            return None
        row = self.one_of(rows)
        amount = abs(row.position_amt)
        share = self.one_of([Decimal("0.3"), Decimal(1), Decimal(1)])
        quantity = max(Decimal("0.001"), (amount * share).quantize(Decimal("0.001")))
        return Side.SELL if row.position_amt > 0 else Side.BUY, row.position_side, quantity

    def reduces(self, side: PositionSide) -> bool | None:
        return True if side is PositionSide.BOTH else None

    def limit(self) -> c.Command:
        closing = self.closing() if self.chance(3) else None
        side, position_side, quantity = closing or (self.side, self.position_side(), self.quantity())
        in_force = self.one_of([TimeInForce.GTC] * 8 + list(TimeInForce))
        matched = self.chance(1)
        return c.PlaceOrder(
            self.account,
            self.market,
            self.symbol,
            side,
            OrderType.LIMIT,
            position_side,
            time_in_force=in_force,
            quantity=quantity,
            price=None if matched else self.price(3),
            reduce_only=self.reduces(position_side) if closing else None,
            client_order_id=f"mine{self.rng.randint(0, 5)}" if self.chance(2) else None,
            price_match=self.one_of([PriceMatch.OPPONENT, PriceMatch.QUEUE, PriceMatch.OPPONENT_5])
            if matched
            else PriceMatch.NONE,
            self_trade_prevention=self.one_of(SelfTradePrevention),
            good_till_date=self.world.now + 600_000 + self.rng.randint(-20_000, 200_000)
            if in_force is TimeInForce.GTD
            else 0,
            only_checks=self.rng.random() < 0.02,
        )

    def market_order(self) -> c.Command:
        closing = self.closing() if self.chance(5) else None
        side, position_side, quantity = closing or (self.side, self.position_side(), self.quantity())
        return c.PlaceOrder(
            self.account,
            self.market,
            self.symbol,
            side,
            OrderType.MARKET,
            position_side,
            quantity=quantity,
            reduce_only=self.reduces(position_side) if closing else None,
            self_trade_prevention=self.one_of(SelfTradePrevention),
        )

    def conditional(self) -> c.Command:
        """With the algo service, or where the exchange takes it there, as an order."""
        kind = self.one_of(CONDITIONAL)
        closing = self.closing() if self.chance(5) else None
        side, position_side, quantity = closing or (self.side, self.position_side(), self.quantity())
        closes_all = kind in {OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET} and self.chance(3)
        limits = kind in {OrderType.STOP, OrderType.TAKE_PROFIT}
        trails = kind is OrderType.TRAILING_STOP_MARKET
        away = self.mark * self.rng.randint(1, 12) / 1000
        waits_above = (side is Side.BUY) is (kind in {OrderType.STOP, OrderType.STOP_MARKET})
        if self.chance(1):
            waits_above = not waits_above
        trigger = ((self.mark + (away if waits_above else -away)) / TICK).to_integral_value() * TICK
        terms: dict[str, Any] = {
            "position_side": position_side,
            "quantity": None if closes_all else quantity,
            "price": trigger + self.rng.randint(-20, 20) * TICK if limits else None,
            "trigger_price": None if trails else trigger,
            "working_type": self.one_of(WorkingType),
            "close_position": closes_all,
            "price_protect": self.chance(3),
            "reduce_only": self.reduces(position_side) if closing and not closes_all else None,
            "activate_price": trigger if trails and self.chance(5) else None,
            "callback_rate": Decimal(self.one_of(["0.1", "0.5", "1"])) if trails else None,
            "self_trade_prevention": self.one_of(SelfTradePrevention),
        }
        if self.world.settings.conditional_orders is ConditionalOrders.ORDER and self.chance(9):
            return c.PlaceOrder(
                self.account,
                self.market,
                self.symbol,
                side,
                kind,
                time_in_force=TimeInForce.GTC if limits else None,
                **terms,
            )
        in_force = self.one_of([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX])
        return c.PlaceAlgoOrder(
            self.account, self.market, self.symbol, side, kind, time_in_force=in_force, **terms
        )

    def cancel(self) -> c.Command:
        if self.half.algo_orders and self.chance(3):
            return c.CancelAlgoOrder(self.account, self.market, self.one_of(list(self.half.algo_orders)))
        if not self.half.open_orders:
            return c.CancelOrder(self.account, self.market, self.symbol, 1)
        order = self.one_of(list(self.half.open_orders.values()))
        return c.CancelOrder(self.account, self.market, order.symbol, order.order_id)

    def cancel_all(self) -> c.Command:
        if self.chance(3):
            return c.CancelAllAlgoOrders(self.account, self.market, self.symbol)
        return c.CancelAllOrders(self.account, self.market, self.symbol)

    def amend(self) -> c.Command:
        orders = [order for order in self.half.open_orders.values() if order.symbol == self.symbol]
        if not orders:
            return self.limit()
        order = self.one_of(orders)
        share = self.one_of([Decimal("0.5"), Decimal(1), Decimal("1.3")])
        return c.AmendOrder(
            self.account,
            self.market,
            self.symbol,
            order.side,
            order.order_id,
            quantity=(order.orig_qty * share).quantize(Decimal("0.001")),
            price=order.price if self.chance(3) else self.price(2),
        )

    def countdown(self) -> c.Command:
        ms = self.one_of([0, 5_000, 30_000])
        return c.SetCountdown(self.account, self.market, self.symbol, ms)

    def transfer(self) -> c.Command:
        asset = self.one_of(list(WALLETS[self.market]))
        amount = Decimal(WALLETS[self.market][asset]) * self.one_of([-90, -30, -1, 5, 20, 60]) / 100
        return c.Transfer(self.account, self.market, asset, amount)

    def isolated_margin(self) -> c.Command:
        sides = [row.position_side for row in self.half.positions.values() if row.symbol == self.symbol]
        side = self.one_of(sides) if sides else self.position_side()
        unit = Decimal("0.01") if self.market is Market.COINM else Decimal(10)
        amount = unit * self.rng.randint(1, 9)
        return c.ChangePositionMargin(self.account, self.market, self.symbol, side, amount, self.chance(5))

    def configuration(self) -> c.Command:
        changes: list[Callable[[], c.Command]] = [
            lambda: c.ChangeLeverage(self.account, self.market, self.symbol, self.rng.randint(1, 30)),
            lambda: c.ChangeLeverage(self.account, self.market, self.symbol, self.rng.randint(1, 30)),
            lambda: c.ChangeMarginType(self.account, self.market, self.symbol, self.one_of(MarginType)),
            lambda: c.ChangeFeeBurn(self.account, self.chance(5)),
            lambda: c.ChangePositionMode(self.account, self.chance(5)),
            lambda: c.ChangeAssetMode(self.account, self.chance(5)),
        ]
        return self.one_of(changes)()

    def load(self) -> c.Command:
        """Begin anew with other leverages, some orders still resting away from the market."""
        halves = []
        for market in Market:
            half = self.world.state.accounts[self.account].on(market)
            chosen = {symbol: SymbolConfiguration(self.rng.randint(2, 20)) for symbol in MARKS[market]}
            halves.append(
                document(
                    WALLETS[market],
                    chosen,
                    orders=[order for order in half.open_orders.values() if not order.only_reduces],
                    fee_tier=half.fee_tier,
                )
            )
        dual = self.world.state.accounts[self.account].dual_side_position
        return c.LoadAccount(self.account, dual, *halves)


def delivery(world: World, market: Market) -> c.Command:
    """The next of the quarterly contracts is delivered, near its mark price."""
    of_market = world.state.markets[market]
    symbol = min(of_market.expiring, key=lambda name: of_market.expiring[name].delivery_date)
    away = Decimal(world.rng.randint(-50, 50)) / 1000
    return c.DeliverContract(market, symbol, (of_market.mark_price(symbol) * (1 + away)).quantize(TICK))


def next_command(world: World) -> c.Command:
    """The market moves, time passes, or a user acts."""
    rng, actor = world.rng, Actor(world)
    kind = rng.random()
    if kind < 0.22:
        far = 60 if rng.random() < 0.1 else 8
        return world.moved(actor.market, actor.symbol, rng.randint(-far, far))
    if kind < 0.26:
        world.now += rng.choice([1, 1_000, 20_000, 400_000])
        return c.PassTime()
    if kind < 0.27:
        rate = Decimal(rng.randint(-20, 20)) / 10_000
        return c.SettleFunding(actor.market, actor.symbol, rate)
    if kind < 0.28:
        return delivery(world, actor.market)
    weighted: list[tuple[Callable[[], c.Command], int]] = [
        (actor.limit, 40),
        (actor.market_order, 14),
        (actor.conditional, 12),
        (actor.cancel, 8),
        (actor.amend, 8),
        (actor.configuration, 5),
        (actor.transfer, 4),
        (actor.isolated_margin, 3),
        (actor.countdown, 2),
        (actor.cancel_all, 2),
        (actor.load, 1),
    ]
    actions, weights = zip(*weighted, strict=True)
    act: Callable[[], c.Command] = rng.choices(actions, weights)[0]
    return act()
