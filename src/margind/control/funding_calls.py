"""Settling funding by hand."""

import msgspec

from margind.control.call import Call
from margind.documents.numbers import Number, decoder
from margind.engine.commands import SettleFunding
from margind.engine.events import FundingSettled
from margind.engine.model.terms import Market


class NewFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which symbol pays, and at what rate."""

    market: Market
    symbol: str
    rate: Number
    """A fraction: 0.0001 is 0.01 %. Positive: longs pay."""


class FundingPayment(msgspec.Struct, rename="camel", frozen=True):
    """What one position paid (negative) or received."""

    account: str
    position_side: str
    asset: str
    amount: Number


class FundingReply(msgspec.Struct, rename="camel", frozen=True):
    """The payments of one funding; none where nobody held the symbol."""

    market: Market
    symbol: str
    rate: Number
    mark_price: Number
    payments: list[FundingPayment]


_NEW_FUNDING = decoder(NewFunding)


async def settle_funding(call: Call) -> FundingReply:
    """Settle funding of a symbol now, at its mark price."""
    asked = call.read(_NEW_FUNDING)
    runtime = call.runtime
    events = await runtime.execute(SettleFunding(asked.market, asked.symbol, asked.rate.plain))
    mark_price = runtime.state.markets[asked.market].mark_price(asked.symbol)
    return FundingReply(
        market=asked.market,
        symbol=asked.symbol,
        rate=asked.rate,
        mark_price=Number(mark_price),
        payments=[
            FundingPayment(event.account, event.position_side, event.asset, Number(event.amount))
            for event in events
            if isinstance(event, FundingSettled)
        ],
    )
