"""How any number of the account came to be."""

from margind.engine.margin.adl import adl_queue
from margind.engine.margin.position_report import row_path
from margind.engine.margin.report import AccountReport
from margind.engine.margin.traced_inputs import PriceSources
from margind.engine.model.terms import Market, PositionSide
from margind.errors.impossible import Impossible
from margind.explain.explanation import Explanation, Subject
from margind.explain.explanation import explain as explain_field
from margind.explain.views import VIEWS, Row, View, fields_of, find, view_named
from margind.margin.reports import report
from margind.margin.situations import Situation

USUAL_VIEWS = ("fapi-v2-account", "fapi-v2-positionRisk", "fapi-v2-balance")
USUAL_COINM_VIEWS = ("dapi-v1-account", "dapi-v1-positionRisk", "dapi-v1-balance")
"""The replies in which a field is looked for when none is named."""


def explain(situation: Situation, field: str, view: str | None = None) -> Explanation:
    """Formula, inputs, bracket, rounding and source of a field such as `BTCUSDT.liquidationPrice`.

    Without a view the field is looked for in the account, then in the positions, then in the balances.
    `Impossible` names those near it when there is no such field.
    """
    chosen = _usual_view(situation, field) if view is None else view_named(view)
    state, market = situation.state, chosen.market
    places = adl_queue(state.accounts.values(), state.markets[market]).get(situation.account.number, {})
    subject = Subject(
        situation.account, state.markets[market], situation.settings, places, price_sources(situation, market)
    )
    return explain_field(chosen, field, subject)


def fields(situation: Situation, view: str | None = None) -> list[str]:
    """What can be asked about: the account's totals, its assets, and the rows it has something in.

    In the replies that are usual, or in the one named; `Impossible` when there is no such view.
    """
    views = [view_named(name) for name in ((*USUAL_VIEWS, *USUAL_COINM_VIEWS) if view is None else (view,))]
    found: list[str] = []
    for chosen in views:
        one = report(situation, chosen.market)
        held = {key[0] for key in one.positions}
        held |= {asset for asset, row in one.assets.items() if row.margin_balance}
        for path in _paths(_shown(chosen, one), held):
            if not {path, f"assets.{path}", f"positions.{path}"} & set(found):
                found.append(path)
    return found


def price_sources(situation: Situation, market: Market) -> PriceSources:
    """Where each price comes from, in words."""
    given = dict.fromkeys(situation.given, "price given")
    return PriceSources(f"reference price of {situation.facts.of(market).as_of}", given)


def _usual_view(situation: Situation, field: str) -> View:
    names = (*USUAL_VIEWS, *USUAL_COINM_VIEWS)
    if _is_coinm(situation, field.split(".")):
        names = (*USUAL_COINM_VIEWS, *USUAL_VIEWS)
    first: Impossible | None = None
    for name in names:
        view = VIEWS[name]
        try:
            find(view, _shown(view, report(situation, view.market)), field)
        except Impossible as error:
            first = first or error
        else:
            return view
    assert first is not None, "there is a usual view"
    raise first


def _is_coinm(situation: Situation, words: list[str]) -> bool:
    """Whether a field names a COIN-M symbol, or an asset that is held there alone."""
    usdm, coinm = situation.account.usdm.wallets, situation.account.coinm.wallets
    contracts = situation.facts.coinm.contracts
    return any(word in contracts or (word in coinm and word not in usdm) for word in words)


def _shown(view: View, one: AccountReport) -> Row | list[Row]:
    return view.show(one, {}, None)


def _paths(shown: Row | list[Row], held: set[str]) -> list[str]:
    if isinstance(shown, list):
        return [
            f"{_label(row)}.{name}"
            for row in shown
            if getattr(row, "symbol", None) in held or getattr(row, "asset", None) in held
            for name in fields_of(row)
        ]
    paths: list[str] = []
    for name, value in fields_of(shown).items():
        paths += [f"{name}.{path}" for path in _paths(value, held)] if isinstance(value, list) else [name]
    return paths


def _label(row: Row) -> str:
    symbol = getattr(row, "symbol", None)
    return str(row.asset) if symbol is None else row_path((symbol, PositionSide(row.position_side)))
