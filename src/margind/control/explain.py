"""`GET .../accounts/{a}/explain`: how a field of an account view came to be."""

from datetime import UTC, datetime, timedelta

import msgspec

from margind.control.call import Call
from margind.engine.margin.derivation import Derivation, Explained
from margind.engine.margin.traced_inputs import PriceSources
from margind.engine.model.account import Account
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market, Millis
from margind.errors.impossible import no_account
from margind.explain.explanation import Explanation, Subject, explain
from margind.explain.text import explanation_text
from margind.explain.views import DEFAULT_VIEW, VIEWS, view_named
from margind.runtime import ExchangeRuntime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExplainReply(msgspec.Struct, frozen=True, rename="camel"):
    """One field, explained."""

    account: str
    view: str
    call: str
    """How a client asks for the view."""
    field: str
    value: str | int | bool
    """Exactly what the view shows."""
    meaning: str
    """What the field is; of a number that nothing enters, why it is zero."""
    formula: str
    """With names; empty when the field is not computed."""
    substituted: str
    """The same with numbers."""
    rounding: str
    """What was done to the result of the formula, in words."""
    printing: str
    """What printing did to the number, when it shows fewer digits than it has."""
    inputs: tuple[Explained, ...]
    """What went into the formula: `derived` numbers with formulas of their own, and `given` ones."""
    source: str
    sureness: str
    text: str
    """The whole, for a terminal."""


async def read_explanation(call: Call) -> ExplainReply:
    """How the field named in the query came to be."""
    query = call.query
    field = query.get("field", "")
    return explain_reply(call.runtime, call.account.name, query.get("view", DEFAULT_VIEW), field)


def explain_reply(runtime: ExchangeRuntime, account_name: str, view_name: str, field: str) -> ExplainReply:
    """How a field of an account view came to be; `Impossible` when account, view or field is not there."""
    account = runtime.state.accounts.get(account_name)
    if account is None:
        raise no_account(account_name, runtime.state.accounts)
    view = view_named(view_name)
    return reply_of(account_name, explain(view, field, _subject(runtime, account, view.market)))


def reply_of(account_name: str, explanation: Explanation) -> ExplainReply:
    """An explanation as JSON has it."""
    view = VIEWS[explanation.view]
    explained = explanation.explained
    derived = explained if isinstance(explained, Derivation) else None
    inputs: tuple[Explained, ...] = () if explained is None else (explained,)
    return ExplainReply(
        account=account_name,
        view=view.name,
        call=view.call,
        field=explanation.field,
        value=explanation.printed,
        meaning=derived.meaning if derived else explanation.words,
        formula=derived.formula if derived else "",
        substituted=derived.substituted if derived else "",
        rounding=derived.rounding if derived else "",
        printing=explanation.printing,
        inputs=derived.inputs if derived else inputs,
        source=explanation.source,
        sureness=explanation.sureness,
        text=explanation_text(explanation),
    )


def _subject(runtime: ExchangeRuntime, account: Account, market: Market) -> Subject:
    now = runtime.now()
    return Subject(
        account=account,
        market=runtime.state.markets[market],
        settings=runtime.state.settings,
        places=runtime.reader.adl(account, market, now),
        sources=_price_sources(runtime, market, now),
    )


def _price_sources(runtime: ExchangeRuntime, market: Market, now: Millis) -> PriceSources:
    state = runtime.state
    of_market = state.markets[market]
    others = _shipped(of_market)
    by_hand = state.hand_set_prices[market] | state.hand_set_index
    others |= {name: f"set by hand at {instant(price.time)}" for name, price in by_hand.items()}
    return PriceSources(f"feed {runtime.feed.name} at {instant(now)}", others)


def _shipped(market: MarketState) -> dict[str, str]:
    """What neither the feed nor anybody moved yet."""
    shipped = market.facts
    words = f"reference price of {shipped.as_of}, which no feed moves"
    prices = {name: words for name, price in market.prices.items() if price is shipped.prices.get(name)}
    words = f"reference index of {shipped.as_of}, which no feed moves"
    return prices | {
        name: words for name, index in market.asset_index.items() if index is shipped.asset_index.get(name)
    }


def instant(time: Millis) -> str:
    """A moment in time, to the millisecond."""
    moment = _EPOCH + timedelta(milliseconds=time)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
