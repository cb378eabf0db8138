"""`margind accounts`: which accounts there are, new ones, and their state as a document."""

from collections.abc import Mapping
from typing import Any, BinaryIO

import click
import msgspec

from margind.cli.completion import complete_account
from margind.cli.connection import Connection, connected, fail
from margind.cli.examples import examples
from margind.cli.groups import UsualGroup
from margind.cli.keys import draw_credentials, key_document, key_options
from margind.cli.parameters import holding, parsed
from margind.cli.terminal import Cell, Column, Screen, Table, Tone


@click.group(cls=UsualGroup)
def accounts() -> None:
    """List accounts, open one, save and load its state; without a command, list them."""


accounts.usual = "list"


@accounts.command("list")
@connected
def list_accounts(connection: Connection) -> None:
    """List the accounts of the exchange with their keys."""
    connection.show(connection.get("accounts"), draw_accounts)


def draw_accounts(screen: Screen, rows: list[Mapping[str, Any]]) -> None:
    """Print the accounts, one line per key."""
    if not rows:
        screen.line("No accounts: open one with `margind accounts create NAME --usdm USDT=10000`.")
        return
    lines = []
    for row in rows:
        for key in row["keys"] or [None]:
            name = "" if key and key is not row["keys"][0] else row["name"]
            lines.append([Cell(name, Tone.NAME), *_key_cells(key)])
    columns = (
        Column("Account"),
        Column("API key"),
        Column("Type"),
        Column("May", rank=1),
        Column("From", rank=2),
    )
    screen.table(Table(columns, lines))


def _key_cells(key: Mapping[str, Any] | None) -> list[Cell]:
    if key is None:
        return [Cell("none", Tone.QUIET), Cell(""), Cell(""), Cell("")]
    addresses = ", ".join(key["ip_whitelist"]) or "anywhere"
    return [Cell(key["api_key"]), Cell(key["type"]), Cell(", ".join(key["permissions"])), Cell(addresses)]


EXAMPLES = examples(
    {
        "margind accounts create alice --usdm USDT=1000 --usdm BNB=2": "with money on USDⓈ-M",
        "margind accounts create bob --coinm BTC=0.5": "with money on COIN-M",
    }
)


@accounts.command(epilog=EXAMPLES, short_help="Open an account with money and an API key.")
@click.argument("name")
@click.option(
    "--usdm",
    multiple=True,
    metavar="ASSET=AMOUNT",
    callback=parsed(holding),
    help="What the USDⓈ-M wallet holds, such as USDT=1000.",
)
@click.option(
    "--coinm",
    multiple=True,
    metavar="ASSET=AMOUNT",
    callback=parsed(holding),
    help="What the COIN-M wallet holds, such as BTC=1.",
)
@key_options
@connected
def create(
    connection: Connection,
    name: str,
    usdm: tuple[tuple[str, str], ...],
    coinm: tuple[tuple[str, str], ...],
    **key: Any,
) -> None:
    """Open the account NAME with money and an API key; the secret is shown this once."""
    balances = {"usdm": dict(usdm), "coinm": dict(coinm)}
    body = {"name": name, "balances": balances, "key": key_document(**key)}
    connection.show(connection.post("accounts", body=body), draw_credentials)


@accounts.command(short_help="Write an account's state to a file.")
@click.argument("name", shell_complete=complete_account)
@click.argument("file", type=click.File("wb"), default="-")
@connected
def save(connection: Connection, name: str, file: BinaryIO) -> None:
    """Write the state of the account NAME to FILE (standard output unless told), as a JSON document."""
    document = connection.get("accounts", name, "state")
    indent = -1 if connection.as_json else 2
    file.write(msgspec.json.format(msgspec.json.encode(document), indent=indent) + b"\n")


@accounts.command(short_help="Make an account what a file says.")
@click.argument("name", shell_complete=complete_account)
@click.argument("file", type=click.File("rb"))
@connected
def load(connection: Connection, name: str, file: BinaryIO) -> None:
    """Make the account NAME exactly what the document in FILE says; it must exist."""
    try:
        document = msgspec.json.decode(file.read())
    except msgspec.DecodeError as error:
        fail(f"{file.name} is no JSON document: {error}")
    reply = connection.put("accounts", name, "state", body=document)
    connection.done(reply, f"{name} is what {file.name} says")
