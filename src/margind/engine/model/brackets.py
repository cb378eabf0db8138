"""Leverage brackets and the tier a notional falls in."""

from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO


class Bracket(msgspec.Struct, frozen=True):
    """One tier. Bounds are in the margin asset (`notionalCap`; on COIN-M `qtyCap`, in coin)."""

    bracket: int
    initial_leverage: int
    notional_floor: Decimal
    notional_cap: Decimal | None
    """None when the top tier has no upper bound."""
    maint_margin_ratio: Decimal
    cum: Decimal
    """What keeps the maintenance margin continuous where two tiers meet."""


class Brackets(msgspec.Struct, frozen=True):
    """The tiers of one symbol, lowest first."""

    rows: tuple[Bracket, ...]

    def holding(self, notional: Decimal) -> Bracket:
        """The tier with floor < notional <= cap; the top one also beyond its cap.

        Assumed: the upper end is closed. Both readings give the same margin, because `cum` joins the tiers.
        """
        for row in self.rows:
            if row.notional_cap is None or notional <= row.notional_cap:
                return row
        return self.rows[-1]

    @property
    def max_leverage(self) -> int:
        """The highest leverage the symbol allows."""
        return self.rows[0].initial_leverage

    def max_notional(self, leverage: int) -> Decimal | None:
        """The largest position at a leverage; None when there is no bound.

        Observed: the largest cap among tiers whose leverage is not below the one chosen (11 public rows).
        """
        largest: Decimal | None = ZERO
        for row in self.rows:
            if row.initial_leverage >= leverage:
                largest = row.notional_cap
        return largest


def bracket_ladder(tiers: list[tuple[int, Decimal | None, Decimal]]) -> Brackets:
    """Brackets from (leverage, cap, maintenance rate) tiers: floors and `cum` follow from them.

    Observed: cum_n = cum_(n-1) + floor_n · (rate_n - rate_(n-1)) holds on every row of three public tables.
    """
    rows: list[Bracket] = []
    floor, cum, previous_ratio = ZERO, ZERO, ZERO
    for number, (leverage, cap, ratio) in enumerate(tiers, start=1):
        cum += floor * (ratio - previous_ratio)
        rows.append(Bracket(number, leverage, floor, cap, ratio, cum))
        previous_ratio = ratio
        floor = cap if cap is not None else floor
    return Brackets(tuple(rows))
