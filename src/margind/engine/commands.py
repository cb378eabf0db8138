"""Everything that can be asked of an exchange."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.funding import FundingTerms
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import (
    MarginType,
    Market,
    Millis,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)


class OpenAccount(msgspec.Struct, frozen=True):
    """Open an account under a name that is not taken."""

    account: str


class CreateKey(msgspec.Struct, frozen=True):
    """Give an API key to an account; key material is made outside the engine."""

    account: str
    api_key: str
    key_type: str
    secret: str
    permissions: tuple[str, ...]
    ip_whitelist: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"CreateKey(account={self.account!r}, api_key={self.api_key[:4]!r}…)"


class RevokeKey(msgspec.Struct, frozen=True):
    """Take an API key from an account."""

    account: str
    api_key: str


class Transfer(msgspec.Struct, frozen=True):
    """Move an amount from the outside world to an account, or (negative) back."""

    account: str
    market: Market
    asset: str
    amount: Decimal


class ChangeLeverage(msgspec.Struct, frozen=True):
    """Set the initial leverage of a symbol."""

    account: str
    market: Market
    symbol: str
    leverage: int


class ChangeMarginType(msgspec.Struct, frozen=True):
    """Set a symbol to cross or isolated margin."""

    account: str
    market: Market
    symbol: str
    margin_type: MarginType


class ChangePositionMode(msgspec.Struct, frozen=True):
    """Choose one-way or hedge mode for both markets."""

    account: str
    dual_side_position: bool


class ChangeAssetMode(msgspec.Struct, frozen=True):
    """Choose single-asset or multi-assets mode."""

    account: str
    multi_assets_margin: bool


class ChangeFeeBurn(msgspec.Struct, frozen=True):
    """Switch paying fees in BNB."""

    account: str
    fee_burn: bool


class ChangePositionMargin(msgspec.Struct, frozen=True):
    """Add margin to an isolated position, or take some out."""

    account: str
    market: Market
    symbol: str
    position_side: PositionSide
    amount: Decimal
    adds: bool


class MarketDocument(msgspec.Struct, frozen=True):
    """One half of an account document, complete: everything that is the account's own."""

    fee_tier: int
    fee_burn: bool
    multi_assets_margin: bool
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    trade_group_id: int
    wallets: dict[str, tuple[Decimal, Millis]]
    symbols: dict[str, SymbolConfiguration]
    positions: tuple[Position, ...]
    open_orders: tuple[Order, ...]
    algo_orders: tuple[AlgoOrder, ...] = ()
    realized: tuple[tuple[str, PositionSide, Decimal], ...] = ()
    """What rows have realized so far, where that is not nothing."""


class LoadAccount(msgspec.Struct, frozen=True):
    """Make an account exactly what a document says; orders carry no ids yet."""

    account: str
    dual_side_position: bool
    usdm: MarketDocument
    coinm: MarketDocument


class PricePatch(msgspec.Struct, frozen=True):
    """New values for a symbol; None keeps the old one."""

    mark_price: Decimal | None = None
    index_price: Decimal | None = None
    last_price: Decimal | None = None
    bid_price: Decimal | None = None
    bid_qty: Decimal | None = None
    ask_price: Decimal | None = None
    ask_qty: Decimal | None = None
    last_funding_rate: Decimal | None = None
    next_funding_time: Millis | None = None


class IndexPatch(msgspec.Struct, frozen=True):
    """New values for an asset index; None keeps the old one."""

    index: Decimal | None = None
    bid_buffer: Decimal | None = None
    ask_buffer: Decimal | None = None
    auto_exchange_bid_buffer: Decimal | None = None
    auto_exchange_ask_buffer: Decimal | None = None


class SetPrices(msgspec.Struct, frozen=True):
    """Set prices by hand, all at one instant."""

    usdm: dict[str, PricePatch] = {}
    coinm: dict[str, PricePatch] = {}
    asset_index: dict[str, IndexPatch] = {}


class ListContracts(msgspec.Struct, frozen=True):
    """Add or replace contracts."""

    contracts: tuple[Contract, ...]


class SetBrackets(msgspec.Struct, frozen=True):
    """Replace brackets of symbols."""

    brackets: tuple[tuple[Market, str, Brackets], ...]


class SetFundingTerms(msgspec.Struct, frozen=True):
    """Replace the intervals, caps and floors of the funding of symbols."""

    terms: tuple[tuple[Market, str, FundingTerms], ...]


class SetClock(msgspec.Struct, frozen=True):
    """Remember how the exchange's clock stands."""

    mode: str
    now: Millis
    speed: str


