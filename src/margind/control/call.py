"""One control request as a handler sees it, and the server it is about."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from margind.engine.model.account import Account
from margind.engine.model.terms import Millis
from margind.errors.impossible import Impossible, no_account
from margind.exchanges import Exchanges
from margind.runtime import ExchangeRuntime

T = TypeVar("T")

KeyCheck = Callable[[str, str], object]
"""Takes a key type and a secret or public key; ValueError says why that is no such key."""


class Server:
    """What all control requests share."""

    __slots__ = ("changing", "check_key", "exchanges", "started", "version")

    def __init__(self, exchanges: Exchanges, version: str, started: Millis, check_key: KeyCheck) -> None:
        self.exchanges = exchanges
        self.version = version
        self.started = started
        self.check_key = check_key
        self.changing = asyncio.Lock()
        """Held while an exchange is made, reset or ended: half an exchange is no answer."""


class Call:
    """One request: the names in its path, its query and its body."""

    __slots__ = ("body", "names", "query_string", "server")

    def __init__(self, server: Server, names: Mapping[str, str], query_string: bytes, body: bytes) -> None:
        self.server = server
        self.names = names
        self.query_string = query_string
        self.body = body

    @property
    def runtime(self) -> ExchangeRuntime:
        """The exchange the path names, or `Impossible`."""
        return self.server.exchanges.get(self.names["x"])

    @property
    def account(self) -> Account:
        """The account the path names, or `Impossible`."""
        account = self.runtime.state.accounts.get(self.names["a"])
        if account is None:
            raise no_account(self.names["a"], self.runtime.state.accounts)
        return account

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one, the last."""
        return dict(parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True))

    def read(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body as a document, or `Impossible` with what is wrong with it and where."""
        try:
            return decoder.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = str(error) if self.body else "the request has no body"
            raise Impossible("bad_json", reason) from None
        except RecursionError:
            raise Impossible("bad_json", "the document is nested too deeply") from None
