"""Links inside the project lead somewhere."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, anchors, links, prose_pages


def broken_links(page: Path) -> list[str]:
    """Links of a page that lead to no file, or to no heading of it."""
    broken = []
    for target in links(page.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        goal = (page.parent / name).resolve() if name else page
        if not goal.exists() or (anchor and anchor not in anchors(goal.read_text())):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", prose_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# Two Words\n")
    page.write_text("[a](other.md#two-words) [b](missing.md) [c](other.md#three) [d](#here)\n\n## Here\n")
    assert broken_links(page) == ["missing.md", "other.md#three"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    found = {ROOT / "README.md"}
    while True:
        goals = {
            (page.parent / target.partition("#")[0]).resolve()
            for page in found
            for target in links(page.read_text())
            if "://" not in target
        }
        pages = goals & set(prose_pages())
        if pages <= found:
            break
        found |= pages
    assert set(prose_pages()) - found == set()
