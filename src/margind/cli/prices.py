"""`margind price`: prices as they are, and prices set by hand."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli import numbers
from margind.cli.completion import complete_symbol
from margind.cli.connection import Connection, connected
from margind.cli.examples import examples
from margind.cli.groups import UsualGroup
from margind.cli.parameters import MARKET, market_of, number, parsed
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import duration_text, moment_text

Row = Mapping[str, Any]
TRADING = "TRADING"


EXAMPLES = examples(
    {
        "margind price": "those that move",
        "margind price BTCUSDT ETHUSDT": "some",
        "margind price set BTCUSDT 65000": "set a mark price",
    }
)


@click.group(cls=UsualGroup, epilog=EXAMPLES)
def price() -> None:
    """Show prices, or set one."""


@price.command(short_help="Show prices.")
@click.argument("symbols", nargs=-1, metavar="[SYMBOL]...", shell_complete=complete_symbol)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also prices that nothing has moved yet, and of contracts that have ended.",
)
@connected
def show(connection: Connection, symbols: tuple[str, ...], *, everything: bool) -> None:
    """Show prices: those of the symbols named, or all that trade and that the feed or somebody has moved."""
    query = {"symbols": ",".join(symbol.upper() for symbol in symbols)} if symbols else {}
    reply = connection.get("prices", **query)
    wanted = everything or bool(symbols)
    connection.show(reply, lambda screen, prices: draw_prices(screen, prices, everything=wanted))


def draw_prices(screen: Screen, prices: Row, *, everything: bool) -> None:
    """Print prices."""
    rows = [
        _cells(symbol, row, prices["time"])
        for market in ("usdm", "coinm")
        for symbol, row in prices[market].items()
        if everything or (row["status"] == TRADING and not row["reference"])
    ]
    if not rows:
        screen.line("No price has moved yet: name a symbol, or use --all.")
        return
    screen.table(
        Table(
            (
                Column("Symbol"),
                Column("Mark", numeric=True),
                Column("Index", numeric=True, rank=2),
                Column("Last", numeric=True),
                Column("Bid", numeric=True),
                Column("Ask", numeric=True),
                Column("Funding", numeric=True, rank=1),
                Column("Next funding", rank=3),
                Column("As of", rank=4),
            ),
            rows,
        )
    )


def _cells(symbol: str, row: Row, now: int) -> list[Cell]:
    quiet = Tone.QUIET if row["reference"] else Tone.PLAIN
    return [
        Cell(symbol, Tone.NAME),
        Cell(numbers.price(row["markPrice"]), quiet),
        Cell(numbers.price(row["indexPrice"]), quiet),
        Cell(numbers.price(row["lastPrice"]), quiet),
        Cell(numbers.price(row["bidPrice"]), quiet),
        Cell(numbers.price(row["askPrice"]), quiet),
        Cell(numbers.percent(row["lastFundingRate"], 4), quiet),
        Cell(_from_now(row["nextFundingTime"], now), quiet),
        Cell("as shipped" if row["reference"] else moment_text(row["time"]), quiet),
    ]


def _from_now(time: int, now: int) -> str:
    return f"in {duration_text(time - now)}" if time > now else ""


@price.command("set", short_help="Set the mark price of a symbol, or others.")
@click.argument("symbol", shell_complete=complete_symbol)
@click.argument("mark_price", metavar="[MARK]", required=False, callback=parsed(number))
@click.option("--index", "index_price", metavar="NUMBER", callback=parsed(number), help="Index price.")
@click.option("--last", "last_price", metavar="NUMBER", callback=parsed(number), help="Last traded price.")
@click.option("--bid", "bid_price", metavar="NUMBER", callback=parsed(number), help="Best bid.")
@click.option("--bid-qty", metavar="NUMBER", callback=parsed(number), help="Quantity at the best bid.")
@click.option("--ask", "ask_price", metavar="NUMBER", callback=parsed(number), help="Best ask.")
@click.option("--ask-qty", metavar="NUMBER", callback=parsed(number), help="Quantity at the best ask.")
@click.option(
    "--funding-rate",
    "last_funding_rate",
    metavar="NUMBER",
    callback=parsed(number),
    help="Funding rate, as a fraction.",
)
@click.option("--market", type=MARKET, help="usdm or coinm; the symbol's form tells when left out.")
@connected
def set_price(
    connection: Connection, symbol: str, mark_price: str | None, market: str | None, **others: str | None
) -> None:
    """Set the mark price of SYMBOL to MARK, or others of its prices with options.

    What is not named keeps its value. A price set by hand holds: the feed no longer moves that symbol.
    """
    given = {"mark_price": mark_price, **others}
    named = {_camel(name): value for name, value in given.items() if value is not None}
    if not named:
        raise click.UsageError("Nothing to set: give the mark price, or another price with an option.")
    symbol = symbol.upper()
    market = market or market_of(symbol)
    reply = connection.put("prices", body={market: {symbol: named}})
    words = ", ".join(f"{name} {value}" for name, value in named.items())
    connection.done(reply, f"{symbol}: {words}")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
