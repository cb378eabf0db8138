"""What USDⓈ-M answers about an account's settings, fees and limits."""

from typing import Any

import msgspec

from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.configuration import RPI_FEE_RATE, FeeTier
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Millis
from margind.wire.text import commission_rate_text, max_notional_text


class AccountConfig(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/accountConfig`."""

    fee_tier: int
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    dual_side_position: bool
    update_time: Millis  # Documented: reserved, always 0
    multi_assets_margin: bool
    trade_group_id: int


class AssetMode(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/multiAssetsMargin`."""

    multi_assets_margin: bool


class FeeBurn(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/feeBurn`."""

    fee_burn: bool


class Leverage(msgspec.Struct, rename="camel", frozen=True):
    """`POST /fapi/v1/leverage`."""

    leverage: int
    max_notional_value: str
    symbol: str


class CommissionRate(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/commissionRate`."""

    symbol: str
    maker_commission_rate: str
    taker_commission_rate: str
    rpi_commission_rate: str


class OrderRateLimit(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/rateLimit/order`."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class Indicator(msgspec.Struct, rename="camel", frozen=True):
    """One quantitative rule that an account runs into."""

    is_locked: bool
    planned_recover_time: Millis
    indicator: str
    value: msgspec.Raw  # a JSON number
    trigger_value: msgspec.Raw


class ApiTradingStatus(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/apiTradingStatus`."""

    indicators: dict[str, list[Indicator]]
    update_time: Millis


def account_config(account: Account) -> AccountConfig:
    """The flags of an account without its numbers."""
    half = account.usdm
    return AccountConfig(
        fee_tier=half.fee_tier,
        can_trade=half.can_trade,
        can_deposit=half.can_deposit,
        can_withdraw=half.can_withdraw,
        dual_side_position=account.dual_side_position,
        update_time=0,
        multi_assets_margin=half.multi_assets_margin,
        trade_group_id=half.trade_group_id,
    )


def asset_mode(account: MarketAccount) -> AssetMode:
    """Whether multi-assets mode is on."""
    return AssetMode(account.multi_assets_margin)


def fee_burn(account: MarketAccount) -> FeeBurn:
    """Whether fees are paid in BNB."""
    return FeeBurn(account.fee_burn)


def leverage(market: MarketState, symbol: str, chosen: int) -> Leverage:
    """The answer to a leverage that was set."""
    return Leverage(chosen, max_notional_text(market.brackets[symbol].max_notional(chosen), chosen), symbol)


def commission_rate(symbol: str, tier: FeeTier) -> CommissionRate:
    """The rates of a fee tier."""
    return CommissionRate(
        symbol=symbol,
        maker_commission_rate=commission_rate_text(tier.maker),
        taker_commission_rate=commission_rate_text(tier.taker),
        rpi_commission_rate=commission_rate_text(RPI_FEE_RATE),
    )


def order_rate_limits(market: MarketState) -> list[OrderRateLimit]:
    """The order limits of `exchangeInfo`, which hold for every account, shortest interval first."""
    published: list[dict[str, Any]] = [dict(row) for row in market.facts.rate_limits]
    orders = [msgspec.convert(row, OrderRateLimit) for row in published if row["rateLimitType"] == "ORDERS"]
    return sorted(orders, key=lambda row: _SECONDS[row.interval] * row.interval_num)


_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400}


def api_trading_status(now: Millis) -> ApiTradingStatus:
    """Nobody breaks a quantitative rule here, so there is no indicator to show."""
    return ApiTradingStatus({}, now)
