"""Everything of one kind in a span of time, oldest first, read in pieces: for files, not for replies."""

import heapq
import sqlite3
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from margind.engine.model.orders import Order
from margind.engine.model.terms import Market, Millis
from margind.storage.rows import IncomeRow, TradeRow

ROWS_AT_ONCE = 500
"""Read in pieces, so that no long read transaction stands in the way of checkpoints."""

_ORDER = msgspec.json.Decoder(Order)

Row = TypeVar("Row", bound=msgspec.Struct)
Found = tuple[Any, ...]
_place = itemgetter(-2, -1)


class Extract:
    """What one account did on one market in a span of time (milliseconds, both ends included)."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        account: str,
        market: Market,
        *,
        start_time: Millis,
        end_time: Millis,
    ) -> None:
        self._connection = connection
        self._owner = (account, market)
        self._start_time = start_time
        self._end_time = end_time

    def income(self) -> Iterator[IncomeRow]:
        """Changes of wallet balances."""
        return _converted(IncomeRow, self._pieces("income", "income_by_time", IncomeRow.__struct_fields__))

    def orders(self) -> Iterator[Order]:
        """Orders as they stand now, by the time they were placed."""
        for payload, *_ in self._of_all_symbols("orders", "orders_by_time", ("payload",)):
            yield _ORDER.decode(payload)

    def trades(self) -> Iterator[TradeRow]:
        """Fills."""
        found = self._of_all_symbols("trades", "trades_by_time", TradeRow.__struct_fields__)
        return _converted(TradeRow, found)

    def _of_all_symbols(self, table: str, index: str, columns: tuple[str, ...]) -> Iterator[Found]:
        # The index leads through one symbol in order of time; merged, the symbols are in order, too.
        symbols = self._connection.execute(
            f"SELECT DISTINCT symbol FROM {table} INDEXED BY {index} WHERE account = ? AND market = ?",  # noqa: S608 - our own names
            self._owner,
        ).fetchall()
        return heapq.merge(
            *(self._pieces(table, index, columns, symbol) for (symbol,) in symbols), key=_place
        )

    def _pieces(
        self, table: str, index: str, columns: tuple[str, ...], symbol: str | None = None
    ) -> Iterator[Found]:
        of_symbol, values = ("", ()) if symbol is None else ("AND symbol = ?", (symbol,))
        statement = (
            f"SELECT {', '.join(columns)}, time, rowid FROM {table} INDEXED BY {index}"  # noqa: S608 - our own names
            f" WHERE account = ? AND market = ? {of_symbol} AND (time, rowid) > (?, ?) AND time <= ?"
            " ORDER BY time, rowid LIMIT ?"
        )
        after = (self._start_time, 0)
        while True:
            rows = self._connection.execute(
                statement, (*self._owner, *values, *after, self._end_time, ROWS_AT_ONCE)
            ).fetchall()
            yield from rows
            if len(rows) < ROWS_AT_ONCE:
                return
            after = _place(rows[-1])


def _converted(kind: type[Row], found: Iterator[Found]) -> Iterator[Row]:
    names = kind.__struct_fields__
    for row in found:
        yield msgspec.convert(dict(zip(names, row, strict=False)), kind, strict=False)
