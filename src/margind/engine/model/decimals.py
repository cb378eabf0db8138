"""The decimal policy: one context, every rounding with its direction and its reason.

Amounts are exact until they are booked or printed; only the functions here quantize.
"""

import re
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

ZERO = Decimal(0)
ONE = Decimal(1)
E8 = Decimal("0.00000001")
PERCENT = Decimal(100)
"""What a fraction is multiplied by where the exchange says it in percent."""

CONTEXT = Context(
    # Numbers set by hand have up to 20 digits on either side of the point. The largest amount made of them is
    # quantity · price · ask rate, below 1E+80; with the 40 decimals of `settled` that is 120 digits.
    prec=130,
    rounding=ROUND_HALF_EVEN,
    Emax=10_000,
    Emin=-10_000,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)

_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)

FINEST = Decimal("1E-40")
"""The grid on which amounts are taken to be equal; what is finer is noise of a division."""


_SUMMED = FINEST.scaleb(-10)


def parse_decimal(text: str) -> Decimal | None:
    """The number a plain decimal text stands for, all digits kept; None when it is not one.

    Plain means digits with an optional minus sign and point: no exponent, no `NaN`, no blanks. At most 20
    digits on either side of the point, so that no product of two inputs can lose digits or time.
    """
    if _PLAIN.fullmatch(text) is None:
        return None
    value = Decimal(text)
    return value or abs(value)  # "-0" is 0


def plain_text(value: Decimal) -> str:
    """All digits of a number, without an exponent. str() is quicker than a format, but may write one."""
    text = str(value)
    return f"{value:f}" if "E" in text else text


def cut8(value: Decimal) -> Decimal:
    """To 8 decimals toward zero: how printed money never claims more than there is.

    Documented: the examples of the account pages are cut, not rounded (49.72023376 / 20 prints 2.48601168).
    """
    return settled(value).quantize(E8, ROUND_DOWN, CONTEXT)


def up8(value: Decimal) -> Decimal:
    """To 8 decimals away from zero: a requirement is never understated."""
    return settled(value).quantize(E8, ROUND_UP, CONTEXT)


def half8(value: Decimal) -> Decimal:
    """To 8 decimals, half away from zero: how USDⓈ-M liquidation prices are printed."""
    return settled(value).quantize(E8, ROUND_HALF_UP, CONTEXT)


def settled(value: Decimal) -> Decimal:
    """An amount without the noise of its divisions, so that 24999.999…9 is 25000 before it is cut.

    COIN-M values are quotients: 10 / 6 · 0.006 is 0.01, but no rounded quotient times 0.006 is exactly that.
    """
    return value.quantize(FINEST, ROUND_HALF_EVEN, CONTEXT)


def summed(value: Decimal) -> Decimal:
    """A sum of quotients as an event remembers it: ten digits finer than what `settled` takes to be equal.

    So it does not grow with each quotient, and three thirds still settle to one.
    """
    return value.quantize(_SUMMED, ROUND_HALF_EVEN, CONTEXT).normalize(CONTEXT)


def book(amount: Decimal) -> Decimal:
    """An amount as it is posted to a wallet: 8 decimals, toward zero.

    Wallets hold 8 decimals on both markets, and cutting never moves more money than was computed.
    """
    return cut8(amount)
