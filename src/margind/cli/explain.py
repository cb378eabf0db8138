"""`margind explain`: how a number of an account came to be, and why a request was refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from margind.cli.account import DEMO
from margind.cli.completion import ask, complete_account, complete_view, starting
from margind.cli.connection import Connection, connected
from margind.cli.examples import examples
from margind.cli.groups import UsualGroup
from margind.cli.parameters import market_of
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import moment_text
from margind.engine.model.terms import Market

USDM_VIEW, COINM_VIEW = "fapi-v2-account", "dapi-v1-account"
LONGEST_REMEDY = 60

Row = Mapping[str, Any]


EXAMPLES = examples(
    {
        "margind explain availableBalance": "of the account as a whole",
        "margind explain positions.BTCUSDT.maintMargin": "of a position",
        "margind explain assets.BTC.availableBalance --view dapi-v1-account": "of a coin on COIN-M",
        "margind explain last": "the newest refusal",
        "margind explain refusals --account demo": "those of an account",
    }
)


def complete_field(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Fields of the reply that is chosen, or of the usual ones, with the rows that the account has."""
    from margind.errors.impossible import Impossible
    from margind.margin import fields, situation

    document = ask(ctx, "accounts", ctx.params.get("account") or DEMO, "state") or {}
    chosen = ctx.params.get("view")
    try:
        account = situation(document)
    except Impossible:  # it stands on what only the server has
        account = situation({})
    try:
        found = {view: fields(account, view) for view in ((chosen,) if chosen else (USDM_VIEW, COINM_VIEW))}
    except Impossible:  # there is no such view
        return []
    names = (name for view, names in found.items() for name in names if chosen or usual_view(name) == view)
    return starting(incomplete, names)


class FieldGroup(UsualGroup):
    """Commands, of which `field` is meant when none is named: `margind explain availableBalance`."""

    usual = "field"


@click.group(cls=FieldGroup, epilog=EXAMPLES)
def explain() -> None:
    """Show how a number of an account came to be, or why a request was refused."""


@explain.command("field", short_help="Show how a number came to be.")
@click.argument("field", shell_complete=complete_field)
@click.option(
    "--account", default=DEMO, show_default=True, shell_complete=complete_account, help="Whose number."
)
@click.option(
    "--view",
    shell_complete=complete_view,
    help="The reply it stands in, such as fapi-v3-balance  "
    f"[default: {USDM_VIEW}; {COINM_VIEW} for COIN-M symbols]",
)
@connected
def explain_field(connection: Connection, field: str, account: str, view: str | None) -> None:
    """Show how the number FIELD of an account reply came to be.

    Formula, inputs and where they come from, bracket, rounding, the page it is documented on, and how sure
    we are. A field of a list is named with the row it stands in.
    """
    reply = connection.get("accounts", account, "explain", view=view or usual_view(field), field=field)
    connection.show(reply, draw_explanation)


@explain.command("last", short_help="Show why the newest request was refused.")
@click.option("--account", shell_complete=complete_account, help="Whose request  [default: anybody's]")
@connected
def explain_last(connection: Connection, account: str | None) -> None:
    """Show the newest refusal.

    What was asked, what the exchange answered, the rule with the numbers it compared, what would have passed,
    and the page it is documented on.
    """
    rows = _refusals(connection, account, 1)
    connection.show(rows[0] if rows else None, draw_last)


@explain.command("refusals", short_help="List what was refused lately.")
@click.option("--account", shell_complete=complete_account, help="Whose requests  [default: everybody's]")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="At most so many.")
@connected
def explain_refusals(connection: Connection, account: str | None, limit: int) -> None:
    """List the newest refusals, the latest first. The last 100 of each account are remembered."""
    connection.show(_refusals(connection, account, limit), draw_refusals)


def _refusals(connection: Connection, account: str | None, limit: int) -> Any:
    path = ("refusals",) if account is None else ("accounts", account, "refusals")
    return connection.get(*path, limit=str(limit))


def usual_view(field: str) -> str:
    """The account view of the market that a field's symbol belongs to."""
    is_coinm = any(market_of(part) == Market.COINM for part in field.split("."))
    return COINM_VIEW if is_coinm else USDM_VIEW


def draw_explanation(screen: Screen, reply: Row) -> None:
    """Print the derivation."""
    for line in reply["text"].splitlines():
        screen.line(line)


def draw_last(screen: Screen, row: Row | None) -> None:
    """Print one refusal."""
    if row is None:
        screen.line("Nothing was refused.")
        return
    draw_explanation(screen, row)


def draw_refusals(screen: Screen, rows: Sequence[Row]) -> None:
    """Print the list of refusals."""
    if not rows:
        screen.line("Nothing was refused.")
        return
    screen.table(
        Table(
            (
                Column("Time", rank=2),
                Column("Account", rank=3),
                Column("Request"),
                Column("Code", numeric=True),
                Column("Message", rank=4),
                Column("Would have helped", rank=1),
            ),
            [_cells(row) for row in rows],
        )
    )


def _cells(row: Row) -> list[Cell]:
    remedy = ", ".join(f"{name} {value}" for name, value in row["because"]["remedy_value"].items())
    return [
        Cell(moment_text(row["time"]), Tone.QUIET),
        Cell(row["account"] or "none", Tone.NAME),
        Cell(row["call"]),
        Cell(str(row["code"]), Tone.BAD),
        Cell(row["message"]),
        Cell(remedy[:LONGEST_REMEDY]),
    ]
