"""Every command of the page on explanations prints what stands below it."""

import shlex

import pytest

from margind.explain.views import DEFAULT_VIEW, VIEWS
from tests.docs.conftest import Running
from tests.docs.pages import DOCS, blocks, tables

PAGE = (DOCS / "explain.md").read_text()
PROMPT = "$ margind explain "
COMMANDS = [block.text.split("\n", 1) for block in blocks(PAGE) if block.text.startswith(PROMPT)]


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_shows(server: Running, command: str, printed: str) -> None:
    field, *options = shlex.split(command.removeprefix(PROMPT))
    view = options[options.index("--view") + 1] if options else DEFAULT_VIEW
    path = f"/margind/v1/exchanges/main/accounts/demo/explain?view={view}&field={field}"
    reply = server.send("GET", path).json()
    assert reply["text"] == printed
    assert printed.startswith(f"{reply['field']} = {reply['value']}\n")


def test_the_page_lists_every_view() -> None:
    (rows,) = (rows for head, rows, _ in tables(PAGE) if head[0] == "View")
    assert rows == [[f"`{view.name}`", f"`{view.call}`"] for view in VIEWS.values()]
