"""What a downloaded file holds: the rows of a history call as CSV, below the names of their fields."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.orders import Order
from margind.engine.model.terms import Market
from margind.storage import IncomeRow, TradeRow
from margind.storage.extracts import ROWS_AT_ONCE, Extract
from margind.wire.coinm import history as coinm_history
from margind.wire.coinm import orders as coinm_orders
from margind.wire.orders import TradeFields
from margind.wire.usdm import history as usdm_history
from margind.wire.usdm import orders as usdm_orders

Contracts = Mapping[str, Contract]
Views = Callable[[Extract, Contracts], Iterable[msgspec.Struct]]


class Kind(StrEnum):
    """Which history."""

    INCOME = "income"
    ORDER = "order"
    TRADE = "trade"


class Sheet(NamedTuple):
    """How one kind of file of one market is made."""

    row: type[msgspec.Struct]
    views: Views


def csv_pieces(sheet: Sheet, extract: Extract, contracts: Contracts) -> Iterator[bytes]:
    """The file, piece by piece; fields that a row does not have are empty."""
    names = [field.encode_name for field in msgspec.structs.fields(sheet.row)]
    yield _lines([names])
    rows = iter(sheet.views(extract, contracts))
    while some := [msgspec.to_builtins(row) for row in islice(rows, ROWS_AT_ONCE)]:
        yield _lines([_text(row.get(name, "")) for name in names] for row in some)


def _lines(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _text(value: Any) -> str:
    # As JSON has it: true and false.
    return str(value).lower() if isinstance(value, bool) else str(value)


def _income(view: Callable[[Iterable[IncomeRow]], Iterable[msgspec.Struct]]) -> Views:
    def views(extract: Extract, _: Contracts) -> Iterator[msgspec.Struct]:
        for row in extract.income():
            yield from view((row,))

    return views


def _orders(view: Callable[[Order, Contract], msgspec.Struct]) -> Views:
    def views(extract: Extract, contracts: Contracts) -> Iterator[msgspec.Struct]:
        return (view(order, contracts[order.symbol]) for order in extract.orders())

    return views


def _trades(view: Callable[[TradeRow, Contract], msgspec.Struct]) -> Views:
    def views(extract: Extract, contracts: Contracts) -> Iterator[msgspec.Struct]:
        return (view(trade, contracts[trade.symbol]) for trade in extract.trades())

    return views


SHEETS: Mapping[tuple[Market, Kind], Sheet] = {
    (Market.USDM, Kind.INCOME): Sheet(usdm_history.Income, _income(usdm_history.income)),
    (Market.USDM, Kind.ORDER): Sheet(usdm_orders.OrderRow, _orders(usdm_orders.order_row)),
    (Market.USDM, Kind.TRADE): Sheet(TradeFields, _trades(usdm_orders.trade)),
    (Market.COINM, Kind.INCOME): Sheet(coinm_history.Income, _income(coinm_history.income)),
    (Market.COINM, Kind.ORDER): Sheet(coinm_orders.OrderRow, _orders(coinm_orders.order_row)),
    (Market.COINM, Kind.TRADE): Sheet(TradeFields, _trades(coinm_orders.trade)),
}