class StartFeed(msgspec.Struct, frozen=True):
    """Remember which feed drives the prices, and when it began."""

    feed: str
    anchor: Millis


class PlaceOrder(msgspec.Struct, frozen=True, gc=False):
    """Place an order; None is a parameter that was not sent."""

    account: str
    market: Market
    symbol: str
    side: Side
    type: OrderType
    position_side: PositionSide = PositionSide.BOTH
    time_in_force: TimeInForce | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    reduce_only: bool | None = None
    close_position: bool = False
    client_order_id: str | None = None
    price_match: PriceMatch = PriceMatch.NONE
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    good_till_date: Millis = 0
    trigger_price: Decimal | None = None
    """`stopPrice`; this and what follows only for conditional orders on the plain endpoint."""
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_protect: bool = False
    activate_price: Decimal | None = None
    callback_rate: Decimal | None = None
    """In percent, as sent."""
    algo_id: int = 0
    only_checks: bool = False
    """Check everything and accept nothing: `order/test`."""


class CancelOrder(msgspec.Struct, frozen=True):
    """Cancel an open order, by its id or by its client's id."""

    account: str
    market: Market
    symbol: str
    order_id: int | None = None
    client_order_id: str | None = None


class CancelAllOrders(msgspec.Struct, frozen=True):
    """Cancel every open order of a symbol."""

    account: str
    market: Market
    symbol: str


class AmendOrder(msgspec.Struct, frozen=True):
    """Change price and quantity of an open limit order."""

    account: str
    market: Market
    symbol: str
    side: Side
    order_id: int | None = None
    client_order_id: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    price_match: PriceMatch = PriceMatch.NONE
    reduce_only: bool = False
    """Documented: only says that the order is reduce-only, and frees the change of the minimum notional."""
    modify_id: int | None = None


class SetCountdown(msgspec.Struct, frozen=True):
    """Cancel all open orders of a symbol after so many milliseconds; 0 calls it off."""

    account: str
    market: Market
    symbol: str
    countdown_ms: int


class PlaceAlgoOrder(msgspec.Struct, frozen=True):
    """Place a conditional order; None is a parameter that was not sent."""

    account: str
    market: Market
    symbol: str
    side: Side
    type: OrderType
    position_side: PositionSide = PositionSide.BOTH
    time_in_force: TimeInForce = TimeInForce.GTC
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_match: PriceMatch = PriceMatch.NONE
    close_position: bool = False
    price_protect: bool = False
    reduce_only: bool | None = None
    activate_price: Decimal | None = None
    callback_rate: Decimal | None = None
    """In percent, as sent."""
    client_algo_id: str | None = None
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    good_till_date: Millis = 0


class CancelAlgoOrder(msgspec.Struct, frozen=True):
    """Cancel a waiting conditional order, by its id or by its client's id."""

    account: str
    market: Market
    algo_id: int | None = None
    client_algo_id: str | None = None


class CancelAllAlgoOrders(msgspec.Struct, frozen=True):
    """Cancel every waiting conditional order of a symbol."""

    account: str
    market: Market
    symbol: str


class MovePrices(msgspec.Struct, frozen=True):
    """Take over a feed's prices, and do what they cause."""

    usdm: tuple[tuple[str, SymbolPrice], ...] = ()
    coinm: tuple[tuple[str, SymbolPrice], ...] = ()
    asset_index: tuple[tuple[str, AssetIndex], ...] = ()


class SettleFunding(msgspec.Struct, frozen=True):
    """Settle funding of a symbol now, at its mark price."""

    market: Market
    symbol: str
    rate: Decimal


class DeliverContract(msgspec.Struct, frozen=True):
    """Deliver a dated contract now."""

    market: Market
    symbol: str
    price: Decimal | None = None
    """What its positions are settled at; None: what its index says."""


class PassTime(msgspec.Struct, frozen=True):
    """Do what has fallen due."""


Command: TypeAlias = (
    OpenAccount
    | CreateKey
    | RevokeKey
    | Transfer
    | ChangeLeverage
    | ChangeMarginType
    | ChangePositionMode
    | ChangeAssetMode
    | ChangeFeeBurn
    | ChangePositionMargin
    | LoadAccount
    | SetPrices
    | ListContracts
    | SetBrackets
    | SetFundingTerms
    | SetClock
    | StartFeed
    | PlaceOrder
    | CancelOrder
    | CancelAllOrders
    | AmendOrder
    | SetCountdown
    | PlaceAlgoOrder
    | CancelAlgoOrder
    | CancelAllAlgoOrders
    | MovePrices
    | PassTime
    | SettleFunding
    | DeliverContract
)
