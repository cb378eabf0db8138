"""The generated pages are what the code says today."""

import subprocess
import sys
from pathlib import Path

import pytest

from margind.api.table import ENDPOINTS
from margind.control.table import ROUTES
from margind.errors.catalogue import CATALOGUE
from tests.docs.pages import DOCS, ROOT, tables

SCRIPT = ROOT / "scripts" / "reference.py"
REFERENCE = DOCS / "reference"


def cells(page: str) -> set[str]:
    """Every cell of a page's tables, without code quotes."""
    text = (REFERENCE / page).read_text()
    return {cell.strip("`") for _, rows, _ in tables(text) for row in rows for cell in row}


def test_the_generated_pages_are_up_to_date() -> None:
    check = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")


def test_a_page_that_is_old_is_named(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "reference.py").write_text(SCRIPT.read_text())
    pages = tmp_path / "docs" / "reference"
    pages.mkdir(parents=True)
    for page in REFERENCE.iterdir():
        (pages / page.name).write_bytes(page.read_bytes())
    (pages / "errors.md").write_text("# Errors\n")
    command = [sys.executable, str(scripts / "reference.py"), "--check"]
    check = subprocess.run(command, capture_output=True, text=True, check=False)
    assert check.returncode == 1
    assert check.stderr.startswith("docs/reference/errors.md is not what the code says")


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.name)
def test_a_generated_page_says_so_at_its_top(page: Path) -> None:
    assert page.read_text().splitlines()[2].startswith("*This page is generated: `make docs`")


def test_every_endpoint_is_on_the_coverage_page() -> None:
    named = {row.path for row in ENDPOINTS} | {row.ws_method for row in ENDPOINTS}
    assert named - {""} <= cells("coverage.md")


def test_what_is_answered_is_not_listed_as_missing() -> None:
    text = (REFERENCE / "coverage.md").read_text()
    missing = text[text.index("## Not answered yet") :]
    listed = {(row[0], row[1].strip("`")) for _, rows, _ in tables(missing) for row in rows}
    assert listed
    assert not listed & {(row.method, row.path) for row in ENDPOINTS}
    assert not listed & {("WebSocket API", row.ws_method) for row in ENDPOINTS}


def test_every_error_is_on_its_page() -> None:
    assert {kind.name for kind in CATALOGUE} <= cells("errors.md")


def test_every_control_call_is_on_its_page_and_explained() -> None:
    assert {route.path for route in ROUTES} <= cells("control.md")
    explained = (DOCS / "control-api.md").read_text()
    assert [
        row.path
        for row in ROUTES
        if row.path not in explained.replace("/lab", "/{x}").replace("/alice", "/{a}")
    ] == []
