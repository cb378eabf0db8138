"""The name of a margin pool: what shares collateral, and so is called and liquidated together."""

import msgspec

from margind.engine.model.terms import PositionSide


class MarginPool(msgspec.Struct, frozen=True, order=True):
    """One pool of one half of an account."""

    asset: str
    """The margin asset, on COIN-M the coin; empty for the joint wallet of multi-assets mode."""
    symbol: str = ""
    """Of an isolated position; empty for a cross pool."""
    position_side: PositionSide = PositionSide.BOTH
    """Of an isolated position."""

    @property
    def is_isolated(self) -> bool:
        """Whether it is one isolated position."""
        return bool(self.symbol)

    @property
    def is_joint(self) -> bool:
        """Whether it is the joint wallet of multi-assets mode."""
        return not self.asset
