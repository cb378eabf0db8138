"""How much an address and an account have asked for: weights, order counts, refusals and bans."""

from typing import Final, Literal, NoReturn

import msgspec

from margind import errors
from margind.engine.model.terms import Millis
from margind.errors import ErrorKind, Refusal

LimitsMode = Literal["count", "enforce"]
"""`count` keeps the numbers true and refuses nothing; `enforce` refuses and bans as the exchange does."""

# Lower case, as ASGI wants header names; HTTP reads them in any case.
WEIGHT_HEADER: Final = b"x-mbx-used-weight-1m"
ORDERS_10S_HEADER: Final = b"x-mbx-order-count-10s"
ORDERS_1M_HEADER: Final = b"x-mbx-order-count-1m"
RETRY_AFTER_HEADER: Final = b"retry-after"

SECOND: Final[Millis] = 1_000
MINUTE: Final[Millis] = 60 * SECOND
DAY: Final[Millis] = 24 * 60 * MINUTE
MONTH: Final[Millis] = 30 * DAY

# Documented: 'General Info': bans grow with repetition from 2 minutes to 3 days.
SHORTEST_BAN_MS: Final[Millis] = 2 * MINUTE
LONGEST_BAN_MS: Final[Millis] = 3 * DAY
# Assumed: the page names neither how often an address may ignore a 429, nor the steps between the shortest
# and the longest ban, nor when the exchange forgives. Here: ten refusals in a row (less than a minute apart),
# doubling, and three days without a refusal.
REFUSALS_BEFORE_BAN: Final = 10
FORGIVEN_AFTER_MS: Final[Millis] = 3 * DAY
# Keeps the memory of offenders bounded under a flood from many addresses; the oldest are forgiven first.
MOST_OFFENDERS: Final = 10_000


class LimitReached(Refusal):
    """HTTP 429 or 418, with the whole seconds to wait that `Retry-After` says."""

    def __init__(self, kind: ErrorKind, *values: object, message: int, retry_after: int) -> None:
        super().__init__(kind, *values, message=message)
        self.retry_after = retry_after


class OrderCounts(msgspec.Struct, frozen=True):
    """Orders in each window: what one account has sent in the present ones, or what a request counts for."""

    last_10s: int
    last_1m: int


