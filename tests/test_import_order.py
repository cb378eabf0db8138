"""Imports point one way, and the exchange and its words stay pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"

# Each line may import from itself and from the lines above it; neighbours on one line do not know each other.
IMPORT_ORDER = (
    ("errors",),
    ("engine.model",),
    ("engine.events", "engine.commands"),
    ("engine.order_life",),
    ("engine.state",),
    ("engine.apply_orders",),
    ("engine.apply_liquidation",),
    ("engine.apply",),
    ("engine.margin",),
    ("engine.rules",),
    ("engine.exchange", "engine.state_hash"),
    ("wire",),
    ("facts", "storage", "feeds", "clock", "explain", "sweep"),
    ("documents",),
    (
        "projections",
        "owed_fundings",
        "demo",
        "account_reader",
        "listen_keys",
        "refusals",
        "downloads",
        "margin",
        "cascade",
    ),
    ("journaling",),
    ("runtime",),
    ("exchanges",),
    ("api", "control"),
    ("settings",),
    ("dashboard", "cli"),
    ("app",),
    ("__main__",),
)
LINE_OF = {part: number for number, line in enumerate(IMPORT_ORDER) for part in line}

# `margind serve` is the one command that does not talk to a server: it is one.
ALLOWED_ALL_THE_SAME = {("cli.serve", "app")}

PURE = ("engine", "wire")
# All that the pure parts may import besides margind: nothing here can see the world, a clock or chance.
PURE_MODULES = frozenset(
    {
        "abc",
        "bisect",
        "collections",
        "copy",
        "decimal",
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "itertools",
        "math",
        "msgspec",
        "operator",
        "re",
        "string",
        "types",
        "typing",
        "margind",
    },
)
IMPURE_NAMES = frozenset({"breakpoint", "exec", "eval", "float", "input", "open", "print"})
CLOCK_METHODS = frozenset({"now", "today", "utcnow"})


def modules_of(source: Path) -> dict[str, Path]:
    """Every module of margind below `source`, named from inside the package: "" is the package itself."""
    found = {}
    for path in sorted(source.glob("margind/**/*.py")):
        parts = path.relative_to(source / "margind").with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_modules(module: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of margind that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top, _, inside = alias.name.partition(".")
                if top == "margind":
                    yield inside
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                package = module if path.name == "__init__.py" else module.rpartition(".")[0]
                above = package.split(".")[: len(package.split(".")) - (node.level - 1)]
                origin = ".".join(filter(None, [*above, node.module]))
            else:
                top, _, origin = (node.module or "").partition(".")
                if top != "margind":
                    continue
            for alias in node.names:
                inside = f"{origin}.{alias.name}".lstrip(".")
                yield inside if inside in known else origin


def part_of(module: str) -> str | None:
    """The part of the import order a module belongs to, by its longest leading name; None for no part."""
    pieces = module.split(".")
    names = (".".join(pieces[:length]) for length in range(len(pieces), 0, -1))
    return next((name for name in names if name in LINE_OF), None)


def import_faults(source: Path) -> list[str]:
    """Each import that points the wrong way, or between the two markets, as a sentence."""
    known = modules_of(source)
    faults = []
    for module, path in known.items():
        for target in imported_modules(module, path, known):
            if target == "" or (module, target) in ALLOWED_ALL_THE_SAME:  # the package itself: its version
                continue
            here, there = part_of(module), part_of(target)
            if here is None or there is None:
                faults.append(f"{module or 'margind'} imports {target}: give both a place in IMPORT_ORDER")
            elif here != there and LINE_OF[there] >= LINE_OF[here]:
                faults.append(f"{module} imports {target}, which does not stand above it")
            elif {"usdm", "coinm"} <= {*module.split("."), *target.split(".")}:
                faults.append(f"{module} imports {target}: the two markets do not know each other")
    return faults


def homeless_modules(source: Path) -> list[str]:
    """Modules the import order does not know; a package's own file needs a place only when it imports."""
    return [
        module
        for module, path in modules_of(source).items()
        if part_of(module) is None and path.name != "__init__.py"
    ]


