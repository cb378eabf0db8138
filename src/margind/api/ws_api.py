"""The WebSocket API: one JSON request per frame, one JSON reply, the same handlers as REST."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from margind import errors
from margind.api.endpoints import Call, Endpoint, Reply, Security
from margind.api.http import Receive, Scope, Send
from margind.api.keys import KeyRing
from margind.api.parameters import parse_query, read_parameters, text_parameters
from margind.api.rate_limits import LimitReached, RateLimits
from margind.api.signing import check_timing, is_signed_websocket
from margind.api.ws_session import Session
from margind.engine.model.account import Account
from margind.engine.model.terms import Market
from margind.errors import Refusal
from margind.exchanges import Exchanges
from margind.runtime import ExchangeRuntime
from margind.storage import JournalError

log = logging.getLogger("margind")

PATHS = {"/ws-fapi/v1": Market.USDM, "/ws-dapi/v1": Market.COINM}
HANDSHAKE_WEIGHT = 5
SESSION_WEIGHT = 2
LIFETIME_S = 24 * 3600
"""Documented: a connection ends after 24 hours."""

_NORMAL_END, _GOING_AWAY = 1000, 1001


class Frame(msgspec.Struct):
    """One request."""

    id: msgspec.Raw = msgspec.Raw(b"null")
    method: str = ""
    params: dict[str, msgspec.Raw] | None = None


_decode = msgspec.json.Decoder(Frame).decode
_LONGEST_ID = 128


class WebSocketApi:
    """The door for `/ws-fapi/v1` and `/ws-dapi/v1`."""

    def __init__(
        self, endpoints: Iterable[Endpoint], exchanges: Exchanges, keys: KeyRing, limits: RateLimits
    ) -> None:
        self._methods = {(row.market, row.ws_method): row for row in endpoints if row.ws_method}
        self._exchanges = exchanges
        self._keys = keys
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection from handshake to end."""
        exchange, path = self._exchanges.split(scope["path"])
        market = PATHS.get(path)
        await receive()  # websocket.connect
        if exchange is None or market is None:
            await _turn_away(send, scope, Refusal(errors.INVALID_PATH, scope["path"], "GET"))
            return
        client = scope["client"]
        ip = client[0] if client else "127.0.0.1"
        try:
            self._limits.charge_weight(ip, HANDSHAKE_WEIGHT, self._exchanges.limits_now())
            asked = parse_query(scope["query_string"]).get("returnRateLimits", "true")
        except Refusal as refusal:
            await _turn_away(send, scope, refusal)
            return
        session = Session(
            exchange,
            market,
            ip,
            named=scope["path"].startswith("/x/"),
            return_rate_limits=asked.lower() != "false",
        )
        await send({"type": "websocket.accept"})
        try:
            async with asyncio.timeout(LIFETIME_S):
                await self._serve(session, receive, send)
        except TimeoutError:
            await send({"type": "websocket.close", "code": _GOING_AWAY})

    async def _serve(self, session: Session, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                text = message.get("bytes") or b""
            reply = await self.answer(session, text)
            await send({"type": "websocket.send", "text": reply.decode()})

    async def answer(self, session: Session, text: str | bytes) -> bytes:
        """The reply to one frame; every fault becomes the exchange's own error."""
        identity, wanted, status = b"null", session.return_rate_limits, 200
        market = session.market
        try:
            frame = _read(text)
            identity = bytes(frame.id)
            sent = text_parameters(frame.params or {})
            wanted = sent.get("returnRateLimits", str(wanted)).lower() != "false"
            if not session.still_authorized(self._keys):
                session.log_out()
                identity = b"null"
                raise Refusal(errors.REJECTED_MBX_KEY)  # noqa: TRY301 - one way out
            body = await self._result(session, frame.method, sent)
        except Refusal as refusal:
            status, body = refusal.http_status, msgspec.json.encode(refusal.payload(market))
            if isinstance(refusal, LimitReached):
                log.debug("limit reached by %s", session.ip)
        except JournalError:
            log.exception("the journal of an exchange failed")
            status, body = _fault(errors.DISCONNECTED, market)
        except Exception:
            log.exception("a WebSocket API request failed")
            status, body = _fault(errors.UNKNOWN, market)
        outcome = b"result" if status == 200 else b"error"  # noqa: PLR2004 - the one good status
        return b'{"id":%b,"status":%d,"%b":%b%b}' % (
            identity,
            status,
            outcome,
            body,
            self._rate_limits(session) if wanted else b"",
        )

    async def _result(self, session: Session, method: str, sent: Mapping[str, str]) -> Reply:
        now = self._exchanges.limits_now()
        if method in _SESSION_METHODS:
            self._limits.charge_weight(session.ip, SESSION_WEIGHT, now)
            return self._session_call(session, method, sent)
        endpoint = self._methods.get((session.market, method))
        if endpoint is None:
            self._limits.charge_weight(session.ip, 1, now)
            raise Refusal(errors.INVALID_PATH, _PATH_OF[session.market], method or "''")
        weight = endpoint.ws_weight_of(sent, session.exchange.state.settings)
        self._limits.charge_weight(session.ip, weight, now)
        exchange, account = session.exchange, None
        if endpoint.security is not Security.NONE:
            exchange, account = self._authorized(session, endpoint, sent)
        parameters = read_parameters(endpoint.parameters, sent)
        call = Call(exchange, endpoint.market, account, parameters)
        handler = endpoint.ws_handler or endpoint.handler
        reply = handler(call)
        if not isinstance(reply, bytes):
            return await reply
        if not exchange.is_settled:
            await exchange.settled()
        return reply

    def _authorized(
        self, session: Session, endpoint: Endpoint, sent: Mapping[str, str]
    ) -> tuple[ExchangeRuntime, Account]:
        known, must_sign = session.find_key(self._keys, sent.get("apiKey"), endpoint.security)
        exchange = known.runtime
        if endpoint.security.is_signed:
            for parameter in endpoint.parameters:
                if parameter.required and not sent.get(parameter.name) and not parameter.any_case:
                    raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, parameter.name)
            self._check_signature(known.runtime, sent, known.verifier if must_sign else None)
        return exchange, exchange.state.accounts[known.key.account]

    def _check_signature(self, exchange: ExchangeRuntime, sent: Mapping[str, str], verifier: Any) -> None:
        signature = sent.get("signature")
        if not sent.get("timestamp"):
            raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "timestamp")
        if verifier is not None and not signature:
            raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "signature")
        check_timing(sent["timestamp"], sent.get("recvWindow"), exchange.now())
        if verifier is not None and not is_signed_websocket(verifier, sent, cast("str", signature)):
            raise Refusal(errors.INVALID_SIGNATURE)

    def _session_call(self, session: Session, method: str, sent: Mapping[str, str]) -> Reply:
        if method == "session.logon":
            if not sent.get("apiKey"):
                raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "apiKey")
            named = session.exchange if session.named else None
            known = self._keys.find(sent["apiKey"], Security.MARKET_DATA, session.ip, named)
            self._check_signature(known.runtime, sent, known.verifier)
            session.log_on(known)
        elif method == "session.logout":
            session.log_out()
        return msgspec.json.encode(session.status())

    def _rate_limits(self, session: Session) -> bytes:
        used = self._limits.used_weight(session.ip, self._exchanges.limits_now())
        return b',"rateLimits":' + msgspec.json.encode(self._limits.rows(used))


