"""The closed vocabularies of the exchange: markets, sides, modes, kinds of order and of money movement."""

from enum import StrEnum
from typing import TypeAlias

Millis: TypeAlias = int
"""Milliseconds since 1970-01-01 UTC."""


class Market(StrEnum):
    """The two futures markets; the value is the word used in the control API."""

    USDM = "usdm"
    COINM = "coinm"


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "BUY"
    SELL = "SELL"


class PositionSide(StrEnum):
    """BOTH in one-way mode; LONG and SHORT are the legs of hedge mode."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class MarginType(StrEnum):
    """Whether a symbol's positions share the cross wallet or have a wallet of their own."""

    CROSSED = "CROSSED"
    ISOLATED = "ISOLATED"


class OrderType(StrEnum):
    """Kinds of order."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP = "STOP"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP_MARKET = "TRAILING_STOP_MARKET"


class TimeInForce(StrEnum):
    """How long an order stays."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"
    RPI = "RPI"


class OrderStatus(StrEnum):
    """Where an order stands."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"


class PriceMatch(StrEnum):
    """Where an order without a price takes it from: the n-th level of the other side, or of its own."""

    NONE = "NONE"
    OPPONENT = "OPPONENT"
    OPPONENT_5 = "OPPONENT_5"
    OPPONENT_10 = "OPPONENT_10"
    OPPONENT_20 = "OPPONENT_20"
    QUEUE = "QUEUE"
    QUEUE_5 = "QUEUE_5"
    QUEUE_10 = "QUEUE_10"
    QUEUE_20 = "QUEUE_20"


class SelfTradePrevention(StrEnum):
    """What happens when an order would trade with one of the same user."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class WorkingType(StrEnum):
    """Which price fires a trigger."""

    CONTRACT_PRICE = "CONTRACT_PRICE"
    MARK_PRICE = "MARK_PRICE"


class ExpiryReason(StrEnum):
    """Why an order expired: `er` of ORDER_TRADE_UPDATE."""

    NONE = "0"
    SELF_TRADE = "1"
    IOC_REMAINDER = "2"
    IOC_SELF_TRADE = "3"
    REDUCE_ONLY = "4"
    LIQUIDATED = "5"
    MARKET_REMAINDER = "9"


class AlgoStatus(StrEnum):
    """Where a conditional order stands."""

    NEW = "NEW"
    CANCELED = "CANCELED"
    TRIGGERING = "TRIGGERING"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class ContractStatus(StrEnum):
    """Life cycle of a contract (`status` on USDⓈ-M, `contractStatus` on COIN-M)."""

    PENDING_TRADING = "PENDING_TRADING"
    TRADING = "TRADING"
    PRE_DELIVERING = "PRE_DELIVERING"
    DELIVERING = "DELIVERING"
    DELIVERED = "DELIVERED"
    PRE_SETTLE = "PRE_SETTLE"
    SETTLING = "SETTLING"
    CLOSE = "CLOSE"


class IncomeType(StrEnum):
    """Why a balance moved; `DELIVERED_SETTELMENT` is the spelling on the wire."""

    TRANSFER = "TRANSFER"
    WELCOME_BONUS = "WELCOME_BONUS"
    REALIZED_PNL = "REALIZED_PNL"
    FUNDING_FEE = "FUNDING_FEE"
    COMMISSION = "COMMISSION"
    INSURANCE_CLEAR = "INSURANCE_CLEAR"
    REFERRAL_KICKBACK = "REFERRAL_KICKBACK"
    COMMISSION_REBATE = "COMMISSION_REBATE"
    API_REBATE = "API_REBATE"
    CONTEST_REWARD = "CONTEST_REWARD"
    CROSS_COLLATERAL_TRANSFER = "CROSS_COLLATERAL_TRANSFER"
    OPTIONS_PREMIUM_FEE = "OPTIONS_PREMIUM_FEE"
    OPTIONS_SETTLE_PROFIT = "OPTIONS_SETTLE_PROFIT"
    INTERNAL_TRANSFER = "INTERNAL_TRANSFER"
    AUTO_EXCHANGE = "AUTO_EXCHANGE"
    DELIVERED_SETTELMENT = "DELIVERED_SETTELMENT"
    COIN_SWAP_DEPOSIT = "COIN_SWAP_DEPOSIT"
    COIN_SWAP_WITHDRAW = "COIN_SWAP_WITHDRAW"
    POSITION_LIMIT_INCREASE_FEE = "POSITION_LIMIT_INCREASE_FEE"
    STRATEGY_UMFUTURES_TRANSFER = "STRATEGY_UMFUTURES_TRANSFER"
    FEE_RETURN = "FEE_RETURN"
    BFUSD_REWARD = "BFUSD_REWARD"
    SPECIAL_FUNDING_FEE = "SPECIAL_FUNDING_FEE"


class Counterparty(StrEnum):
    """The other side of a posting: whoever is not a user's account."""

    OUTSIDE = "outside"
    FEES = "fees"
    INSURANCE_FUND = "insurance_fund"
    AUTO_EXCHANGE = "auto_exchange"
    """Who buys what multi-assets accounts sell to pay what they owe."""


class AutoClose(StrEnum):
    """Why the exchange itself placed an order (`autoCloseType` of the force orders)."""

    LIQUIDATION = "LIQUIDATION"
    ADL = "ADL"


class ClearReason(StrEnum):
    """Why money moved between an account and the insurance fund."""

    FEE = "fee"
    """The liquidation fee of what an order closed."""
    DEFICIT = "deficit"
    """A wallet below zero was brought back to zero."""
    COLLATERAL = "collateral"
    """What was left of the joint wallet went with its positions."""


class MarginChangeType(StrEnum):
    """Who moved isolated margin (`deltaType` of the margin history)."""

    TRADE = "TRADE"
    USER_ADJUST = "USER_ADJUST"


class ConditionalOrders(StrEnum):
    """Where conditional orders are placed."""

    ALGO = "algo"
    ORDER = "order"


class LiquidationPrice(StrEnum):
    """How far a liquidation order may go."""

    BANKRUPTCY = "bankruptcy"
    """To the price at which nothing would be left of the pool's balance."""
    TAKE_BOUND = "take_bound"
    """As far from the mark price as market orders may: the contract's `marketTakeBound`."""


class Rounding(StrEnum):
    """How initial margins are brought to 8 decimals."""

    UP = "up"
    CUT = "cut"


# What every order and every fill asks for, under names of its own: before Python 3.12 it takes 90 ns to find
# `Side.BUY` in its class, and 6 to find `BUY` in a module.
USDM = Market.USDM
COINM = Market.COINM
BUY = Side.BUY
SELL = Side.SELL
BOTH = PositionSide.BOTH
LONG = PositionSide.LONG
LIMIT = OrderType.LIMIT
MARKET = OrderType.MARKET
GTC = TimeInForce.GTC
GTX = TimeInForce.GTX
GTD = TimeInForce.GTD
RPI = TimeInForce.RPI
FOK = TimeInForce.FOK
NO_MATCH = PriceMatch.NONE
TRADING = ContractStatus.TRADING
FILLED = OrderStatus.FILLED
OUTSIDE = Counterparty.OUTSIDE
FEES = Counterparty.FEES
