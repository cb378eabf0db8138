"""What a traced number was made of, as an expression a person can read and anybody can work out again."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from typing import TypeAlias

import msgspec

from margind.engine.model.decimals import CONTEXT, ONE, ZERO, cut8, half8, up8
from margind.engine.model.traced import Input, Result, Step, Traced

MOST_DECIMALS = 40
"""A number with more is a quotient; where it enters, it is spelled out instead of printed."""


class Operand(msgspec.Struct, frozen=True):
    """A number that stands for itself: a constant, or one with a name."""

    number: Decimal


class Operation(msgspec.Struct, frozen=True):
    """`+` (of any number of parts), `negative`, `×`, `/`, `abs`, `max`, `min`, or a rounding."""

    operator: str
    parts: "tuple[Expression, ...]"


Expression: TypeAlias = Operand | Operation

ROUNDINGS = {ROUND_DOWN: "cut8", ROUND_UP: "up8", ROUND_HALF_UP: "half8"}
ROUNDING_WORDS = {
    "cut8": "cut to 8 decimals",
    "up8": "rounded up to 8 decimals",
    "half8": "rounded half up to 8 decimals",
}
_ROUND = {"cut8": cut8, "up8": up8, "half8": half8}


def expression_of(number: Traced) -> Expression:
    """How a number came to be, down to the nearest numbers with names."""
    origin = number.origin
    if isinstance(origin, Result):
        value = origin.value
        return _simple(value, spelled_out=False) if isinstance(value, Traced) else Operand(value)
    return _simple(number, spelled_out=False)


def _simple(number: Decimal, *, spelled_out: bool) -> Expression:
    origin = _origin(number, spelled_out=spelled_out)
    if not isinstance(origin, Step):
        return Operand(number)
    operator, operands = origin.operation, origin.operands
    if operator in ROUNDINGS:
        # What is rounded is spelled out: the number before its rounding is no news to the reader.
        return Operation(ROUNDINGS[operator], (_simple(operands[0], spelled_out=True),))
    if operator in ("+", "-", "negative"):
        return _sum(number, spelled_out=spelled_out)
    parts = tuple(_inner(operand) for operand in operands)
    if operator == "×":
        return _product(parts)
    if operator in ("max", "min"):
        return Operation(operator, tuple(_flattened(operator, parts)))
    return Operation(operator, parts)


def _origin(number: Decimal, *, spelled_out: bool) -> Input | Step | Result | None:
    origin = number.origin if isinstance(number, Traced) else None
    while isinstance(origin, Result) and (spelled_out or _is_long(number)):
        inner = origin.value
        origin = inner.origin if isinstance(inner, Traced) else None
    return origin


def _is_long(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent < -MOST_DECIMALS


def _inner(number: Decimal) -> Expression:
    """A part of something larger: a rounding that changed nothing is left out."""
    found = _simple(number, spelled_out=False)
    if isinstance(found, Operation) and found.operator in _ROUND and worked_out(found.parts[0]) == number:
        return found.parts[0]
    return found


def _sum(number: Decimal, *, spelled_out: bool) -> Expression:
    """One flat sum, whatever the order it was added up in, without zeros and without what cancels out."""
    parts: list[tuple[int, Expression]] = []
    waiting = [(1, number, spelled_out)]
    while waiting:
        sign, term, spell = waiting.pop()
        origin = _origin(term, spelled_out=spell)
        if isinstance(origin, Step) and origin.operation in ("+", "-"):
            first, second = origin.operands
            waiting.append((sign if origin.operation == "+" else -sign, second, False))
            waiting.append((sign, first, False))
        elif isinstance(origin, Step) and origin.operation == "negative":
            waiting.append((-sign, origin.operands[0], False))
        else:
            part = _inner(term)
            opposite = [i for i, (other, one) in enumerate(parts) if other == -sign and _same(one, part)]
            if opposite:
                del parts[opposite[0]]
            elif not _is_nothing(part):
                parts.append((sign, part))
    if not parts:
        return Operand(ZERO)
    signed = tuple(part if sign > 0 else Operation("negative", (part,)) for sign, part in parts)
    return signed[0] if len(signed) == 1 else Operation("+", signed)


def _product(parts: tuple[Expression, ...]) -> Expression:
    if any(map(_is_nothing, parts)):
        return Operand(ZERO)
    for one, other in (parts, parts[::-1]):
        if _is_constant(one, ONE):
            return other
    return Operation("×", parts)


def _flattened(operator: str, parts: tuple[Expression, ...]) -> list[Expression]:
    """The parts of nested choices side by side, a zero of the formula itself once."""
    flat: list[Expression] = []
    for part in parts:
        inner = part.parts if isinstance(part, Operation) and part.operator == operator else (part,)
        flat += [one for one in inner if not (_is_nothing(one) and any(map(_is_nothing, flat)))]
    return flat


def _is_nothing(part: Expression) -> bool:
    """Whether a part is a zero of the formula itself, not one that somebody gave."""
    if isinstance(part, Operand):
        return _is_constant(part, ZERO)
    return part.operator in ("max", "min", "negative") and all(map(_is_nothing, part.parts))


def _is_constant(part: Expression, constant: Decimal) -> bool:
    """Whether a part is this number of the formula itself, not one with a name that happens to equal it."""
    return isinstance(part, Operand) and part.number.__class__ is Decimal and part.number == constant


def _same(one: Expression, other: Expression) -> bool:
    """Whether two parts are made of the same numbers, not only worth the same."""
    if isinstance(one, Operand) or isinstance(other, Operand):
        return isinstance(one, Operand) and isinstance(other, Operand) and one.number is other.number
    return (
        one.operator == other.operator
        and len(one.parts) == len(other.parts)
        and all(map(_same, one.parts, other.parts))
    )


def operands_of(expression: Expression) -> Iterator[Traced]:
    """The numbers with names that an expression is made of, from left to right."""
    if isinstance(expression, Operation):
        for part in expression.parts:
            yield from operands_of(part)
    elif isinstance(expression.number, Traced):
        yield expression.number


def worked_out(expression: Expression) -> Decimal:
    """The value of an expression, worked out again."""
    with localcontext(CONTEXT):
        return _worked_out(expression)


def _worked_out(expression: Expression) -> Decimal:
    if isinstance(expression, Operand):
        return Decimal(expression.number)
    values = [_worked_out(part) for part in expression.parts]
    match expression.operator:
        case "+":
            return sum(values, ZERO)
        case "negative":
            return -values[0]
        case "abs":
            return abs(values[0])
        case "×":
            return values[0] * values[1]
        case "/":
            return values[0] / values[1]
        case "max":
            return max(values)
        case "min":
            return min(values)
        case rounding:
            return _ROUND[rounding](values[0])
