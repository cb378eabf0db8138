"""Delivering a dated contract by hand."""

import msgspec

from margind.control.call import Call
from margind.documents.numbers import Number, decoder
from margind.engine.commands import DeliverContract
from margind.engine.events import ContractDelivered, ContractListed, PositionDelivered
from margind.engine.model.terms import Market


class NewDelivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which contract is delivered, and at what price; without one, at what its index says."""

    market: Market
    symbol: str
    price: Number | None = None


class DeliveredPosition(msgspec.Struct, rename="camel", frozen=True):
    """A position that was settled: its profit, and the fee that was taken beside it."""

    account: str
    position_side: str
    asset: str
    realized_profit: Number
    commission: Number
    commission_asset: str


class DeliveryReply(msgspec.Struct, rename="camel", frozen=True):
    """One delivery, and who took the contract's place."""

    market: Market
    symbol: str
    delivery_price: Number
    positions: list[DeliveredPosition]
    listed: list[str]
    """Symbols that were not there before."""


_NEW_DELIVERY = decoder(NewDelivery)


async def deliver_contract(call: Call) -> DeliveryReply:
    """Deliver a dated contract now; the reply shows its settlement price and what each position came to."""
    asked = call.read(_NEW_DELIVERY)
    price = None if asked.price is None else asked.price.plain
    events = await call.runtime.execute(DeliverContract(asked.market, asked.symbol, price))
    return DeliveryReply(
        market=asked.market,
        symbol=asked.symbol,
        delivery_price=next(
            Number(event.delivery_price) for event in events if isinstance(event, ContractDelivered)
        ),
        positions=[
            DeliveredPosition(
                event.account,
                event.order.position_side,
                event.margin_asset,
                Number(event.realized_profit),
                Number(event.commission),
                event.commission_asset,
            )
            for event in events
            if isinstance(event, PositionDelivered)
        ],
        listed=[
            event.contract.symbol
            for event in events
            if isinstance(event, ContractListed) and event.price is not None
        ],
    )
