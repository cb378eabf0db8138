"""`margind margin`: an account in a file, valued without a server, and what orders would do to it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from margind.cli.completion import complete_view, starting
from margind.cli.connection import fail, print_json
from margind.cli.examples import examples
from margind.cli.margin_reply import margin_reply
from margind.cli.margin_tables import draw_margin
from margind.cli.terminal import Screen
from margind.errors.impossible import Impossible
from margind.margin import (
    Facts,
    Price,
    Situation,
    bracket_tables,
    example_document,
    fields,
    parse_order,
    shipped_facts,
    situation,
    with_bracket_table,
    with_brackets,
    with_contracts,
)

STDIN = "-"
A_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)

EXAMPLES = examples(
    {
        "margind margin --example > account.json": "an account to begin with",
        "margind margin account.json --price BTCUSDT=95000": "its margins at a price",
        "margind margin account.json --order 'BUY 0.1 BTCUSDT @ 94000'": "what an order would do",
        "margind margin account.json --explain BTCUSDT.liquidationPrice": "how a number came to be",
        "margind accounts save demo | margind margin -": "an account of a running server",
    }
)


def complete_price(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Symbols with their `=`; once a few letters are typed, as there are hundreds."""
    facts = shipped_facts()
    symbols = [*facts.usdm.contracts, *facts.coinm.contracts, *facts.usdm.asset_index]
    start = incomplete.upper()
    return [f"{symbol}=" for symbol in symbols if start and symbol.startswith(start)]


def complete_field(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """What can be asked about any account; rows depend on the file, which is not read for a tab key."""
    view = ctx.params.get("view")
    try:
        return starting(incomplete, fields(situation({}), view))
    except Impossible:  # there is no such view
        return []


def complete_brackets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The days of the shipped tables."""
    return [day for day in bracket_tables() if day.startswith(incomplete)]


@click.command(epilog=EXAMPLES)
@click.argument("file", type=A_FILE, required=False)
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="SYMBOL=NUMBER",
    shell_complete=complete_price,
    help="Mark price of a symbol, or index of an asset such as BTCUSD; may be repeated.",
)
@click.option(
    "--order",
    "orders",
    multiple=True,
    metavar="ORDER",
    help="An order to try, such as 'BUY 0.1 BTCUSDT @ 94000' (without @ at the market); may be repeated.",
)
@click.option("--explain", "field", metavar="FIELD", shell_complete=complete_field, help="Explain a number.")
@click.option(
    "--view", metavar="VIEW", shell_complete=complete_view, help="The reply the number to explain stands in."
)
@click.option(
    "--brackets",
    metavar="DAY|FILE",
    shell_complete=complete_brackets,
    help="USDⓈ-M brackets of another day, or of your own: a body of PUT .../brackets of the control API.",
)
@click.option(
    "--contracts",
    type=A_FILE,
    metavar="FILE",
    help="Contracts of your own: a body of PUT .../contracts.",
)
@click.option("--example", is_flag=True, help="Print an account document to begin with.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def margin(
    file: str | None,
    *,
    prices: tuple[str, ...],
    orders: tuple[str, ...],
    field: str | None,
    view: str | None,
    brackets: str | None,
    contracts: str | None,
    example: bool,
    as_json: bool,
) -> None:
    """Show what the account in FILE is worth: margins, margin ratio, liquidation prices, largest orders.

    FILE is an account document, as `margind accounts save` writes it; - reads standard input. No server is
    asked. A price that is not given is the shipped reference price. With --order the account is printed
    before and after it, a refusal with its code and what would have passed; with --explain the explanation
    alone, of the account after the orders.
    """
    if example:
        click.echo(example_document(), nl=False)
        return
    if file is None:
        raise click.UsageError("Name a file with an account document; --example prints one.")
    try:
        facts = _facts(brackets, contracts)
        given = _prices(prices)
        tried = tuple(map(parse_order, orders))
        asked = _situation(file, given, facts)
        reply = msgspec.to_builtins(margin_reply(asked, tried, field, view))
    except Impossible as error:
        fail(error.message)
    if as_json:
        print_json(reply)
    else:
        draw_margin(Screen(), reply)


def _situation(file: str, prices: Mapping[str, Price], facts: Facts) -> Situation:
    # Prices first, so that what is said about the file is only what is wrong with it.
    situation({}, prices, facts=facts)
    return _from(file, lambda document: situation(document, prices, facts=facts))


T = TypeVar("T")


def _from(file: str, read: Callable[[bytes], T]) -> T:
    """What is read from a file; what is wrong with it is said with its name."""
    try:
        with click.open_file(file, "rb") as opened:
            return read(opened.read())
    except Impossible as error:
        name = "standard input" if file == STDIN else file
        raise Impossible(error.code, f"{name}: {error.message}") from None


def _prices(given: tuple[str, ...]) -> dict[str, Price]:
    prices: dict[str, Price] = {}
    for text in given:
        symbol, sign, number = text.partition("=")
        if not symbol or not sign or not number:
            raise Impossible("bad_price", f"--price {text}: write it like BTCUSDT=95000")
        prices[symbol.strip().upper()] = number.strip()
    return prices


def _facts(brackets: str | None, contracts: str | None) -> Facts:
    facts = shipped_facts()
    if contracts is not None:
        facts = _from(contracts, partial(with_contracts, facts))
    if brackets is None:
        return facts
    if brackets in bracket_tables():
        return with_bracket_table(facts, brackets)
    if not Path(brackets).is_file():
        days = ", ".join(bracket_tables())
        message = f"--brackets {brackets}: neither a file nor a shipped day; there are {days}"
        raise Impossible("unknown_table", message)
    return _from(brackets, partial(with_brackets, facts))
