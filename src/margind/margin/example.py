"""An account to begin with, as a document: positions on both markets, one of them isolated, an order."""

from pathlib import Path

_FILE = Path(__file__).parent / "example.json"


def example_document() -> str:
    """The document, as it would stand in a file."""
    return _FILE.read_text(encoding="utf-8")
