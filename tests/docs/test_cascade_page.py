"""The page on cascades shows what its command prints, and names the table's columns."""

import shlex

from click.testing import CliRunner

from margind.cli.commands import margind
from tests.docs.pages import DOCS, blocks, tables

PAGE = (DOCS / "cascade.md").read_text()
PROMPT = "$ margind "


def test_the_command_prints_what_the_page_shows() -> None:
    (shown,) = (block for block in blocks(PAGE) if block.language == "console")
    command, _, printed = shown.text.partition("\n")
    result = CliRunner().invoke(margind, shlex.split(command.removeprefix(PROMPT)), prog_name="margind")
    assert result.exit_code == 0
    assert result.stdout == printed


def test_the_table_explains_every_column() -> None:
    (rows,) = (rows for head, rows, _ in tables(PAGE) if head[0] == "Column")
    explained = {name for row in rows for name in row[0].split(", ")}
    titles = next(line for line in PAGE.splitlines() if "Liquidated" in line and "Mark" in line)
    shown = titles.replace("On the book", "").replace("Taken over", "").replace("Fund USDT", "Fund").split()
    assert set(shown) - {"Minute"} <= explained
    assert {"On the book", "Taken over", "Deleveraged"} <= explained
