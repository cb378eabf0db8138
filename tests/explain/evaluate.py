"""A second reader of explanations: works a printed formula out again from nothing but its text."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, localcontext

TOKEN = re.compile(r"\s*(?P<number>[0-9]+(?:\.[0-9]+)?)|\s*(?P<word>[a-z]+[0-9]*)|\s*(?P<sign>[-−+×/|(),])")
PRECISE = Context(prec=200, rounding=ROUND_HALF_EVEN)
NOISE = Decimal("1E-40")
ROUNDINGS = {
    "cut to 8 decimals": ROUND_DOWN,
    "rounded up to 8 decimals": ROUND_UP,
    "rounded half up to 8 decimals": ROUND_HALF_UP,
}
FUNCTIONS = {"cut8": ROUND_DOWN, "up8": ROUND_UP, "half8": ROUND_HALF_UP}


def worked_out(formula: str, rounding: str = "") -> Decimal:
    """The value of a formula of numbers, rounded as the words say; all that is not understood raises."""
    tokens = _tokens(formula)
    with localcontext(PRECISE):
        value, rest = _sum(tokens)
        assert rest == [], f"{formula!r}: {rest} is left over"
        return value if not rounding else _rounded(value, ROUNDINGS[rounding])


def _rounded(value: Decimal, direction: str) -> Decimal:
    # What a division of many digits leaves behind is no part of an amount.
    return value.quantize(NOISE, ROUND_HALF_EVEN).quantize(Decimal("1E-8"), direction)


def _tokens(formula: str) -> list[str]:
    tokens, place = [], 0
    while place < len(formula):
        match = TOKEN.match(formula, place)
        assert match, f"{formula[place:]!r} is no part of a formula"
        tokens.append(match[0].strip())
        place = match.end()
    return tokens


def _sum(tokens: list[str]) -> tuple[Decimal, list[str]]:
    value, rest = _product(tokens)
    while rest and rest[0] in "+−":
        sign, rest = rest[0], rest[1:]
        term, rest = _product(rest)
        value = value + term if sign == "+" else value - term
    return value, rest


def _product(tokens: list[str]) -> tuple[Decimal, list[str]]:
    value, rest = _atom(tokens)
    while rest and rest[0] in "×/":
        sign, rest = rest[0], rest[1:]
        factor, rest = _atom(rest)
        value = value * factor if sign == "×" else value / factor
    return value, rest


def _atom(tokens: list[str]) -> tuple[Decimal, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first in "-−":
        value, rest = _atom(rest)
        return -value, rest
    if first in "(|":
        value, rest = _sum(rest)
        return (value if first == "(" else abs(value)), _after(")" if first == "(" else "|", rest)
    if first[0].isdigit():
        return Decimal(first), rest
    values, rest = _arguments(_after("(", rest))
    if first in FUNCTIONS:
        (value,) = values
        return _rounded(value, FUNCTIONS[first]), rest
    return {"max": max, "min": min}[first](values), rest


def _arguments(tokens: list[str]) -> tuple[list[Decimal], list[str]]:
    value, rest = _sum(tokens)
    values = [value]
    while rest[0] == ",":
        value, rest = _sum(rest[1:])
        values.append(value)
    return values, _after(")", rest)


def _after(expected: str, tokens: list[str]) -> list[str]:
    assert tokens[0] == expected, f"expected {expected!r} before {tokens}"
    return tokens[1:]
