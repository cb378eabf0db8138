"""The page on architecture says what the code does."""

from tests.docs.pages import DOCS, ROOT, blocks
from tests.test_import_order import IMPORT_ORDER

PAGE = (DOCS / "architecture.md").read_text()


def test_the_import_order_on_the_page_is_the_one_that_is_enforced() -> None:
    order = [tuple(line.split()) for line in blocks(PAGE)[1].text.splitlines()]
    assert order == list(IMPORT_ORDER)


def test_the_house_on_the_page_names_every_part_of_the_package() -> None:
    package = ROOT / "src" / "margind"
    parts = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    house = blocks(PAGE)[0].text
    assert {part for part in parts if part not in house} == {"__init__", "__main__"} & parts
