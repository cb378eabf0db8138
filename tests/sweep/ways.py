"""The ways in which a screen may take over prices: none of them may change whom it names."""

from itertools import product
from typing import NamedTuple

import pytest

from margind.sweep import watch
from margind.sweep.screen import SweepScreen

NEVER = 10**9


class Way(NamedTuple):
    """Each price by itself or all at once, added up by NumPy or by the compiled loops."""

    each_by_itself: bool
    compiled: bool

    def screen(self) -> SweepScreen:
        return SweepScreen(exact_up_to=0, compiled_from=0 if self.compiled else NEVER)

    def enforce(self, patch: pytest.MonkeyPatch) -> None:
        """Whatever the number of accounts in a test."""
        patch.setattr(watch, "SLOTS_A_MOVE_COSTS", -NEVER if self.each_by_itself else NEVER)

    def __str__(self) -> str:
        how = "each by itself" if self.each_by_itself else "all at once"
        return f"{how}, {'compiled' if self.compiled else 'NumPy'}"


WAYS = [Way(*choice) for choice in product((True, False), repeat=2)]
