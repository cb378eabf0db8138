"""The project's pages as tests read them: fenced blocks, tables, links."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"^```(?P<language>[a-z]*)(?: (?P<note>[^\n]*))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


class Block(NamedTuple):
    """One fenced block: its language, what else stands beside that, its text and its place in the page."""

    language: str
    note: str
    text: str
    end: int


def prose_pages() -> list[Path]:
    """Every Markdown page of the project."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(match["language"], match["note"] or "", match["text"], match.end())
        for match in _FENCE.finditer(text)
    ]


def without_blocks(text: str) -> str:
    """A page's prose alone."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    """The targets of a page's links."""
    return [match["target"] for match in _LINK.finditer(without_blocks(text))]


def anchors(text: str) -> set[str]:
    """The names under which a page's headings can be linked to, as GitHub makes them."""
    titles = (match["title"] for match in _HEADING.finditer(without_blocks(text)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def tables(text: str) -> Iterator[tuple[list[str], list[list[str]], int]]:
    """Heads, rows and places of a page's tables, cells without their surroundings."""
    lines, place = text.splitlines(keepends=True), 0
    head: list[str] | None = None
    rows: list[list[str]] = []
    began = 0
    for line in [*lines, "\n"]:
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if head is None:
                head, rows, began = cells, [], place
            elif set(line) - set("|- \n"):
                rows.append(cells)
        elif head is not None:
            yield head, rows, began
            head = None
        place += len(line)
