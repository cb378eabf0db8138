"""Everything that can be asked of an exchange."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Market, Millis, PositionSide


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


class SetClock(msgspec.Struct, frozen=True):
    """Remember how the exchange's clock stands."""

    mode: str
    now: Millis
    speed: str


class StartFeed(msgspec.Struct, frozen=True):
    """Remember which feed drives the prices, and when it began."""

    feed: str
    anchor: Millis


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
    | SetClock
    | StartFeed
)
