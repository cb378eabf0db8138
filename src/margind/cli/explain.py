"""`margind explain`: how a number of an account came to be."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli.account import DEMO
from margind.cli.completion import complete_account
from margind.cli.connection import Connection, connected
from margind.cli.examples import examples
from margind.cli.parameters import market_of
from margind.cli.terminal import Screen
from margind.engine.model.terms import Market

USDM_VIEW, COINM_VIEW = "fapi-v2-account", "dapi-v1-account"


EXAMPLES = examples(
    {
        "margind explain availableBalance": "of the account as a whole",
        "margind explain positions.BTCUSDT.maintMargin": "of a position",
        "margind explain assets.BTC.availableBalance --view dapi-v1-account": "of a coin on COIN-M",
    }
)


@click.command(epilog=EXAMPLES)
@click.argument("field")
@click.option(
    "--account", default=DEMO, show_default=True, shell_complete=complete_account, help="Whose number."
)
@click.option(
    "--view",
    help="The reply it stands in, such as fapi-v3-balance  "
    f"[default: {USDM_VIEW}; {COINM_VIEW} for COIN-M symbols]",
)
@connected
def explain(connection: Connection, field: str, account: str, view: str | None) -> None:
    """Show how the number FIELD of an account reply came to be.

    Formula, inputs and where they come from, bracket, rounding, the page it is documented on, and how sure
    we are. A field of a list is named with the row it stands in.
    """
    reply = connection.get("accounts", account, "explain", view=view or usual_view(field), field=field)
    connection.show(reply, draw_explanation)


def usual_view(field: str) -> str:
    """The account view of the market that a field's symbol belongs to."""
    is_coinm = any(market_of(part) == Market.COINM for part in field.split("."))
    return COINM_VIEW if is_coinm else USDM_VIEW


def draw_explanation(screen: Screen, reply: Mapping[str, Any]) -> None:
    """Print the derivation."""
    for line in reply["text"].splitlines():
        screen.line(line)
