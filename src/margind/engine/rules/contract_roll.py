"""The contract roll: who takes the place of a quarterly contract that was delivered."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from margind.engine import events as e
from margind.engine.model.contracts import NEVER, QUARTERS, Contract
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.quarters import next_quarter_day, quarter_day_before
from margind.engine.model.terms import ContractStatus, Millis


def successor(market: MarketState, delivered: Contract, now: Millis) -> Iterator[e.Event]:
    """List the next quarter's contract, and let those before it move up.

    Documented: after a delivery a new quarterly contract is generated. Observed: it is the one after the
    latest that is listed, and came up when the contract two before it was delivered. Assumed: its filters,
    brackets and first price are those of the latest one (a listing with its first price would settle it).
    """
    if not delivered.is_quarterly:
        return
    waiting = [
        row
        for row in market.expiring.values()
        if row.is_quarterly and (row.pair, row.margin_asset) == (delivered.pair, delivered.margin_asset)
    ]
    waiting.sort(key=_delivery_date)
    model = waiting[-1] if waiting else delivered
    day = next_quarter_day(max(model.delivery_date, delivered.delivery_date, now))
    head, _, _ = delivered.symbol.rpartition("_")
    symbol = f"{head or delivered.pair}_{day.text}"
    for place, row in enumerate(waiting):
        if row.contract_type != _type_of(place):
            yield e.ContractListed(msgspec.structs.replace(row, contract_type=_type_of(place)), now)
    if symbol in market.contracts or day.time >= NEVER:
        return
    listed = msgspec.structs.replace(
        model,
        symbol=symbol,
        contract_type=_type_of(len(waiting)),
        status=ContractStatus.TRADING,
        onboard_date=min(quarter_day_before(quarter_day_before(day.time)), now),
        delivery_date=day.time,
    )
    yield e.BracketsSet(market.market, symbol, market.brackets[model.symbol], now)
    yield e.ContractListed(listed, now, _first_price(market.prices[model.symbol], now))


def _first_price(price: SymbolPrice, now: Millis) -> SymbolPrice:
    return msgspec.structs.replace(price, last_funding_rate=Decimal(0), next_funding_time=0, time=now)


def _type_of(place: int) -> str:
    return QUARTERS[min(place, len(QUARTERS) - 1)]


def _delivery_date(contract: Contract) -> Millis:
    return contract.delivery_date
