"""Both ways of taking over prices, whatever the number of accounts in a test."""

import pytest

from margind.sweep import watch


@pytest.fixture(params=["each by itself", "all at once"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    cost = -(10**9) if request.param == "each by itself" else 10**9
    monkeypatch.setattr(watch, "SLOTS_A_MOVE_COSTS", cost)
    return str(request.param)
