"""What a measurement found, and the table all of them make."""

from collections.abc import Sequence
from typing import Literal

import msgspec

Goal = Literal["at least", "at most"]


class Result(msgspec.Struct, frozen=True, rename="camel"):
    """One figure. Without a limit it has no goal: it stands there to explain the others."""

    name: str
    figure: float
    unit: str
    goal: Goal | None = None
    limit: float | None = None
    detail: str = ""
    skipped: str = ""
    """Why there is no figure."""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None without a goal or a figure."""
        if self.limit is None or self.skipped:
            return None
        return self.figure >= self.limit if self.goal == "at least" else self.figure <= self.limit


def skipped(name: str, why: str) -> Result:
    """A measurement that could not be made here."""
    return Result(name, 0.0, "", skipped=why)


def table(results: Sequence[Result]) -> str:
    """All figures, one a line."""
    rows = [("", "figure", "goal", "", "")] + [_row(result) for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    )


def _row(result: Result) -> tuple[str, str, str, str, str]:
    if result.skipped:
        return result.name, "skipped", "", "", result.skipped
    figure = f"{result.figure:.3g} {result.unit}".rstrip()
    if result.limit is None:
        return result.name, figure, "", "", result.detail
    goal = f"{'>=' if result.goal == 'at least' else '<='} {result.limit:g}"
    return result.name, figure, goal, "met" if result.is_met else "MISSED", result.detail
