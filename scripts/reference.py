"""Writes the reference pages in docs/reference/ from the tables in the code; --check only compares."""

import ast
import csv
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import click
import msgspec

from margind.api.endpoints import Endpoint, Weight, by_depth, by_limit
from margind.api.parameters import Parameter
from margind.api.table import ENDPOINTS
from margind.cli.reference import cli_reference
from margind.cli.serve import serve
from margind.control.table import ROUTES
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.terms import Market
from margind.errors.catalogue import catalogue_rows

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
DOCUMENTED = REFERENCE / "documented.csv"

MARKETS = {Market.USDM: "USDⓈ-M", Market.COINM: "COIN-M"}
SESSION_METHODS = ("session.logon", "session.status", "session.logout")
"""Answered by the WebSocket API itself, without a row in the endpoint table."""

COVERAGE_WORDS = """
Of {known} documented calls, {answered} are answered. The documented calls are listed in
[documented.csv](documented.csv) by the titles of their pages in Binance's developer documentation, as of
2026-06. Streams have [a page of their own](../streams.md).

Mandatory parameters are bold. Signed calls (security USER_DATA and TRADE) also take `timestamp`,
`signature` and `recvWindow`. An unknown path answers HTTP 404 with code -5000.
"""
SPOT_WORDS = """
## Spot

The few paths outside the futures API that clients call when they start.
"""
ERROR_WORDS = """
What the real exchange can answer, in order of number; `%s`, `%d` and `%b` stand for values. The catalogue
is complete, so that a number can be looked up here; margind gives those that belong to the calls it
[answers](coverage.md). Names are spelled as on the pages 'Error Code'.
"""
CONTROL_WORDS = """
`{x}` is the name of an exchange, `{a}` that of an account. Fields in brackets may be left out. What the
documents mean is said in [Control API](../control-api.md).
"""
SERVER_WORDS = """
## Of the server

The options of [`margind serve`](cli.md).
"""
EXCHANGE_WORDS = """
## Of an exchange

Where two readings of the real exchange are plausible, the choice is made once per exchange: in `settings`
when it is made through the [control API](../control-api.md), for `main` by the server's options. See
[fidelity](../fidelity.md).
"""

GENERATED = "*This page is generated: `make docs` writes it from {source}, and a test fails when it is old.*"


class Documented(msgspec.Struct, frozen=True):
    """One call of the real API, by the page that describes it."""

    market: str
    section: str
    method: str
    path: str
    page: str


def documented_calls() -> list[Documented]:
    """Every call the real API's pages describe, REST and WebSocket API, as of 2026-06."""
    with DOCUMENTED.open(newline="") as file:
        return [Documented(**row) for row in csv.DictReader(file)]


def answered_calls() -> set[tuple[str, str, str]]:
    """Market, method and path of every call this server answers; a WebSocket method has the method `WS`."""
    rest = {(row.market.value, row.method, row.path) for row in ENDPOINTS if row.path}
    frames = {(row.market.value, "WS", row.ws_method) for row in ENDPOINTS if row.ws_method}
    sessions = {(market.value, "WS", method) for market in Market for method in SESSION_METHODS}
    return rest | frames | sessions


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    names = list(head)
    yield "| " + " | ".join(names) + " |"
    yield "| " + " | ".join("---" for _ in names) + " |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def page(title: str, source: str, *parts: Iterable[str]) -> str:
    """A whole page, its origin at its top."""
    lines = [f"# {title}", "", GENERATED.format(source=source)]
    for part in parts:
        lines += ["", *part]
    return "\n".join(lines) + "\n"


def text(words: str) -> list[str]:
    """The lines of prose."""
    return words.strip().splitlines()


def code(word: str) -> str:
    """A word in code quotes, or nothing where there is none."""
    return f"`{word}`" if word else ""


LIMITS: dict[Weight, tuple[int, ...]] = {by_limit: (99, 499, 1000, 1500), by_depth: (50, 100, 500, 1000)}
"""For weights that depend on `limit`: the last number of rows that has each."""


