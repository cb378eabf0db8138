"""Which rows of a table a query wants: conditions, and the values that go with them."""

from collections.abc import Collection
from typing import Self

from margind.engine.model.terms import Market, Millis

Value = str | int


class Selection:
    """Rows of one market, and mostly one account, narrowed step by step; what is None narrows nothing."""

    def __init__(self, account: str | None, market: Market, symbol: str | Collection[str] | None) -> None:
        self._conditions = ["market = ?"]
        self._values: list[Value] = [market]
        self.equal("account", account)
        if symbol is None or isinstance(symbol, str):
            self.equal("symbol", symbol)
        else:
            self._conditions.append(f"symbol IN ({', '.join('?' * len(symbol))})")
            self._values += sorted(symbol)

    def equal(self, column: str, value: Value | None) -> Self:
        """Only rows with this value."""
        return self if value is None else self.where(f"{column} = ?", value)

    def filled(self, column: str) -> Self:
        """Only rows that have something there. Written out, so that an index over such rows can be used."""
        self._conditions.append(f"{column} <> ''")
        return self

    def at_least(self, column: str, value: int | None) -> Self:
        """Only rows from this value on."""
        return self if value is None else self.where(f"{column} >= ?", value)

    def between(self, column: str, start: Millis | None, end: Millis | None) -> Self:
        """Only rows from `start` to `end`, both included."""
        self.at_least(column, start)
        return self if end is None else self.where(f"{column} <= ?", end)

    def where(self, condition: str, value: Value) -> Self:
        """Only rows for which the condition holds of the value."""
        self._conditions.append(condition)
        self._values.append(value)
        return self

    def statement(
        self, columns: str, table: str, order: str, *, newest: bool
    ) -> tuple[str, tuple[Value, ...]]:
        """The query and its values, to which those of LIMIT and OFFSET are added."""
        if newest:
            order = ", ".join(f"{column} DESC" for column in order.split(", "))
        conditions = " AND ".join(self._conditions)
        statement = f"SELECT {columns} FROM {table} WHERE {conditions} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - our own names
        return statement, tuple(self._values)
