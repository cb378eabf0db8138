"""What one row of the endpoint table says; routing, checks, limits, coverage and docs are read from it."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from margind.api.base_url import NO_SCOPE, base_url
from margind.api.parameters import Parameter
from margind.api.rate_limits import OrderCounts
from margind.engine.model.account import Account
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market, Millis
from margind.runtime import ExchangeRuntime


class Security(StrEnum):
    """Who may call. Documented: 'General Info', 'Endpoint Security Type'."""

    NONE = "NONE"
    MARKET_DATA = "MARKET_DATA"
    USER_STREAM = "USER_STREAM"
    USER_DATA = "USER_DATA"
    TRADE = "TRADE"

    @property
    def is_signed(self) -> bool:
        """Whether the call needs a timestamp and a signature."""
        return self in _SIGNED


_SIGNED = frozenset({Security.USER_DATA, Security.TRADE})


class Call:
    """One request that has passed all checks, as a handler sees it."""

    __slots__ = ("account", "endpoint", "market", "parameters", "runtime", "scope")

    def __init__(
        self,
        runtime: ExchangeRuntime,
        market: Market,
        account: Account | None,
        parameters: Mapping[str, Any],
        endpoint: "Endpoint | None" = None,
        *,
        scope: Mapping[str, Any] = NO_SCOPE,
    ) -> None:
        self.runtime = runtime
        self.market = market
        self.account = account
        self.parameters = parameters
        self.endpoint = endpoint
        self.scope = scope

    @property
    def now(self) -> Millis:
        """The exchange's time."""
        return self.runtime.now()

    @property
    def base_url(self) -> str:
        """Scheme and host of the server as the client has called it; its own address where it did not say."""
        return base_url(self.scope)

    @property
    def owner(self) -> Account:
        """The account of a signed call."""
        assert self.account is not None
        return self.account

    @property
    def market_state(self) -> MarketState:
        """The market the path belongs to."""
        return self.runtime.state.markets[self.market]


Reply: TypeAlias = bytes
"""JSON, ready to be sent."""

ReadHandler: TypeAlias = Callable[[Call], Reply]
"""Answers at once: it only reads."""

Handler: TypeAlias = Callable[[Call], Reply | Awaitable[Reply]]
Weight: TypeAlias = int | Callable[[Mapping[str, str]], int]


class Endpoint(msgspec.Struct, frozen=True):
    """One call: where it is found, who may make it, what it takes and costs, who answers it."""

    market: Market
    name: str
    """As the page is called."""
    security: Security
    handler: Handler
    weight: Weight = 1
    method: str = ""
    path: str = ""
    """Empty for calls that only the WebSocket API has."""
    ws_method: str = ""
    """Empty for calls that only REST has."""
    ws_handler: Handler | None = None
    """Where the WebSocket API prints another reply."""
    ws_weight: Weight | None = None
    parameters: tuple[Parameter, ...] = ()
    reply: type | None = None
    """The struct that documents the reply, or one row of it."""
    is_legacy_account: bool = False
    """Whether the weight is the setting `legacy_account_weight`: the V2 account calls and their twins."""
    orders: OrderCounts | None = None
    """What it counts for in the order limits of the account; None where it is no order."""
    calls_a_month: int = 0
    """How often an account may make the call in a month; 0 where nobody counts."""
    charges_funding_calls: bool = False
    """Counted against the limit of fundingRate and fundingInfo instead of the weight."""

    def weight_of(self, sent: Mapping[str, str], settings: ExchangeSettings) -> int:
        """What a REST call costs."""
        if self.is_legacy_account:
            return settings.legacy_account_weight
        return self.weight if isinstance(self.weight, int) else self.weight(sent)

    def ws_weight_of(self, sent: Mapping[str, str], settings: ExchangeSettings) -> int:
        """What a WebSocket API call costs."""
        if self.ws_weight is None:
            return self.weight_of(sent, settings)
        return self.ws_weight if isinstance(self.ws_weight, int) else self.ws_weight(sent)


def by_symbol(with_symbol: int, without: int) -> Callable[[Mapping[str, str]], int]:
    """A weight that is lower when the call names a symbol."""
    return lambda sent: with_symbol if sent.get("symbol") else without


def by_limit(sent: Mapping[str, str]) -> int:
    """Weight of candle calls. Documented: 1 below 100 rows, 2 below 500, 5 up to 1000, then 10."""
    text = sent.get("limit", "500")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= _LIMIT_DIGITS else 500
    for bound, weight in ((100, 1), (500, 2), (1001, 5)):
        if limit < bound:
            return weight
    return 10


ONE_ORDER = OrderCounts(1, 1)
ORDER_BATCH = OrderCounts(5, 1)
"""Documented: 'Place Multiple Orders': five in ten seconds, one in a minute, however many it holds."""


def by_depth(sent: Mapping[str, str]) -> int:
    """Weight of the order book. Documented: 2 up to 50 levels, 5 for 100, 10 for 500, 20 for 1000."""
    return _DEPTH_WEIGHTS.get(sent.get("limit", ""), _DEPTH_WEIGHT)


_DEPTH_WEIGHT = 10
_DEPTH_WEIGHTS = {"5": 2, "10": 2, "20": 2, "50": 2, "100": 5, "500": _DEPTH_WEIGHT, "1000": 20}

_LIMIT_DIGITS = 4
"""No limit has more; a longer text is refused later, and must not cost time here."""
