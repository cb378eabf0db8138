"""How dated contracts are quoted where no feed has them: like the perpetual contract of their pair."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ZERO, cut8
from margind.engine.model.prices import SymbolPrice


def on_tick(price: Decimal, contract: Contract) -> Decimal:
    """The nearest price that the contract can have; half a tick goes up."""
    tick = contract.price_filter.tick_size
    if not tick:
        return cut8(price)
    return CONTEXT.divide(price, tick).quantize(Decimal(1), ROUND_HALF_UP, CONTEXT) * tick


def following(price: SymbolPrice, contract: Contract, leader: SymbolPrice) -> SymbolPrice:
    """The price of a dated contract once the perpetual of its pair has moved.

    Assumed: the distance of its mark price from the index (its basis) stays what it is, and its book is the
    perpetual's, moved by that distance. Recordings of dated contracts would settle it.
    """
    basis = price.mark_price - price.index_price
    if min(leader.index_price, leader.bid_price, leader.last_price) + basis <= ZERO:
        basis = ZERO
    bid, ask = (on_tick(side + basis, contract) for side in (leader.bid_price, leader.ask_price))
    return msgspec.structs.replace(
        price,
        mark_price=leader.index_price + basis,
        index_price=leader.index_price,
        last_price=on_tick(leader.last_price + basis, contract),
        bid_price=bid,
        bid_qty=leader.bid_qty,
        ask_price=max(ask, bid + contract.price_filter.tick_size),
        ask_qty=leader.ask_qty,
        time=leader.time,
    )


def leaders_of(contracts: Iterable[Contract]) -> dict[str, list[str]]:
    """The dated contracts of a market that wait for their delivery, by the perpetual of their pair."""
    rows = list(contracts)
    perpetuals = {row.pair: row.symbol for row in rows if row.contract_type == "PERPETUAL"}
    followers: dict[str, list[str]] = {}
    for row in rows:
        if row.is_quarterly and row.awaits_delivery and row.pair in perpetuals:
            followers.setdefault(perpetuals[row.pair], []).append(row.symbol)
    return followers
