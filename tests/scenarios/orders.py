"""Orders in few words: what a test says about one, and nothing else."""

from decimal import Decimal
from typing import Any, TypeVar

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.exchange import execute
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import (
    AlgoStatus,
    ExpiryReason,
    Market,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from tests.engine.builders import NAME, NOW, Desk, Tiers, document, market_of

BUY, SELL = Side.BUY, Side.SELL
BOTH, LONG, SHORT = PositionSide.BOTH, PositionSide.LONG, PositionSide.SHORT
BTC = "BTCUSDT"
OTHER = "other"


def limit(side: Side, quantity: str, price: str | None, symbol: str = BTC, **changes: Any) -> c.PlaceOrder:
    """A good-till-cancelled limit order, unless the changes say otherwise."""
    given = {
        "account": NAME,
        "market": market_of(symbol),
        "symbol": symbol,
        "side": side,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": Decimal(quantity),
        "price": None if price is None else Decimal(price),
    }
    return c.PlaceOrder(**{**given, **changes})


def market(side: Side, quantity: str, symbol: str = BTC, **changes: Any) -> c.PlaceOrder:
    """A market order."""
    return limit(side, quantity, None, symbol, **{"type": OrderType.MARKET, "time_in_force": None, **changes})


def conditional(
    order_type: OrderType, side: Side, quantity: str | None, trigger: str | None, **changes: Any
) -> c.PlaceAlgoOrder:
    """A conditional order of the algo service."""
    symbol = changes.get("symbol", BTC)
    given = {
        "account": NAME,
        "market": market_of(symbol),
        "symbol": symbol,
        "side": side,
        "type": order_type,
        "quantity": None if quantity is None else Decimal(quantity),
        "trigger_price": None if trigger is None else Decimal(trigger),
    }
    return c.PlaceAlgoOrder(**{**given, **changes})


def amend(order: Order, quantity: str | None, price: str | None, **changes: Any) -> c.AmendOrder:
    """Another quantity and price for an order."""
    given = {
        "account": NAME,
        "market": market_of(order.symbol),
        "symbol": order.symbol,
        "side": order.side,
        "order_id": order.order_id,
        "quantity": None if quantity is None else Decimal(quantity),
        "price": None if price is None else Decimal(price),
    }
    return c.AmendOrder(**{**given, **changes})


def cancel(order: Order, account: str = NAME) -> c.CancelOrder:
    return c.CancelOrder(account, market_of(order.symbol), order.symbol, order.order_id)


def prices(
    bid: str,
    ask: str,
    *,
    mark: str | None = None,
    last: str | None = None,
    bid_qty: str = "500",
    ask_qty: str = "500",
) -> SymbolPrice:
    """A snapshot; mark and last price stand in the middle unless they are said."""
    middle = str((Decimal(bid) + Decimal(ask)) / 2)
    mark_price = Decimal(mark or middle)
    return SymbolPrice(
        mark_price=mark_price,
        index_price=mark_price,
        last_price=Decimal(last or middle),
        bid_price=Decimal(bid),
        bid_qty=Decimal(bid_qty),
        ask_price=Decimal(ask),
        ask_qty=Decimal(ask_qty),
        last_funding_rate=Decimal(0),
        next_funding_time=0,
        time=NOW,
    )


def quote(desk: Desk, bid: str, ask: str, symbol: str = BTC, now: int = NOW, **changes: Any) -> list[e.Event]:
    """Let a feed say where the house stands; what this causes."""
    row = ((symbol, prices(bid, ask, **changes)),)
    command = c.MovePrices(usdm=row) if market_of(symbol) is Market.USDM else c.MovePrices(coinm=row)
    return at(desk, command, now)


def at(desk: Desk, command: c.Command, now: int) -> list[e.Event]:
    """Carry a command out at a time."""
    events = execute(desk.state, command, now)
    desk.events += events
    return events


def trading(
    wallet: str = "100000",
    ladder: Tiers | None = None,
    symbols: dict[str, SymbolConfiguration] | None = None,
    positions: tuple[Position, ...] = (),
    *,
    dual: bool = False,
    **changes: Any,
) -> Desk:
    """BTCUSDT between 99.9 and 100.1 with 500 on either side, an account with USDT, and another one."""
    desk = Desk({BTC: "100"}, {} if ladder is None else {BTC: ladder})
    quote(desk, "99.9", "100.1")
    desk.load(document({"USDT": wallet}, symbols, positions, **changes), dual=dual)
    desk.do(c.OpenAccount(OTHER))
    desk.do(c.LoadAccount(OTHER, False, document({"USDT": "100000"}), document()))
    return desk


EventKind = TypeVar("EventKind", bound=e.Event)


def only(events: list[e.Event], kind: type[EventKind]) -> list[EventKind]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def placed(desk: Desk, command: c.PlaceOrder) -> Order:
    """Place an order that stays open."""
    accepted = only(desk.do(command), e.OrderAccepted)[0].order
    return open_orders(desk, command.account)[accepted.order_id]


def open_orders(desk: Desk, account: str = NAME, market: Market = Market.USDM) -> dict[int, Order]:
    return desk.state.accounts[account].on(market).open_orders


def waiting(desk: Desk, command: c.PlaceAlgoOrder) -> AlgoOrder:
    """Place a conditional order that waits."""
    return only(desk.do(command), e.AlgoOrderAccepted)[0].order


def position(desk: Desk, symbol: str = BTC, side: PositionSide = BOTH, account: str = NAME) -> Position:
    return desk.state.accounts[account].on(market_of(symbol)).positions[symbol, side]


def wallet(desk: Desk, asset: str = "USDT", market: Market = Market.USDM, account: str = NAME) -> Decimal:
    return desk.state.wallet_balance(account, market, asset)


Row = tuple[str, Decimal, Decimal]


def fills(events: list[e.Event]) -> list[Row]:
    """Account, price and quantity of each side that was filled."""
    return [(fill.account, fill.price, fill.quantity) for fill in only(events, e.OrderFilled)]


def rows(*expected: tuple[str, str, str]) -> list[Row]:
    return [(account, Decimal(price), Decimal(quantity)) for account, price, quantity in expected]


def ends(events: list[e.Event]) -> list[tuple[str, OrderStatus, ExpiryReason]]:
    """Account, status and reason of each order that ended without being filled."""
    return [(row.account, row.status, row.reason) for row in only(events, e.OrderCancelled)]


def third(desk: Desk, name: str = "third", **changes: Any) -> str:
    desk.do(c.OpenAccount(name))
    desk.do(c.LoadAccount(name, False, document({"USDT": "100000"}, **changes), document()))
    return name


def move(desk: Desk, *, last: str = "100", mark: str = "100", **changes: Any) -> list[e.Event]:
    """Move the prices that triggers look at; the house stands around the last price."""
    price = Decimal(last)
    return quote(
        desk, str(price - Decimal("0.1")), str(price + Decimal("0.1")), last=last, mark=mark, **changes
    )


def steps(events: list[e.Event]) -> list[AlgoStatus]:
    return [event.status for event in only(events, e.AlgoOrderChanged)]
