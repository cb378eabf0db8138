"""Remembering refusals: whose they are, and what was asked."""

from margind.api.endpoints import Call
from margind.api.keys import KnownKey
from margind.engine.model.terms import Market
from margind.errors import Refusal
from margind.refusals import Asked, asked
from margind.runtime import ExchangeRuntime


def remember(
    refusal: Refusal, market: Market, exchange: ExchangeRuntime | None, known: KnownKey | None, request: Asked
) -> None:
    """Keep a refusal for the account of its key, or else for the exchange of its path, if there is one."""
    runtime = exchange if known is None else known.runtime
    if runtime is not None:
        account = None if known is None else known.key.account
        runtime.refusals.remember(refusal, market, runtime.now(), account, request)


def remember_element(call: Call, refusal: Refusal, place: int) -> None:
    """Keep the refusal of one element of a batch; the batch as a whole was answered."""
    endpoint = call.endpoint
    line = "" if endpoint is None else f"{endpoint.method} {endpoint.path}"
    sent = {name: str(value) for name, value in call.parameters.items() if value is not None}
    elements = call.parameters.get("batchOrders")
    if elements is not None:
        sent = {"batchOrders": bytes(elements[place]).decode(errors="replace")}
    request = asked("REST", f"{line} (element {place + 1})", sent)
    call.runtime.refusals.remember(refusal, call.market, call.runtime.now(), call.owner.name, request)
