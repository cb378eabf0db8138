"""Two exchanges behind all their doors, in process: what a test sends and what it gets, without a socket."""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from margind.api.http import Application
from margind.api.keys import KeyRing
from margind.api.pipeline import Pipeline, Request, Response
from margind.api.rate_limits import LimitsMode, RateLimits
from margind.api.table import ENDPOINTS
from margind.api.ws_api import WebSocketApi
from margind.api.ws_session import Session
from margind.clock import Clock, ClockMode
from margind.demo import demo_document
from margind.engine.commands import Command, CreateKey, OpenAccount, RevokeKey
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market
from margind.engine.state_hash import state_hash
from margind.exchanges import MAIN, Exchanges, ExchangeSpec
from margind.facts.load import load_facts
from margind.feeds.catalogue import make_feed
from margind.runtime import ExchangeRuntime

Result = TypeVar("Result")

NOW = 1_790_000_000_000
LIMITS_NOW = 1_790_000_040_000 // 60_000 * 60_000
"""The full minute in which the rate limits of a world begin to count."""

IP = "127.0.0.1"
OTHER_IP = "192.0.2.7"
OWNER = "tester"
SIDE = "side"
ALL = ("USER_DATA", "TRADE", "USER_STREAM")


class Key(NamedTuple):
    """An API key with its private half."""

    text: str
    kind: str
    kept: str
    """What the exchange keeps: the secret of an HMAC key, the public half of the others."""
    sign: Callable[[bytes], str]


def hmac_key(letter: str, secret: str) -> Key:
    def sign(payload: bytes) -> str:
        return hmac.new(secret.encode(), payload, "sha256").hexdigest()

    return Key(letter * 64, "hmac", secret, sign)


