"""`margind funding`: settling funding by hand, and the terms on which it is settled by itself."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli import numbers
from margind.cli.completion import complete_symbol
from margind.cli.connection import Connection, connected
from margind.cli.examples import examples
from margind.cli.parameters import MARKET, market_of, number, parsed
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import moment_text

EXAMPLES = examples(
    {
        "margind funding BTCUSDT 0.0001": "longs pay shorts 0.01 %",
        "margind funding BTCUSD_PERP -0.0003": "shorts pay longs",
        "margind funding ETHUSDT --every 1 --cap 0.003 --floor -0.003": "from now on each hour",
    }
)


@click.command(epilog=EXAMPLES, context_settings={"ignore_unknown_options": True})
@click.argument("symbol", shell_complete=complete_symbol)
@click.argument("rate", callback=parsed(number), required=False)
@click.option("--every", type=click.Choice(["1", "2", "4", "8"]), help="Hours from one funding to the next.")
@click.option("--cap", callback=parsed(number), help="The highest rate, as a fraction.")
@click.option("--floor", callback=parsed(number), help="The lowest rate.")
@click.option("--market", type=MARKET, help="usdm or coinm; the symbol's form tells when left out.")
@connected
def funding(
    connection: Connection,
    symbol: str,
    rate: str | None,
    *,
    every: str | None,
    cap: str | None,
    floor: str | None,
    market: str | None,
) -> None:
    """Settle funding of SYMBOL now, at RATE as a fraction; positive, longs pay.

    Instead of a RATE, --every, --cap and --floor replace the terms on which SYMBOL is funded; those left out
    are the usual ones.
    """
    symbol = symbol.upper()
    market = market or market_of(symbol)
    terms = {
        "fundingIntervalHours": None if every is None else int(every),
        "adjustedFundingRateCap": cap,
        "adjustedFundingRateFloor": floor,
    }
    asked = {name: value for name, value in terms.items() if value is not None}
    if (rate is None) is not bool(asked):
        raise click.UsageError("give a RATE to settle now, or --every, --cap and --floor for other terms")
    if asked:
        reply = connection.put("funding", body={market: {symbol: asked}})
        connection.show(reply, lambda screen, replaced: draw_terms(screen, symbol, replaced[market][symbol]))
        return
    body = {"market": market, "symbol": symbol, "rate": rate}
    connection.show(connection.post("funding", body=body), draw_payments)


def draw_terms(screen: Screen, symbol: str, terms: Mapping[str, Any]) -> None:
    """Print on which terms a symbol is funded."""
    hours = terms["fundingIntervalHours"]
    often = "every hour" if hours == 1 else f"every {hours} hours"
    floor, cap = terms["adjustedFundingRateFloor"], terms["adjustedFundingRateCap"]
    screen.line(f"{symbol} is funded {often}, at rates from {floor} to {cap}.")
    screen.line(Cell(f"next: {moment_text(terms['nextFundingTime'])}", Tone.QUIET))


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
