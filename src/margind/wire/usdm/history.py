"""The history views of USDⓈ-M: income and isolated-margin changes."""

from collections.abc import Iterable

import msgspec

from margind.engine.model.terms import IncomeType, MarginChangeType, Millis, PositionSide
from margind.wire.history import IncomeEntry, MarginChange
from margind.wire.text import amount_text, resting_text


class Income(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/income`."""

    symbol: str
    income_type: IncomeType
    income: str
    asset: str
    info: str
    time: Millis
    tran_id: int  # a text on COIN-M
    trade_id: str


class PositionMarginChange(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/positionMargin/history`."""

    symbol: str
    type: int
    delta_type: MarginChangeType
    amount: str
    asset: str
    time: Millis
    position_side: PositionSide
    client_tran_id: str = ""  # Observed in live replies, always empty; not on the page


def income(entries: Iterable[IncomeEntry]) -> list[Income]:
    """Income rows as they come, oldest first."""
    return [
        Income(
            symbol=entry.symbol,
            income_type=entry.income_type,
            income=amount_text(entry.income),
            asset=entry.asset,
            info=entry.info,
            time=entry.time,
            tran_id=entry.tran_id,
            trade_id=entry.trade_id,
        )
        for entry in entries
    ]


def position_margin_history(changes: Iterable[MarginChange]) -> list[PositionMarginChange]:
    """Margin changes as they come, oldest first. Documented: whole amounts have no decimals ("100")."""
    return [
        PositionMarginChange(
            symbol=change.symbol,
            type=change.type,
            delta_type=change.delta_type,
            amount=resting_text(change.amount),
            asset=change.asset,
            time=change.time,
            position_side=change.position_side,
        )
        for change in changes
    ]
