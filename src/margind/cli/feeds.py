"""`margind feeds`: what the prices of an exchange can come from."""

import click

from margind.cli.connection import print_json
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import day_text, duration_text
from margind.feeds.catalogue import RecordingInfo, recordings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON.")
def feeds(*, as_json: bool) -> None:
    """List what prices can come from: `margind serve --feed NAME` takes any of them.

    The first recording is replayed when none is named. Needs no running server.
    """
    if as_json:
        print_json(recordings())
        return
    screen = Screen()
    screen.table(recordings_table(recordings()))
    for recording in recordings():
        screen.line()
        screen.line(Cell(f" {recording.name}", Tone.NAME))
        screen.paragraph(recording.description, indent=3)
        for source, licence, symbols in _sources(recording):
            screen.paragraph(f"{symbols}: {source} ({licence})", Tone.QUIET, indent=3)
    screen.line()
    screen.line(Cell(" synthetic", Tone.NAME), "  seeded random prices, the same for the same seed")
    screen.line(Cell(" manual   ", Tone.NAME), "  prices stand still until `margind price set` moves them")


def recordings_table(rows: tuple[RecordingInfo, ...]) -> Table:
    """One row per recording."""
    return Table(
        (
            Column("Recording"),
            Column("From", rank=2),
            Column("To", rank=4),
            Column("Length", numeric=True, rank=1),
            Column("Interval", rank=3),
            Column("Symbols"),
        ),
        [
            [
                Cell(row.name, Tone.NAME),
                Cell(day_text(row.from_time)),
                Cell(day_text(row.to_time)),
                Cell(duration_text(row.to_time - row.from_time)),
                Cell(row.interval),
                Cell(", ".join(symbol.symbol for symbol in row.symbols)),
            ]
            for row in rows
        ],
    )


def _sources(recording: RecordingInfo) -> list[tuple[str, str, str]]:
    """Source, licence, and the symbols that come from there."""
    symbols: dict[tuple[str, str], list[str]] = {}
    for row in recording.symbols:
        symbols.setdefault((row.source, row.licence), []).append(row.symbol)
    return [(source, licence, ", ".join(names)) for (source, licence), names in symbols.items()]
