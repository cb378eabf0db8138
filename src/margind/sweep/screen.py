"""The screen that a running exchange installs: exact while accounts are few, NumPy columns beyond."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from margind.engine.model.terms import Market
from margind.engine.state import EveryHolder, State

if TYPE_CHECKING:
    from margind.sweep.market_watch import MarketWatch

FEW_ACCOUNTS = 32
"""So many accounts are examined exactly in a few milliseconds: no reason to load NumPy, which takes 0.1 s."""


class SweepScreen:
    """Keeps the pools of all accounts as columns; which screen is installed changes nothing but the time."""

    def __init__(self, exact_up_to: int = FEW_ACCOUNTS) -> None:
        self._exact_up_to = exact_up_to
        self._everyone = EveryHolder()
        self._markets: dict[Market, MarketWatch] = {}
        self._state: State | None = None
        self._ratio: Decimal | None = None

    def suspects(
        self,
        state: State,
        moved: Mapping[Market, Collection[str]],
        *,
        index_moved: bool = False,
        changed: Collection[str] = (),
    ) -> list[str]:
        """The accounts to examine, by account number: who was reached and may be in need."""
        if len(state.accounts) <= self._exact_up_to:
            return self._everyone.suspects(state, moved, index_moved=index_moved, changed=changed)
        self._catch_up(state, moved)
        reaching = [
            (self._markets[market], frozenset(symbols)) for market, symbols in moved.items() if symbols
        ]
        found, named = set(), frozenset(changed)
        for name in {name for watch in self._markets.values() for name in watch.suspects()}:
            if name in named or any(
                not symbols.isdisjoint(watch.symbols_of(name)) for watch, symbols in reaching
            ):
                found.add(name)
            elif index_moved:
                half = state.accounts[name].usdm
                if half.multi_assets_margin and half.positions:
                    found.add(name)
        return sorted(found, key=lambda name: state.accounts[name].number)

    def _catch_up(self, state: State, moved: Mapping[Market, Collection[str]]) -> None:
        ratio = state.settings.margin_call_ratio
        if (
            state is not self._state
            or ratio != self._ratio
            or not all(watch.fits() and watch.same_assets() for watch in self._markets.values())
        ):
            self._begin(state, ratio)
            return
        for market, watch in self._markets.items():
            watch.follow(moved.get(market, ()))
            touched, state.touched[market] = state.touched[market], set()
            if touched:
                watch.refresh(state, touched)

    def _begin(self, state: State, ratio: Decimal) -> None:
        from margind.sweep.market_watch import MarketWatch  # noqa: PLC0415 - loads NumPy, once it is needed

        state.touched = {market: set() for market in state.markets}
        self._state, self._ratio = state, ratio
        # A pool is also looked at when it is liquidated, at 1, however late its owner is called.
        threshold = min(float(ratio), 1.0)
        self._markets = {market: MarketWatch(state, market, threshold) for market in state.markets}
