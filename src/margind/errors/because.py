"""Why a request was refused: the rule, the numbers it compared, and what would have passed."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import NamedTuple, TypeAlias

import msgspec

Value: TypeAlias = Decimal | int | str


class Compared(NamedTuple):
    """One value the rule looked at."""

    name: str
    """As the request, the reply or the page calls it."""
    value: Value
    unit: str = ""
    """An asset, "ms", "contracts"; empty where the name says it."""


class Because(msgspec.Struct, frozen=True):
    """The reason of one refusal, as it was at that moment."""

    rule: str
    """One sentence."""
    compared: tuple[Compared, ...] = ()
    source: str = ""
    """The public page."""
    remedy: str = ""
    """What this rule would have let pass, as a sentence; a later rule may still have refused it."""
    remedy_value: Mapping[str, Value] = {}
    """The same for a program: each entry alone, in place of what was sent, would have been enough."""


Reason: TypeAlias = Because | Callable[[], Because]
"""A reason, or what makes it from values that no longer change when somebody asks."""


def nearest_names(meant: str, names: Iterable[str]) -> list[str]:
    """Up to three names that may have been meant, the likeliest first."""
    known = list(names)
    return [meant] if meant in known else get_close_matches(meant, known, 3)


def near_it(meant: str, names: Iterable[str]) -> str:
    """The end of a sentence about a name that is not there: those like it, nothing when there are none."""
    near = nearest_names(meant.upper(), names)
    return f"; near it: {', '.join(near)}" if near else ""
