"""`margind deliver`: delivering a dated contract by hand."""

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
        "margind deliver BTCUSDT_251226": "at what its index says",
        "margind deliver BTCUSD_251226 --price 60000": "at a settlement price of your own",
    }
)


@click.command(epilog=EXAMPLES)
@click.argument("symbol", shell_complete=complete_symbol)
@click.option("--price", callback=parsed(number), help="The settlement price; left out, the index says it.")
@click.option("--market", type=MARKET, help="usdm or coinm; the symbol's form tells when left out.")
@connected
def deliver(connection: Connection, symbol: str, price: str | None, market: str | None) -> None:
    """Deliver SYMBOL now: its orders are cancelled, its positions settled, and a new contract is listed."""
    symbol = symbol.upper()
    body = {"market": market or market_of(symbol), "symbol": symbol}
    if price is not None:
        body["price"] = price
    connection.show(connection.post("delivery", body=body), draw_delivery)


def draw_delivery(screen: Screen, reply: Mapping[str, Any]) -> None:
    """Print the settlement price, what each position came to, and the new contract."""
    screen.line(f"{reply['symbol']} was delivered at {reply['deliveryPrice']}.")
    if reply["positions"]:
        rows = [
            [
                Cell(row["account"], Tone.NAME),
                Cell(row["positionSide"]),
                numbers.profit(row["realizedProfit"], row["asset"]),
                Cell(row["asset"]),
                Cell(row["commission"]),
                Cell(row["commissionAsset"]),
            ]
            for row in reply["positions"]
        ]
        columns = (
            Column("Account"),
            Column("Side"),
            Column("Profit", numeric=True),
            Column("Asset"),
            Column("Fee", numeric=True),
            Column("Asset"),
        )
        screen.table(Table(columns, rows))
    for symbol in reply["listed"]:
        screen.line(f"{symbol} is listed now.")
