"""What the history endpoints ask: queries over the tables that are kept beside the journal."""

import sqlite3
from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar

import msgspec

from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import AutoClose, IncomeType, Market, Millis
from margind.storage.extracts import Extract
from margind.storage.rows import AmendmentRow, FundingRow, IncomeRow, MarginChangeRow, TradeRow
from margind.storage.selection import Selection

Row = TypeVar("Row", bound=msgspec.Struct)

DAY: Final[Millis] = 24 * 3600 * 1000
KEPT: Final = 90 * DAY
"""Documented: orders, their changes and their fills are not returned once this old."""
KEPT_WITHOUT_FILL: Final = 3 * DAY
"""Documented: 'Query Order', 'All Orders': nor are orders CANCELED or EXPIRED without any fill."""

# Without statistics SQLite prefers the index with more columns to the one that leads straight to a row, so
# each query names its index.
_ORDER = msgspec.json.Decoder(Order)
_ALGO_ORDER = msgspec.json.Decoder(AlgoOrder)


class History:
    """Queries over the tables, on a connection of their own that never makes the writer wait.

    All rows come oldest first: with `newest` the last `limit` of those that fit, otherwise the first. Times
    are in milliseconds and inclusive. A `symbol` may be one, several (those of a pair), or None for all.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        *,
        shared: bool = False,
        catch_up: Callable[[], None],
    ) -> None:
        """`connect` is called at the first query; a `shared` connection is left open by `close`.

        `catch_up` is called before each query, so that its answer has all that is durable.
        """
        self._catch_up = catch_up
        self._connect = connect
        self._shared = shared
        self._connection: sqlite3.Connection | None = None

    def income(
        self,
        account: str,
        market: Market,
        *,
        symbol: str | None = None,
        income_type: IncomeType | None = None,
        start_time: Millis,
        end_time: Millis,
        page: int = 1,
        limit: int = 100,
    ) -> list[IncomeRow]:
        """The given page (from 1) of `limit` rows. Documented: "Get Income History" of both markets.

        Rows of one millisecond keep their order.
        """
        wanted = Selection(account, market, symbol)
        wanted.equal("income_type", income_type).between("time", start_time, end_time)
        return self._rows(IncomeRow, "income", wanted, "time, rowid", limit, offset=(page - 1) * limit)

    def position_margin(
        self,
        account: str,
        market: Market,
        symbol: str,
        *,
        change_type: int | None = None,
        start_time: Millis,
        end_time: Millis,
        limit: int = 500,
    ) -> list[MarginChangeRow]:
        """The first `limit` changes. Documented: "Get Position Margin Change History" of both markets."""
        wanted = Selection(account, market, symbol)
        wanted.equal("type", change_type).between("time", start_time, end_time)
        return self._rows(MarginChangeRow, "position_margin", wanted, "time, rowid", limit)

    def fundings(
        self,
        market: Market,
        symbol: str | None = None,
        *,
        start_time: Millis | None = None,
        end_time: Millis | None = None,
        newest: bool = False,
        limit: int = 100,
    ) -> list[FundingRow]:
        """The terms on which symbols were funded. Documented: "Get Funding Rate History" of both markets."""
        wanted = Selection(None, market, symbol).between("funding_time", start_time, end_time)
        source = "fundings INDEXED BY fundings_by_time"
        return self._rows(FundingRow, source, wanted, "funding_time, rowid", limit, newest=newest)

    def orders(
        self,
        account: str,
        market: Market,
        symbol: str | Collection[str] | None = None,
        *,
        order_id: int | None = None,
        start_time: Millis | None = None,
        end_time: Millis | None = None,
        now: Millis,
        newest: bool = False,
        limit: int = 500,
    ) -> list[Order]:
        """Orders as they stand now, by the time they were placed; `order_id` is the first to return.

        Documented: "All Orders" of both markets, with what is no longer returned at the time `now`.
        """
        wanted = _still_returned(Selection(account, market, symbol), now)
        wanted.at_least("order_id", order_id).between("time", start_time, end_time)
        source = "orders INDEXED BY orders_by_time"
        payloads = self._select("payload", source, wanted, "time, order_id", limit, newest=newest)
        return [_ORDER.decode(payload) for (payload,) in payloads]

    def force_orders(
        self,
        account: str,
        market: Market,
        symbol: str | None = None,
        *,
        auto_close: AutoClose | None = None,
        start_time: Millis | None = None,
        end_time: Millis,
        now: Millis,
        newest: bool = False,
        limit: int = 50,
    ) -> list[Order]:
        """Orders that the exchange placed itself. Documented: "User's Force Orders" of both markets."""
        wanted = _still_returned(Selection(account, market, symbol), now).filled("auto_close")
        wanted.equal("auto_close", auto_close).between("time", start_time, end_time)
        source = "orders INDEXED BY orders_auto_closed"
        payloads = self._select("payload", source, wanted, "time, order_id", limit, newest=newest)
        return [_ORDER.decode(payload) for (payload,) in payloads]

    def order(
        self,
        account: str,
        market: Market,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        now: Millis,
    ) -> Order | None:
        """One order, or the newest with a client's id. Documented: "Query Order" of both markets.

        `order_id` wins when both are given.
        """
        wanted, source = _still_returned(Selection(account, market, symbol), now), "orders"
        if order_id is None:
            wanted.equal("client_order_id", client_order_id)
            source = "orders INDEXED BY orders_by_client_id"
        wanted.equal("order_id", order_id)
        found = self._select("payload", source, wanted, "order_id", 1, newest=True)
        return _ORDER.decode(found[0][0]) if found else None

    def trades(
        self,
        account: str,
        market: Market,
        symbol: str | Collection[str] | None = None,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start_time: Millis | None = None,
        end_time: Millis | None = None,
        now: Millis,
        newest: bool = False,
        limit: int = 500,
    ) -> list[TradeRow]:
        """Fills; `order_id` for those of one order, `from_id` is the first trade to return.

        Documented: "Account Trade List" of both markets.
        """
        wanted = Selection(account, market, symbol).equal("order_id", order_id)
        wanted.at_least("trade_id", from_id).at_least("time", now - KEPT).between(
            "time", start_time, end_time
        )
        index, order = "trades_by_time", "time, rowid"
        if order_id is not None:
            index = "trades_by_order"
        elif from_id is not None:
            index, order = "trades_by_id", "trade_id, rowid"
        return self._rows(TradeRow, f"trades INDEXED BY {index}", wanted, order, limit, newest=newest)

    def amendments(
        self,
        account: str,
        market: Market,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        start_time: Millis | None = None,
        end_time: Millis | None = None,
        now: Millis,
        newest: bool = False,
        limit: int = 50,
    ) -> list[AmendmentRow]:
        """Changes of an order; `order_id` wins when both ids are given.

        Documented: "Get Order Modify History" of both markets.
        """
        wanted, index = Selection(account, market, symbol).equal("order_id", order_id), "amendments_by_order"
        if order_id is None:
            wanted.equal("client_order_id", client_order_id)
            index = "amendments_by_client_id"
        wanted.at_least("time", now - KEPT).between("time", start_time, end_time)
        return self._rows(
            AmendmentRow, f"amendments INDEXED BY {index}", wanted, "time, rowid", limit, newest=newest
        )

    def algo_orders(
        self,
        account: str,
        market: Market,
        symbol: str | Collection[str] | None = None,
        *,
        algo_id: int | None = None,
        start_time: Millis | None = None,
        end_time: Millis | None = None,
        now: Millis,
        newest: bool = False,
        page: int = 1,
        limit: int = 500,
    ) -> list[AlgoOrder]:
        """The given page (from 1) of conditional orders as they stand now; `algo_id` is the first to return.

        Documented: "Query All Algo Orders".
        """
        wanted = _still_waiting_or_returned(Selection(account, market, symbol), now)
        wanted.at_least("algo_id", algo_id).between("time", start_time, end_time)
        payloads = self._select(
            "payload",
            "algo_orders INDEXED BY algo_orders_by_time",
            wanted,
            "time, algo_id",
            limit,
            newest=newest,
            offset=(page - 1) * limit,
        )
        return [_ALGO_ORDER.decode(payload) for (payload,) in payloads]

    def algo_order(
        self,
        account: str,
        market: Market,
        *,
        algo_id: int | None = None,
        client_algo_id: str | None = None,
        now: Millis,
    ) -> AlgoOrder | None:
        """One conditional order, or the newest with a client's id. Documented: "Query Algo Order".

        `algo_id` wins when both are given.
        """
        wanted = _still_waiting_or_returned(Selection(account, market, None), now)
        source = "algo_orders"
        if algo_id is None:
            wanted.equal("client_algo_id", client_algo_id)
            source = "algo_orders INDEXED BY algo_orders_by_client_id"
        wanted.equal("algo_id", algo_id)
        found = self._select("payload", source, wanted, "algo_id", 1, newest=True)
        return _ALGO_ORDER.decode(found[0][0]) if found else None

    def extract(self, account: str, market: Market, *, start_time: Millis, end_time: Millis) -> Extract:
        """All of a span of time, to be read in pieces."""
        return Extract(self._open(), account, market, start_time=start_time, end_time=end_time)

    def close(self) -> None:
        """Close the connection of the queries; a later query opens it again."""
        if self._connection is not None and not self._shared:
            self._connection.close()
        self._connection = None

    def _rows(
        self,
        kind: type[Row],
        table: str,
        wanted: Selection,
        order: str,
        limit: int,
        *,
        newest: bool = False,
        offset: int = 0,
    ) -> list[Row]:
        names = kind.__struct_fields__
        found = self._select(", ".join(names), table, wanted, order, limit, newest=newest, offset=offset)
        rows = [dict(zip(names, row, strict=True)) for row in found]
        return msgspec.convert(rows, list[kind], strict=False)  # type: ignore[valid-type]

    def _select(
        self,
        columns: str,
        table: str,
        wanted: Selection,
        order: str,
        limit: int,
        *,
        newest: bool = False,
        offset: int = 0,
    ) -> list[tuple[Any, ...]]:
        statement, values = wanted.statement(columns, table, order, newest=newest)
        rows = self._open().execute(statement, (*values, limit, offset)).fetchall()
        return rows[::-1] if newest else rows

    def _open(self) -> sqlite3.Connection:
        self._catch_up()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection


def _still_returned(wanted: Selection, now: Millis) -> Selection:
    wanted.at_least("time", now - KEPT)
    return wanted.where(
        "(had_fill OR status NOT IN ('CANCELED', 'EXPIRED') OR time >= ?)", now - KEPT_WITHOUT_FILL
    )


def _still_waiting_or_returned(wanted: Selection, now: Millis) -> Selection:
    # One that was cancelled or expired was never triggered, so no fill can have come of it.
    wanted.at_least("time", now - KEPT)
    return wanted.where("(status NOT IN ('CANCELED', 'EXPIRED') OR time >= ?)", now - KEPT_WITHOUT_FILL)
