"""What one WebSocket API connection remembers: when it came, who logged on, what it wants to be told."""

import msgspec

from margind import errors
from margind.api.endpoints import Security
from margind.api.keys import KeyRing, KnownKey
from margind.engine.model.terms import Market, Millis
from margind.errors import Refusal
from margind.runtime import ExchangeRuntime


class SessionStatus(msgspec.Struct, frozen=True, rename="camel"):
    """Reply of session.logon, session.status and session.logout."""

    api_key: str | None
    authorized_since: Millis | None
    connected_since: Millis
    return_rate_limits: bool
    server_time: Millis


class Session:
    """One connection."""

    __slots__ = (
        "authorized_since",
        "connected_since",
        "exchange",
        "ip",
        "known",
        "market",
        "named",
        "return_rate_limits",
    )

    def __init__(
        self, exchange: ExchangeRuntime, market: Market, ip: str, *, named: bool, return_rate_limits: bool
    ) -> None:
        self.exchange = exchange
        self.market = market
        self.ip = ip
        self.named = named
        """Whether the path names the exchange, so that keys of others are refused."""
        self.connected_since = exchange.now()
        self.return_rate_limits = return_rate_limits
        self.known: KnownKey | None = None
        self.authorized_since: Millis | None = None

    def log_on(self, known: KnownKey) -> None:
        """Tie a key to the connection; a second logon replaces the first.

        Documented: only Ed25519 keys can log on. Assumed: others are refused with -4056 "Invalid api key
        type." (the page names no code).
        """
        if known.key.key_type != "ed25519":
            raise Refusal(errors.INVALID_API_KEY_TYPE)
        self.known = known
        self.authorized_since = self.exchange.now()

    def log_out(self) -> None:
        """Forget the key; the connection stays."""
        self.known = None
        self.authorized_since = None

    def status(self) -> SessionStatus:
        """Who is logged on."""
        return SessionStatus(
            self.known.key.api_key if self.known is not None else None,
            self.authorized_since,
            self.connected_since,
            self.return_rate_limits,
            self.exchange.now(),
        )

    def still_authorized(self, keys: KeyRing) -> bool:
        """Whether the key of the session, if there is one, is still in use."""
        return self.known is None or keys.holds(self.known)

    def sender(self, keys: KeyRing, api_key: str | None) -> KnownKey | None:
        """Whose key a request came with, whatever it is good for."""
        if api_key is None:
            return self.known
        return keys.get(api_key, self.exchange if self.named else None)

    def find_key(self, keys: KeyRing, api_key: str | None, security: Security) -> tuple[KnownKey, bool]:
        """The key of a request and whether the request must be signed with it.

        A key in the request overrides the session's for that request.
        """
        if api_key is None and self.known is not None:
            keys.find(self.known.key.api_key, security, self.ip, None)
            return self.known, False
        return keys.find(api_key, security, self.ip, self.exchange if self.named else None), True
