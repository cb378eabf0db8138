"""The control API as an ASGI application: guard, route, handler, reply."""

import logging
from http import HTTPStatus

from margind.control.asgi import LARGEST_BODY, Header, Receive, Scope, Send, read_body, respond
from margind.control.call import Call, KeyCheck, Server
from margind.control.guard import Guard
from margind.control.routes import Router, WrongMethod
from margind.control.table import ROUTES
from margind.documents.numbers import encode
from margind.engine.model.terms import Millis
from margind.errors.impossible import Impossible
from margind.exchanges import Exchanges
from margind.storage import JournalError

log = logging.getLogger("margind")


class ControlDoor:
    """Everything under `/margind/v1`.

    `started` is the system time of the server's start, `host` the address it is bound to; `check_key` is
    what the other doors check signatures with, so that no key is handed out that they could not use.
    """

    def __init__(
        self,
        exchanges: Exchanges,
        *,
        token: str | None,
        version: str,
        started: Millis,
        check_key: KeyCheck,
        host: str = "127.0.0.1",
    ) -> None:
        self._server = Server(exchanges, version, started, check_key)
        self._guard = Guard(token, host)
        self._router = Router(ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; every fault becomes an error document."""
        headers: list[Header] = []
        try:
            status, body = 200, await self._answer(scope, receive)
        except Impossible as impossible:
            status, body = impossible.http_status, _error(impossible.code, impossible.message)
            if isinstance(impossible, WrongMethod):
                headers.append((b"allow", impossible.allowed.encode()))
            if status == HTTPStatus.UNAUTHORIZED:
                headers.append((b"www-authenticate", b"Bearer"))
            if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                # Nobody reads the rest.
                headers.append((b"connection", b"close"))
        except JournalError as error:
            log.warning("%s %s: %s", scope["method"], scope["path"], error)
            message = "the journal of this exchange failed: see the server's log"
            status, body = 503, _error("journal_failed", message)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            status, body = 500, _error("internal_error", "a fault of ours: see the server's log")
        await respond(send, status, body, headers)

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        self._guard.check(scope)
        route, names = self._router.find(scope["method"], scope["path"])
        body = await read_body(scope, receive)
        if body is None:
            raise Impossible("too_large", f"a body has at most {LARGEST_BODY} bytes", 413)
        try:
            return encode(await route.handler(Call(self._server, names, scope["query_string"], body)))
        finally:
            runtime = self._server.exchanges.by_name.get(names.get("x", ""))
            if runtime is not None:
                # A reply or a refusal leaves only after all that it shows is durable.
                await runtime.settled()


def _error(code: str, message: str) -> bytes:
    return encode({"error": {"code": code, "message": message}})