def impurities(source: Path) -> list[str]:
    """Where the engine or the wire could reach the outside world, a clock, chance or a float."""
    faults = []
    for module, path in modules_of(source).items():
        if module.split(".")[0] in PURE:
            for node in ast.walk(ast.parse(path.read_text())):
                what = impurity(node)
                if what:
                    faults.append(f"{module}:{getattr(node, 'lineno', 0)} uses {what}")
    return faults


def impurity(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names):
            roots = {alias.name.split(".")[0] for alias in names}
            return ", ".join(sorted(roots - PURE_MODULES)) or None
        case ast.ImportFrom(module=str(name), level=0) if name.split(".")[0] not in PURE_MODULES:
            return name
        case ast.Name(id=name) if name in IMPURE_NAMES:
            return name
        case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_METHODS:
            return f"{name}()"
        case ast.Constant(value=float() as number):
            return f"the float {number}"
        case _:
            return None


def write_module(source: Path, module: str, text: str) -> None:
    path = source / "margind" / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_imports_point_up_the_import_order() -> None:
    assert import_faults(SOURCE) == []


def test_every_module_has_a_place_in_the_import_order() -> None:
    assert homeless_modules(SOURCE) == []


def test_engine_and_wire_are_pure() -> None:
    assert impurities(SOURCE) == []


def test_the_modules_of_margind_are_found() -> None:
    assert "" in modules_of(SOURCE)
    assert "errors" in modules_of(SOURCE)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param("engine.model.orders", "from margind.wire import text", id="engine knows no wire"),
        pytest.param("engine.margin.pools", "import margind.engine.rules.trading", id="margin knows no rule"),
        pytest.param("engine.events", "from margind.engine.commands import Deposit", id="neighbours"),
        pytest.param("storage.journal", "from margind.feeds.replay import Tape", id="parts side by side"),
        pytest.param("engine.state", "def f():\n    from ..runtime import Runtime", id="late and relative"),
        pytest.param("engine.model.book", "from . import ledger\nfrom ... import runtime", id="up three"),
        pytest.param("wire.usdm.orders", "from margind.wire.coinm.orders import row", id="usdm and coinm"),
        pytest.param("api.coinm.trade", "from margind.api.usdm import trade", id="coinm and usdm"),
        pytest.param("wire.text", "from margind.mystery import x", id="a module without a place"),
        pytest.param("cli.account", "from margind.app import build", id="only serve starts the server"),
    ],
)
def test_an_import_that_points_the_wrong_way_is_found(tmp_path: Path, module: str, text: str) -> None:
    write_module(tmp_path, module, text)
    write_module(tmp_path, "runtime", "")
    assert len(import_faults(tmp_path)) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (
            "engine.margin.pools",
            "from margind.engine.model import ledger\nfrom margind.errors import Rejected",
        ),
        ("api.usdm.trade", "from margind.wire.usdm.orders import row\nfrom ..pipeline import reply"),
        ("api.usdm.account", "from margind.wire import text"),
        ("cli.serve", "from margind import __version__, app"),
        ("app", "from margind.api import pipeline\nimport sqlite3"),
    ],
)
def test_an_import_that_points_up_is_fine(tmp_path: Path, module: str, text: str) -> None:
    write_module(tmp_path, "app", "")
    write_module(tmp_path, module, text)
    assert import_faults(tmp_path) == []


def test_a_module_outside_the_import_order_is_found(tmp_path: Path) -> None:
    write_module(tmp_path, "gadgets.wheel", "")
    assert homeless_modules(tmp_path) == ["gadgets.wheel"]


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio",
        "from os import environ",
        "import sqlite3",
        "from time import time",
        "import random",
        "import datetime",
        "moment = clock.now()",
        "text = open('brackets.json')",
        "rate = 0.0004",
        "rate = float('0.0004')",
    ],
)
@pytest.mark.parametrize("module", ["engine.rules.funding", "wire.text"])
def test_an_impurity_in_engine_or_wire_is_found(tmp_path: Path, module: str, text: str) -> None:
    write_module(tmp_path, module, text)
    assert len(impurities(tmp_path)) == 1


def test_the_doors_may_be_impure(tmp_path: Path) -> None:
    write_module(tmp_path, "api.server", "import asyncio, time\nstarted = time.time()")
    assert impurities(tmp_path) == []