def weight_text(weight: Weight) -> str:
    """What a call costs, in words where it depends on what is asked."""
    if isinstance(weight, int):
        return str(weight)
    limits = LIMITS.get(weight)
    if limits is not None:
        costs = {limit: weight({"limit": str(limit)}) for limit in limits}
        return ", ".join(f"{cost} (limit {limit})" for limit, cost in costs.items())
    return f"{weight({'symbol': 'BTCUSDT'})} with a symbol, {weight({})} without"


def endpoint_weight(row: Endpoint) -> str:
    """The weight column of an endpoint."""
    if row.charges_funding_calls:
        return "limit of its own: 500 calls in 5 minutes"
    if row.is_legacy_account:
        default = ExchangeSettings().legacy_account_weight
        return f"{default} (setting `legacyAccountWeight`)"
    rest = weight_text(row.weight)
    if row.ws_weight is None or row.ws_weight == row.weight:
        return rest
    return f"{rest}; WebSocket API {weight_text(row.ws_weight)}"


def parameter_text(parameter: Parameter) -> str:
    """One parameter: mandatory ones bold, with default and bounds."""
    name = f"**`{parameter.name}`**" if parameter.required else f"`{parameter.name}`"
    notes = []
    if parameter.default is not None:
        notes.append(f"default {parameter.default}")
    if parameter.maximum is not None and parameter.name == "limit":
        notes.append(f"at most {parameter.maximum}")
    return name + (f" ({', '.join(notes)})" if notes else "")


def is_spot(row: Endpoint) -> bool:
    """Whether a call belongs to neither futures market."""
    return row.path.startswith(("/api/", "/sapi/"))


def endpoint_rows(rows: Iterable[Endpoint]) -> Iterator[str]:
    """The coverage table of some endpoints."""
    head = ("Method", "Path", "WebSocket API", "Security", "Weight", "Parameters", "Page")
    yield from table(
        head,
        (
            (
                row.method,
                code(row.path),
                code(row.ws_method),
                row.security.value,
                endpoint_weight(row),
                ", ".join(parameter_text(parameter) for parameter in row.parameters),
                row.name,
            )
            for row in rows
        ),
    )


def missing_rows(calls: list[Documented], answered: set[tuple[str, str, str]]) -> Iterator[str]:
    """Documented calls that are not answered yet."""
    absent = (call for call in calls if (call.market, call.method, call.path) not in answered)
    yield from table(
        ("Method", "Path", "Section", "Page"),
        (
            (
                "WebSocket API" if call.method == "WS" else call.method,
                code(call.path),
                call.section.replace("_", " "),
                call.page,
            )
            for call in absent
        ),
    )


def coverage() -> str:
    """Every endpoint we have, and every documented one we do not."""
    calls, answered = documented_calls(), answered_calls()
    known = {(call.market, call.method, call.path) for call in calls}
    words = COVERAGE_WORDS.format(known=len(known), answered=len(known & answered))
    parts: list[Iterable[str]] = [text(words)]
    for market, title in MARKETS.items():
        own = [row for row in ENDPOINTS if row.market is market and not is_spot(row)]
        of_market = [call for call in calls if call.market == market.value]
        here = sum((call.market, call.method, call.path) in answered for call in of_market)
        parts += [
            [f"## {title}", "", f"{here} of {len(of_market)} documented calls."],
            endpoint_rows(own),
            [
                "The WebSocket API also answers "
                + ", ".join(code(method) for method in SESSION_METHODS)
                + " (weight 2)."
            ],
        ]
    parts += [
        text(SPOT_WORDS),
        endpoint_rows(row for row in ENDPOINTS if is_spot(row)),
        ["## Not answered yet"],
    ]
    for market, title in MARKETS.items():
        parts += [
            [f"### {title}"],
            missing_rows([call for call in calls if call.market == market.value], answered),
        ]
    return page("Coverage", "the endpoint table, `src/margind/api/table.py`", *parts)


