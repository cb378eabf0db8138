"""A server started with `--limits enforce`, as clients meet it."""

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.server.support import PATIENCE_S, Server, serving

HEAVY = "/fapi/v1/multiAssetsMargin"
"""A call of weight 30."""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("strict"), "--memory", "--limits", "enforce") as running:
        yield running


def test_weights_are_enforced_on_both_doors_and_then_the_address_is_banned(strict: Server) -> None:
    with connect(strict.ws_url + "/ws-fapi/v1", proxy=None) as connection:
        # A new minute may begin on the way: then a few more are let through.
        answers = (strict.call("GET", HEAVY) for _ in range(200))
        answer = next(answer for answer in answers if answer.status != 200)
        assert (answer.status, answer.code) == (429, -1003)
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert int(answer.headers["x-mbx-used-weight-1m"]) > 2400 - 30
        statuses: list[int] = []
        while not statuses or statuses[-1] != 418:
            assert len(statuses) < 300
            statuses.append(strict.call("GET", HEAVY).status)
        assert set(statuses) <= {200, 429, 418}
        banned = strict.send("GET", "/fapi/v1/ping")
        assert (banned.status, banned.code) == (418, -1003)
        assert 60 < int(banned.headers["retry-after"]) <= 120
        connection.send('{"id":7,"method":"session.status"}')
        reply = json.loads(connection.recv(PATIENCE_S))
        assert (reply["id"], reply["status"], reply["error"]["code"]) == (7, 418, -1003)
    with pytest.raises(InvalidStatus) as refused:
        connect(strict.ws_url + "/ws-fapi/v1", proxy=None)
    response = refused.value.response
    assert response.status_code == 418
    assert 60 < int(response.headers["retry-after"]) <= 120
    # Our own door is no door of the exchange.
    assert strict.control("GET", "/main")["name"] == "main"