_SESSION_METHODS = frozenset({"session.logon", "session.status", "session.logout"})
_PATH_OF = {market: path for path, market in PATHS.items()}


def _read(text: str | bytes) -> Frame:
    """One request out of a frame. Assumed: -1013 for a frame that is no request (no page shows one)."""
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Refusal(errors.INVALID_MESSAGE) from None
    identity = bytes(frame.id)
    if len(identity) > _LONGEST_ID or identity[:1] not in b'"-0123456789n':
        frame.id = msgspec.Raw(b"null")
        raise Refusal(errors.INVALID_MESSAGE)
    return frame


def _fault(kind: errors.ErrorKind, market: Market) -> tuple[int, bytes]:
    refusal = Refusal(kind)
    return refusal.http_status, msgspec.json.encode(refusal.payload(market))


async def _turn_away(send: Send, scope: Scope, refusal: Refusal) -> None:
    """Answer a handshake with an HTTP error, where the server can; else close."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": _NORMAL_END})
        return
    headers = [(b"content-type", b"application/json;charset=UTF-8")]
    await send({"type": "websocket.http.response.start", "status": refusal.http_status, "headers": headers})
    body = msgspec.json.encode(refusal.payload(Market.USDM))
    await send({"type": "websocket.http.response.body", "body": body})
