"""What history keeps of the events: income rows and isolated-margin changes."""

from collections.abc import Iterable

from margind.engine.events import BalanceChanged, Event, IsolatedMarginChanged
from margind.engine.model.decimals import ZERO
from margind.storage import HistoryRow, IncomeRow, MarginChangeRow


def history_rows(events: Iterable[Event]) -> list[HistoryRow]:
    """The rows that some events add to an account's history."""
    rows: list[HistoryRow] = []
    for event in events:
        if isinstance(event, BalanceChanged) and event.income_type is not None:
            rows.append(
                IncomeRow(
                    account=event.account,
                    market=event.market,
                    symbol=event.symbol,
                    income_type=event.income_type,
                    income=event.amount,
                    asset=event.asset,
                    info=event.info,
                    time=event.time,
                    tran_id=event.tran_id,
                    trade_id=event.trade_id,
                )
            )
        elif isinstance(event, IsolatedMarginChanged):
            rows.append(
                MarginChangeRow(
                    account=event.account,
                    market=event.market,
                    symbol=event.symbol,
                    position_side=event.position_side,
                    type=1 if event.amount > ZERO else 2,
                    delta_type=event.delta_type,
                    amount=abs(event.amount),
                    asset=event.asset,
                    time=event.time,
                )
            )
    return rows
