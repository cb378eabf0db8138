"""contractInfo: what the streams tell of contracts that are listed, change or end."""

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.terms import Millis
from margind.wire.brackets import cap, number
from margind.wire.candle_events import MARKET_CODES

UNSET = msgspec.UNSET


class BracketRow(msgspec.Struct, frozen=True):
    """One bracket in contractInfo."""

    bracket: int = msgspec.field(name="bs")
    notional_floor: msgspec.Raw = msgspec.field(name="bnf")
    notional_cap: msgspec.Raw | int = msgspec.field(name="bnc")
    maint_margin_ratio: msgspec.Raw = msgspec.field(name="mmr")
    cum: msgspec.Raw = msgspec.field(name="cf")
    min_leverage: int = msgspec.field(name="mi")
    max_leverage: int = msgspec.field(name="ma")


class ContractInfoEvent(msgspec.Struct, frozen=True, kw_only=True):
    """contractInfo."""

    event: str = msgspec.field(name="e", default="contractInfo")
    event_time: Millis = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    market: int = msgspec.field(name="st")
    contract_type: str = msgspec.field(name="ct")
    delivery_date: Millis = msgspec.field(name="dt")
    onboard_date: Millis = msgspec.field(name="ot")
    status: str = msgspec.field(name="cs")
    brackets: list[BracketRow] | msgspec.UnsetType = msgspec.field(name="bks", default=UNSET)
    """Documented: only when they changed."""


def contract_info(contract: Contract, brackets: Brackets | None, now: Millis) -> ContractInfoEvent:
    """A contract as it is now, with its brackets where those are what changed."""
    return ContractInfoEvent(
        event_time=now,
        symbol=contract.symbol,
        pair=contract.pair,
        market=MARKET_CODES[contract.market],
        contract_type=contract.contract_type,
        delivery_date=contract.delivery_date,
        onboard_date=contract.onboard_date,
        status=contract.status,
        brackets=UNSET if brackets is None else _rows(brackets),
    )


def _rows(brackets: Brackets) -> list[BracketRow]:
    """Each bracket's lowest leverage is one above the highest of the next."""
    below = [row.initial_leverage + 1 for row in brackets.rows[1:]]
    return [
        BracketRow(
            bracket=row.bracket,
            notional_floor=number(row.notional_floor),
            notional_cap=cap(row.notional_cap),
            maint_margin_ratio=number(row.maint_margin_ratio),
            cum=number(row.cum),
            min_leverage=least,
            max_leverage=row.initial_leverage,
        )
        for row, least in zip(brackets.rows, [*below, 1], strict=True)
    ]
