"""`margind audit` and `margind hash`: proof that money and state are what they should be."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from margind.cli import numbers
from margind.cli.connection import Connection, connected
from margind.cli.terminal import Cell, Column, Screen, Table, Tone


@click.command()
@connected
def audit(connection: Connection) -> None:
    """Check that no money was made or lost: what all hold, less what came in, is zero.

    Ends with status 1 when it is not.
    """
    reply = connection.get("audit")
    connection.show(reply, draw_audit)
    if not reply["balanced"]:
        sys.exit(1)


def draw_audit(screen: Screen, reply: Mapping[str, Any]) -> None:
    """Print who holds what."""
    rows = [
        [
            Cell(asset, Tone.NAME),
            Cell(title),
            *(
                Cell(numbers.quantity(row[field]))
                for field in ("wallets", "fees", "insurance_fund", "auto_exchange", "outside")
            ),
            Cell(numbers.quantity(row["total"]), Tone.BAD if float(row["total"]) else Tone.GOOD),
        ]
        for title, market in (("USDⓈ-M", reply["usdm"]), ("COIN-M", reply["coinm"]))
        for asset, row in market.items()
    ]
    titles = ("Wallets", "Fees", "Insurance fund", "Auto-exchange", "Outside", "Total")
    columns = (Column("Asset"), Column("Market"), *(Column(title, numeric=True) for title in titles))
    if rows:
        screen.table(Table(columns, rows))
        screen.line()
    if reply["balanced"]:
        screen.line(Cell("✓ ", Tone.GOOD), "balanced: every total is zero")
    else:
        screen.line(Cell("✗ ", Tone.BAD), "not balanced: a total is not zero, which is a fault of margind")


@click.command("hash")
@connected
def hash_(connection: Connection) -> None:
    """Show the fingerprint of an exchange's state: equal states give equal hashes."""
    reply = connection.get("hash")
    connection.show(
        reply, lambda screen, row: screen.line(f"{row['state_hash']}  after {row['sequence']:,} events")
    )
