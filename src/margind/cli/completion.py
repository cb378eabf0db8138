"""`margind completion`: the shell's tab key, with names asked of a running server when it answers at once."""

from collections.abc import Iterable
from typing import Any

import click

from margind.cli.examples import examples

WAIT_S = 0.3
"""Longer than that nobody waits for a tab key."""


EXAMPLES = examples(
    {
        'eval "$(margind completion bash)"': "in ~/.bashrc",
        'eval "$(margind completion zsh)"': "in ~/.zshrc",
        "margind completion fish | source": "in ~/.config/fish/config.fish",
    }
)


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes commands, options, accounts and symbols with the tab key."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    script = get_completion_class(shell)
    assert script is not None, "click knows the three shells"
    click.echo(script(root.command, {}, "margind", "_MARGIND_COMPLETE").source())


def complete_account(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of accounts."""
    return starting(incomplete, (row["name"] for row in ask(ctx, "accounts") or ()))


def complete_symbol(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Symbols of both markets; until something is typed, those whose prices move."""
    prices = ask(ctx, "prices") or {"usdm": {}, "coinm": {}}
    rows = {**prices["usdm"], **prices["coinm"]}
    moving = (symbol for symbol, row in rows.items() if row["status"] == "TRADING" and not row["reference"])
    symbols = rows if incomplete else moving
    return starting(incomplete.upper(), symbols)


def complete_exchange(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of exchanges."""
    return starting(incomplete, (ask(ctx) or {"exchanges": ()})["exchanges"])


def complete_view(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Account replies that can be asked about."""
    from margind.explain.views import VIEWS

    return starting(incomplete, VIEWS)


def ask(ctx: click.Context, *path: str) -> Any:
    """What the server says; nothing at all when it is not there, or slow, or refuses."""
    from margind.cli.connection import EXCHANGE, URL, exchange_path
    from margind.control.client import ControlClient, ControlError

    given = ctx.params
    asked = exchange_path(given.get("exchange") or EXCHANGE, *path) if path else "/status"
    try:
        return ControlClient(given.get("url") or URL, given.get("token"), timeout=WAIT_S).get(asked)
    except (ControlError, ValueError):
        return None


def starting(incomplete: str, names: Iterable[str]) -> list[str]:
    """Of some names those that begin with what was typed."""
    return [name for name in names if name.startswith(incomplete)]
