"""Every command of the page on explanations prints what stands below it."""

import re
import shlex
from itertools import pairwise

import pytest

from margind.explain.views import DEFAULT_VIEW, VIEWS
from tests.docs.conftest import Running
from tests.docs.pages import DOCS, blocks, tables
from tests.docs.replies import ANY

PAGE = (DOCS / "explain.md").read_text()
PROMPT = "$ margind explain "
LAST = PROMPT + "last\n"
COMMANDS = [
    block.text.split("\n", 1)
    for block in blocks(PAGE)
    if block.text.startswith(PROMPT) and not block.text.startswith(LAST)
]


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_shows(server: Running, command: str, printed: str) -> None:
    field, *options = shlex.split(command.removeprefix(PROMPT))
    view = options[options.index("--view") + 1] if options else DEFAULT_VIEW
    path = f"/margind/v1/exchanges/main/accounts/demo/explain?view={view}&field={field}"
    reply = server.send("GET", path).json()
    assert reply["text"] == printed
    assert printed.startswith(f"{reply['field']} = {reply['value']}\n")


def test_the_refusal_on_the_page_is_explained_as_shown(server: Running) -> None:
    request, shown = next(
        (before.text, block.text.removeprefix(LAST))
        for before, block in pairwise(blocks(PAGE))
        if block.text.startswith(LAST)
    )
    method, path, query = request.split()
    assert server.signed(method, path, query).json()["code"] == -2019
    (row,) = server.send("GET", "/margind/v1/exchanges/main/accounts/demo/refusals?limit=1").json()
    pattern = re.escape(shown).replace(ANY, r"\S+")
    assert re.fullmatch(pattern, row["text"])
    # The largest quantity is taken, checked only; one step more is not.
    test = f"{path}/test"
    assert server.signed(method, test, query.replace("quantity=3", "quantity=1.748")).status_code == 200
    assert server.signed(method, test, query.replace("quantity=3", "quantity=1.749")).status_code == 400


def test_the_page_lists_every_view() -> None:
    (rows,) = (rows for head, rows, _ in tables(PAGE) if head[0] == "View")
    assert rows == [[f"`{view.name}`", f"`{view.call}`"] for view in VIEWS.values()]
