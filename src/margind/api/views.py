"""Handlers that only show something: an account view, or a market's data."""

from collections.abc import Callable
from typing import NamedTuple

from margind.api.endpoints import Call, ReadHandler
from margind.engine.margin.adl import AdlPlaces
from margind.engine.margin.report import AccountReport
from margind.wire.flat_rows import FlatRows
from margind.wire.replies import encode


class PositionsView(NamedTuple):
    """A list of position rows, whole or filtered by margin asset or pair."""

    encoded: Callable[[AccountReport, FlatRows], bytes]
    filtered: Callable[[AccountReport, str | None, str | None], object]


def account_view(name: str, view: Callable[[AccountReport], object]) -> ReadHandler:
    """Shows a view of the caller's report. `name` tells views apart, in what is kept and when explaining."""

    def encoded(report: AccountReport) -> bytes:
        return encode(view(report))

    def handler(call: Call) -> bytes:
        return call.runtime.reader.reply(call.owner, call.market, name, encoded)

    return handler


def listing_view(name: str, encoded: Callable[[AccountReport, FlatRows], bytes]) -> ReadHandler:
    """Shows a view that lists every symbol, most of them flat."""

    def handler(call: Call) -> bytes:
        reader = call.runtime.reader
        return reader.reply(call.owner, call.market, name, lambda report: encoded(report, reader.flat_rows))

    return handler


def ranked_view(name: str, view: Callable[[AccountReport, AdlPlaces], object]) -> ReadHandler:
    """Shows a view that tells places in the auto-deleveraging queue."""

    def encoded(report: AccountReport, places: AdlPlaces) -> bytes:
        return encode(view(report, places))

    def handler(call: Call) -> bytes:
        return call.runtime.reader.reply_with_adl(call.owner, call.market, name, encoded, call.now)

    return handler
