"""Fundings that were, and the terms of those to come."""

import msgspec

from margind.api.endpoints import Call
from margind.api.lookup import times
from margind.engine.model.funding import USUAL_TERMS
from margind.feeds.feed import FundingRate
from margind.storage import FundingRow
from margind.wire.market_data import FundingSettlement
from margind.wire.market_data import funding_info as view
from margind.wire.replies import encode


async def settlements(call: Call, symbol: str | None) -> list[FundingSettlement]:
    """The fundings that a request asks for, of one symbol or of all, oldest first.

    Those that the feed knows, and those that were settled here; where both have one, what was settled counts.
    Documented: from a start time the first rows, otherwise the newest.
    """
    start, end = times(call)
    most, newest = call.parameters["limit"], start is None
    market = call.market_state
    symbols = [name for name, row in market.contracts.items() if row.is_perpetual and symbol in {None, name}]
    history = await call.runtime.history()
    settled = history.fundings(call.market, symbol, start_time=start, end_time=end, newest=newest, limit=most)
    replaced = {(row.symbol, row.funding_time) for row in settled}
    known = [
        row
        for name in symbols
        for row in call.runtime.feed.funding_rates(
            call.market, name, start_time=start, end_time=end, limit=most, now=call.now
        )
        if (row.symbol, row.funding_time) not in replaced
    ]
    rows = [*map(_settlement, known), *map(_settlement, settled)]
    rows.sort(key=lambda row: row.funding_time)
    return rows[-most:] if newest else rows[:most]


def funding_info(call: Call) -> bytes:
    """Documented: lists only symbols whose cap, floor or interval was adjusted."""
    market, feed = call.market_state, call.runtime.feed
    rows = []
    for symbol, contract in market.contracts.items():
        terms = market.funding_terms(symbol)
        hours = feed.funding_interval_hours(call.market, symbol, call.now)
        if hours is not None and hours != terms.interval_hours:
            terms = msgspec.structs.replace(terms, interval_hours=hours)
        if terms != USUAL_TERMS and contract.is_perpetual and symbol in market.brackets:
            rows.append(view(symbol, terms, market.brackets[symbol]))
    return encode(rows)


def _settlement(rate: FundingRate | FundingRow) -> FundingSettlement:
    return FundingSettlement(rate.symbol, rate.funding_rate, rate.funding_time, rate.mark_price)
