"""Explaining one field of one view: the view is run on traced numbers, and the field picked out of it."""

from decimal import Decimal

import msgspec

from margind.engine.margin.derivation import Derivation, Explained, derivation
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.margin.traced_inputs import (
    PriceSources,
    symbols_in_use,
    traced_account,
    traced_market,
)
from margind.engine.model.account import Account
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.market_state import MarketState
from margind.explain.fields import ACCOUNT_WORDS, PRINTING, ROW_WORDS, Words, why_no_amount, why_nothing
from margind.explain.views import Place, Places, View, find
from margind.wire.text import ExplainedText


class Explanation(msgspec.Struct, frozen=True):
    """Why a field shows what it shows."""

    view: str
    field: str
    """The path of the field, spelled out."""
    printed: str | int | bool
    """Exactly what the view shows."""
    explained: Explained | None
    """How the number came to be; None when the field is no computed number."""
    words: str
    """What the field is when it is no number, or why it is zero when nothing enters it."""
    printing: str
    """What printing did to the number, when it shows fewer digits than it has."""
    source: str
    sureness: str


class Subject(msgspec.Struct, frozen=True):
    """Whose numbers are explained, and all that they depend on."""

    account: Account
    market: MarketState
    settings: ExchangeSettings
    places: Places
    """The account's places in the queue for auto-deleveraging."""
    sources: PriceSources


def explain(view: View, field: str, subject: Subject) -> Explanation:
    """How a field came to be; `Impossible` when the view has no such field."""
    account, market, settings = subject.account, subject.market, subject.settings
    # The plain report finds the field, so that only what it is about needs to be traced.
    plain = account_report(account, market, settings)
    asked = find(view, view.show(plain, subject.places, None), field)
    symbols = symbols_in_use(account.on(market.market))
    if asked.symbol is not None:
        symbols.add(asked.symbol)
    report = account_report(
        traced_account(account, market, symbols), traced_market(market, symbols, subject.sources), settings
    )
    place = find(view, view.show(report, subject.places, asked.symbol), field)
    assert place.value == asked.value, "tracing changes no digit"
    return _explanation(view.name, place, report)


def _explanation(view: str, place: Place, report: AccountReport) -> Explanation:
    value = place.value
    if isinstance(value, ExplainedText):
        explained = derivation(value.number)
        return Explanation(
            view=view,
            field=place.path,
            printed=str(value),
            explained=explained,
            words="",
            printing=PRINTING.get(place.name, "") if Decimal(value) != value.number else "",
            source=explained.source if isinstance(explained, Derivation) else "",
            sureness=explained.sureness if isinstance(explained, Derivation) else "",
        )
    words = _words(place, report)
    printed = str(value) if isinstance(value, str) else value
    return Explanation(view, place.path, printed, None, words.meaning, "", words.source, "")


def _words(place: Place, report: AccountReport) -> Words:
    if place.key is not None:
        words = ROW_WORDS.get(place.name)
        return words or Words(why_nothing(report, place.key, place.name), "")
    if place.asset is not None:
        words = ROW_WORDS.get(place.name)
        return words or Words(why_no_amount(report, place.asset, place.name), "")
    words = ACCOUNT_WORDS.get(place.name)
    return words or Words(why_no_amount(report, "USDT", place.name), "")
