"""What a user or an operator may choose: per symbol, per account, per exchange."""

from decimal import Decimal

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.terms import ConditionalOrders, MarginType, Rounding

DEFAULT_LEVERAGE = 20
"""Observed: a symbol nobody touched stands at 20x, or at its own highest if that is lower."""


class SymbolConfiguration(msgspec.Struct, frozen=True):
    """Leverage and margin type of one symbol; both hedge legs share them."""

    leverage: int
    margin_type: MarginType = MarginType.CROSSED
    is_auto_add_margin: bool = False


def default_configuration(brackets: Brackets) -> SymbolConfiguration:
    """What a symbol has before it is configured."""
    return SymbolConfiguration(leverage=min(DEFAULT_LEVERAGE, brackets.max_leverage))


class FeeTier(msgspec.Struct, frozen=True):
    """Maker and taker rates, as fractions."""

    maker: Decimal
    taker: Decimal


class ExchangeSettings(msgspec.Struct, frozen=True):
    """Where two readings of the real exchange are plausible: one choice per exchange."""

    initial_margin_rounding: Rounding = Rounding.UP
    """Observed: replies until 2025-05 cut initial margins, replies since 2025-08 round them up."""
    legacy_account_weight: int = 5
    """Weight of the V2 account calls: 5 as their pages print, 10 by the notice of 2024-08-07."""
    conditional_orders: ConditionalOrders = ConditionalOrders.ALGO
    """Documented: conditional orders moved from the order endpoint to the algo service on 2025-12-09."""
