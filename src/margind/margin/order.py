"""An order somebody thinks of placing, also as a line of text: `BUY 0.1 BTCUSDT @ 94000`."""

from decimal import Decimal

import msgspec

from margind.engine.commands import PlaceOrder
from margind.engine.model.decimals import parse_decimal
from margind.engine.model.terms import Market, OrderType, PositionSide, Side, TimeInForce
from margind.errors.impossible import Impossible
from margind.margin.situations import NAME

EXAMPLE = "BUY 0.1 BTCUSDT @ 94000"


class NewOrder(msgspec.Struct, frozen=True):
    """A limit order, or a market order when it has no price."""

    side: Side
    quantity: Decimal
    """On COIN-M a number of contracts."""
    symbol: str
    price: Decimal | None = None
    position_side: PositionSide = PositionSide.BOTH
    """LONG or SHORT in hedge mode."""
    reduce_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC

    def __str__(self) -> str:
        words = [self.side, f"{self.quantity:f}", self.symbol]
        if self.position_side is not PositionSide.BOTH:
            words.append(self.position_side)
        words += ["@", "market" if self.price is None else f"{self.price:f}"]
        if self.time_in_force is not TimeInForce.GTC:
            words.append(self.time_in_force)
        if self.reduce_only:
            words.append("reduce-only")
        return " ".join(words)

    def command(self, market: Market, *, only_checks: bool = False) -> PlaceOrder:
        """What the exchange is asked."""
        is_limit = self.price is not None
        return PlaceOrder(
            account=NAME,
            market=market,
            symbol=self.symbol,
            side=self.side,
            type=OrderType.LIMIT if is_limit else OrderType.MARKET,
            position_side=self.position_side,
            time_in_force=self.time_in_force if is_limit else None,
            quantity=self.quantity,
            price=self.price,
            # Not sent rather than false: in hedge mode the parameter is refused whatever its value.
            reduce_only=True if self.reduce_only else None,
            only_checks=only_checks,
        )


def parse_order(text: str) -> NewOrder:
    """An order from words: side, quantity, symbol, in hedge mode LONG or SHORT, then `@` and the limit.

    Without a limit, or with `@ market`, it is a market order. `GTX`, `IOC`, `FOK` and `reduce-only` may
    follow. `Impossible` says which word is none of these.
    """
    words = text.replace("@", " @ ").split()
    if len(words) < len(("side", "quantity", "symbol")):
        raise _unread(text, "an order has a side, a quantity and a symbol")
    side, quantity, symbol, *rest = words
    if side.upper() not in Side.__members__:
        raise _unread(text, f"{side!r} is neither BUY nor SELL")
    order = NewOrder(Side(side.upper()), _decimal(text, "quantity", quantity), symbol.upper())
    while rest:
        word = rest.pop(0)
        if word == "@":
            if not rest:
                raise _unread(text, "there is no price behind the @")
            price = rest.pop(0)
            if price.lower() != "market":
                order = msgspec.structs.replace(order, price=_decimal(text, "price", price))
        elif word.upper() in ("LONG", "SHORT"):
            order = msgspec.structs.replace(order, position_side=PositionSide(word.upper()))
        elif word.upper() in ("GTC", "GTX", "IOC", "FOK"):
            order = msgspec.structs.replace(order, time_in_force=TimeInForce(word.upper()))
        elif word.lower() in ("reduce-only", "reduceonly"):
            order = msgspec.structs.replace(order, reduce_only=True)
        else:
            raise _unread(text, f"{word!r} means nothing here")
    return order


def _decimal(text: str, name: str, word: str) -> Decimal:
    value = parse_decimal(word)
    if value is None:
        raise _unread(text, f"the {name} {word!r} is no plain decimal number")
    return value


def _unread(text: str, reason: str) -> Impossible:
    return Impossible("bad_order", f"order {text!r}: {reason}; write it like {EXAMPLE!r}")
