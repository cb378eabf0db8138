"""`margind funding`: settling funding by hand."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli import numbers
from margind.cli.completion import complete_symbol
from margind.cli.connection import Connection, connected
from margind.cli.examples import examples
from margind.cli.parameters import MARKET, market_of, number, parsed
from margind.cli.terminal import Cell, Column, Screen, Table, Tone

EXAMPLES = examples(
    {
        "margind funding BTCUSDT 0.0001": "longs pay shorts 0.01 %",
        "margind funding BTCUSD_PERP -0.0003": "shorts pay longs",
    }
)


@click.command(epilog=EXAMPLES, context_settings={"ignore_unknown_options": True})
@click.argument("symbol", shell_complete=complete_symbol)
@click.argument("rate", callback=parsed(number))
@click.option("--market", type=MARKET, help="usdm or coinm; the symbol's form tells when left out.")
@connected
def funding(connection: Connection, symbol: str, rate: str, market: str | None) -> None:
    """Settle funding of SYMBOL now, at RATE as a fraction; positive, longs pay."""
    symbol = symbol.upper()
    body = {"market": market or market_of(symbol), "symbol": symbol, "rate": rate}
    connection.show(connection.post("funding", body=body), draw_payments)


def draw_payments(screen: Screen, reply: Mapping[str, Any]) -> None:
    """Print who paid and who received."""
    if not reply["payments"]:
        screen.line(f"Nobody holds {reply['symbol']}: nothing was paid.")
        return
    rows = [
        [
            Cell(payment["account"], Tone.NAME),
            Cell(payment["positionSide"]),
            numbers.profit(payment["amount"], payment["asset"]),
            Cell(payment["asset"]),
        ]
        for payment in reply["payments"]
    ]
    columns = (Column("Account"), Column("Side"), Column("Amount", numeric=True), Column("Asset"))
    screen.table(Table(columns, rows))
