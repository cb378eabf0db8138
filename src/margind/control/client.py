"""A small client of the control API for the CLI, tests and pytest users: one method per call.

Standard library only, and only what is needed to speak HTTP: a command line imports it at every start.
"""

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

Json = Any
"""What JSON can hold; decimals are texts."""


class ControlError(Exception):
    """A call that was refused: `code` and `message` as the server says, `status` the HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class Unreachable(ControlError):
    """No answer, or none that margind would give; `status` is 0 when there was no answer at all."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__("unreachable", message, status)


class ControlClient:
    """The control API of one server. Nothing stays open between calls, so threads may share a client."""

    def __init__(self, url: str, token: str | None = None, *, timeout: float = 60) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not the address of a server, such as http://127.0.0.1:9000")
        self.url = url.rstrip("/")
        self._scheme = parts.scheme
        self._address = parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.rstrip("/") + "/margind/v1"
        self._token = token
        self._timeout = timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    # The server and its exchanges

    def status(self) -> Json:
        """Version, time since the start, and the names of the exchanges."""
        return self.get("/status")

    def create_exchange(
        self,
        name: str,
        *,
        clock: Mapping[str, Json] | None = None,
        feed: Mapping[str, Json] | None = None,
        settings: Mapping[str, Json] | None = None,
        persistent: bool = False,
    ) -> Json:
        """Make an exchange; the reply is how it stands."""
        asked: dict[str, Json] = {"name": name, "persistent": persistent}
        parts = {"clock": clock, "feed": feed, "settings": settings}
        asked |= {part: document for part, document in parts.items() if document is not None}
        return self.post("/exchanges", asked)

    def exchange(self, exchange: str) -> Json:
        """An exchange as it stands."""
        return self.get(_path(exchange))

    def delete_exchange(self, exchange: str) -> None:
        """End an exchange and forget it."""
        self.delete(_path(exchange))

    def reset(self, exchange: str) -> Json:
        """Make an exchange anew: empty, with the same settings."""
        return self.post(_path(exchange, "reset"), None)

    def hash(self, exchange: str) -> Json:
        """`sequence` and `state_hash`."""
        return self.get(_path(exchange, "hash"))

    def audit(self, exchange: str) -> Json:
        """Where the money is; `balanced` says whether it adds up."""
        return self.get(_path(exchange, "audit"))

    # Accounts

    def open_account(
        self,
        exchange: str,
        name: str,
        balances: Mapping[str, Mapping[str, str]] | None = None,
        key: Mapping[str, Json] | None = None,
    ) -> Json:
        """Open an account; `name`, `api_key` and, for an HMAC key, `secret_key`."""
        asked: dict[str, Json] = {"name": name, "balances": balances or {}, "key": key or {}}
        return self.post(_path(exchange, "accounts"), asked)

    def accounts(self, exchange: str) -> Json:
        """All accounts with their keys, without secrets."""
        return self.get(_path(exchange, "accounts"))

    def create_key(self, exchange: str, account: str, key: Mapping[str, Json] | None = None) -> Json:
        """Give an account a further key."""
        return self.post(_path(exchange, "accounts", account, "keys"), key or {})

    def revoke_key(self, exchange: str, account: str, api_key: str) -> None:
        """Take a key away."""
        self.delete(_path(exchange, "accounts", account, "keys", api_key))

    def transfer(self, exchange: str, account: str, market: str, asset: str, amount: str) -> Json:
        """Move an amount from the outside world or, negative, to it."""
        asked = {"market": market, "asset": asset, "amount": amount}
        return self.post(_path(exchange, "accounts", account, "transfers"), asked)

    def state(self, exchange: str, account: str) -> Json:
        """The account as a document."""
        return self.get(_path(exchange, "accounts", account, "state"))

    def load_state(self, exchange: str, account: str, document: Mapping[str, Json]) -> Json:
        """Make the account exactly what a document says; the account as it is then."""
        return self.put(_path(exchange, "accounts", account, "state"), document)

    # Prices, contracts, brackets, time

    def set_prices(
        self,
        exchange: str,
        *,
        usdm: Mapping[str, Mapping[str, Json]] | None = None,
        coinm: Mapping[str, Mapping[str, Json]] | None = None,
        asset_index: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Json:
        """Set prices, all at one instant; all prices of the symbols named."""
        asked = {"usdm": usdm or {}, "coinm": coinm or {}, "assetIndex": asset_index or {}}
        return self.put(_path(exchange, "prices"), asked)

    def settle_funding(self, exchange: str, market: str, symbol: str, rate: str) -> Json:
        """Settle funding of a symbol now; what each position paid or received."""
        return self.post(_path(exchange, "funding"), {"market": market, "symbol": symbol, "rate": rate})

    def set_funding_terms(
        self,
        exchange: str,
        *,
        usdm: Mapping[str, Mapping[str, Json]] | None = None,
        coinm: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Json:
        """Fund symbols on other terms from now on; the terms of the symbols named."""
        return self.put(_path(exchange, "funding"), {"usdm": usdm or {}, "coinm": coinm or {}})

    def deliver(self, exchange: str, market: str, symbol: str, price: str | None = None) -> Json:
        """Deliver a dated contract now, at a price or at what its index says; what each position came to."""
        body = {"market": market, "symbol": symbol}
        return self.post(_path(exchange, "delivery"), body if price is None else {**body, "price": price})

    def list_contracts(
        self,
        exchange: str,
        *,
        usdm: Mapping[str, Mapping[str, Json]] | None = None,
        coinm: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Json:
        """Add or replace contracts, each as a row of exchangeInfo; what they still lack."""
        asked = {"usdm": usdm or {}, "coinm": coinm or {}}
        return self.put(_path(exchange, "contracts"), asked)

    def set_brackets(
        self,
        exchange: str,
        *,
        usdm: Mapping[str, Sequence[Mapping[str, Json]]] | None = None,
        coinm: Mapping[str, Sequence[Mapping[str, Json]]] | None = None,
    ) -> Json:
        """Replace the brackets of symbols; what they still lack."""
        asked = {"usdm": usdm or {}, "coinm": coinm or {}}
        return self.put(_path(exchange, "brackets"), asked)

    def move_clock(self, exchange: str, *, now: int | None = None, advance_ms: int | None = None) -> Json:
        """Move a manual clock to a time or on by a span; the clock as it stands."""
        return self.post(_path(exchange, "clock"), {"now": now, "advance_ms": advance_ms})

    def change_clock(self, exchange: str, mode: str, speed: str | None = None) -> Json:
        """Let time pass otherwise (`system`, `manual`, `accelerated`); the clock as it stands."""
        return self.post(_path(exchange, "clock"), {"mode": mode, "speed": speed})

    # Any call: `path` is what follows the prefix

    def get(self, path: str, **query: str) -> Json:
        """The reply to a GET."""
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Mapping[str, Json] | None) -> Json:
        """The reply to a POST."""
        return self._call("POST", path, body)

    def put(self, path: str, body: Mapping[str, Json]) -> Json:
        """The reply to a PUT."""
        return self._call("PUT", path, body)

    def delete(self, path: str) -> Json:
        """The reply to a DELETE."""
        return self._call("DELETE", path, None)

    def _call(self, method: str, target: str, body: Mapping[str, Json] | None) -> Json:
        # Here and not above: importing it takes longer than all else that a command's help needs.
        from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415

        make = HTTPSConnection if self._scheme == "https" else HTTPConnection
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = make(self._address, timeout=self._timeout)
        try:
            payload = None if body is None else json.dumps(body).encode()
            connection.request(method, self._prefix + target, payload, headers)
            response = connection.getresponse()
            return _document(response.status, response.read())
        except (OSError, HTTPException) as error:
            raise Unreachable(f"no answer from {self.url}: {error}") from error
        finally:
            connection.close()


def _path(*parts: str) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in ("exchanges", *parts))


def _document(status: int, text: bytes) -> Json:
    try:
        document = json.loads(text)
        if status < 400:  # noqa: PLR2004 - where HTTP's errors begin
            return document
        code, message = document["error"]["code"], document["error"]["message"]
    except (ValueError, LookupError, TypeError):
        raise Unreachable(f"an answer with HTTP status {status}, but none of margind's", status) from None
    raise ControlError(code, message, status)
