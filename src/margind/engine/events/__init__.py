"""Everything that can have happened. Events carry their results, so applying one needs no rule."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from margind.engine.events.delivery import ContractDelivered as ContractDelivered
from margind.engine.events.delivery import PositionDelivered as PositionDelivered
from margind.engine.events.liquidation import InsuranceCleared as InsuranceCleared
from margind.engine.events.liquidation import LiquidationEnded as LiquidationEnded
from margind.engine.events.liquidation import LiquidationStarted as LiquidationStarted
from margind.engine.events.liquidation import MarginCalled as MarginCalled
from margind.engine.events.liquidation import MarginCallEnded as MarginCallEnded
from margind.engine.events.liquidation import PositionTakenOver as PositionTakenOver
from margind.engine.events.orders import AlgoOrderAccepted as AlgoOrderAccepted
from margind.engine.events.orders import AlgoOrderChanged as AlgoOrderChanged
from margind.engine.events.orders import OrderAccepted as OrderAccepted
from margind.engine.events.orders import OrderAmended as OrderAmended
from margind.engine.events.orders import OrderCancelled as OrderCancelled
from margind.engine.events.orders import OrderFilled as OrderFilled
from margind.engine.events.orders import OrderRested as OrderRested
from margind.engine.events.orders import StopOrderFired as StopOrderFired
from margind.engine.events.orders import StopOrderFollowed as StopOrderFollowed
from margind.engine.events.orders import StopOrderRefused as StopOrderRefused
from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import ExchangeSettings, SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.funding import FundingTerms
from margind.engine.model.ledger import WalletExchange
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import (
    Counterparty,
    IncomeType,
    MarginChangeType,
    MarginType,
    Market,
    Millis,
    PositionSide,
)


class ExchangeOpened(msgspec.Struct, frozen=True, tag=True):
    """An exchange came into being; always its first event."""

    settings: ExchangeSettings
    facts: dict[Market, str]
    """The day of the published facts each market started from."""
    time: Millis


class AccountOpened(msgspec.Struct, frozen=True, tag=True):
    """A user's account was opened."""

    account: str
    number: int
    time: Millis


class KeyCreated(msgspec.Struct, frozen=True, tag=True):
    """An API key was given to an account."""

    account: str
    api_key: str
    key_type: str
    secret: str
    """The HMAC secret, or the public key of an RSA or Ed25519 key."""
    permissions: tuple[str, ...]
    ip_whitelist: tuple[str, ...]
    time: Millis

    def __repr__(self) -> str:
        return f"KeyCreated(account={self.account!r}, api_key={self.api_key[:4]!r}…)"


class KeyRevoked(msgspec.Struct, frozen=True, tag=True):
    """An API key is no longer good."""

    account: str
    api_key: str
    time: Millis


class BalanceChanged(msgspec.Struct, frozen=True, tag=True):
    """A posting: an account's wallet moved by `amount`, its counterparty by the opposite."""

    account: str
    market: Market
    asset: str
    amount: Decimal
    wallet_balance: Decimal
    """After the posting."""
    counterparty: Counterparty
    income_type: IncomeType | None
    """None for what is no income: a loaded account document."""
    tran_id: int
    time: Millis
    symbol: str = ""
    info: str = ""
    trade_id: str = ""


class LeverageChanged(msgspec.Struct, frozen=True, tag=True):
    """A symbol's leverage was set."""

    account: str
    market: Market
    symbol: str
    leverage: int
    time: Millis


class MarginTypeChanged(msgspec.Struct, frozen=True, tag=True):
    """A symbol's margin type was set."""

    account: str
    market: Market
    symbol: str
    margin_type: MarginType
    time: Millis


class PositionModeChanged(msgspec.Struct, frozen=True, tag=True):
    """One-way or hedge mode was chosen, for both markets."""

    account: str
    dual_side_position: bool
    time: Millis


class AssetModeChanged(msgspec.Struct, frozen=True, tag=True):
    """Single-asset or multi-assets mode was chosen (USDⓈ-M)."""

    account: str
    multi_assets_margin: bool
    time: Millis


class FeeBurnChanged(msgspec.Struct, frozen=True, tag=True):
    """Paying fees in BNB was switched."""

    account: str
    fee_burn: bool
    time: Millis


class IsolatedMarginChanged(msgspec.Struct, frozen=True, tag=True):
    """Margin moved between the cross wallet and an isolated position; the wallet balance stays."""

    account: str
    market: Market
    symbol: str
    position_side: PositionSide
    asset: str
    amount: Decimal
    """Positive into the position, negative out of it."""
    isolated_wallet: Decimal
    """After the change."""
    delta_type: MarginChangeType
    time: Millis


