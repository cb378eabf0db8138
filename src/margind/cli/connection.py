"""The running server a command talks to: the options that say which, and what is printed of its replies."""

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn
from urllib.parse import quote

import click
import msgspec

from margind.cli.completion import complete_exchange
from margind.cli.terminal import Cell, Screen, Tone
from margind.control.client import ControlClient, ControlError, Unreachable

URL, EXCHANGE = "http://127.0.0.1:9000", "main"


class Connection:
    """One exchange of one server, and how its replies are wanted."""

    def __init__(self, client: ControlClient, exchange: str, *, as_json: bool) -> None:
        self.client = client
        self.exchange = exchange
        self.as_json = as_json

    def get(self, *path: str, **query: str) -> Any:
        """What the exchange answers below its path."""
        return self.client.get(self._path(*path), **query)

    def post(self, *path: str, body: Mapping[str, Any]) -> Any:
        """The reply to a request to do something."""
        return self.client.post(self._path(*path), body)

    def put(self, *path: str, body: Mapping[str, Any]) -> Any:
        """The reply to a document that shall hold from now on."""
        return self.client.put(self._path(*path), body)

    def delete(self, *path: str) -> Any:
        """The reply to a request to take something away."""
        return self.client.delete(self._path(*path))

    def _path(self, *parts: str) -> str:
        return exchange_path(self.exchange, *parts)

    def show(self, reply: Any, draw: Callable[[Screen, Any], None]) -> None:
        """Print a reply: as it came when JSON is wanted, else as `draw` shows it."""
        if self.as_json:
            print_json(reply)
        else:
            draw(Screen(), reply)

    def done(self, reply: Any, sentence: str) -> None:
        """Print the reply to a change, or that it is done."""
        self.show(reply, lambda screen, _: screen.line(Cell("✓ ", Tone.GOOD), sentence))


def print_json(document: object) -> None:
    """Print a document on one line."""
    click.echo(msgspec.json.encode(document))


def fail(sentence: str) -> NoReturn:
    """Say on standard error why nothing was done, and end with status 1."""
    click.secho("margind: ", fg="red", bold=True, nl=False, err=True)
    click.echo(sentence, err=True)
    sys.exit(1)


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which server and exchange is meant, and a connection to it."""

    @click.option(
        "--url",
        metavar="URL",
        default=URL,
        envvar="MARGIND_URL",
        show_default=True,
        show_envvar=True,
        help="Which server.",
    )
    @click.option(
        "--token", envvar="MARGIND_CONTROL_TOKEN", show_envvar=True, help="Token of the server's control API."
    )
    @click.option(
        "--exchange",
        default=EXCHANGE,
        envvar="MARGIND_EXCHANGE",
        show_default=True,
        show_envvar=True,
        shell_complete=complete_exchange,
        help="Which exchange of the server.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the server's reply as it is.")
    @wraps(command)
    def run(url: str, token: str | None, exchange: str, *, as_json: bool, **given: Any) -> None:
        try:
            client = ControlClient(url, token)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--url") from None
        try:
            command(Connection(client, exchange, as_json=as_json), **given)
        except Unreachable as error:
            fail(_unreachable(error, url))
        except ControlError as error:
            # HTTP's own number for a token that is missing or wrong.
            hint = " (--token or MARGIND_CONTROL_TOKEN)" if error.status == 401 else ""  # noqa: PLR2004
            fail(error.message + hint)

    return run


def exchange_path(exchange: str, *parts: str) -> str:
    """A path of the control API below an exchange."""
    return "".join(f"/{quote(part, safe='')}" for part in ("exchanges", exchange, *parts))


def _unreachable(error: Unreachable, url: str) -> str:
    if error.status:
        return f"what answers at {url} is no margind server: name another with --url"
    return f"no server answers at {url}: start one with `margind serve`, or name another with --url"
