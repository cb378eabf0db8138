"""Encoded rows of flat symbols, kept: a view that lists every symbol encodes only what an account holds.

A flat row depends on the contract and its brackets, on the symbol's configuration and the time of its last
change, and in some views on the mark price. All but the mark price rarely move, and most rows of most
accounts are the default ones, which all accounts share.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from margind.engine.margin.position_report import PositionReport, configuration_of, flat_report
from margind.engine.margin.report import AccountReport
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Millis
from margind.wire.replies import ENCODER
from margind.wire.rows import listed_keys, shown_sides
from margind.wire.text import price_text


class RowView(NamedTuple):
    """How one reply shows a position row."""

    name: str
    """The call; no two views of an exchange share one."""
    row: Callable[[AccountReport, PositionReport], msgspec.Struct]
    shows_mark_price: bool


class Fragment(NamedTuple):
    """An encoded flat row around its mark price; all of it in `head` when the view shows none."""

    head: bytes
    tail: bytes


_MARK_PRICE = b'"markPrice":"'
MOST_FRAGMENTS = 8192
"""Configured or once used rows kept per view and position mode, about 4 MB; beyond that they start anew."""


class FlatRows:
    """The flat rows of one exchange, for every view that lists all symbols."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[str, bool], _Sheet] = {}

    def array(self, report: AccountReport, view: RowView) -> Any:
        """The JSON array of every listed row, encoded: it stands where a view has its list of rows."""
        sheet = self._sheet(report, view)
        rows = sheet.rows.copy()
        held = report.positions
        for key in _changed_keys(report):
            place = sheet.places.get(key)
            if place is not None and key not in held:
                rows[place] = sheet.flat_row(report, key, place)
        for key, row in held.items():
            rows[sheet.places[key]] = ENCODER.encode(view.row(report, row))
        return msgspec.Raw(b"[" + b",".join(rows) + b"]")

    def _sheet(self, report: AccountReport, view: RowView) -> "_Sheet":
        key = (view.name, report.dual_side_position)
        sheet = self._sheets.get(key)
        if sheet is None or not sheet.fits(report.market):
            sheet = self._sheets[key] = _Sheet(report, view)
        if view.shows_mark_price:
            sheet.follow_prices()
        return sheet


def _changed_keys(report: AccountReport) -> Iterator[PositionKey]:
    account = report.account
    sides = shown_sides(account.market, report.dual_side_position)
    for symbol in account.symbols:
        for side in sides:
            yield symbol, side
    yield from account.touched


class _Sheet:
    """The rows of an account that has nothing and configured nothing, and what others had instead."""

    def __init__(self, report: AccountReport, view: RowView) -> None:
        self.market = report.market
        self.facts_version = report.market.facts_version
        self.known_prices = len(report.market.prices)
        self.prices_version = -1
        self.view = view
        self.keys = listed_keys(report.market, report.dual_side_position)
        self.places = {key: place for place, key in enumerate(self.keys)}
        nobody = MarketAccount(report.market.market)
        self.fragments = [self._fragment(report, nobody, key) for key in self.keys]
        self.prices: list[SymbolPrice | None] = [None] * len(self.keys)
        self.marks = [b""] * len(self.keys)
        self.rows = [fragment.head for fragment in self.fragments]
        self.kept: dict[tuple[int, SymbolConfiguration, Millis], Fragment] = {}

    def fits(self, market: MarketState) -> bool:
        """Whether contracts, brackets and the set of priced symbols are still those of this sheet."""
        return (
            self.market is market
            and self.facts_version == market.facts_version
            and self.known_prices == len(market.prices)
        )

    def follow_prices(self) -> None:
        """Print the mark prices that moved since the last reply."""
        if self.prices_version == self.market.prices_version:
            return
        self.prices_version = self.market.prices_version
        latest = self.market.prices
        for place, (symbol, _) in enumerate(self.keys):
            price = latest[symbol]
            if price is not self.prices[place]:
                self.prices[place] = price
                self.marks[place] = mark = price_text(price.mark_price).encode()
                head, tail = self.fragments[place]
                self.rows[place] = head + mark + tail

    def flat_row(self, report: AccountReport, key: PositionKey, place: int) -> bytes:
        """The encoded flat row of an account that configured or once used the symbol."""
        account = report.account
        depends_on = (place, configuration_of(account, self.market, key[0]), account.update_time(key))
        fragment = self.kept.get(depends_on)
        if fragment is None:
            if len(self.kept) >= MOST_FRAGMENTS:
                self.kept.clear()
            fragment = self.kept[depends_on] = self._fragment(report, account, key)
        return fragment.head + self.marks[place] + fragment.tail

    def _fragment(self, report: AccountReport, account: MarketAccount, key: PositionKey) -> Fragment:
        row = self.view.row(report, flat_report(account, self.market, key))
        encoded = ENCODER.encode(row)
        if not self.view.shows_mark_price:
            return Fragment(encoded, b"")
        before, label, after = encoded.partition(_MARK_PRICE)
        _, quote, rest = after.partition(b'"')
        return Fragment(before + label, quote + rest)
