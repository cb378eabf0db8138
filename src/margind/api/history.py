"""What the history calls of both markets ask of the store: spans of time and pages."""

from margind import errors
from margind.api.endpoints import Call
from margind.api.lookup import times
from margind.engine.model.terms import IncomeType, Millis
from margind.errors import Refusal
from margind.storage import IncomeRow, MarginChangeRow

DAY: Millis = 24 * 3600 * 1000
INCOME_DEFAULT_SPAN = 7 * DAY
"""Documented: 'Get Income History': without times, the last 7 days."""
INCOME_KEPT = 90 * DAY
"""Documented: three months are kept. Older rows stay in the journal, but are not shown."""
MARGIN_CHANGES_KEPT = 30 * DAY
"""Documented: 'Get Position Margin Change History': at most 30 days old, span at most 30 days."""


async def income(call: Call) -> list[IncomeRow]:
    """Income rows of the caller, oldest first."""
    asked = call.parameters
    wanted = asked["incomeType"]
    start, end = _span(call, INCOME_DEFAULT_SPAN)
    store = await call.runtime.history()
    return store.income(
        call.owner.name,
        call.market,
        symbol=asked["symbol"],
        income_type=None if wanted is None else IncomeType(wanted),
        start_time=max(start, call.now - INCOME_KEPT),
        end_time=end,
        page=asked["page"],
        limit=asked["limit"],
    )


async def margin_changes(call: Call) -> list[MarginChangeRow]:
    """Isolated-margin changes of the caller on one symbol, oldest first."""
    asked = call.parameters
    if asked["symbol"] not in call.market_state.contracts:
        raise Refusal(errors.BAD_SYMBOL)
    start, end = _span(call, MARGIN_CHANGES_KEPT)
    if end - start > MARGIN_CHANGES_KEPT:
        raise Refusal(errors.INVALID_TIME_INTERVAL, MARGIN_CHANGES_KEPT // DAY)
    store = await call.runtime.history()
    return store.position_margin(
        call.owner.name,
        call.market,
        asked["symbol"],
        change_type=asked["type"],
        start_time=max(start, call.now - MARGIN_CHANGES_KEPT),
        end_time=end,
        limit=asked["limit"],
    )


def _span(call: Call, default: Millis) -> tuple[Millis, Millis]:
    """Both ends of the time asked for, inclusive."""
    start, end = times(call)
    until = call.now if end is None else end
    return (until - default if start is None else start), until
