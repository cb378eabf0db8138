"""Every command and program of the page on the margin oracle prints what stands below it."""

import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from margind import margin
from margind.cli.commands import margind
from tests.docs.pages import DOCS, Block, blocks, tables

PAGE = (DOCS / "margin-oracle.md").read_text()
BLOCKS = blocks(PAGE)
PROMPT = "$ margind "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page's account lies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "account.json").write_text(margin.example_document())
    return tmp_path


def commands() -> Iterator[tuple[str, str]]:
    """Each command with what it prints."""
    for block in BLOCKS:
        if block.language == "console":
            lines = block.text.splitlines(keepends=True)
            while lines and lines[0].startswith(PROMPT):
                command = lines.pop(0).removeprefix(PROMPT).rstrip()
                if "> account.json" not in command:
                    yield command, "".join(lines)


@pytest.mark.parametrize(("command", "printed"), list(commands()))
def test_a_command_prints_what_the_page_shows(folder: Path, command: str, printed: str) -> None:
    result = CliRunner().invoke(margind, shlex.split(command), prog_name="margind")
    assert result.stdout == printed
    assert result.exit_code == 0


def test_the_page_shows_commands() -> None:
    assert len(list(commands())) >= 4


def test_the_programs_print_what_the_page_shows(folder: Path) -> None:
    names: dict[str, object] = {}
    shown: list[tuple[Block, Block]] = [
        (program, output) for program, output in pairwise(BLOCKS) if program.language == "python"
    ]
    assert len(shown) == sum(block.language == "python" for block in BLOCKS) >= 3
    for program, output in shown:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(program.text, "margin-oracle.md", "exec"), names)  # noqa: S102 - the page's own program
        assert printed.getvalue() == output.text


def test_the_table_names_every_public_function() -> None:
    (rows,) = (rows for head, rows, _ in tables(PAGE) if head[0] == "Function")
    named = [row[0].strip("`").partition("(")[0] for row in rows]
    public = {
        name
        for name, value in vars(margin).items()
        if callable(value) and not isinstance(value, type) and getattr(value, "__module__", "") in FUNCTIONS
    }
    assert set(named) == public - {"bracket_tables"}
    assert "bracket_tables()" in PAGE


FUNCTIONS = {
    f"margind.margin.{module}" for module in ("facts", "situations", "reports", "sizes", "placing", "why")
}
