"""The settings both markets change alike: leverage, margin type, position mode, isolated margin."""

from collections.abc import Callable

from margind.api.endpoints import Call, Handler
from margind.api.lookup import listed
from margind.api.parameters import Kind, Parameter
from margind.engine import commands as c
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import MarginType
from margind.wire import configuration
from margind.wire.replies import SUCCESS, encode

ADD, TAKE_OUT = 1, 2
"""`type` of positionMargin."""

LEVERAGE = Parameter("leverage", Kind.INTEGER, required=True)
MARGIN_TYPE = Parameter("marginType", Kind.ENUM, required=True, choices=tuple(MarginType))
DUAL_SIDE_POSITION = Parameter("dualSidePosition", Kind.BOOLEAN, required=True)
AMOUNT = Parameter("amount", Kind.DECIMAL, required=True)
CHANGE_TYPE = Parameter("type", Kind.INTEGER, required=True, minimum=ADD, maximum=TAKE_OUT)


def change_leverage(view: Callable[[MarketState, str, int], object]) -> Handler:
    """Sets a symbol's leverage; `view` prints the answer as the market does."""

    async def handler(call: Call) -> bytes:
        symbol, leverage = call.parameters["symbol"], call.parameters["leverage"]
        await call.runtime.execute(c.ChangeLeverage(call.owner.name, call.market, symbol, leverage))
        return encode(view(call.market_state, symbol, leverage))

    return handler


async def change_margin_type(call: Call) -> bytes:
    """Sets a symbol to cross or isolated margin."""
    margin_type = call.parameters["marginType"]
    symbol = call.parameters["symbol"]
    await call.runtime.execute(c.ChangeMarginType(call.owner.name, call.market, symbol, margin_type))
    return encode(SUCCESS)


async def change_position_mode(call: Call) -> bytes:
    """Chooses one-way or hedge mode, for both markets."""
    await call.runtime.execute(c.ChangePositionMode(call.owner.name, call.parameters["dualSidePosition"]))
    return encode(SUCCESS)


async def change_position_margin(call: Call) -> bytes:
    """Adds margin to an isolated position or takes some out."""
    asked = call.parameters
    await call.runtime.execute(
        c.ChangePositionMargin(
            account=call.owner.name,
            market=call.market,
            symbol=asked["symbol"],
            position_side=asked["positionSide"],
            amount=asked["amount"],
            adds=asked["type"] == ADD,
        )
    )
    return encode(configuration.position_margin(asked["amount"], asked["type"]))


def position_mode(call: Call) -> bytes:
    """Whether hedge mode is on."""
    return encode(configuration.position_mode(call.owner))


def symbol_config(call: Call) -> bytes:
    """Margin type and leverage of one symbol or of all."""
    symbol = listed(call)
    half = call.owner.on(call.market)
    return encode(configuration.symbol_config(half, call.market_state, None if symbol is None else (symbol,)))


def adl_quantile(call: Call) -> bytes:
    """Places in the auto-deleveraging queue."""
    symbol = listed(call)
    reader = call.runtime.reader
    report = reader.report(call.owner, call.market)
    places = reader.adl(call.owner, call.market, call.now)
    return encode(configuration.adl_quantile(report, places, symbol))
