"""The screen that a running exchange installs: exact while accounts are few, NumPy columns beyond."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from margind.engine.model.account import MarketAccount
from margind.engine.model.terms import Market
from margind.engine.state import EveryHolder, State

if TYPE_CHECKING:
    from margind.sweep.arithmetic import Arithmetic
    from margind.sweep.market_watch import MarketWatch

FEW_ACCOUNTS = 32
"""So many accounts are examined exactly in a few milliseconds: no reason to load NumPy, which takes 0.1 s."""

MANY_ACCOUNTS = 10_000
"""From so many on the loops are compiled if `margind[compiled]` is installed: loading it takes 0.3 s."""


class SweepScreen:
    """Keeps the pools of all accounts as columns; which screen is installed changes nothing but the time."""

    def __init__(self, exact_up_to: int = FEW_ACCOUNTS, compiled_from: int = MANY_ACCOUNTS) -> None:
        self._exact_up_to = exact_up_to
        self._compiled_from = compiled_from
        self._is_compiled = False
        self._everyone = EveryHolder()
        self._markets: dict[Market, MarketWatch] = {}
        self._numbers: dict[str, int] = {}
        """Of all accounts that a market watches."""
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
        needy: set[str] = set()
        for watch in self._markets.values():
            needy |= watch.suspects()
        found = needy.intersection(changed)
        for market, symbols in moved.items():
            if symbols:
                found |= self._markets[market].holders(needy, symbols)
        if index_moved:
            found |= {name for name in needy - found if _has_joint_wallet(state.accounts[name].usdm)}
        return sorted(found, key=self._numbers.__getitem__)

    def _catch_up(self, state: State, moved: Mapping[Market, Collection[str]]) -> None:
        ratio = state.settings.margin_call_ratio
        if (
            state is not self._state
            or ratio != self._ratio
            or not all(watch.fits() and watch.same_assets() for watch in self._markets.values())
        ):
            self._begin(state, ratio)
            return
        if not self._is_compiled and len(state.accounts) >= self._compiled_from:
            arithmetic = self._arithmetic(state)
            for watch in self._markets.values():
                watch.add_up_with(arithmetic)
        for market, watch in self._markets.items():
            watch.follow(moved.get(market, ()))
            touched, state.touched[market] = state.touched[market], set()
            if touched:
                watch.refresh(state, touched)
                self._numbers.update((name, state.accounts[name].number) for name in touched)

    def _begin(self, state: State, ratio: Decimal) -> None:
        from margind.sweep.market_watch import MarketWatch  # noqa: PLC0415 - loads NumPy, once it is needed

        state.touched = {market: set() for market in state.markets}
        self._state, self._ratio = state, ratio
        self._numbers = {name: account.number for name, account in state.accounts.items()}
        # A pool is also looked at when it is liquidated, at 1, however late its owner is called.
        threshold = min(float(ratio), 1.0)
        arithmetic = self._arithmetic(state)
        self._markets = {
            market: MarketWatch(state, market, threshold, arithmetic) for market in state.markets
        }

    def _arithmetic(self, state: State) -> "Arithmetic":
        from margind.sweep.arithmetic import WithNumpy, compiled  # noqa: PLC0415 - as above

        self._is_compiled = len(state.accounts) >= self._compiled_from
        return (compiled() if self._is_compiled else None) or WithNumpy()


def _has_joint_wallet(half: MarketAccount) -> bool:
    """Whether an index price may reach it."""
    return half.multi_assets_margin and bool(half.positions)