class RateLimitRow(msgspec.Struct, frozen=True, rename="camel"):
    """One element of `rateLimits` in a reply of the WebSocket API."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int


class _Window:
    """What was counted per key in the present window; a new window forgets all keys at once.

    Assumed: windows are fixed and start at whole multiples of their length, as the names of the headers
    suggest; a series of recorded headers would settle it.
    """

    __slots__ = ("_counts", "_number", "length", "limit")

    def __init__(self, limit: int, length: Millis) -> None:
        self.limit = limit
        self.length = length
        self._number = -1
        self._counts: dict[str, int] = {}

    def count(self, key: str, now: Millis) -> int:
        return self._counts.get(key, 0) if now // self.length == self._number else 0

    def add(self, key: str, amount: int, now: Millis) -> int:
        number = now // self.length
        if number != self._number:
            self._number = number
            self._counts = {}
        counted = self._counts.get(key, 0) + amount
        self._counts[key] = counted
        return counted

    def is_over(self, key: str, amount: int, now: Millis) -> bool:
        return self.count(key, now) + amount > self.limit

    def seconds_left(self, now: Millis) -> int:
        return _whole_seconds(self.length - now % self.length)


class _Offender(msgspec.Struct):
    """An address that was refused: how often since its last good request or ban, and how often banned."""

    refusals: int = 0
    bans: int = 0
    last_refused: Millis = 0
    banned_until: Millis = 0


class RateLimits:
    """The counters of one server. Every call takes the time; all calls should read one clock."""

    def __init__(
        self,
        mode: LimitsMode = "count",
        *,
        weight_per_minute: int = 2_400,
        orders_per_10_seconds: int = 300,
        orders_per_minute: int = 1_200,
        funding_calls_per_5_minutes: int = 500,
    ) -> None:
        """Defaults. Documented: the integration notice of 2026-06, both markets together."""
        self._enforced = mode == "enforce"
        self._weight = _Window(weight_per_minute, MINUTE)
        self._orders_10s = _Window(orders_per_10_seconds, 10 * SECOND)
        self._orders_1m = _Window(orders_per_minute, MINUTE)
        self._funding_calls = _Window(funding_calls_per_5_minutes, 5 * MINUTE)
        self._months: dict[int, _Window] = {}
        self._offenders: dict[str, _Offender] = {}

    def charge_weight(self, ip: str, weight: int, now: Millis) -> int:
        """Count `weight` for an address; the weight it has used in this minute.

        Raises LimitReached where limits are enforced and the address is banned or would pass the limit. A
        refused request is not counted.
        """
        if self._enforced:
            self._refuse_banned(ip, now)
            self._refuse_over(self._weight, ip, weight, now)
        return self._weight.add(ip, weight, now)

    def charge_funding_call(self, ip: str, now: Millis) -> int:
        """Count one `fundingRate` or `fundingInfo` call for an address; its calls in these five minutes.

        Documented: 'Get Funding Rate History': both share 500 calls per 5 minutes and address, not weights.
        """
        if self._enforced:
            self._refuse_banned(ip, now)
            self._refuse_over(self._funding_calls, ip, 1, now)
        return self._funding_calls.add(ip, 1, now)

    def charge_month(self, account_and_call: str, limit: int, now: Millis) -> None:
        """Count a call that an account may make so often in a month.

        Documented: the download pages. Assumed: their excess is refused with -1003 as that of weights is, but
        leads to no ban; a month has 30 days (the pages name neither).
        """
        month = self._months.setdefault(limit, _Window(limit, MONTH))
        if self._enforced and month.is_over(account_and_call, 1, now):
            raise LimitReached(
                errors.TOO_MANY_REQUESTS, limit, message=0, retry_after=month.seconds_left(now)
            )
        month.add(account_and_call, 1, now)

    def charge_orders(self, account: str, orders: OrderCounts, now: Millis) -> OrderCounts:
        """Count what an order request counts for; what its account has sent in the present windows.

        Raises LimitReached (-1015) where limits are enforced. Refused orders are not counted, and lead to no
        ban: those are for addresses.
        """
        if self._enforced:
            # Observed: a public futures client quotes "300 orders per TEN_SECONDS". Assumed: MINUTE.
            for window, count, interval in (
                (self._orders_10s, orders.last_10s, "TEN_SECONDS"),
                (self._orders_1m, orders.last_1m, "MINUTE"),
            ):
                if window.is_over(account, count, now):
                    raise LimitReached(
                        errors.TOO_MANY_ORDERS,
                        window.limit,
                        interval,
                        message=1,
                        retry_after=window.seconds_left(now),
                    )
        return OrderCounts(
            self._orders_10s.add(account, orders.last_10s, now),
            self._orders_1m.add(account, orders.last_1m, now),
        )

    def used_weight(self, ip: str, now: Millis) -> int:
        """The weight an address has used in this minute."""
        return self._weight.count(ip, now)

    def order_counts(self, account: str, now: Millis) -> OrderCounts:
        """What an account has sent in the present windows."""
        return OrderCounts(self._orders_10s.count(account, now), self._orders_1m.count(account, now))

    def rows(self, used_weight: int, orders: OrderCounts | None = None) -> list[RateLimitRow]:
        """`rateLimits` of a WebSocket API reply; order rows only where orders are given.

        Documented: the examples of account methods show the weight alone, those of order methods all three.
        """
        rows = [RateLimitRow("REQUEST_WEIGHT", "MINUTE", 1, self._weight.limit, used_weight)]
        if orders is not None:
            rows.append(RateLimitRow("ORDERS", "SECOND", 10, self._orders_10s.limit, orders.last_10s))
            rows.append(RateLimitRow("ORDERS", "MINUTE", 1, self._orders_1m.limit, orders.last_1m))
        return rows

    def _refuse_banned(self, ip: str, now: Millis) -> None:
        offender = self._offenders.get(ip)
        if offender is not None and now < offender.banned_until:
            _refuse_for_ban(offender, now)

    def _refuse_over(self, window: _Window, ip: str, amount: int, now: Millis) -> None:
        if not window.is_over(ip, amount, now):
            return
        offender = self._offender(ip, now)
        if now - offender.last_refused > MINUTE:
            offender.refusals = 0
        offender.refusals += 1
        offender.last_refused = now
        if offender.refusals > REFUSALS_BEFORE_BAN:
            offender.refusals = 0
            offender.banned_until = now + min(SHORTEST_BAN_MS << offender.bans, LONGEST_BAN_MS)
            offender.bans += 1
            _refuse_for_ban(offender, now)
        raise LimitReached(
            errors.TOO_MANY_REQUESTS, window.limit, message=0, retry_after=window.seconds_left(now)
        )

    def _offender(self, ip: str, now: Millis) -> _Offender:
        """The record of an address that is being refused, moved to the end: the dict stays in that order."""
        offender = self._offenders.pop(ip, None)
        if offender is None or now - max(offender.last_refused, offender.banned_until) > FORGIVEN_AFTER_MS:
            offender = _Offender(last_refused=now)
        while self._offenders:
            oldest = next(iter(self._offenders))
            expired = now - self._offenders[oldest].last_refused > FORGIVEN_AFTER_MS + LONGEST_BAN_MS
            if not expired and len(self._offenders) < MOST_OFFENDERS:
                break
            del self._offenders[oldest]
        self._offenders[ip] = offender
        return offender


def weight_header(used_weight: int) -> tuple[bytes, bytes]:
    """The header every reply carries."""
    return WEIGHT_HEADER, b"%d" % used_weight


def order_headers(orders: OrderCounts) -> list[tuple[bytes, bytes]]:
    """The headers of replies to order requests."""
    return [(ORDERS_10S_HEADER, b"%d" % orders.last_10s), (ORDERS_1M_HEADER, b"%d" % orders.last_1m)]


def retry_after_header(refusal: LimitReached) -> tuple[bytes, bytes]:
    """The header of a 429 or 418. Observed: the official SDKs back off by it."""
    return RETRY_AFTER_HEADER, b"%d" % refusal.retry_after


def _refuse_for_ban(offender: _Offender, now: Millis) -> NoReturn:
    raise LimitReached(
        errors.TOO_MANY_REQUESTS,
        offender.banned_until,
        message=1,
        retry_after=_whole_seconds(offender.banned_until - now),
    )


def _whole_seconds(duration: Millis) -> int:
    return -(-duration // SECOND)
