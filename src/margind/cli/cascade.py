"""`margind cascade`: a crash over a crowd of accounts, as a table, a picture or JSON. Needs no server."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from margind.cli import numbers
from margind.cli.connection import print_json
from margind.cli.examples import examples
from margind.cli.parameters import number, parsed
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import duration, minute_text, moment
from margind.engine.model.terms import Market
from margind.feeds.catalogue import recordings

if TYPE_CHECKING:
    from margind.cascade.minutes import Facts, Minutes
    from margind.cascade.report import CascadeReport, MinuteRow
    from margind.cascade.run import Watch

FILE_SYMBOL = "BTCUSDT"
RECORDING, SYMBOL, BEGIN, LENGTH = "2025-05-05-layer", "LAYERUSDT", "2025-05-06T05:30Z", "3h"
"""Three hours in which LAYER lost 30 %."""

EXAMPLES = examples(
    {
        "margind cascade": "LAYER loses 30 % in three hours: what that does to 3,000 accounts",
        "margind cascade --accounts 500 --seed 7 --picture crash.png": "another crowd, drawn as a picture",
        "margind cascade --candles BTCUSDT-1m-2025-10-10.csv --symbol BTCUSDT": "minutes from a file",
        "margind cascade --fund 0 --json": "with an empty insurance fund, as JSON",
    }
)


@click.command(epilog=EXAMPLES)
@click.option(
    "--recording", type=click.Choice([row.name for row in recordings()]), help="The recorded market to play."
)
@click.option(
    "--candles",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file of one-minute candles, also gzipped, as the public archives have them.",
)
@click.option("--symbol", help=f"What the crowd trades.  [default: {SYMBOL}, with a file BTCUSDT]")
@click.option(
    "--from", "begin", callback=parsed(moment), help="Begin at this time, such as 2025-05-06T05:30Z."
)
@click.option("--for", "length", callback=parsed(duration), help="Play so long, such as 90m.")
@click.option("--accounts", type=click.IntRange(1, 1_000_000), default=3_000, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Makes the crowd; same seed, same result."
)
@click.option(
    "--fund",
    callback=parsed(number),
    default="100000",
    show_default=True,
    help="What the insurance fund starts with.",
)
@click.option(
    "--picture", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Draw it as a PNG file."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def cascade(
    *,
    recording: str | None,
    candles: Path | None,
    symbol: str | None,
    begin: int | None,
    length: int | None,
    accounts: int,
    seed: int,
    fund: str,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Play a recorded crash over a crowd of accounts, as fast as the machine can.

    Shows, minute by minute, who is liquidated, what the insurance fund takes over, and who is deleveraged.
    The same seed gives the same report and the same state hash. Needs no running server.
    """
    # Imported here: they load the engine, which the help of a command need not.
    from margind.cascade.crowd import Crowd
    from margind.cascade.run import Cascade
    from margind.facts.load import load_facts

    facts = {market: load_facts(market) for market in Market}
    draw = _painter(picture)
    try:
        minutes = _minutes(recording, candles, symbol, facts).part(
            *_window(recording, candles, begin, length)
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    run = Cascade(minutes, Crowd(accounts, seed), facts, Decimal(fund))
    with _progress(minutes.count) as watch:
        report = run.run(watch)
    draw(report)
    if as_json:
        print_json(report)
    else:
        show(Screen(), report)


def _minutes(recording: str | None, candles: Path | None, symbol: str | None, facts: "Facts") -> "Minutes":
    from margind.cascade.minutes import minutes_of_file, recorded_minutes

    if candles is None:
        return recorded_minutes(recording or RECORDING, symbol or SYMBOL, facts)
    if recording is not None:
        raise ValueError("minutes come from a recording or from a file, not from both")
    return minutes_of_file(candles, symbol or FILE_SYMBOL, facts)


def _window(
    recording: str | None, candles: Path | None, begin: int | None, length: int | None
) -> tuple[int | None, int | None]:
    """What is asked for; with no word about minutes the hours of the crash, not the days around it."""
    if recording is None and candles is None and begin is None:
        return moment(BEGIN), duration(LENGTH) if length is None else length
    return begin, length


def _painter(path: Path | None) -> Callable[["CascadeReport"], None]:
    """Draws the picture, once it is known that it can be drawn."""
    if path is None:
        return lambda _: None
    try:
        from margind.cascade.picture import draw
    except ModuleNotFoundError as missing:
        raise click.UsageError(
            f"a picture needs {missing.name}, which is not installed: pip install 'margind[pictures]'"
        ) from None

    def paint(report: "CascadeReport") -> None:
        try:
            draw(report, path)
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None

    return paint


@contextmanager
def _progress(minutes: int) -> "Iterator[Watch]":
    """A bar on the terminal; silent where nobody looks."""
    with click.progressbar(
        length=minutes, label="minutes", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield lambda _: bar.update(1)


def show(screen: Screen, report: "CascadeReport") -> None:
    """Print the minutes in which something happened, and what it came to."""
    screen.line(
        Cell(report.symbol, Tone.NAME),
        f" {report.crowd.accounts:,} accounts of seed {report.crowd.seed}, {report.source}",
    )
    screen.line()
    if report.eventful:
        screen.table(minutes_table(report))
        screen.line()
    total = report.total
    screen.line(
        f"{total.liquidated_accounts:,} accounts liquidated, {total.margin_calls:,} margin calls, "
        f"{total.open_accounts:,} accounts still hold a position."
    )
    change = total.fund - report.fund_at_start
    screen.line(
        "The insurance fund began with ",
        numbers.amount(str(report.fund_at_start), report.margin_asset),
        f" {report.margin_asset} and made ",
        numbers.profit(str(change), report.margin_asset),
        ".",
    )
    screen.line(f"{report.events:,} events, state hash ", Cell(report.state_hash, Tone.QUIET))


def minutes_table(report: "CascadeReport") -> Table:
    """One row for each eventful minute, and their sum."""
    asset = report.margin_asset

    def row(name: Cell, minute: "MinuteRow") -> list[Cell]:
        return [
            name,
            Cell(numbers.price(str(minute.close))),
            Cell(numbers.price(str(minute.low))),
            Cell(_count(minute.margin_calls)),
            Cell(_count(minute.liquidated_accounts)),
            Cell(_quantity(minute.closed_on_book)),
            Cell(_quantity(minute.taken_over)),
            Cell(_quantity(minute.deleveraged), Tone.BAD),
            Cell(numbers.amount(str(minute.fund), asset)),
            Cell(_count(minute.open_accounts)),
        ]

    rows = [row(Cell(minute_text(minute.time)), minute) for minute in report.eventful]
    return Table(
        (
            Column("Minute"),
            Column("Mark", numeric=True),
            Column("Lowest", numeric=True, rank=4),
            Column("Called", numeric=True, rank=2),
            Column("Liquidated", numeric=True),
            Column("On the book", numeric=True, rank=3),
            Column("Taken over", numeric=True),
            Column("Deleveraged", numeric=True),
            Column(f"Fund {asset}", numeric=True),
            Column("Open", numeric=True, rank=1),
        ),
        [*rows, row(Cell("all", Tone.STRONG), report.total)],
    )


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _quantity(quantity: Decimal) -> str:
    return numbers.quantity(str(quantity)) if quantity else ""
