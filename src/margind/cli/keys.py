"""`margind key`: API keys of accounts."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from margind.cli.completion import complete_account
from margind.cli.connection import Connection, connected
from margind.cli.terminal import Cell, Screen, Tone

C = TypeVar("C", bound=Callable[..., None])

PERMISSIONS = ("USER_DATA", "TRADE", "USER_STREAM")


def key_options(command: C) -> C:
    """The options that say what a new key is like."""
    for option in (
        click.option(
            "--ip", "ips", multiple=True, help="The only address it is used from; any number of them."
        ),
        click.option(
            "--permission",
            "permissions",
            multiple=True,
            type=click.Choice(PERMISSIONS, case_sensitive=False),
            help="What it may do; all of it unless told.",
        ),
        click.option(
            "--public-key", type=click.File("r"), help="File with the public key (PEM) of rsa or ed25519."
        ),
        click.option(
            "--type",
            "kind",
            type=click.Choice(["hmac", "rsa", "ed25519"]),
            default="hmac",
            show_default=True,
            help="How requests are signed.",
        ),
    ):
        command = option(command)
    return command


def key_document(
    kind: str, public_key: Any | None, permissions: tuple[str, ...], ips: tuple[str, ...]
) -> dict[str, Any]:
    """The document that asks for a key."""
    document: dict[str, Any] = {"type": kind}
    if public_key is not None:
        document["public_key"] = public_key.read()
    if permissions:
        document["permissions"] = list(permissions)
    if ips:
        document["ip_whitelist"] = list(ips)
    return document


@click.group()
def key() -> None:
    """Make and delete API keys; `margind accounts` lists them."""


@key.command(short_help="Give an account a further API key.")
@click.argument("account", shell_complete=complete_account)
@key_options
@connected
def create(connection: Connection, account: str, **given: Any) -> None:
    """Give ACCOUNT a further API key; the secret is shown this once."""
    reply = connection.post("accounts", account, "keys", body=key_document(**given))
    connection.show(reply, draw_credentials)


@key.command(short_help="Take an API key away.")
@click.argument("account", shell_complete=complete_account)
@click.argument("api_key")
@connected
def delete(connection: Connection, account: str, api_key: str) -> None:
    """Take API_KEY away from ACCOUNT; requests signed with it are refused from then on."""
    reply = connection.delete("accounts", account, "keys", api_key)
    connection.done(reply, f"{api_key} is gone")


def draw_credentials(screen: Screen, reply: Mapping[str, Any]) -> None:
    """Print a new key."""
    screen.line(Cell("account     ", Tone.QUIET), Cell(reply["name"], Tone.NAME))
    screen.line(Cell("API key     ", Tone.QUIET), reply["api_key"])
    if reply["secret_key"] is not None:
        screen.line(Cell("secret key  ", Tone.QUIET), reply["secret_key"])
