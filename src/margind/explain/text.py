"""An explanation for a terminal: the field first, then what it is made of, like formulas side by side."""

import re
from collections.abc import Iterable
from textwrap import wrap

from margind.engine.margin.derivation import Derivation, Explained, Given, each_once
from margind.explain.explanation import Explanation

WIDTH = 100
_MANY_DECIMALS = re.compile(r"([0-9]\.[0-9]{14})[0-9]+")
"""What is longer is shown with `…`; the JSON reply has all digits."""


def explanation_text(explanation: Explanation) -> str:
    """The explanation, in lines of at most about 100 characters."""
    printed = explanation.printed
    shown = str(printed).lower() if isinstance(printed, bool) else str(printed)
    lines = [f"{explanation.field} = {shown}"]
    for words in (explanation.words, explanation.printing):
        lines += _wrapped(words, "  ")
    explained = explanation.explained
    if isinstance(explained, Given):
        lines += _wrapped(f"{explained.name} {_short(explained.value)} ({explained.provenance})", "  ")
    elif explained is not None:
        steps = list(each_once(explained))
        lines += [*_wrapped(explained.meaning, "  "), ""]
        for group in _alike(steps):
            lines += _group(group)
        lines += ["", "given", *_givens(steps), *_doubts(steps)]
    if explanation.source:
        lines += ["", *_wrapped(f"source: {explanation.source}", "")]
    if explanation.sureness:
        lines += _wrapped(f"sureness: {explanation.sureness}", "")
    return "\n".join(lines) + "\n"


def _alike(steps: Iterable[Explained]) -> list[list[Derivation]]:
    """The derivations, those that differ only in what they belong to side by side."""
    groups: dict[tuple[str, str, str], list[Derivation]] = {}
    for step in steps:
        if isinstance(step, Derivation):
            groups.setdefault((step.name, step.formula, step.rounding), []).append(step)
    return list(groups.values())


def _group(group: list[Derivation]) -> list[str]:
    first = group[0]
    rounding = f", {first.rounding}" if first.rounding else ""
    if len(group) == 1:
        if not rounding and len(first.inputs) == 1 and first.formula.endswith(first.inputs[0].name):
            # A name alone has nothing to substitute.
            return _wrapped(f"{first.path} = {first.formula} = {_short(first.value)}", "")
        return [
            *_wrapped(f"{first.path} = {first.formula}{rounding}", ""),
            *_wrapped(f"= {_short(first.substituted)} = {_short(first.value)}", "    "),
        ]
    width = max(len(step.scope) for step in group)
    lines = _wrapped(f"{first.name} = {first.formula}{rounding}", "")
    for step in group:
        lines += _wrapped(f"{step.scope:{width}}  {_short(step.substituted)} = {_short(step.value)}", "    ")
    return lines


def _givens(steps: Iterable[Explained]) -> list[str]:
    """The inputs, those of one origin in one line."""
    lines: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        if isinstance(step, Given):
            lines.setdefault((step.scope, step.provenance), []).append(f"{step.name} {_short(step.value)}")
    return [
        line
        for (scope, provenance), numbers in sorted(lines.items())
        for line in _wrapped(f"{scope}: {', '.join(numbers)} ({provenance})", "  ")
    ]


def _doubts(steps: Iterable[Explained]) -> list[str]:
    """What the number rests on that is not certain."""
    doubts = {
        step.name: step.sureness
        for step in steps
        if isinstance(step, Derivation) and "assumed" in step.sureness
    }
    lines = [line for name, doubt in doubts.items() for line in _wrapped(f"{name}: {doubt}", "  ")]
    return ["", "less sure", *lines] if lines else []


def _short(text: str) -> str:
    return _MANY_DECIMALS.sub(r"\1…", text)


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
