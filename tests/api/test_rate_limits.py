"""Weights count per address and minute, orders per account; over the limit comes 429, and after that 418."""

import msgspec
import pytest

from margind.api.rate_limits import (
    FORGIVEN_AFTER_MS,
    LONGEST_BAN_MS,
    MINUTE,
    MOST_OFFENDERS,
    REFUSALS_BEFORE_BAN,
    SECOND,
    LimitReached,
    OrderCounts,
    RateLimits,
    order_headers,
    retry_after_header,
    weight_header,
)

NOON = 1_790_000_000_000 // (5 * MINUTE) * (5 * MINUTE)  # the start of a window of every length
IP = "192.0.2.1"
OTHER_IP = "192.0.2.2"


def orders(count: int) -> OrderCounts:
    return OrderCounts(count, count)


def refusal_of(limits: RateLimits, now: int, ip: str = IP, weight: int = 1) -> LimitReached:
    with pytest.raises(LimitReached) as refused:
        limits.charge_weight(ip, weight, now)
    return refused.value


def banned_until(limits: RateLimits, now: int, ip: str = IP) -> int:
    """Ask for too much until the ban; when it ends."""
    for _ in range(REFUSALS_BEFORE_BAN):
        assert refusal_of(limits, now, ip, weight=10_000).http_status == 429
    refusal = refusal_of(limits, now, ip, weight=10_000)
    assert refusal.http_status == 418
    return now + refusal.retry_after * SECOND


# ---- counting


def test_weight_adds_up_per_address_within_a_minute() -> None:
    limits = RateLimits()
    assert limits.charge_weight(IP, 5, NOON) == 5
    assert limits.charge_weight(IP, 1, NOON + 59_999) == 6
    assert limits.charge_weight(OTHER_IP, 2, NOON + 59_999) == 2
    assert limits.used_weight(IP, NOON + 59_999) == 6


def test_a_batch_counts_for_more_in_ten_seconds_than_in_a_minute() -> None:
    limits = RateLimits()
    limits.charge_orders("demo", orders(1), NOON)
    assert limits.charge_orders("demo", OrderCounts(5, 1), NOON) == OrderCounts(6, 2)


def test_the_full_minute_begins_at_zero() -> None:
    limits = RateLimits()
    limits.charge_weight(IP, 5, NOON + 59_999)
    assert limits.used_weight(IP, NOON + 60_000) == 0
    assert limits.charge_weight(IP, 1, NOON + 60_000) == 1


def test_orders_count_in_two_windows() -> None:
    limits = RateLimits()
    assert limits.charge_orders("demo", orders(1), NOON) == OrderCounts(1, 1)
    assert limits.charge_orders("demo", orders(5), NOON + 9_999) == OrderCounts(6, 6)
    assert limits.charge_orders("demo", orders(1), NOON + 10_000) == OrderCounts(1, 7)
    assert limits.order_counts("demo", NOON + 20_000) == OrderCounts(0, 7)
    assert limits.charge_orders("demo", orders(1), NOON + 60_000) == OrderCounts(1, 1)
    assert limits.order_counts("another", NOON) == OrderCounts(0, 0)


def test_counting_refuses_nothing() -> None:
    limits = RateLimits("count")
    assert limits.charge_weight(IP, 10_000, NOON) == 10_000
    assert limits.charge_orders("demo", orders(5_000), NOON) == OrderCounts(5_000, 5_000)
    for calls in range(1, 502):
        assert limits.charge_funding_call(IP, NOON) == calls


def test_headers_tell_the_counts() -> None:
    assert weight_header(37) == (b"x-mbx-used-weight-1m", b"37")
    assert order_headers(OrderCounts(1, 12)) == [
        (b"x-mbx-order-count-10s", b"1"),
        (b"x-mbx-order-count-1m", b"12"),
    ]


def test_websocket_rows_are_those_of_the_documented_examples() -> None:
    limits = RateLimits()
    weight = {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": 2400,
        "count": 20,
    }
    orders = [
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300, "count": 1},
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200, "count": 2},
    ]
    assert msgspec.to_builtins(limits.rows(20)) == [weight]
    assert msgspec.to_builtins(limits.rows(20, OrderCounts(1, 2))) == [weight, *orders]


# ---- refusing


def test_the_limit_itself_may_be_used_up() -> None:
    limits = RateLimits("enforce")
    assert limits.charge_weight(IP, 2_400, NOON) == 2_400


def test_beyond_the_limit_an_address_waits_for_the_next_minute() -> None:
    limits = RateLimits("enforce")
    limits.charge_weight(IP, 2_399, NOON)
    refusal = refusal_of(limits, NOON + 18_500, weight=2)
    assert refusal.http_status == 429
    assert refusal.payload("usdm") == {
        "code": -1003,
        "msg": (
            "Too many requests; current limit is 2400 requests per minute. "
            "Please use the websocket for live updates to avoid polling the API."
        ),
    }
    assert retry_after_header(refusal) == (b"retry-after", b"42")  # 41.5 s, rounded up
    assert limits.charge_weight(IP, 2, NOON + 18_500 + 42_000) == 2


def test_a_refused_request_is_not_counted_and_hinders_nobody_else() -> None:
    limits = RateLimits("enforce")
    limits.charge_weight(IP, 2_399, NOON)
    refusal_of(limits, NOON, weight=2)
    assert limits.used_weight(IP, NOON) == 2_399
    assert limits.charge_weight(IP, 1, NOON) == 2_400
    assert limits.charge_weight(OTHER_IP, 5, NOON) == 5


def test_retry_after_is_at_least_a_second() -> None:
    limits = RateLimits("enforce", weight_per_minute=1)
    assert refusal_of(limits, NOON + 59_999, weight=2).retry_after == 1


