"""Examples below a command's help."""

from collections.abc import Mapping

WIDTH = 78
"""What click wraps help at."""

_INDENT = 4


def examples(rows: Mapping[str, str]) -> str:
    """Lines to type, each with what it does: beside it, or below it where some line would be too long."""
    widest = max(map(len, rows))
    if _INDENT + widest + 2 + max(map(len, rows.values())) <= WIDTH:
        lines = [f"  {line:<{widest}}  {words}" for line, words in rows.items()]
    else:
        lines = [text for line, words in rows.items() for text in (f"  {line}", f"      {words}")]
    # Behind a backspace click keeps lines as they are.
    return "\b\n" + "\n".join(["Examples:", *lines])
