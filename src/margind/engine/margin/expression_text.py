"""Expressions in words a person reads: with the names of their operands, or with their digits."""

from collections.abc import Callable
from decimal import Decimal

from margind.engine.margin.expression import Expression, Operand, Operation
from margind.engine.model.traced import Input, Result, Traced

_SUM, _PRODUCT, _ATOM = range(3)


def path(name: str, scope: str) -> str:
    """A name with what it belongs to, as `BTCUSDT.maintMargin`."""
    return f"{scope}.{name}" if scope else name


def with_names(expression: Expression, scope: str) -> str:
    """The formula; what belongs to `scope` itself goes by its bare name."""

    def name(number: Decimal) -> str:
        if not isinstance(number, Traced):
            return digits(number)
        own, name = named(number)
        if own == scope or scope.startswith(own + "."):
            return name
        return path(name, own.removeprefix(scope + "."))

    return _text(expression, name, _SUM)


def with_digits(expression: Expression) -> str:
    """The same formula with numbers in the place of names."""
    return _text(expression, digits, _SUM)


def named(number: Traced) -> tuple[str, str]:
    """What a number belongs to, and its name; empty when it has none."""
    match number.origin:
        case Input(name=name, scope=scope):
            return scope, name
        case Result(formula=formula, scope=scope):
            return scope, formula.name
        case _:
            return "", ""


def digits(number: Decimal) -> str:
    """All digits of a number, without an exponent and without zeros that say nothing."""
    text = f"{Decimal(number):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def _text(expression: Expression, leaf: Callable[[Decimal], str], binding: int, *, first: bool = True) -> str:
    """`binding` is how tightly the surroundings hold their parts; what binds less stands in parentheses."""
    if isinstance(expression, Operand):
        text = leaf(expression.number)
        return text if first or not text.startswith("-") else f"({text})"
    text, own = _operation(expression, leaf, first=first)
    return f"({text})" if own < binding else text


def _operation(expression: Operation, leaf: Callable[[Decimal], str], *, first: bool) -> tuple[str, int]:
    parts = expression.parts
    match expression.operator:
        case "+":
            return _sum(parts, leaf), _SUM
        case "negative":
            return "−" + _text(parts[0], leaf, _PRODUCT, first=False), _SUM
        case "×" | "/" as sign:
            left = _text(parts[0], leaf, _PRODUCT, first=first)
            return f"{left} {sign} {_text(parts[1], leaf, _ATOM, first=False)}", _PRODUCT
        case "abs":
            return f"|{_text(parts[0], leaf, _SUM)}|", _ATOM
        case function:
            return f"{function}({', '.join(_text(part, leaf, _SUM) for part in parts)})", _ATOM


def _sum(parts: tuple[Expression, ...], leaf: Callable[[Decimal], str]) -> str:
    text = _text(parts[0], leaf, _SUM)
    for part in parts[1:]:
        if isinstance(part, Operation) and part.operator == "negative":
            text += " − " + _text(part.parts[0], leaf, _PRODUCT, first=False)
        else:
            text += " + " + _text(part, leaf, _PRODUCT, first=False)
    return text
