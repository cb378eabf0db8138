"""What the history views of both markets are made from, whoever keeps it."""

from decimal import Decimal
from typing import Protocol

from margind.engine.model.terms import IncomeType, MarginChangeType, Millis, PositionSide


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
