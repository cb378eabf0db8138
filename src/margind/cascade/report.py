"""What a cascade leaves behind: one row per minute, and what it came to."""

from decimal import Decimal

import msgspec

from margind.cascade.crowd import Crowd
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Millis


class MinuteRow(msgspec.Struct, rename="camel"):
    """One minute. Quantities are in the base asset, money in the margin asset."""

    time: Millis
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    """Of the mark price."""
    margin_calls: int = 0
    liquidated_accounts: int = 0
    """Accounts whose positions began to be closed in this minute, each counted once in a cascade."""
    closed_on_book: Decimal = ZERO
    """Closed by liquidation orders against the book."""
    taken_over: Decimal = ZERO
    """Taken over by the insurance fund at the bankruptcy price."""
    deleveraged: Decimal = ZERO
    """Closed against traders on the other side."""
    clearance_fees: Decimal = ZERO
    fund: Decimal = ZERO
    """The insurance fund at the end of the minute."""
    open_accounts: int = 0
    """Accounts that hold a position at the end of the minute."""

    @property
    def is_eventful(self) -> bool:
        """Whether anything happened to an account."""
        return any(getattr(self, name) for name in COUNTED)


COUNTED = (
    "margin_calls",
    "liquidated_accounts",
    "closed_on_book",
    "taken_over",
    "deleveraged",
    "clearance_fees",
)
"""What adds up over minutes."""


class CascadeReport(msgspec.Struct, frozen=True, rename="camel"):
    """A whole run. Nothing in it depends on the machine, so two runs of one seed are the same document."""

    source: str
    """The recording, or the name of the file."""
    symbol: str
    margin_asset: str
    crowd: Crowd
    fund_at_start: Decimal
    minutes: tuple[MinuteRow, ...]
    events: int
    """How many, those that made the crowd included."""
    state_hash: str

    @property
    def eventful(self) -> tuple[MinuteRow, ...]:
        """The minutes in which something happened to an account."""
        return tuple(row for row in self.minutes if row.is_eventful)

    @property
    def total(self) -> MinuteRow:
        """All minutes in one row."""
        first, last = self.minutes[0], self.minutes[-1]
        row = MinuteRow(
            first.time,
            first.open,
            max(row.high for row in self.minutes),
            min(row.low for row in self.minutes),
            last.close,
            fund=last.fund,
            open_accounts=last.open_accounts,
        )
        for name in COUNTED:
            setattr(row, name, sum(getattr(minute, name) for minute in self.minutes))
        return row