def errors() -> str:
    """The catalogue of errors."""
    rows = (
        (
            str(row.usdm) if row.usdm is not None else "",
            str(row.coinm) if row.coinm is not None else "",
            code(row.name),
            str(row.http_status),
            code(row.message),
        )
        for row in catalogue_rows()
    )
    return page(
        "Errors",
        "the catalogue, `src/margind/errors/`",
        text(ERROR_WORDS),
        table(("USDⓈ-M", "COIN-M", "Name", "HTTP", "Message"), rows),
    )


def body_text(body: type | None) -> str:
    """The fields of the document a control call takes; those that may be left out in brackets."""
    if body is None or not issubclass(body, msgspec.Struct):
        return ""
    fields = msgspec.structs.fields(body)
    return ", ".join(
        code(field.encode_name) if field.required else f"[{code(field.encode_name)}]" for field in fields
    )


def control() -> str:
    """The routing table of the control API."""
    rows = ((row.method, code(row.path), row.summary, body_text(row.body)) for row in ROUTES)
    return page(
        "Control calls",
        "the routing table, `src/margind/control/table.py`",
        text(CONTROL_WORDS),
        table(("Method", "Path", "What it does", "Body"), rows),
    )


def field_words(struct: type) -> dict[str, str]:
    """What a struct says about each of its fields: the text under it."""
    (node,) = ast.parse(inspect.getsource(struct)).body
    assert isinstance(node, ast.ClassDef)
    words = {}
    for field, below in pairwise(node.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name() as name), ast.Expr(value=ast.Constant(value=str(said))):
                words[name.id] = " ".join(said.split())
    return words


def option_rows(command: click.Command) -> Iterator[str]:
    """One row per option of a command."""
    options = [option for option in command.params if isinstance(option, click.Option)]
    yield from table(
        ("Option", "Values", "Default", "Environment", "Meaning"),
        (
            (
                code(option.opts[-1]),
                ", ".join(code(str(value)) for value in getattr(option.type, "choices", ())),
                code(str(option.default)) if option.show_default else "",
                code(str(option.envvar or "")),
                option.help or "",
            )
            for option in options
        ),
    )


def setting_rows(struct: type[msgspec.Struct]) -> Iterator[str]:
    """One row per field of a struct of settings."""
    words, defaults = field_words(struct), struct()
    yield from table(
        ("Setting", "Default", "Meaning"),
        (
            (code(camel(field.name)), code(str(getattr(defaults, field.name))), words.get(field.name, ""))
            for field in msgspec.structs.fields(struct)
        ),
    )


def camel(name: str) -> str:
    """A field's name as JSON has it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def settings() -> str:
    """Every option of the server and of an exchange."""
    return page(
        "Settings",
        "the options of `margind serve` and `src/margind/engine/model/configuration.py`",
        text(SERVER_WORDS),
        option_rows(serve),
        text(EXCHANGE_WORDS),
        setting_rows(ExchangeSettings),
    )


def cli() -> str:
    """The help texts of the command line."""
    _, _, commands = cli_reference().partition("\n")  # the page has a title of its own
    return page("Command line", "the help texts of `margind`", [commands.strip()])


PAGES: dict[str, Callable[[], str]] = {
    "coverage.md": coverage,
    "errors.md": errors,
    "control.md": control,
    "settings.md": settings,
    "cli.md": cli,
}


def stale_pages(folder: Path) -> list[str]:
    """The pages in a folder that are not what the code says today."""
    return [
        name
        for name, make in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text() != make()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check name the stale ones and fail."""
    if arguments == ["--check"]:
        stale = stale_pages(REFERENCE)
        for name in stale:
            print(f"docs/reference/{name} is not what the code says: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    if arguments:
        print("usage: reference.py [--check]", file=sys.stderr)
        return 2
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
