"""The WebSocket API: one JSON request per frame, one JSON reply, the same handlers as REST."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping

import msgspec

from margind import errors
from margind.api.endpoints import Call, Endpoint, Reply, Security
from margind.api.http import Receive, Scope, Send
from margind.api.keys import KeyRing, KnownKey
from margind.api.parameters import (
    SIGNATURE,
    Parameter,
    missed,
    parse_query,
    read_parameters,
    text_parameters,
)
from margind.api.pipeline import JSON, failure, order_counter, refuse_missing, reply_of
from margind.api.rate_limits import LimitReached, OrderCounts, RateLimits, retry_after_header
from margind.api.refused_calls import remember
from margind.api.request_reasons import signature_reason
from margind.api.signing import check_timing, is_signed_websocket
from margind.api.streams.socket import EXTENSION, Socket, text_frame
from margind.api.ws_session import Session
from margind.engine.model.terms import Market, Millis
from margind.errors import Refusal
from margind.exchanges import Exchanges
from margind.refusals import asked, kept_parameters
from margind.storage import JournalError

log = logging.getLogger("margind")

PATHS = {"/ws-fapi/v1": Market.USDM, "/ws-dapi/v1": Market.COINM}
HANDSHAKE_WEIGHT = 5
SESSION_WEIGHT = 2
LIFETIME_S = 24 * 3600
"""Documented: a connection ends after 24 hours."""

_NORMAL_END, _GOING_AWAY = 1000, 1001


class Identity(msgspec.Struct):
    """What can be said of a frame that is no request otherwise."""

    id: msgspec.Raw = msgspec.Raw(b"null")


class Frame(Identity):
    """One request."""

    method: str | None = ""
    """None when the frame is no request."""
    params: dict[str, msgspec.Raw] | None = None


_decode = msgspec.json.Decoder(Frame).decode
_decode_identity = msgspec.json.Decoder(Identity).decode
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
            await _turn_away(scope, receive, send, Refusal(errors.INVALID_PATH, scope["path"], "GET"))
            return
        client = scope["client"]
        ip = client[0] if client else "127.0.0.1"
        try:
            self._limits.charge_weight(ip, HANDSHAKE_WEIGHT, self._exchanges.limits_now())
            asked = parse_query(scope["query_string"]).get("returnRateLimits", "true")
        except Refusal as refusal:
            await _turn_away(scope, receive, send, refusal)
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
                await self._serve(session, scope, receive, send)
        except TimeoutError:
            await send({"type": "websocket.close", "code": _GOING_AWAY})

    async def _serve(self, session: Session, scope: Scope, receive: Receive, send: Send) -> None:
        socket: Socket | None = scope.get("extensions", {}).get(EXTENSION)
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                text = message.get("bytes") or b""
            reply = await self.answer(session, text)
            if socket is None or not socket.is_writable:
                await send({"type": "websocket.send", "text": reply.decode()})
            elif not socket.write_frame(text_frame(reply)):
                return  # what a client asked for besides that has hung up is forgotten, as over HTTP

    async def answer(self, session: Session, text: str | bytes) -> bytes:
        """The reply to one frame; every fault becomes the exchange's own error."""
        market, wanted, status = session.market, session.return_rate_limits, 200
        now = self._exchanges.limits_now()
        frame = _read(text)
        identity = bytes(frame.id)
        counted: list[OrderCounts] = []
        sent: Mapping[str, str] | None = None
        try:
            try:
                sent = text_parameters(frame.params) if frame.params else {}
                if "returnRateLimits" in sent:
                    wanted = sent["returnRateLimits"].lower() != "false"
            finally:
                # What cannot be read costs its weight, too.
                endpoint = self._charge(session, frame.method, sent or {}, now)
            if frame.method is None:
                raise Refusal(errors.INVALID_MESSAGE)  # noqa: TRY301 - one way out
            self._follow_exchange(session)
            if not session.still_authorized(self._keys):
                session.log_out()
                identity = b"null"
                raise Refusal(errors.REJECTED_MBX_KEY)  # noqa: TRY301 - one way out
            if endpoint is None:
                body = self._session_call(session, frame.method, sent)
            else:
                reply = self._call(session, endpoint, sent, now=now, counted=counted)
                body = reply if isinstance(reply, bytes) else await reply
        except Refusal as refusal:
            status, body = refusal.http_status, msgspec.json.encode(refusal.payload(market))
            known = session.sender(self._keys, (sent or {}).get("apiKey"))
            request = asked("WebSocket", frame.method or "", sent or {})
            remember(refusal, market, session.exchange, known, request)
        except JournalError as error:
            log.warning("%s: %s", frame.method, error)
            status, body = failure(errors.DISCONNECTED, market)
        except Exception:
            log.exception("a WebSocket API request failed")
            status, body = failure(errors.UNKNOWN, market)
        outcome = b"result" if status == 200 else b"error"  # noqa: PLR2004 - the one good status
        return b'{"id":%b,"status":%d,"%b":%b%b}' % (
            identity,
            status,
            outcome,
            body,
            self._rate_limits(session, counted) if wanted else b"",
        )

    def _charge(
        self, session: Session, method: str | None, sent: Mapping[str, str], now: Millis
    ) -> Endpoint | None:
        """The endpoint of a method, None when it is none; its weight is charged."""
        endpoint = None if method is None else self._methods.get((session.market, method))
        if endpoint is not None:
            weight = endpoint.ws_weight_of(sent, session.exchange.state.settings)
        else:
            weight = SESSION_WEIGHT if method in _SESSION_METHODS else 1
        self._limits.charge_weight(session.ip, weight, now)
        return endpoint

    def _follow_exchange(self, session: Session) -> None:
        """A connection outlives a reset: it goes on with the exchange that has the name now."""
        current = self._exchanges.by_name.get(session.exchange.name)
        if current is None:
            raise Refusal(errors.DISCONNECTED)
        session.exchange = current

    def _call(
        self,
        session: Session,
        endpoint: Endpoint,
        sent: Mapping[str, str],
        *,
        now: Millis,
        counted: list[OrderCounts],
    ) -> Reply | Awaitable[Reply]:
        """The checks of the REST pipeline, in the same order; `counted` gets the account's orders by now."""
        exchange, account = session.exchange, None
        if endpoint.security is not Security.NONE:
            known, must_sign = session.find_key(self._keys, sent.get("apiKey"), endpoint.security)
            exchange = known.runtime
            account = exchange.state.accounts[known.key.account]
            if endpoint.security.is_signed:
                signer = known if must_sign else None
                _check_signed(endpoint.parameters, sent, signer, exchange.now())
        parameters = read_parameters(endpoint.parameters, sent) if endpoint.parameters else {}
        call = Call(exchange, endpoint.market, account, parameters, endpoint)
        if endpoint.orders is not None:
            counted.append(self._limits.charge_orders(order_counter(call), endpoint.orders, now))
        return reply_of(endpoint.ws_handler or endpoint.handler, call)

    def _session_call(self, session: Session, method: str, sent: Mapping[str, str]) -> Reply:
        if method not in _SESSION_METHODS:
            raise Refusal(errors.INVALID_PATH, _PATH_OF[session.market], method or "''")
        if method == "session.logon":
            if not sent.get("apiKey"):
                raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "apiKey")
            known, _ = session.find_key(self._keys, sent["apiKey"], Security.MARKET_DATA)
            _check_signed((), sent, known, known.runtime.now())
            session.log_on(known)
        elif method == "session.logout":
            session.log_out()
        return msgspec.json.encode(session.status())

    def _rate_limits(self, session: Session, counted: list[OrderCounts]) -> bytes:
        used = self._limits.used_weight(session.ip, self._exchanges.limits_now())
        return b',"rateLimits":' + msgspec.json.encode(
            self._limits.rows(used, counted[0] if counted else None)
        )


