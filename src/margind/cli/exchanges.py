"""`margind exchanges`: the isolated exchanges of one server."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli.completion import complete_exchange
from margind.cli.connection import Connection, connected, exchange_path
from margind.cli.groups import UsualGroup
from margind.cli.parameters import number, parsed
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import duration_text, moment, moment_text
from margind.feeds.catalogue import options_named


@click.group(cls=UsualGroup)
def exchanges() -> None:
    """List, make, reset and delete exchanges; without a command, list them.

    Each has its own accounts, prices and clock, under its own path: /x/NAME/fapi/... is what /fapi/... is for
    `main`.
    """


exchanges.usual = "list"


@exchanges.command("list")
@connected
def list_exchanges(connection: Connection) -> None:
    """List the exchanges of the server."""
    client = connection.client

    def draw(screen: Screen, status: Mapping[str, Any]) -> None:
        uptime = duration_text(status["uptime_ms"])
        screen.line(Cell(f"margind {status['version']}", Tone.STRONG), Cell(f", up for {uptime}", Tone.QUIET))
        screen.line()
        screen.table(exchanges_table([client.exchange(name) for name in status["exchanges"]]))

    connection.show(client.status(), draw)


def exchanges_table(rows: list[Mapping[str, Any]]) -> Table:
    """One row per exchange."""
    return Table(
        (
            Column("Exchange"),
            Column("Time", rank=1),
            Column("Clock"),
            Column("Feed"),
            Column("Accounts"),
            Column("Events", numeric=True),
            Column("Kept", rank=2),
        ),
        [
            [
                Cell(row["name"], Tone.NAME),
                Cell(moment_text(row["clock"]["now"])),
                Cell(_clock_words(row["clock"])),
                Cell(" ".join(str(value) for value in row["feed"].values())),
                Cell(_names(row["accounts"])),
                Cell(f"{row['sequence']:,}"),
                Cell("on disk" if row["persistent"] else "in memory"),
            ]
            for row in rows
        ],
    )


_SHOWN = 3


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _clock_words(clock: Mapping[str, Any]) -> str:
    return f"{clock['speed']}x" if clock["mode"] == "accelerated" else str(clock["mode"])


@exchanges.command()
@click.argument("name")
@click.option(
    "--clock", "mode", type=click.Choice(["system", "manual", "accelerated"]), help="How time passes."
)
@click.option(
    "--now", metavar="TIME", callback=parsed(moment), help="Where a manual or accelerated clock starts."
)
@click.option(
    "--speed", metavar="NUMBER", callback=parsed(number), help="Times real time, of an accelerated clock."
)
@click.option("--feed", help="manual (unless told), synthetic, or a recording of `margind feeds`.")
@click.option("--seed", help="Seed of a synthetic feed.")
@click.option(
    "--initial-margin-rounding", type=click.Choice(["up", "cut"]), help="How initial margins are rounded."
)
@click.option(
    "--conditional-orders",
    type=click.Choice(["algo", "order"]),
    help="Where stop orders are taken: the algo service only, or the order endpoint, too.",
)
@click.option("--persistent", is_flag=True, help="Keep it in the server's data folder.")
@connected
def create(
    connection: Connection,
    *,
    name: str,
    feed: str | None,
    seed: str | None,
    initial_margin_rounding: str | None,
    conditional_orders: str | None,
    persistent: bool,
    **clock: str | int | None,
) -> None:
    """Make an exchange called NAME, without accounts."""
    body: dict[str, Any] = {"name": name, "persistent": persistent}
    given_clock = {field: value for field, value in clock.items() if value is not None}
    if given_clock:
        body["clock"] = given_clock
    if feed is not None or seed is not None:
        body["feed"] = _feed(feed or "synthetic", seed)
    settings = {"initialMarginRounding": initial_margin_rounding, "conditionalOrders": conditional_orders}
    body["settings"] = {field: value for field, value in settings.items() if value is not None}
    reply = connection.client.post("/exchanges", body)
    connection.done(reply, f"made {name}: {connection.client.url}/x/{name}")


def _feed(name: str, seed: str | None) -> dict[str, str]:
    try:
        document = options_named(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--feed") from None
    return document if seed is None else {**document, "seed": seed}


@exchanges.command()
@click.argument("name", shell_complete=complete_exchange)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@connected
def reset(connection: Connection, name: str, *, yes: bool) -> None:
    """Make the exchange NAME anew: no accounts, no keys, same settings."""
    if not yes:
        click.confirm(f"Forget all accounts of the exchange {name}?", abort=True, err=True)
    connection.done(connection.client.reset(name), f"{name} is empty again")


@exchanges.command()
@click.argument("name", shell_complete=complete_exchange)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@connected
def delete(connection: Connection, name: str, *, yes: bool) -> None:
    """End the exchange NAME and forget it, on disk too."""
    if not yes:
        click.confirm(f"Delete the exchange {name} with all its accounts?", abort=True, err=True)
    connection.done(connection.client.delete(exchange_path(name)), f"{name} is gone")
