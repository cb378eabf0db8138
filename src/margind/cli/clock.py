"""`margind clock`: what time it is on an exchange, and moving it."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli import times
from margind.cli.connection import Connection, connected, fail
from margind.cli.examples import examples
from margind.cli.groups import UsualGroup
from margind.cli.parameters import number, parsed
from margind.cli.terminal import Cell, Screen, Tone
from margind.control.client import ControlError

WORDS = {
    "system": "the machine's clock",
    "manual": "stands still until it is moved",
    "accelerated": "{speed} times real time",
}


EXAMPLES = examples(
    {
        "margind clock": "show what time it is",
        "margind clock mode manual": "stop it",
        "margind clock advance 8h": "go on by 8 hours",
        "margind clock set 2026-01-31T08:00Z": "go on to a time",
        "margind clock mode accelerated --speed 60": "let a minute pass each second",
    }
)


@click.group(cls=UsualGroup, epilog=EXAMPLES)
def clock() -> None:
    """Show the exchange's clock, or move it."""


@clock.command()
@connected
def show(connection: Connection) -> None:
    """Show what time it is and how time passes."""
    reply = connection.get()
    connection.show(reply, lambda screen, exchange: draw_clock(screen, exchange["clock"]))


@clock.command(short_help="Move a manual clock on by a duration.")
@click.argument("duration", callback=parsed(times.duration))
@connected
def advance(connection: Connection, duration: int) -> None:
    """Move a manual clock on by DURATION, such as 30s, 8h or 1d12h; everything due on the way happens."""
    _change(connection, {"advance_ms": duration})


@clock.command("set", short_help="Move a manual clock on to a time.")
@click.argument("time", callback=parsed(times.moment))
@connected
def set_clock(connection: Connection, time: int) -> None:
    """Move a manual clock on to TIME, such as 2026-01-31T08:00Z; everything due on the way happens."""
    _change(connection, {"now": time})


@clock.command(short_help="Let time pass otherwise.")
@click.argument("mode", type=click.Choice(list(WORDS)))
@click.option(
    "--speed", metavar="NUMBER", callback=parsed(number), help="Times real time, of an accelerated clock."
)
@connected
def mode(connection: Connection, mode: str, speed: str | None) -> None:
    """Let time pass as the machine's does, faster, or only by hand; it goes on from where it stands."""
    _change(connection, {"mode": mode} if speed is None else {"mode": mode, "speed": speed})


def _change(connection: Connection, body: Mapping[str, Any]) -> None:
    try:
        reply = connection.post("clock", body=body)
    except ControlError as error:
        if error.code == "clock_not_manual":
            fail(f"{error.message}: stop it with `margind clock mode manual` first")
        raise
    connection.show(reply, draw_clock)


def draw_clock(screen: Screen, document: Mapping[str, Any]) -> None:
    """Print a clock."""
    words = WORDS[document["mode"]].format(speed=document["speed"])
    screen.line(
        Cell(times.moment_text(document["now"]), Tone.STRONG),
        Cell(f"  {document['mode']}: {words}", Tone.QUIET),
    )
