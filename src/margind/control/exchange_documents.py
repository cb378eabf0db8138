"""Exchanges, their clocks and settings as the control API's JSON has them."""

from decimal import Decimal
from typing import Any

import msgspec

from margind.clock import Clock, ClockMode
from margind.documents.numbers import Number, Time
from margind.engine.model.configuration import AutoExchangeTerms, AutoExchangeTier, ExchangeSettings
from margind.engine.model.decimals import ONE, ZERO, parse_decimal
from margind.engine.model.terms import ConditionalOrders, LiquidationPrice, Millis, Rounding
from margind.errors.impossible import Impossible

FASTEST = Decimal(1_000_000)
"""Times real time. At this pace a year passes in half a minute; faster, time would soon end."""


class ClockDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an exchange's time passes; in a reply, with all three."""

    mode: ClockMode = ClockMode.SYSTEM
    now: Time | None = None
    speed: str | int | float | None = None


class AutoExchangeTierDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """At what wallet balances auto-exchange sets in for users up to a fee tier."""

    up_to_fee_tier: int
    thresholds: dict[str, Number]


class AutoExchangeDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """When other assets are sold to pay what an account in multi-assets mode owes."""

    loan_to_value: Number = Number("0.995")
    tiers: tuple[AutoExchangeTierDocument, ...] = ()

    def terms(self) -> AutoExchangeTerms:
        """The terms that it stands for."""
        if self.loan_to_value <= ZERO:
            raise Impossible("bad_settings", "autoExchange.loanToValue must be above 0")
        tiers = [tier.up_to_fee_tier for tier in self.tiers]
        if tiers != sorted(set(tiers)):
            raise Impossible("bad_settings", "autoExchange.tiers: upToFeeTier must rise")
        for tier in self.tiers:
            for asset, amount in tier.thresholds.items():
                if amount > ZERO:
                    raise Impossible(
                        "bad_settings", f"autoExchange.tiers: the threshold of {asset} is above 0"
                    )
        return AutoExchangeTerms(
            self.loan_to_value.plain,
            tuple(
                AutoExchangeTier(
                    tier.up_to_fee_tier,
                    {asset: amount.plain for asset, amount in tier.thresholds.items()},
                )
                for tier in self.tiers
            ),
        )


class SettingsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Where two readings of the real exchange are plausible."""

    initial_margin_rounding: Rounding = Rounding.UP
    legacy_account_weight: int = 5
    conditional_orders: ConditionalOrders = ConditionalOrders.ALGO
    auto_exchange: AutoExchangeDocument | None = None
    settlement_window_minutes: int = 30
    liquidation: bool = True
    margin_call_ratio: Number = Number("0.8")
    liquidation_step_brackets: int = 1
    liquidation_price: LiquidationPrice = LiquidationPrice.BANKRUPTCY
    insurance_fund: dict[str, Number] = {}

    @classmethod
    def of(cls, settings: ExchangeSettings) -> "SettingsDocument":
        """The document of an exchange's settings."""
        terms = settings.auto_exchange
        return cls(
            settings.initial_margin_rounding,
            settings.legacy_account_weight,
            settings.conditional_orders,
            None if terms is None else _auto_exchange(terms),
            settings.settlement_window_minutes,
            settings.liquidation,
            Number(settings.margin_call_ratio),
            settings.liquidation_step_brackets,
            settings.liquidation_price,
            {asset: Number(amount) for asset, amount in settings.insurance_fund.items()},
        )

    def settings(self) -> ExchangeSettings:
        """The settings that it stands for."""
        if self.legacy_account_weight not in {5, 10}:
            raise Impossible("bad_settings", "legacyAccountWeight is 5 or 10")
        if self.settlement_window_minutes not in {30, 60}:
            raise Impossible("bad_settings", "settlementWindowMinutes is 30 or 60")
        if not ZERO < self.margin_call_ratio <= ONE:
            raise Impossible("bad_settings", "marginCallRatio is above 0, and at most 1")
        if self.liquidation_step_brackets < 1:
            raise Impossible("bad_settings", "liquidationStepBrackets is at least 1")
        for asset, amount in self.insurance_fund.items():
            if amount < ZERO:
                raise Impossible("bad_settings", f"insuranceFund: {asset} is below 0")
        return ExchangeSettings(
            self.initial_margin_rounding,
            self.legacy_account_weight,
            self.conditional_orders,
            None if self.auto_exchange is None else self.auto_exchange.terms(),
            self.settlement_window_minutes,
            self.liquidation,
            self.margin_call_ratio.plain,
            self.liquidation_step_brackets,
            self.liquidation_price,
            {asset: amount.plain for asset, amount in self.insurance_fund.items()},
        )


def _auto_exchange(terms: AutoExchangeTerms) -> AutoExchangeDocument:
    return AutoExchangeDocument(
        Number(terms.loan_to_value),
        tuple(
            AutoExchangeTierDocument(
                tier.up_to_fee_tier, {asset: Number(amount) for asset, amount in tier.thresholds.items()}
            )
            for tier in terms.tiers
        ),
    )


class NewExchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exchange is made from; everything but its name may be left out."""

    name: str
    clock: ClockDocument = ClockDocument()
    feed: dict[str, Any] = msgspec.field(default_factory=lambda: {"kind": "manual"})
    settings: SettingsDocument = SettingsDocument()
    persistent: bool = False


class ExchangeDocument(msgspec.Struct, frozen=True):
    """An exchange as it stands."""

    name: str
    clock: ClockDocument
    feed: dict[str, Any]
    settings: SettingsDocument
    persistent: bool
    sequence: int
    accounts: list[str]


class ClockChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A manual clock moved to a time or on by a span, or another mode."""

    now: Time | None = None
    advance_ms: Time | None = None
    mode: ClockMode | None = None
    speed: str | int | float | None = None


class HashDocument(msgspec.Struct, frozen=True):
    """The number of events so far, and one number for all that they made."""

    sequence: int
    state_hash: str


def clock_document(clock: Clock) -> ClockDocument:
    """A clock as it stands."""
    return ClockDocument(clock.mode, clock.now(), format(clock.speed, "f"))


def speed_of(mode: ClockMode, given: str | float | None) -> Decimal:
    """How many times real time: 1 but for an accelerated clock, which must be told."""
    if given is None and mode is not ClockMode.ACCELERATED:
        return ONE
    speed = None if given is None else parse_decimal(str(given))
    if speed is None or not ZERO < speed <= FASTEST:
        raise Impossible("bad_clock", f"speed must be a number above 0, up to {FASTEST}")
    if mode is not ClockMode.ACCELERATED and speed != ONE:
        raise Impossible("bad_clock", f"a {mode} clock takes no speed: use the mode 'accelerated'")
    return speed


def new_clock(document: ClockDocument, present: Millis) -> Clock:
    """A clock that starts as a document says."""
    speed = speed_of(document.mode, document.speed)
    if document.mode is ClockMode.SYSTEM:
        if document.now is not None:
            raise Impossible("bad_clock", "a system clock shows the machine's time: leave out now")
        return Clock(ClockMode.SYSTEM)
    return Clock(document.mode, present if document.now is None else document.now, speed)
