"""All ways of taking over prices, for every test that asks for one."""

import pytest

from tests.sweep.ways import WAYS, Way


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Way:
    chosen: Way = request.param
    chosen.enforce(monkeypatch)
    return chosen
