"""The history views of COIN-M: income and isolated-margin changes."""

from collections.abc import Iterable

import msgspec

from margind.engine.model.terms import IncomeType, Millis, PositionSide
from margind.wire.history import IncomeEntry, MarginChange
from margind.wire.text import amount_text, resting_text


class Income(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/income`."""

    symbol: str
    income_type: IncomeType
    income: str
    asset: str
    info: str
    time: Millis
    tran_id: str  # a number on USDⓈ-M
    trade_id: str


class PositionMarginChange(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/positionMargin/history`: without USDⓈ-M's `deltaType`."""

    amount: str
    asset: str
    symbol: str
    time: Millis
    type: int
    position_side: PositionSide


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
            tran_id=str(entry.tran_id),
            trade_id=entry.trade_id,
        )
        for entry in entries
    ]


def position_margin_history(changes: Iterable[MarginChange]) -> list[PositionMarginChange]:
    """Margin changes as they come, oldest first. Documented: whole amounts have no decimals ("100")."""
    return [
        PositionMarginChange(
            amount=resting_text(change.amount),
            asset=change.asset,
            symbol=change.symbol,
            time=change.time,
            type=change.type,
            position_side=change.position_side,
        )
        for change in changes
    ]
