"""The command `margind` and the list of what it can do; each command is imported when it is asked for."""

import click

from margind import __version__
from margind.cli.groups import LazyGroup


def serve() -> click.Command:
    """Start the exchange."""
    from margind.cli.serve import serve as command

    return command


def feeds() -> click.Command:
    """List the markets that can be replayed."""
    from margind.cli.feeds import feeds as command

    return command


def account() -> click.Command:
    """Show an account: wallets, margins, positions, orders."""
    from margind.cli.account import account as command

    return command


def explain() -> click.Command:
    """Show how a number came to be, or why a request was refused."""
    from margind.cli.explain import explain as command

    return command


def price() -> click.Command:
    """Show prices, or set one."""
    from margind.cli.prices import price as command

    return command


def clock() -> click.Command:
    """Show the exchange's clock, or move it."""
    from margind.cli.clock import clock as command

    return command


def margin() -> click.Command:
    """Value an account in a file, and what an order would do to it."""
    from margind.cli.margin import margin as command

    return command


def accounts() -> click.Command:
    """List accounts, open one, save and load its state."""
    from margind.cli.accounts import accounts as command

    return command


def key() -> click.Command:
    """Make and delete API keys."""
    from margind.cli.keys import key as command

    return command


def transfer() -> click.Command:
    """Move money between an account and the outside world."""
    from margind.cli.transfer import transfer as command

    return command


def funding() -> click.Command:
    """Settle funding of a symbol now, or change its terms."""
    from margind.cli.funding import funding as command

    return command


def deliver() -> click.Command:
    """Deliver a dated contract now."""
    from margind.cli.delivery import deliver as command

    return command


def exchanges() -> click.Command:
    """List, make, reset and delete exchanges."""
    from margind.cli.exchanges import exchanges as command

    return command


def cascade() -> click.Command:
    """Play a crash over a crowd of accounts."""
    from margind.cli.cascade import cascade as command

    return command


def audit() -> click.Command:
    """Check that no money was made or lost."""
    from margind.cli.proof import audit as command

    return command


def hash() -> click.Command:  # noqa: A001 - the name of the command
    """Show the fingerprint of an exchange's state."""
    from margind.cli.proof import hash_ as command

    return command


def version() -> click.Command:
    """Show the version."""
    from margind.cli.version import version as command

    return command


def completion() -> click.Command:
    """Print a script that completes commands with the tab key."""
    from margind.cli.completion import completion as command

    return command


margind = click.version_option(__version__, message="%(prog)s %(version)s")(
    LazyGroup(
        {
            "Run an exchange": (serve, feeds),
            "Look at a running one": (account, explain, price, clock),
            "Ask without one": (margin, cascade),
            "Change it": (accounts, key, transfer, funding, deliver, exchanges),
            "Prove it": (audit, hash),
            "About": (version, completion),
        },
        name="margind",
        help="A futures exchange on your own machine.\n\n"
        "Start it with `margind serve`; then, in another terminal, `margind account` shows the demo account "
        "and `margind explain availableBalance` says where a number comes from.",
    )
)
