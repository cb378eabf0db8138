"""What `margind serve` prints once it accepts connections."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from margind.cli.snippets import SNIPPETS
from margind.cli.terminal import Cell, Screen, Tone
from margind.feeds.catalogue import default_recording
from margind.settings import ServerSettings


class Credentials(Protocol):
    """A key that can be used at once."""

    @property
    def name(self) -> str:
        """The account's."""

    @property
    def api_key(self) -> str:
        """What tells who calls."""

    @property
    def secret_key(self) -> str:
        """What signs."""


class Started(Protocol):
    """A server that accepts connections, as the app tells of it."""

    @property
    def base_url(self) -> str:
        """Of HTTP."""

    @property
    def ws_url(self) -> str:
        """Of WebSockets."""

    @property
    def accounts(self) -> Sequence[Credentials]:
        """Those a client can use at once."""


def print_banner(ready: Started, settings: ServerSettings) -> None:
    """Print where the server is, what it plays, and how a client is pointed at it."""
    screen = Screen()
    screen.line(Cell("margind is ready", Tone.GOOD), Cell("  (Ctrl-C ends it)", Tone.QUIET))
    screen.line()
    facts = [
        ("REST", ready.base_url),
        ("WebSocket", ready.ws_url),
        ("data", "in memory, nothing is kept" if settings.data is None else str(settings.data)),
        ("feed", _feed_words(settings)),
    ]
    for account in ready.accounts[:1]:
        facts += [
            ("account", account.name),
            ("API key", account.api_key),
            ("secret key", account.secret_key),
        ]
    for name, value in facts:
        screen.line(Cell(f"  {name:<12}", Tone.QUIET), value)
    for account in ready.accounts[:1]:
        _print_snippets(screen, ready.base_url, account)
    screen.line()
    screen.line("Look at it from another terminal: ", Cell(look_at(ready.base_url), Tone.STRONG))


def _print_snippets(screen: Screen, base_url: str, account: Credentials) -> None:
    for snippet in SNIPPETS:
        screen.line()
        screen.line(Cell(f"# {snippet.client}", Tone.STRONG))
        for line in snippet.filled(base_url, account.api_key, account.secret_key).splitlines():
            screen.line(line)


def _feed_words(settings: ServerSettings) -> str:
    name = settings.feed or default_recording()
    return name if settings.speed == "1" else f"{name}, speed {settings.speed}"


def look_at(base_url: str) -> str:
    """The command that shows the account."""
    from margind.cli.connection import URL

    return f"{_own_name()} account" + ("" if base_url == URL else f" --url {base_url}")


def _own_name() -> str:
    """What to type for this program: its path, where the shell would not find it by its name."""
    path = Path(sys.argv[0])
    if shutil.which("margind") or path.name != "margind":
        return "margind"
    return os.path.relpath(path)
