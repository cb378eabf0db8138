"""Numbers that remember how they came to be: the same formulas, run on inputs that leave a trail.

The report is computed with plain `Decimal`s. To explain it, it is computed once more by the same code from
`Traced` inputs; every operation then records what it was made of, so an explanation can never differ from
the number it explains.
"""

from decimal import Context, Decimal
from typing import Any, Self

import msgspec

from margind.engine.model.decimals import FINEST


class Formula(msgspec.Struct, frozen=True):
    """A named result: what it is, where it is documented, and how sure we are that the exchange does so.

    Calling it marks a value as this result. Plain numbers pass through untouched.
    """

    name: str
    """The name of the field it becomes, as on the wire."""
    meaning: str
    source: str
    """The public page or observation the rule rests on."""
    sureness: str
    """confirmed, documented, or assumed."""

    def __call__(self, value: Decimal, scope: str = "") -> Decimal:
        """The value, remembered as this result for `scope` (a symbol, an asset) when it is traced."""
        if value.__class__ is Decimal:
            return value
        return Traced(value, Result(self, scope, value))


class Input(msgspec.Struct, frozen=True):
    """A leaf: a number that was given, and by whom."""

    name: str
    scope: str
    """What it belongs to, as a path: a symbol, a leg of it, an asset."""
    provenance: str


class Step(msgspec.Struct, frozen=True):
    """An operation on other numbers."""

    operation: str
    operands: tuple[Decimal, ...]


class Result(msgspec.Struct, frozen=True):
    """A value that has a name of its own."""

    formula: Formula
    scope: str
    value: Decimal


Origin = Input | Step | Result


class Traced(Decimal):
    """A `Decimal` with its origin; arithmetic gives `Traced` again, comparisons are those of `Decimal`."""

    __slots__ = ("origin",)
    origin: Origin

    def __new__(cls, value: Decimal, origin: Origin) -> Self:
        """The same number, with where it came from."""
        self = super().__new__(cls, value)
        self.origin = origin
        return self

    def __add__(self, other: Any) -> "Traced":
        return _step("+", Decimal.__add__(self, other), self, other)

    def __radd__(self, other: Any) -> "Traced":
        return _step("+", Decimal.__radd__(self, other), other, self)

    def __sub__(self, other: Any) -> "Traced":
        return _step("-", Decimal.__sub__(self, other), self, other)

    def __rsub__(self, other: Any) -> "Traced":
        return _step("-", Decimal.__rsub__(self, other), other, self)

    def __mul__(self, other: Any) -> "Traced":
        return _step("×", Decimal.__mul__(self, other), self, other)

    def __rmul__(self, other: Any) -> "Traced":
        return _step("×", Decimal.__rmul__(self, other), other, self)

    def __truediv__(self, other: Any) -> "Traced":
        return _step("/", Decimal.__truediv__(self, other), self, other)

    def __rtruediv__(self, other: Any) -> "Traced":
        return _step("/", Decimal.__rtruediv__(self, other), other, self)

    def __neg__(self) -> "Traced":
        return _step("negative", Decimal.__neg__(self), self)

    def __abs__(self, round: bool = True) -> "Traced":  # noqa: A002 - Decimal's own signature
        return _step("abs", Decimal.__abs__(self), self)

    def quantize(self, exp: Any, rounding: str | None = None, context: Context | None = None) -> "Traced":
        """The rounded number; the rounding is remembered as an operation.

        Taking off what a division left behind is none: nothing an explanation would tell.
        """
        rounded = Decimal.quantize(self, exp, rounding, context)
        if exp is FINEST:
            return self if rounded == self else Traced(rounded, self.origin)
        return _step(str(rounding), rounded, self, exp)


def _step(operation: str, value: Decimal, *operands: Any) -> Traced:
    plain = tuple(number if isinstance(number, Decimal) else Decimal(number) for number in operands)
    return Traced(value, Step(operation, plain))


def greatest(first: Decimal, second: Decimal) -> Decimal:
    """The larger of two numbers, remembered as such when traced."""
    value = max(first, second)
    if first.__class__ is Decimal and second.__class__ is Decimal:
        return value
    return _step("max", value, first, second)


def least(first: Decimal, second: Decimal) -> Decimal:
    """The smaller of two numbers, remembered as such when traced."""
    value = min(first, second)
    if first.__class__ is Decimal and second.__class__ is Decimal:
        return value
    return _step("min", value, first, second)


def given(value: Decimal, name: str, provenance: str, scope: str = "") -> Traced:
    """A traced input."""
    return Traced(value, Input(name, scope, provenance))
