"""`--limits enforce`: 429 when the weight is used up, 418 for who goes on, and bans that grow."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from margind.api.rate_limits import (
    LONGEST_BAN_MS,
    MINUTE,
    REFUSALS_BEFORE_BAN,
    SECOND,
    SHORTEST_BAN_MS,
)
from tests.api.support import (
    FULL,
    LIMITS_NOW,
    OTHER_IP,
    World,
    code_of,
    decoded,
    headers_of,
    request_frame,
    signed_params,
)

Ask = Callable[[World], tuple[int, Any]]


@pytest.fixture
def strict() -> Iterator[World]:
    world = World("enforce")
    yield world
    world.close()


def over_rest(world: World) -> tuple[int, Any]:
    response = world.send("GET", "/fapi/v1/ping")
    return response.status, decoded(response)


def over_websocket(world: World) -> tuple[int, Any]:
    reply = world.ask(world.session(), "ticker.price", symbol="BTCUSDT")
    return reply["status"], reply.get("error")


def with_garbage_over_rest(world: World) -> tuple[int, Any]:
    response = world.send("GET", "/fapi/v1/ping", "a=%")
    return response.status, decoded(response)


def with_garbage_over_websocket(world: World) -> tuple[int, Any]:
    reply = world.frame(world.session(), "{")
    return reply["status"], reply["error"]


WAYS = (over_rest, over_websocket, with_garbage_over_rest, with_garbage_over_websocket)


def spend(world: World) -> None:
    """Use up the weight of this minute."""
    for _ in range(80):
        assert world.call("GET", "/fapi/v1/income").status == 200


TOO_MANY = {
    "code": -1003,
    "msg": "Too many requests; current limit is 2400 requests per minute. Please use the websocket for live "
    "updates to avoid polling the API.",
}


def banned(until: int) -> dict[str, Any]:
    return {
        "code": -1003,
        "msg": f"Way too many requests; IP banned until {until}. Please use the websocket for live updates "
        "to avoid bans.",
    }


@pytest.mark.parametrize("ask", WAYS)
def test_the_request_beyond_the_weight_is_429(strict: World, ask: Ask) -> None:
    spend(strict)
    assert ask(strict) == (429, TOO_MANY)


def test_a_429_tells_how_long_to_wait_and_what_was_used(strict: World) -> None:
    spend(strict)
    strict.exchanges.minute += 17_500
    headers = headers_of(strict.send("GET", "/fapi/v1/ping"))
    assert (headers["retry-after"], headers["x-mbx-used-weight-1m"]) == ("43", "2400")


def test_the_next_minute_forgives(strict: World) -> None:
    spend(strict)
    assert over_rest(strict)[0] == 429
    strict.exchanges.minute += MINUTE
    assert over_rest(strict)[0] == 200


def test_other_addresses_are_not_concerned(strict: World) -> None:
    spend(strict)
    assert strict.send("GET", "/fapi/v1/ping", ip=OTHER_IP).status == 200


@pytest.mark.parametrize("ask", WAYS)
def test_who_goes_on_after_ten_429_is_banned_everywhere(strict: World, ask: Ask) -> None:
    spend(strict)
    for _ in range(REFUSALS_BEFORE_BAN):
        assert ask(strict)[0] == 429
    until = LIMITS_NOW + SHORTEST_BAN_MS
    assert ask(strict) == (418, banned(until))
    strict.exchanges.minute = until - 1
    for way in WAYS:
        assert way(strict) == (418, banned(until))
    strict.exchanges.minute = until
    assert over_rest(strict)[0] == 200


def test_bans_grow_from_two_minutes_to_three_days(strict: World) -> None:
    lengths = []
    for _ in range(14):
        spend(strict)
        while (response := strict.send("GET", "/fapi/v1/ping")).status == 429:
            pass
        assert (response.status, code_of(response)) == (418, -1003)
        lengths.append(int(headers_of(response)["retry-after"]) * SECOND)
        strict.exchanges.minute += lengths[-1]
    assert lengths[:4] == [2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE]
    assert lengths[-1] == LONGEST_BAN_MS == 3 * 24 * 60 * MINUTE


def test_a_refused_change_changes_nothing(strict: World) -> None:
    spend(strict)
    before = strict.fingerprint()
    for _ in range(REFUSALS_BEFORE_BAN + 1):
        assert strict.call("POST", "/fapi/v1/feeBurn", "feeBurn=false").status in {429, 418}
    assert strict.fingerprint() == before


def test_an_unknown_path_is_not_counted(strict: World) -> None:
    spend(strict)
    assert code_of(strict.send("GET", "/fapi/v9/ping")) == -5000


def test_replies_of_the_websocket_api_show_the_limit_when_it_is_reached(strict: World) -> None:
    spend(strict)
    params = signed_params({}, FULL)
    reply = strict.frame(strict.session(), request_frame("account.status", params, "mine"))
    assert (reply["id"], reply["status"], reply["error"]) == ("mine", 429, TOO_MANY)
    assert [row["count"] for row in reply["rateLimits"]] == [2400]


def test_funding_calls_have_a_limit_of_their_own(strict: World) -> None:
    strict.exchanges.minute = LIMITS_NOW // (5 * MINUTE) * (5 * MINUTE)
    for _ in range(250):
        assert strict.send("GET", "/fapi/v1/fundingRate").status == 200
        assert strict.send("GET", "/fapi/v1/fundingInfo").status == 200
    refused = strict.send("GET", "/fapi/v1/fundingInfo")
    assert (refused.status, headers_of(refused)["retry-after"]) == (429, "300")
    assert strict.send("GET", "/fapi/v1/ping").status == 200


@pytest.mark.parametrize("ask", [over_rest, over_websocket])
def test_where_limits_only_count_nothing_is_refused(world: World, ask: Ask) -> None:
    spend(world)
    spend(world)
    assert ask(world)[0] == 200
    assert int(headers_of(world.send("GET", "/fapi/v1/ping"))["x-mbx-used-weight-1m"]) > 4800