_SESSION_METHODS = frozenset({"session.logon", "session.status", "session.logout"})
_PATH_OF = {market: path for path, market in PATHS.items()}


def _read(text: str | bytes) -> Frame:
    """One request out of a frame.

    A frame that is none keeps its id, if it has one: its sender waits for that. Assumed: -1013 is the answer
    (no page shows one).
    """
    try:
        frame = _decode(text if isinstance(text, str) else text.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        frame = Frame(_identity_of(text), None)
    if len(bytes(frame.id)) > _LONGEST_ID or bytes(frame.id)[:1] not in b'"-0123456789n':
        return Frame(method=None)
    return frame


def _identity_of(text: str | bytes) -> msgspec.Raw:
    try:
        return _decode_identity(text if isinstance(text, str) else text.decode()).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.Raw(b"null")


def _check_signed(
    parameters: Iterable[Parameter], sent: Mapping[str, str], signer: KnownKey | None, now: Millis
) -> None:
    """Refuses what is incomplete, untimely or, where a signer is given, not signed."""
    refuse_missing(parameters, sent)
    signature = sent.get("signature")
    if signer is not None and not signature:
        raise missed(SIGNATURE)
    check_timing(sent["timestamp"], sent.get("recvWindow"), now)
    if signer is not None and not is_signed_websocket(signer.verifier, sent, signature or ""):
        kept = kept_parameters(sent)
        payload = "&".join([f"{name}={kept[name]}" for name in sorted(kept)])
        raise Refusal(errors.INVALID_SIGNATURE).because(signature_reason(payload, signer.key.key_type))


async def _turn_away(scope: Scope, receive: Receive, send: Send, refusal: Refusal) -> None:
    """Answer a handshake with an HTTP error, where the server can; else close."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": _NORMAL_END})
        return
    headers = [JSON]
    if isinstance(refusal, LimitReached):
        headers.append(retry_after_header(refusal))
    await send({"type": "websocket.http.response.start", "status": refusal.http_status, "headers": headers})
    body = msgspec.json.encode(refusal.payload(Market.USDM))
    await send({"type": "websocket.http.response.body", "body": body})
    # uvicorn tells twice that it is over, and until then takes a return for a forgotten answer.
    await receive()
    await receive()
