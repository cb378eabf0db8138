"""What can be traded: one contract with its filters, precisions, margin asset and dates."""

from decimal import Decimal

import msgspec

from margind.engine.model.payoff import Inverse, Linear, Payoff
from margind.engine.model.terms import USDM, ContractStatus, Market, Millis


class PriceFilter(msgspec.Struct, frozen=True):
    """Bounds and tick of a price; a zero switches that rule off."""

    min_price: Decimal
    max_price: Decimal
    tick_size: Decimal


class LotSize(msgspec.Struct, frozen=True):
    """Bounds and step of a quantity."""

    min_qty: Decimal
    max_qty: Decimal
    step_size: Decimal


class PercentPrice(msgspec.Struct, frozen=True):
    """How far from the mark price an order may be placed."""

    multiplier_up: Decimal
    multiplier_down: Decimal
    multiplier_decimal: str


class Contract(msgspec.Struct, frozen=True):
    """One symbol of one market; every field is one of `exchangeInfo`, digits kept as published."""

    market: Market
    symbol: str
    pair: str
    contract_type: str
    status: ContractStatus
    base_asset: str
    quote_asset: str
    margin_asset: str
    contract_size: Decimal
    """Quote value of one contract on COIN-M; 1 on USDⓈ-M."""
    price_precision: int
    quantity_precision: int
    base_asset_precision: int
    quote_precision: int
    price_filter: PriceFilter
    lot_size: LotSize
    market_lot_size: LotSize
    percent_price: PercentPrice
    max_num_orders: int
    max_num_algo_orders: int | None
    min_notional: Decimal | None
    liquidation_fee: Decimal
    market_take_bound: Decimal
    trigger_protect: Decimal
    onboard_date: Millis
    delivery_date: Millis
    order_types: tuple[str, ...]
    time_in_force: tuple[str, ...]
    other: tuple[tuple[str, object], ...] = ()
    """Fields of the published row that mean nothing to the engine, kept so that it can be printed again."""

    @property
    def payoff(self) -> Payoff:
        """How price and quantity become money."""
        return LINEAR if self.market is USDM else Inverse(self.contract_size)

    @property
    def is_perpetual(self) -> bool:
        """Whether the contract never expires."""
        return self.delivery_date >= NEVER

    @property
    def is_quarterly(self) -> bool:
        """Whether another contract takes its place when it is delivered."""
        return self.contract_type in QUARTERS

    @property
    def awaits_delivery(self) -> bool:
        """Whether its positions will be settled at its delivery date."""
        return not self.is_perpetual and self.status in _BEFORE_DELIVERY


LINEAR = Linear()

QUARTERS = ("CURRENT_QUARTER", "NEXT_QUARTER")
"""Documented: the types of the two quarterly contracts of a pair, the one that is delivered first leading."""

_BEFORE_DELIVERY = frozenset(
    {ContractStatus.TRADING, ContractStatus.PRE_DELIVERING, ContractStatus.PRE_SETTLE}
)

NEVER: Millis = 4_000_000_000_000
"""Observed: perpetuals carry the delivery date 4133404800000 (2100-12-25), later than any dated contract."""