class MarketAccountLoaded(msgspec.Struct, frozen=True, tag=True):
    """One half of an account was set from a document; its wallets moved by the postings beside this event."""

    account: str
    market: Market
    dual_side_position: bool
    fee_tier: int
    fee_burn: bool
    multi_assets_margin: bool
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    trade_group_id: int
    wallet_times: dict[str, Millis]
    symbols: dict[str, SymbolConfiguration]
    positions: tuple[Position, ...]
    open_orders: tuple[Order, ...]
    time: Millis
    flat: tuple[Position, ...] = ()
    """Rows without a position that the document gave a time."""
    realized: tuple[tuple[str, PositionSide, Decimal], ...] = ()
    """What rows have realized so far, where that is not nothing."""


class PricesSet(msgspec.Struct, frozen=True, tag=True):
    """Prices were set by hand, all at one instant."""

    usdm: dict[str, SymbolPrice]
    coinm: dict[str, SymbolPrice]
    asset_index: dict[str, AssetIndex]
    time: Millis
    follows_premium: dict[Market, dict[str, bool]] = {}
    """Of each symbol whether its funding rate follows its premium from now on."""


class ContractListed(msgspec.Struct, frozen=True, tag=True):
    """A contract was added or replaced."""

    contract: Contract
    time: Millis
    price: SymbolPrice | None = None
    """What one that takes another's place is first quoted at; None where nobody quotes it anew."""


class BracketsSet(msgspec.Struct, frozen=True, tag=True):
    """The brackets of a symbol were replaced."""

    market: Market
    symbol: str
    brackets: Brackets
    time: Millis


class ClockSet(msgspec.Struct, frozen=True, tag=True):
    """The exchange's clock was set: its mode, and the time it stood at."""

    mode: str
    now: Millis
    speed: str


class FeedStarted(msgspec.Struct, frozen=True, tag=True):
    """A price feed was started; its ticks are no events, but where it began is remembered."""

    feed: str
    anchor: Millis
    """The exchange time of the feed's first moment."""


class FundingFixed(msgspec.Struct, frozen=True, tag=True):
    """A symbol was funded: on which terms. What each position paid or received follows."""

    market: Market
    symbol: str
    rate: Decimal
    mark_price: Decimal
    funding_time: Millis
    """When it was due; the time of the event where it was settled by hand."""
    time: Millis


class FundingSettled(msgspec.Struct, frozen=True, tag=True, gc=False):
    """One position paid or received funding."""

    account: str
    market: Market
    symbol: str
    position_side: PositionSide
    asset: str
    amount: Decimal
    """Signed from the account's side: a payment made is negative."""
    wallet_balance: Decimal
    """After the funding."""
    isolated_wallet: Decimal | None
    """Of the position, after the funding; None when it is cross."""
    rate: Decimal
    mark_price: Decimal
    tran_id: int
    time: Millis


class AssetsExchanged(msgspec.Struct, frozen=True, tag=True):
    """Assets of an account in multi-assets mode were sold to pay what it owed in others."""

    account: str
    market: Market
    exchanged: tuple[WalletExchange, ...]
    """What was bought, then what was sold; each is an income row, numbered from `tran_id` on."""
    tran_id: int
    time: Millis


class FundingTermsSet(msgspec.Struct, frozen=True, tag=True):
    """The funding of a symbol has another interval, cap or floor."""

    market: Market
    symbol: str
    terms: FundingTerms
    next_funding_time: Millis
    """The first by the new interval."""
    last_funding_rate: Decimal | None
    """What is shown from now on; None keeps what was set by hand."""
    time: Millis


class FundingTimePassed(msgspec.Struct, frozen=True, tag=True):
    """The next funding of symbols whose prices are set by hand lies one interval later."""

    market: Market
    symbols: tuple[str, ...]
    next_funding_time: Millis
    time: Millis


class CountdownSet(msgspec.Struct, frozen=True, tag=True):
    """All open orders of a symbol will be cancelled at `deadline`, unless it is set again; 0 ends it."""

    account: str
    market: Market
    symbol: str
    deadline: Millis
    time: Millis


Event: TypeAlias = (
    ExchangeOpened
    | AccountOpened
    | KeyCreated
    | KeyRevoked
    | BalanceChanged
    | LeverageChanged
    | MarginTypeChanged
    | PositionModeChanged
    | AssetModeChanged
    | FeeBurnChanged
    | IsolatedMarginChanged
    | MarketAccountLoaded
    | PricesSet
    | ContractListed
    | BracketsSet
    | ClockSet
    | FeedStarted
    | OrderAccepted
    | OrderRested
    | OrderFilled
    | OrderCancelled
    | OrderAmended
    | StopOrderFollowed
    | StopOrderFired
    | StopOrderRefused
    | AlgoOrderAccepted
    | AlgoOrderChanged
    | CountdownSet
    | FundingFixed
    | FundingSettled
    | FundingTermsSet
    | FundingTimePassed
    | MarginCalled
    | MarginCallEnded
    | LiquidationStarted
    | LiquidationEnded
    | PositionTakenOver
    | InsuranceCleared
    | AssetsExchanged
    | PositionDelivered
    | ContractDelivered
)
