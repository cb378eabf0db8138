"""`margind transfer`: money from and to the world outside the exchange."""

import click

from margind.cli.completion import complete_account
from margind.cli.connection import Connection, connected
from margind.cli.examples import examples
from margind.cli.parameters import MARKET, number, parsed

EXAMPLES = examples(
    {
        "margind transfer demo 500 USDT": "to the USDⓈ-M wallet",
        "margind transfer demo -0.1 BTC --market coinm": "out of the COIN-M wallet",
    }
)


# Without that setting, an amount with a minus sign would be taken for an option.
@click.command(epilog=EXAMPLES, context_settings={"ignore_unknown_options": True})
@click.argument("account", shell_complete=complete_account)
@click.argument("amount", callback=parsed(number))
@click.argument("asset")
@click.option(
    "--market", type=MARKET, default="usdm", show_default=True, help="Which of the account's halves."
)
@connected
def transfer(connection: Connection, account: str, amount: str, asset: str, market: str) -> None:
    """Give ACCOUNT an AMOUNT of ASSET, or take it away with a negative amount."""
    asset = asset.upper()
    body = {"market": market, "asset": asset, "amount": amount}
    reply = connection.post("accounts", account, "transfers", body=body)
    taken = amount.startswith("-")
    way = "from" if taken else "to"
    connection.done(reply, f"{amount.removeprefix('-')} {asset} {way} {account} on {market}")
