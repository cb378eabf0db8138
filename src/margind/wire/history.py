"""What the history views of both markets are made from, whoever keeps it."""

from decimal import Decimal
from typing import Protocol

from margind.engine.model.terms import IncomeType, MarginChangeType, Millis, PositionSide, Side


class IncomeEntry(Protocol):
    """One change of a wallet balance with its reason."""

    @property
    def symbol(self) -> str:
        """Empty when the change belongs to no symbol."""

    @property
    def income_type(self) -> IncomeType:
        """The reason."""

    @property
    def income(self) -> Decimal:
        """The amount, signed from the account's side."""

    @property
    def asset(self) -> str:
        """What the amount is in."""

    @property
    def info(self) -> str:
        """A remark, often empty."""

    @property
    def time(self) -> Millis:
        """When it was booked."""

    @property
    def tran_id(self) -> int:
        """Its number, unique per account within one reason."""

    @property
    def trade_id(self) -> str:
        """Empty when no trade caused it."""


class MarginChange(Protocol):
    """One change of the margin of an isolated position."""

    @property
    def symbol(self) -> str:
        """The position's symbol."""

    @property
    def position_side(self) -> PositionSide:
        """The position's side."""

    @property
    def type(self) -> int:
        """1 when margin was added, 2 when it was taken out."""

    @property
    def delta_type(self) -> MarginChangeType:
        """Who moved it."""

    @property
    def amount(self) -> Decimal:
        """How much, without a sign."""

    @property
    def asset(self) -> str:
        """The margin asset."""

    @property
    def time(self) -> Millis:
        """When it moved."""


class TradeEntry(Protocol):
    """One fill of one of the user's orders."""

    @property
    def symbol(self) -> str:
        """What was traded."""

    @property
    def trade_id(self) -> int:
        """Its number; both sides of a trade have the same."""

    @property
    def order_id(self) -> int:
        """The order that was filled."""

    @property
    def side(self) -> Side:
        """Whether the user bought or sold."""

    @property
    def position_side(self) -> PositionSide:
        """The position it changed."""

    @property
    def price(self) -> Decimal:
        """The price of the fill."""

    @property
    def quantity(self) -> Decimal:
        """How much was filled, without a sign."""

    @property
    def value(self) -> Decimal:
        """What that was worth: in the quote asset on USDⓈ-M, in the base coin on COIN-M."""

    @property
    def realized_profit(self) -> Decimal:
        """In the margin asset, before the fee."""

    @property
    def commission(self) -> Decimal:
        """What the user paid, positive."""

    @property
    def commission_asset(self) -> str:
        """What the fee is in."""

    @property
    def is_maker(self) -> bool:
        """Whether the order rested before."""

    @property
    def time(self) -> Millis:
        """When it was filled."""


class AmendmentEntry(Protocol):
    """One change of price and quantity of an order."""

    @property
    def amendment_id(self) -> int:
        """Its number."""

    @property
    def symbol(self) -> str:
        """The order's symbol."""

    @property
    def order_id(self) -> int:
        """The order that was changed."""

    @property
    def client_order_id(self) -> str:
        """What its client calls that order."""

    @property
    def price_before(self) -> Decimal:
        """The limit before."""

    @property
    def price(self) -> Decimal:
        """The limit since."""

    @property
    def orig_qty_before(self) -> Decimal:
        """The quantity before."""

    @property
    def orig_qty(self) -> Decimal:
        """The quantity since."""

    @property
    def count(self) -> int:
        """Which change of this order it was: 1 is the first."""

    @property
    def modify_id(self) -> int | None:
        """What the client calls the change."""

    @property
    def time(self) -> Millis:
        """When it was changed."""