@pytest.mark.parametrize(
    ("earlier", "limit", "interval", "retry_after"),
    [([0], 300, "TEN_SECONDS", 8), ([-40, -30, -20, -10], 1200, "MINUTE", 18)],
)
def test_too_many_orders_are_refused_and_not_counted(
    earlier: list[int], limit: int, interval: str, retry_after: int
) -> None:
    limits = RateLimits("enforce")
    start = NOON + 40_000
    for seconds in earlier:
        limits.charge_orders("demo", orders(300), start + seconds * SECOND)
    before = limits.order_counts("demo", start + 2_000)
    with pytest.raises(LimitReached) as refused:
        limits.charge_orders("demo", orders(1), start + 2_000)
    assert refused.value.http_status == 429
    assert refused.value.retry_after == retry_after
    assert refused.value.payload("usdm") == {
        "code": -1015,
        "msg": f"Too many new orders; current limit is {limit} orders per {interval}.",
    }
    assert limits.order_counts("demo", start + 2_000) == before
    assert limits.charge_orders("another", orders(1), start + 2_000) == OrderCounts(1, 1)


def test_funding_calls_have_a_limit_of_their_own() -> None:
    limits = RateLimits("enforce")
    for _ in range(500):
        limits.charge_funding_call(IP, NOON)
    with pytest.raises(LimitReached) as refused:
        limits.charge_funding_call(IP, NOON + 4 * MINUTE)
    assert (refused.value.http_status, refused.value.retry_after) == (429, 60)
    assert limits.charge_weight(IP, 1, NOON + 4 * MINUTE) == 1
    assert limits.charge_funding_call(IP, NOON + 5 * MINUTE) == 1


# ---- banning


def test_going_on_after_429_bans_the_address_for_two_minutes() -> None:
    limits = RateLimits("enforce")
    end = NOON + 2 * MINUTE
    assert banned_until(limits, NOON) == end
    refusal = refusal_of(limits, end - 1)
    assert refusal.http_status == 418
    assert refusal.retry_after == 1
    assert refusal.payload("coinm") == {
        "code": -1003,
        "msg": (
            f"Way too many requests; IP banned until {end}. "
            "Please use the websocket for live updates to avoid bans."
        ),
    }


def test_a_ban_covers_every_call_of_the_address_and_no_other_address() -> None:
    limits = RateLimits("enforce")
    banned_until(limits, NOON)
    assert refusal_of(limits, NOON + 1, weight=0).http_status == 418
    with pytest.raises(LimitReached):
        limits.charge_funding_call(IP, NOON + 1)
    assert limits.charge_weight(OTHER_IP, 1, NOON + 1) == 1


def test_a_ban_ends_and_asking_meanwhile_does_not_prolong_it() -> None:
    limits = RateLimits("enforce")
    end = banned_until(limits, NOON)
    for now in range(NOON, end, 1_000):
        assert refusal_of(limits, now).http_status == 418
    assert limits.charge_weight(IP, 1, end) == 1
    assert refusal_of(limits, end, weight=10_000).http_status == 429


def test_refusals_more_than_a_minute_apart_do_not_add_up_to_a_ban() -> None:
    limits = RateLimits("enforce")
    for minute in range(0, 4 * REFUSALS_BEFORE_BAN, 2):
        assert refusal_of(limits, NOON + minute * MINUTE, weight=10_000).http_status == 429


def test_bans_double_up_to_three_days() -> None:
    limits = RateLimits("enforce")
    now = NOON
    minutes = []
    for _ in range(14):
        end = banned_until(limits, now)
        minutes.append((end - now) // MINUTE)
        now = end
    assert minutes == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4320, 4320]


def test_three_quiet_days_are_forgiven() -> None:
    limits = RateLimits("enforce")
    first_end = banned_until(limits, NOON)
    second_end = banned_until(limits, first_end + FORGIVEN_AFTER_MS)
    assert second_end - (first_end + FORGIVEN_AFTER_MS) == 4 * MINUTE
    third_start = second_end + FORGIVEN_AFTER_MS + 1
    assert banned_until(limits, third_start) - third_start == 2 * MINUTE


def test_counting_bans_nobody() -> None:
    limits = RateLimits("count")
    for _ in range(10 * REFUSALS_BEFORE_BAN):
        limits.charge_weight(IP, 10_000, NOON)
    assert limits._offenders == {}


# ---- forgetting


def test_addresses_of_past_minutes_are_forgotten() -> None:
    limits = RateLimits("enforce")
    for number in range(10_000):
        limits.charge_weight(f"address {number}", 1, NOON)
        limits.charge_orders(f"account {number}", orders(1), NOON)
    limits.charge_weight(IP, 1, NOON + MINUTE)
    limits.charge_orders("demo", orders(1), NOON + MINUTE)
    assert len(limits._weight._counts) == 1
    assert len(limits._orders_10s._counts) == 1
    assert len(limits._orders_1m._counts) == 1


def test_offenders_are_bounded_and_the_oldest_go_first() -> None:
    limits = RateLimits("enforce")
    for number in range(MOST_OFFENDERS + 5):
        refusal_of(limits, NOON, f"address {number}", weight=10_000)
    assert len(limits._offenders) == MOST_OFFENDERS
    assert "address 4" not in limits._offenders
    assert "address 5" in limits._offenders


def test_offenders_are_forgotten_after_the_longest_ban_and_its_forgiveness() -> None:
    limits = RateLimits("enforce")
    banned_until(limits, NOON)
    refusal_of(limits, NOON + FORGIVEN_AFTER_MS + LONGEST_BAN_MS + 1, OTHER_IP, weight=10_000)
    assert list(limits._offenders) == [OTHER_IP]
