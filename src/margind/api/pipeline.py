"""The checks every REST call passes, in the order in which their errors win, and the reply it gets."""

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, cast

import msgspec

from margind import errors
from margind.api.base_url import NO_SCOPE
from margind.api.endpoints import Call, Endpoint, Handler, Reply, Security
from margind.api.keys import KeyRing
from margind.api.parameters import (
    SIGNATURE,
    TIMESTAMP,
    Parameter,
    missed,
    read_parameters,
    sent_parameters,
)
from margind.api.rate_limits import (
    LimitReached,
    RateLimits,
    order_headers,
    retry_after_header,
    weight_header,
)
from margind.api.refused_calls import remember
from margind.api.request_reasons import shown_payload, signature_reason
from margind.api.signing import check_timing, is_signed, split_signature
from margind.engine.model.terms import COINM, USDM, Market, Millis
from margind.errors import Refusal
from margind.exchanges import Exchanges
from margind.refusals import asked
from margind.runtime import ExchangeRuntime
from margind.storage import JournalError

log = logging.getLogger("margind")

_NOBODY = Security.NONE

Headers = list[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json;charset=UTF-8")


class Request(msgspec.Struct):
    """One HTTP request: what the pipeline needs of it, as it was sent."""

    method: str
    path: str
    query: bytes
    body: bytes
    api_key: str | None
    ip: str
    scope: Mapping[str, Any] = NO_SCOPE
    """All that the server knows of it, for what is rarely needed."""


class Response(msgspec.Struct):
    """One HTTP reply."""

    status: int
    headers: Headers
    body: bytes


class Pipeline:
    """Everything between a request and its reply."""

    def __init__(
        self, endpoints: Iterable[Endpoint], exchanges: Exchanges, keys: KeyRing, limits: RateLimits
    ) -> None:
        self._routes = {(row.method, row.path): row for row in endpoints if row.path}
        self._exchanges = exchanges
        self._keys = keys
        self._limits = limits

    async def answer(self, request: Request) -> Response:
        """The reply to a REST request; every fault becomes the exchange's own error."""
        market = COINM if request.path.startswith("/dapi/") else USDM
        used = 0
        extra: Headers = []
        now = self._exchanges.limits_now()
        sent: Mapping[str, str] | None = None
        exchange: ExchangeRuntime | None = None
        try:
            exchange, path = self._exchanges.split(request.path)
            endpoint = self._routes.get((request.method, path))
            if exchange is None or endpoint is None:
                raise Refusal(errors.INVALID_PATH, request.path, request.method)  # noqa: TRY301 - one way out
            market = endpoint.market
            try:
                sent = sent_parameters(request.query, request.body)
            finally:
                # What cannot be read costs its weight, too.
                used = self._charge(endpoint, exchange, sent or {}, request.ip, now)
            body = self._call(request, endpoint, exchange, sent, now=now, extra=extra)
            if body.__class__ is not bytes:
                body = await cast("Awaitable[Reply]", body)
            status = 200
        except Refusal as refusal:
            status, body = refusal.http_status, msgspec.json.encode(refusal.payload(market))
            if isinstance(refusal, LimitReached):
                extra.append(retry_after_header(refusal))
            known = self._keys.get(request.api_key, exchange if request.path.startswith("/x/") else None)
            line = f"{request.method} {request.path}"
            remember(refusal, market, exchange, known, asked("REST", line, sent or {}))
        except JournalError as error:
            log.warning("%s %s: %s", request.method, request.path, error)
            status, body = failure(errors.DISCONNECTED, market)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            status, body = failure(errors.UNKNOWN, market)
        used = used or self._limits.used_weight(request.ip, now)
        return Response(status, [JSON, weight_header(used), *extra], body)

    def _charge(
        self, endpoint: Endpoint, exchange: ExchangeRuntime, sent: Mapping[str, str], ip: str, now: Millis
    ) -> int:
        if endpoint.charges_funding_calls:
            self._limits.charge_funding_call(ip, now)
            return self._limits.used_weight(ip, now)
        return self._limits.charge_weight(ip, endpoint.weight_of(sent, exchange.state.settings), now)

    def _call(
        self,
        request: Request,
        endpoint: Endpoint,
        exchange: ExchangeRuntime,
        sent: Mapping[str, str],
        *,
        now: Millis,
        extra: Headers,
    ) -> Reply | Awaitable[Reply]:
        """Documented checks in the order assumed for them: key, parameters sent, time, signature, values.

        An order that has passed them counts, refused or not, in the windows of `now`; `extra` gets the
        headers that say so.
        """
        account = None
        if endpoint.security is not _NOBODY:
            named = exchange if request.path.startswith("/x/") else None
            known = self._keys.find(request.api_key, endpoint.security, request.ip, named)
            exchange = known.runtime
            account = exchange.state.accounts[known.key.account]
            if endpoint.security.is_signed:
                payload, signature = split_signature(request.query, request.body)
                refuse_missing(endpoint.parameters, sent)
                if not signature:
                    raise missed(SIGNATURE)
                check_timing(sent["timestamp"], sent.get("recvWindow"), exchange.now())
                if not is_signed(known.verifier, payload, signature):
                    raise Refusal(errors.INVALID_SIGNATURE).because(
                        signature_reason(shown_payload(payload), known.key.key_type)
                    )
        parameters = read_parameters(endpoint.parameters, sent) if endpoint.parameters else {}
        call = Call(exchange, endpoint.market, account, parameters, endpoint, scope=request.scope)
        if endpoint.calls_a_month:
            self._limits.charge_month(f"{order_counter(call)}{endpoint.path}", endpoint.calls_a_month, now)
        if endpoint.orders is not None:
            counted = self._limits.charge_orders(order_counter(call), endpoint.orders, now)
            extra += order_headers(counted)
        return reply_of(endpoint.handler, call)


def order_counter(call: Call) -> str:
    """Whose orders count together. Documented: one account's, since 2026-06 on both markets."""
    return f"{call.runtime.name}/{call.owner.name}"


def reply_of(handler: Handler, call: Call) -> Reply | Awaitable[Reply]:
    """What a handler answers; it leaves only after all that it could show is durable."""
    return handler(call) if call.runtime.is_settled else _when_settled(handler, call)


async def _when_settled(handler: Handler, call: Call) -> Reply:
    try:
        reply = handler(call)
        if not isinstance(reply, bytes):
            return await reply
    except Refusal:
        # The reason may be a change that is not durable yet.
        await call.runtime.settled()
        raise
    await call.runtime.settled()
    return reply


def refuse_missing(parameters: Iterable[Parameter], sent: Mapping[str, str]) -> None:
    """-1102 for the first mandatory parameter of a signed call not sent: its own, then timestamp."""
    for parameter in parameters:
        if parameter.required and not sent.get(parameter.name) and not parameter.any_case:
            raise missed(parameter)
    if not sent.get("timestamp"):
        raise missed(TIMESTAMP)


def failure(kind: errors.ErrorKind, market: Market) -> tuple[int, bytes]:
    """Status and body for a fault of ours: it says nothing about the inside."""
    refusal = Refusal(kind)
    return refusal.http_status, msgspec.json.encode(refusal.payload(market))
