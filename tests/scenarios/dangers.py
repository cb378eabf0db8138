"""Accounts in danger in few words: one position on BTCUSDT, and a feed that moves under it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.positions import Position
from margind.engine.model.terms import AutoClose, Counterparty, Market
from tests.engine.builders import NAME, Desk, Tiers, document, held, isolated
from tests.scenarios.orders import BTC, only, quote


def in_danger(
    positions: Sequence[Position],
    wallet: str = "1000",
    symbols: dict[str, SymbolConfiguration] | None = None,
    *,
    ladder: Tiers | None = None,
    dual: bool = False,
    **settings: Any,
) -> Desk:
    """An account whose positions were opened at 100, with the house at 99.9 and 100.1."""
    desk = Desk({}, {} if ladder is None else {BTC: ladder}, **{"liquidation": True, **settings})
    quote(desk, "99.9", "100.1")
    desk.load(document({"USDT": wallet}, symbols, positions), dual=dual)
    return desk


def isolated_long(**settings: Any) -> Desk:
    """10 long from 100 at 20x, 50 of 1000 set aside; bankrupt at 95, maintenance 1 %."""
    return in_danger([held(BTC, "10", "100", "50")], symbols={BTC: isolated(20)}, **settings)


def falls(desk: Desk, mark: str, *, bids: str = "500", symbol: str = BTC) -> list[e.Event]:
    """The mark price and the best bid stand at a price; what this causes."""
    ask = str(Decimal(mark) + Decimal("0.1"))
    return quote(desk, mark, ask, symbol, mark=mark, last=mark, bid_qty=bids)


def rises(desk: Desk, mark: str, *, asks: str = "500", symbol: str = BTC) -> list[e.Event]:
    """The mark price and the best ask stand at a price."""
    bid = str(Decimal(mark) - Decimal("0.1"))
    return quote(desk, bid, mark, symbol, mark=mark, last=mark, ask_qty=asks)


def closing_orders(
    events: list[e.Event], kind: AutoClose = AutoClose.LIQUIDATION
) -> list[tuple[str, Decimal, Decimal]]:
    """Symbol, quantity and price of the orders that the exchange placed."""
    return [
        (event.order.symbol, event.order.orig_qty, event.order.price)
        for event in only(events, e.OrderAccepted)
        if event.order.auto_close is kind
    ]


def orders_of(*expected: tuple[str, str, str]) -> list[tuple[str, Decimal, Decimal]]:
    return [(symbol, Decimal(quantity), Decimal(price)) for symbol, quantity, price in expected]


def cleared(events: list[e.Event]) -> list[tuple[str, Decimal]]:
    """Reason and amount of each posting between the account and the fund."""
    return [(event.reason.value, event.amount) for event in only(events, e.InsuranceCleared)]


def fund(desk: Desk, asset: str = "USDT", market: Market = Market.USDM) -> Decimal:
    return desk.state.ledger.balance(market, asset, Counterparty.INSURANCE_FUND)


def trader(desk: Desk, name: str, amount: str, entry_price: str, leverage: int = 20) -> str:
    """Another account with a position and plenty of money."""
    desk.do(c.OpenAccount(name))
    chosen = {BTC: SymbolConfiguration(leverage)}
    position = held(BTC, amount, entry_price)
    desk.do(c.LoadAccount(name, False, document({"USDT": "10000"}, chosen, [position]), document()))
    return name


def wallet_of(desk: Desk, account: str = NAME, asset: str = "USDT", market: Market = Market.USDM) -> Decimal:
    return desk.state.wallet_balance(account, market, asset)
