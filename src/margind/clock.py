"""What time it is on an exchange: the system's, a hand-moved, or an accelerated clock."""

import time
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

from margind.engine.model.terms import Millis

LATEST: Millis = 253_402_300_799_999
"""The last millisecond of the year 9999, the end of the exchange's own range of times."""


class ClockMode(StrEnum):
    """How exchange time passes."""

    SYSTEM = "system"
    MANUAL = "manual"
    ACCELERATED = "accelerated"


# Found sooner than in their class: the time is asked for more than anything else.
_SYSTEM, _MANUAL = ClockMode.SYSTEM, ClockMode.MANUAL


def system_millis() -> Millis:
    """The machine's time."""
    return time.time_ns() // 1_000_000


class Clock:
    """One exchange's clock. Time never runs backwards, whatever the machine's clock does."""

    __slots__ = ("_ahead", "_anchor", "_held", "_latest", "_real", "_real_anchor", "mode", "speed")

    def __init__(
        self,
        mode: ClockMode = ClockMode.SYSTEM,
        now: Millis | None = None,
        speed: Decimal = Decimal(1),
        real: Callable[[], Millis] = system_millis,
    ) -> None:
        self._real = real
        self._held: Millis | None = None
        self.mode = mode
        self.speed = speed
        self._stand_at(real() if now is None else now)

    def _stand_at(self, now: Millis) -> None:
        """Go on from a time."""
        self._anchor = self._latest = now
        self._real_anchor = self._real()
        self._ahead = max(0, now - self._real_anchor)
        """Of the machine's clock, which the system clock keeps; behind it stays only until it is asked."""

    def now(self) -> Millis:
        """The present exchange time."""
        if self._held is None:
            self._latest = self.present()
            return self._latest
        return self._held

    def present(self) -> Millis:
        """Where the time is by the machine's clock, whether or not the exchange has come there yet."""
        if self.mode is _MANUAL:
            return self._latest
        if self.mode is _SYSTEM:
            current = self._real() + self._ahead
        else:
            current = self._anchor + int((self._real() - self._real_anchor) * self.speed)
        if current > LATEST:
            return LATEST
        return max(self._latest, current)

    @property
    def latest(self) -> Millis:
        """The latest time that the exchange has shown."""
        return self._latest

    def hold(self, then: Millis = 0) -> None:
        """Stand at a time that is past by the machine's clock, but not before the exchange's own.

        What fell due while nobody looked happens at its time; then the clock is released.
        """
        self._held = self._latest = max(then, self._latest)

    def release(self) -> None:
        """Show the present again."""
        self._held = None

    def check_move(self, now: Millis) -> None:
        """ValueError, with the reason, when the clock cannot be moved to a time."""
        if now < self.now():
            raise ValueError("time cannot run backwards")
        if now > LATEST:
            raise ValueError("time ends with the year 9999")

    def move_to(self, now: Millis) -> None:
        """Stand at a later time; a manual clock only moves like this."""
        self.check_move(now)
        self._stand_at(now)

    def change(self, mode: ClockMode, speed: Decimal = Decimal(1)) -> None:
        """Go on from the present time in another mode.

        The system clock goes on from the present exchange time, too: it runs at the pace of the machine's
        clock and shows its time as long as the exchange was never ahead of it.
        """
        now = self.now()
        self.mode, self.speed = mode, speed
        self._stand_at(now)

    def real_seconds_until(self, then: Millis) -> float | None:
        """How long the machine has to wait for an exchange time; None when waiting does not help."""
        if self.mode is ClockMode.MANUAL:
            return None
        ahead = max(0, then - self.now())
        factor = self.speed if self.mode is ClockMode.ACCELERATED else Decimal(1)
        return float(ahead / (1000 * factor))
