"""What a user or an operator may choose: per symbol, per account, per exchange."""

from decimal import Decimal
from functools import cache

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.terms import ConditionalOrders, LiquidationPrice, MarginType, Rounding

DEFAULT_LEVERAGE = 20
"""Observed: a symbol nobody touched stands at 20x, or at its own highest if that is lower."""


class SymbolConfiguration(msgspec.Struct, frozen=True):
    """Leverage and margin type of one symbol; both hedge legs share them."""

    leverage: int
    margin_type: MarginType = MarginType.CROSSED
    is_auto_add_margin: bool = False


def default_configuration(brackets: Brackets) -> SymbolConfiguration:
    """What a symbol has before it is configured."""
    return _of_leverage(min(DEFAULT_LEVERAGE, brackets.max_leverage))


@cache
def _of_leverage(leverage: int) -> SymbolConfiguration:
    return SymbolConfiguration(leverage)


class FeeTier(msgspec.Struct, frozen=True):
    """Maker and taker rates, as fractions."""

    maker: Decimal
    taker: Decimal


RPI_FEE_RATE = Decimal("0.00005")
"""What RPI orders pay instead. Documented: the example of 'User Commission Rate'.

Assumed: the same in every fee tier (there is no table).
"""


class AutoExchangeTier(msgspec.Struct, frozen=True):
    """At what wallet balances auto-exchange sets in for users up to a fee tier."""

    up_to_fee_tier: int
    thresholds: dict[str, Decimal]
    """By asset, never positive; an asset that is not here has its published threshold."""


class AutoExchangeTerms(msgspec.Struct, frozen=True):
    """When other assets are sold to pay what an account in multi-assets mode owes."""

    loan_to_value: Decimal = Decimal("0.995")
    """Documented: without a position or an order, what is owed over what is owned from here on."""
    tiers: tuple[AutoExchangeTier, ...] = ()
    """Lowest first."""

    def threshold(self, fee_tier: int, asset: str) -> Decimal | None:
        """The threshold of an asset for users of a fee tier; None where the terms have none."""
        for tier in self.tiers:
            if fee_tier <= tier.up_to_fee_tier:
                return tier.thresholds.get(asset)
        return None


class ExchangeSettings(msgspec.Struct, frozen=True):
    """Where two readings of the real exchange are plausible: one choice per exchange."""

    initial_margin_rounding: Rounding = Rounding.UP
    """Observed: replies until 2025-05 cut initial margins, replies since 2025-08 round them up."""
    legacy_account_weight: int = 5
    """Weight of the V2 account calls: 5 as their pages print, 10 by the notice of 2024-08-07."""
    conditional_orders: ConditionalOrders = ConditionalOrders.ALGO
    """Documented: conditional orders moved from the order endpoint to the algo service on 2025-12-09."""
    auto_exchange: AutoExchangeTerms | None = None
    """When auto-exchange sets in; None for the published terms."""
    settlement_window_minutes: int = 30
    """Documented: a settlement price is the index's mean of the last 30 minutes; until 2024-11-11 of 60."""
    liquidation: bool = True
    """Whether accounts in danger are called and liquidated; without, a pool beyond 100 % stays as it is."""
    margin_call_ratio: Decimal = Decimal("0.8")
    """Assumed: the margin ratio from which MARGIN_CALL is sent (no page says it)."""
    liquidation_step_brackets: int = 1
    """Assumed: how many brackets one liquidation order takes a position down (not published)."""
    liquidation_price: LiquidationPrice = LiquidationPrice.BANKRUPTCY
    """Assumed: how far a liquidation order may go (not published)."""
    insurance_fund: dict[str, Decimal] = {}
    """What the fund starts with, per asset and market; where it is used up, positions are deleveraged. The
    fund of an asset that is not named pays whatever there is to pay."""
