"""Tables and lines on the terminal: coloured where somebody looks, plain text where a program reads."""

import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from rich.console import Console


class Tone(Enum):
    """What a text means to the eye; the value is its style."""

    PLAIN = ""
    STRONG = "bold"
    QUIET = "dim"
    GOOD = "green"
    WARNING = "yellow"
    BAD = "red"
    NAME = "cyan"


class Cell(NamedTuple):
    """A text and its tone."""

    text: str
    tone: Tone = Tone.PLAIN


class Column(NamedTuple):
    """One column of a table."""

    title: str
    numeric: bool = False
    """Numbers stand with their decimal points below each other."""
    rank: int = 0
    """0 always stands; where the terminal is too narrow, the highest rank is left out first."""


class Table(NamedTuple):
    """Columns and rows of cells."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


GAP = 2
"""Blanks between two columns."""

INDENT = 1


class Screen:
    """Standard output."""

    def __init__(self) -> None:
        """A terminal, with its width and colours, or a file or pipe without either."""
        self._console: Console | None = None
        if sys.stdout.isatty():
            from rich import console

            self._console = console.Console(highlight=False, soft_wrap=True)

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None when nothing limits a line."""
        return None if self._console is None else self._console.width

    def line(self, *cells: Cell | str) -> None:
        """Print some texts behind each other."""
        self._print([cell if isinstance(cell, Cell) else Cell(cell) for cell in cells])

    def paragraph(self, text: str, tone: Tone = Tone.PLAIN, *, indent: int = 0) -> None:
        """Print a text, in as many lines as it takes."""
        margin = " " * indent
        lines = (
            [margin + text]
            if self.width is None
            else wrap(text, self.width, initial_indent=margin, subsequent_indent=margin)
        )
        for line in lines:
            self.line(Cell(line, tone))

    def table(self, table: Table) -> None:
        """Print a table, without the columns that find no room."""
        for cells in laid_out(table, self.width):
            self._print(cells)

    def _print(self, cells: Sequence[Cell]) -> None:
        if self._console is None:
            click.echo("".join(cell.text for cell in cells).rstrip())
            return
        from rich.text import Text

        text = Text.assemble(*((cell.text, cell.tone.value) for cell in cells))
        text.rstrip()
        self._console.print(text)


def laid_out(table: Table, width: int | None) -> Iterable[Sequence[Cell]]:
    """The lines of a table: titles, a rule, the rows; a column that is empty in all rows is left out."""
    kept = _fitting([column for column in _columns(table) if column.says_something], width)
    margin, gap = Cell(" " * INDENT), Cell(" " * GAP)
    rule = "─" * (sum(column.width for column in kept) + GAP * (len(kept) - 1))
    yield [margin, *_joined([Cell(column.title, Tone.STRONG) for column in kept], gap)]
    yield [margin, Cell(rule, Tone.QUIET)]
    for at in range(len(table.rows)):
        yield [margin, *_joined([column.cells[at] for column in kept], gap)]


def _columns(table: Table) -> Iterable["_Laid"]:
    for at, column in enumerate(table.columns):
        yield _column(column, [row[at] for row in table.rows])


class _Laid(NamedTuple):
    title: str
    cells: Sequence[Cell]
    rank: int

    @property
    def width(self) -> int:
        return len(self.title)

    @property
    def says_something(self) -> bool:
        return any(cell.text.strip() for cell in self.cells)


def _column(column: Column, cells: Sequence[Cell]) -> _Laid:
    texts = [cell.text for cell in cells]
    if column.numeric:
        texts = point_aligned(texts)
    width = max(map(len, (column.title, *texts)))

    def placed(text: str) -> str:
        return text.rjust(width) if column.numeric else text.ljust(width)

    return _Laid(
        placed(column.title),
        [Cell(placed(text), cell.tone) for text, cell in zip(texts, cells, strict=True)],
        column.rank,
    )


def point_aligned(texts: Sequence[str]) -> list[str]:
    """Numbers filled up with blanks at the right, so that their decimal points stand below each other."""
    behind = [len(text) - text.rfind(".") if "." in text else 0 for text in texts]
    most = max(behind, default=0)
    return [text + " " * (most - places) if text else "" for text, places in zip(texts, behind, strict=True)]


def _fitting(columns: list[_Laid], width: int | None) -> list[_Laid]:
    kept = list(columns)
    while width is not None and sum(column.width + GAP for column in kept) - GAP + INDENT > width:
        optional = max(kept, key=lambda column: column.rank)
        if not optional.rank:
            break
        kept.remove(optional)
    return kept


def _joined(cells: Sequence[Cell], gap: Cell) -> list[Cell]:
    line = [cells[0]]
    for cell in cells[1:]:
        line += (gap, cell)
    return line
