"""How numbers, flags and margin types are printed: the only place that turns a `Decimal` into text."""

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache

from margind.engine.model.decimals import CONTEXT, E8, ONE, ZERO, plain_text
from margind.engine.model.terms import MarginType
from margind.engine.model.traced import Traced

NO_AMOUNT = "0.00000000"


class ExplainedText(str):
    """Printed digits that know the number they print, so that an explanation can start from them."""

    __slots__ = ("number",)
    number: Traced

    @classmethod
    def of(cls, text: str, number: Traced) -> "ExplainedText":
        """The text, with the number behind it."""
        self = cls(text)
        self.number = number
        return self


def _explained(value: Decimal, text: Callable[[Decimal], str]) -> str:
    assert isinstance(value, Traced), "report numbers are Decimal or Traced"
    return ExplainedText.of(text(Decimal(value)), value)


def amount_text(value: Decimal) -> str:
    """Money of totals, asset rows and profits: always 8 decimals, cut toward zero, a zero without a sign."""
    if value.__class__ is not Decimal:
        return _explained(value, amount_text)
    if not value:
        return NO_AMOUNT
    text = str(value)
    # Nearly every number of a report has its 8 decimals already; str() writes an exponent below 0.000001.
    if text[-9:-8] == "." and "E" not in text:
        return text
    cut = value.quantize(E8, ROUND_DOWN, CONTEXT)
    return f"{cut:f}" if cut else NO_AMOUNT


def margin_text(value: Decimal) -> str:
    """Margins and notionals of position rows: "0" when there is none, 8 decimals otherwise."""
    if value.__class__ is not Decimal:
        return _explained(value, margin_text)
    if not value:
        return "0"
    text = amount_text(value)
    return "0" if text == NO_AMOUNT else text


liquidation_text = margin_text
"""A liquidation price: "0" when there is none, 8 decimals otherwise (the engine has rounded it)."""


def resting_text(value: Decimal) -> str:
    """Value of resting orders: "0", whole amounts without decimals, 8 decimals otherwise.

    Observed: bidNotional and askNotional "190" and "310" beside amounts of 8 decimals (public replies).
    """
    if value.__class__ is not Decimal:
        return _explained(value, resting_text)
    text = margin_text(value)
    return text.removesuffix(".00000000")


def price_text(value: Decimal) -> str:
    """A mark or index price: 8 decimals.

    Assumed: further digits are cut, as those of amounts are (no public reply shows a mark price with more).
    """
    return amount_text(value)


def rate_text(value: Decimal) -> str:
    """A funding rate, an interest rate or a buffer: 8 decimals."""
    return amount_text(value)


def commission_rate_text(value: Decimal) -> str:
    """A fee rate with the digits of the fee table it comes from."""
    return f"{value:f}"


PRICE_DIGITS = 13
"""Observed: 62 of 64 public entry and break-even prices have at most 13 digits around the point."""


def entry_price_text(value: Decimal) -> str:
    """An entry price: at most 13 digits together (a 0 before the point is none), trailing zeros dropped.

    "0.0" when flat. Assumed: digits beyond are cut, as profit cuts them at 8 decimals (a position with a
    longer weighted mean and all its fills would settle it), and one decimal always stands.
    """
    if value.__class__ is not Decimal:
        return _explained(value, entry_price_text)
    return _short_price(value, ROUND_DOWN) if value else "0.0"


def break_even_price_text(value: Decimal) -> str:
    """A break-even price: printed as an entry price is, but rounded half up (observed)."""
    if value.__class__ is not Decimal:
        return _explained(value, break_even_price_text)
    return _short_price(value, ROUND_HALF_UP) if value else "0.0"


def _short_price(value: Decimal, rounding: str) -> str:
    whole_digits = max(value.adjusted() + 1, 0)
    fitted = value.quantize(_step(max(PRICE_DIGITS - whole_digits, 1)), rounding, CONTEXT)
    if not fitted:
        return "0.0"
    text = f"{fitted:f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def quantity_text(value: Decimal, precision: int) -> str:
    """A quantity with the symbol's quantity decimals; digits beyond them are kept, never lost."""
    if value.__class__ is not Decimal:
        return _explained(value, lambda plain: quantity_text(plain, precision))
    if not value:
        return _zero(precision)
    fitted = value.quantize(_step(precision), ROUND_DOWN, CONTEXT)
    return plain_text(fitted if fitted == value else value)


traded_price_text = quantity_text
"""A last, bid or ask price with the symbol's price decimals; digits beyond them are kept."""


def _step(places: int) -> Decimal:
    return _STEPS[places] if places < len(_STEPS) else ONE.scaleb(-places, CONTEXT)


_STEPS = tuple(ONE.scaleb(-places, CONTEXT) for places in range(21))


@cache
def _zero(places: int) -> str:
    return f"{0:.{places}f}"


LARGEST_LONG = "9223372036854775807"
LARGEST_LONG_AS_DOUBLE = "9.223372036854776E18"


def max_notional_text(value: Decimal | None, leverage: int) -> str:
    """The largest position at a leverage: whole, or the largest 64-bit integer when there is no cap.

    Observed: at 1x the exchange prints a binary double ("1.0E7", "9.223372036854776E18").
    """
    if value is not None and value.__class__ is not Decimal:
        return _explained(value, lambda plain: max_notional_text(plain, leverage))
    if leverage == 1:
        return LARGEST_LONG_AS_DOUBLE if value is None else _double_text(value)
    return LARGEST_LONG if value is None else _shortest(value)


def max_qty_text(value: Decimal | None) -> str:
    """The same on COIN-M, in the base asset. Assumed: without the quirk at 1x (no public row shows one)."""
    if value is not None and value.__class__ is not Decimal:
        return _explained(value, max_qty_text)
    return LARGEST_LONG if value is None else _shortest(value)


def short_text(value: Decimal) -> str:
    """A number without trailing zeros, "0" for zero: how streams print."""
    return _shortest(value or ZERO)


def _shortest(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_SCIENTIFIC_FROM = Decimal(10) ** 7
"""Java writes doubles from here on with an exponent."""


def _double_text(value: Decimal) -> str:
    if value < _SCIENTIFIC_FROM:
        return number_text(value)
    exponent = value.adjusted()
    return f"{number_text(value.scaleb(-exponent, CONTEXT))}E{exponent}"


def number_text(value: Decimal) -> str:
    """A JSON number with at least one decimal, as the exchange's serializer writes doubles: 100.0."""
    text = _shortest(value)
    return text if "." in text else text + ".0"


def int_text(value: int | Decimal) -> str:
    """A whole number as text (leverage)."""
    return _explained(value, _whole) if isinstance(value, Traced) else str(int(value))


def _whole(value: Decimal) -> str:
    return str(int(value))


def flag_text(value: bool) -> str:
    """A flag that travels as text."""
    return "true" if value else "false"


def margin_type_text(margin_type: MarginType) -> str:
    """`cross` or `isolated`: how positionRisk says what settings call CROSSED and ISOLATED."""
    return "isolated" if margin_type is MarginType.ISOLATED else "cross"
