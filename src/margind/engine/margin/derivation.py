"""How a number of the report came to be: a tree of formulas down to the numbers that were given."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from margind.engine.margin.expression import ROUNDING_WORDS, Operation, expression_of, operands_of
from margind.engine.margin.expression_text import digits, named, path, with_digits, with_names
from margind.engine.model.traced import Input, Result, Traced


class Given(msgspec.Struct, frozen=True, tag_field="kind", tag="given"):
    """A number that was not computed, and where it comes from."""

    name: str
    scope: str
    value: str
    provenance: str

    @property
    def path(self) -> str:
        """Its name with what it belongs to."""
        return path(self.name, self.scope)


class Derivation(msgspec.Struct, frozen=True, tag_field="kind", tag="derived"):
    """A number with a name: its formula, the same with digits, and what went into it."""

    name: str
    scope: str
    """What it belongs to: a symbol, a leg of it, an asset; empty for the account."""
    value: str
    meaning: str
    formula: str
    substituted: str
    rounding: str
    """What was done to the result of the formula, in words; empty when nothing was."""
    source: str
    sureness: str
    inputs: "tuple[Explained, ...]"

    @property
    def path(self) -> str:
        """Its name with what it belongs to."""
        return path(self.name, self.scope)


Explained: TypeAlias = Given | Derivation


def derivation(number: Traced) -> Explained:
    """How a traced number came to be. Numbers with names are explained once and shared where they recur."""
    return _explained(number, {})


def each_once(explained: Explained) -> Iterator[Explained]:
    """A number and all that went into it, each once, in such an order that nothing comes before its uses."""
    found: list[Explained] = []
    seen: set[tuple[str, ...]] = set()

    def visit(one: Explained) -> None:
        # Both legs of a symbol work out the rate of its leverage: the same number, told once.
        how = (one.substituted, one.formula) if isinstance(one, Derivation) else (one.provenance,)
        told = (one.path, one.value, *how)
        if told not in seen:
            seen.add(told)
            if isinstance(one, Derivation):
                for part in reversed(one.inputs):
                    visit(part)
            found.append(one)

    visit(explained)
    return reversed(found)


def _explained(number: Traced, known: dict[int, Explained]) -> Explained:
    explained = known.get(id(number))
    if explained is None:
        explained = known[id(number)] = _given(number) or _derived(number, known)
    return explained


def _given(number: Traced) -> Given | None:
    origin = number.origin
    while isinstance(origin, Result) and isinstance(origin.value, Traced):
        inner = origin.value.origin
        if isinstance(inner, Input) and (inner.scope, inner.name) != named(number):
            return None
        origin = inner
    if isinstance(origin, Input):
        return Given(origin.name, origin.scope, digits(number), origin.provenance)
    return None


def _derived(number: Traced, known: dict[int, Explained]) -> Derivation:
    scope, name = named(number)
    whole = expression = expression_of(number)
    rounding = ""
    if isinstance(whole, Operation) and whole.operator in ROUNDING_WORDS:
        rounding, expression = ROUNDING_WORDS[whole.operator], whole.parts[0]
    formula = number.origin.formula if isinstance(number.origin, Result) else None
    # Two equal operands are told apart by what they are, not by what they are worth.
    inputs = {id(operand): operand for operand in operands_of(expression)}
    return Derivation(
        name=name,
        scope=scope,
        value=_value(number),
        meaning=formula.meaning if formula else "",
        formula=with_names(expression, scope),
        substituted=with_digits(expression),
        rounding=rounding,
        source=formula.source if formula else "",
        sureness=formula.sureness if formula else "",
        inputs=tuple(_explained(operand, known) for operand in inputs.values()),
    )


def _value(number: Traced) -> str:
    """As printed where it has no more than 8 decimals, else without the zeros that exact products carry."""
    text = f"{number:f}"
    return text if len(text.partition(".")[2]) <= _PRINTED else digits(number)


_PRINTED = 8