def _public_pem(private: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def rsa_key() -> Key:
    private = generate_private_key(public_exponent=65537, key_size=2048)

    def sign(payload: bytes) -> str:
        return b64encode(private.sign(payload, PKCS1v15(), SHA256())).decode()

    return Key("R" * 64, "rsa", _public_pem(private), sign)


@cache
def ed25519_key(letter: str = "E") -> Key:
    private = Ed25519PrivateKey.from_private_bytes(letter.encode() * 32)

    def sign(payload: bytes) -> str:
        return b64encode(private.sign(payload)).decode()

    return Key(letter * 64, "ed25519", _public_pem(private), sign)


FULL = hmac_key("k", "full-secret-of-the-tester")
READER = hmac_key("r", "reader-secret-of-the-tester")
TRADER = hmac_key("t", "trader-secret-of-the-tester")
ELSEWHERE = hmac_key("e", "elsewhere-secret-of-the-tester")
OF_SIDE = hmac_key("s", "secret-on-the-side")
UNKNOWN = hmac_key("u", "nobody-has-this-key")


@cache
def facts() -> dict[Market, MarketFacts]:
    return {market: load_facts(market) for market in Market}


class FixedExchanges(Exchanges):
    """Exchanges whose rate limits read a clock that the test moves."""

    minute = LIMITS_NOW

    def limits_now(self) -> int:
        return self.minute


class World:
    """`main` and `side`, on clocks that stand, with one account each; every key type has a key on `main`."""

    def __init__(self, mode: LimitsMode = "count", limits: RateLimits | None = None) -> None:
        self._runner = asyncio.Runner()
        self.exchanges = FixedExchanges(facts(), None)
        self.keys = KeyRing()
        self.exchanges.when_opened.append(self.keys.follow)
        self.exchanges.when_closed.append(self.keys.forget)
        self.limits = RateLimits(mode) if limits is None else limits
        self.pipeline = Pipeline(ENDPOINTS, self.exchanges, self.keys, self.limits)
        self.websockets = WebSocketApi(ENDPOINTS, self.exchanges, self.keys, self.limits)
        self.application = Application(self.pipeline, self.websockets, self.websockets)
        self.main = self.open_exchange(MAIN)
        self.side = self.open_exchange(SIDE)
        self.give_key(self.main, FULL)
        self.give_key(self.main, READER, "USER_DATA")
        self.give_key(self.main, TRADER, "TRADE")
        self.give_key(self.main, ELSEWHERE, *ALL, ip_whitelist=(OTHER_IP,))
        self.give_key(self.main, ed25519_key())
        self.give_key(self.side, OF_SIDE)

    def run(self, awaitable: Awaitable[Result]) -> Result:
        async def wait() -> Result:
            return await awaitable

        return self._runner.run(wait())

    def close(self) -> None:
        self.run(self.exchanges.close())
        self._runner.close()

    def open_exchange(self, name: str, feed: str = "manual", **options: Any) -> ExchangeRuntime:
        """An exchange with the account `tester`, which holds what the demo account holds."""
        runtime = self.run(
            self.exchanges.create(
                ExchangeSpec(
                    name,
                    lambda: Clock(ClockMode.MANUAL, NOW),
                    lambda: make_feed(feed, facts(), **options),
                    ExchangeSettings(),
                    persistent=False,
                )
            )
        )
        self.execute(runtime, OpenAccount(OWNER))
        document = demo_document(runtime.state, NOW)
        self.execute(runtime, msgspec.structs.replace(document, account=OWNER))
        return runtime

    def execute(self, runtime: ExchangeRuntime, command: Command) -> None:
        self.run(runtime.execute(command))

    def give_key(
        self,
        runtime: ExchangeRuntime,
        key: Key,
        *permissions: str,
        ip_whitelist: tuple[str, ...] = (),
        account: str = OWNER,
    ) -> None:
        command = CreateKey(account, key.text, key.kind, key.kept, permissions or ALL, ip_whitelist)
        self.execute(runtime, command)

    def revoke(self, runtime: ExchangeRuntime, key: Key) -> None:
        self.execute(runtime, RevokeKey(OWNER, key.text))

    def fingerprint(self) -> tuple[int, str, int, str]:
        """What tells whether anything has changed on either exchange."""
        main, side = self.main.state, self.side.state
        return (
            main.sequence,
            state_hash(main, timeless=False),
            side.sequence,
            state_hash(side, timeless=False),
        )

    # REST

    def send(
        self,
        method: str,
        path: str,
        query: str | bytes = b"",
        body: str | bytes = b"",
        *,
        key: str | None = None,
        ip: str = IP,
    ) -> Response:
        """The reply to a request as it stands."""
        request = Request(method, path, _bytes(query), _bytes(body), key, ip)
        return self.run(self.pipeline.answer(request))

    def call(
        self, method: str, path: str, parameters: str = "", *, key: Key = FULL, ip: str = IP
    ) -> Response:
        """The reply to a signed request with everything in the query."""
        return self.send(method, path, signed_query(parameters, key), key=key.text, ip=ip)

    # The WebSocket API

    def session(
        self, market: Market = Market.USDM, runtime: ExchangeRuntime | None = None, **options: Any
    ) -> Session:
        """A connection that has been accepted."""
        options = {"named": False, "return_rate_limits": True, **options}
        return Session(runtime or self.main, market, options.pop("ip", IP), **options)

    def frame(self, session: Session, frame: str | bytes) -> Any:
        """The reply to a frame as it stands."""
        return msgspec.json.decode(self.run(self.websockets.answer(session, frame)))

    def ask(self, session: Session, method: str, **params: Any) -> Any:
        """The reply to a request without a signature."""
        return self.frame(session, request_frame(method, params))

    def ask_signed(self, session: Session, method: str, key: Key = FULL, **params: Any) -> Any:
        """The reply to a signed request."""
        return self.frame(session, request_frame(method, signed_params(params, key)))


def signed_query(parameters: str, key: Key = FULL, *, timestamp: int = NOW) -> str:
    payload = "&".join(filter(None, [parameters, f"timestamp={timestamp}"]))
    return f"{payload}&signature={quote(key.sign(payload.encode()), safe='')}"


def signed_params(params: Mapping[str, Any], key: Key) -> dict[str, Any]:
    """`params` with key, time and signature, as the pages say: sorted by name, values as text."""
    complete = {"apiKey": key.text, "timestamp": NOW, **params}
    return {**complete, "signature": key.sign(websocket_payload(complete))}


def websocket_payload(params: Mapping[str, Any]) -> bytes:
    texts = {
        name: str(value).lower() if value is True or value is False else value
        for name, value in params.items()
    }
    return "&".join(f"{name}={texts[name]}" for name in sorted(texts)).encode()


def request_frame(method: str, params: Mapping[str, Any], identity: Any = 1) -> bytes:
    return msgspec.json.encode({"id": identity, "method": method, "params": params})


def decoded(response: Response) -> Any:
    return msgspec.json.decode(response.body)


def code_of(response: Response) -> int:
    """The code of an error; 0 when it is none."""
    document = decoded(response)
    return int(document["code"]) if response.status != 200 else 0


def headers_of(response: Response) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in response.headers}


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
