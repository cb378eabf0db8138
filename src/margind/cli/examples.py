"""Examples below a command's help."""

from collections.abc import Mapping


def examples(rows: Mapping[str, str]) -> str:
    """Lines to type, each with what it does."""
    widest = max(map(len, rows))
    lines = ["Examples:", *(f"  {line:<{widest}}  {words}" for line, words in rows.items())]
    # Behind a backspace click keeps lines as they are.
    return "\b\n" + "\n".join(lines)
