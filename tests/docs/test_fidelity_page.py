"""The page on fidelity names the places that assume something, and no others."""

import re

from tests.docs.pages import DOCS, ROOT, tables

PAGE = (DOCS / "fidelity.md").read_text()


def test_every_file_in_the_tables_still_assumes_something() -> None:
    named = {
        path
        for head, rows, _ in tables(PAGE)
        if head[1:2] == ["Where"]
        for row in rows
        for path in re.findall(r"`(src/[^`]+)`", row[1])
    }
    assert named
    assert [path for path in sorted(named) if "Assumed:" not in (ROOT / path).read_text()] == []


def test_every_setting_of_an_exchange_is_on_the_page() -> None:
    settings = (DOCS / "reference" / "settings.md").read_text().partition("## Of an exchange")[2]
    names = {row[0] for _, rows, _ in tables(settings) for row in rows}
    assert names
    assert [name for name in names if name not in PAGE] == []
