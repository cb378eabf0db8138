"""What COIN-M answers about leverage and fees in its own form."""

import msgspec

from margind.engine.model.configuration import FeeTier
from margind.engine.model.market_state import MarketState
from margind.wire.text import commission_rate_text, max_qty_text


class Leverage(msgspec.Struct, rename="camel", frozen=True):
    """`POST /dapi/v1/leverage`."""

    leverage: int
    max_qty: str
    symbol: str


class CommissionRate(msgspec.Struct, rename="camel", frozen=True):
    """`GET /dapi/v1/commissionRate`."""

    symbol: str
    maker_commission_rate: str
    taker_commission_rate: str


def leverage(market: MarketState, symbol: str, chosen: int) -> Leverage:
    """The answer to a leverage that was set."""
    return Leverage(chosen, max_qty_text(market.brackets[symbol].max_notional(chosen)), symbol)


def commission_rate(symbol: str, tier: FeeTier) -> CommissionRate:
    """The rates of a fee tier."""
    return CommissionRate(symbol, commission_rate_text(tier.maker), commission_rate_text(tier.taker))
