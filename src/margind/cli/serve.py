"""`margind serve`: the exchange itself."""

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from margind.cli.parameters import parsed, speed

PORT = click.IntRange(0, 65535)


def _in_a_folder(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and not os.access(path.parent, os.W_OK | os.X_OK):
        raise click.BadParameter(f"no file can be written in {path.parent}", ctx, param)
    return path


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=PORT, default=9000, show_default=True, help="Port to listen on; 0 picks a free one."
)
@click.option(
    "--coinm-port", type=PORT, help="A second port, on which paths that name no market mean COIN-M."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps the exchange across restarts  [default: margind in the user's data folder]",
)
@click.option("--memory", is_flag=True, help="Keep nothing.")
@click.option(
    "--feed", metavar="NAME", default="", help="manual, synthetic, or a recording of `margind feeds`."
)
@click.option(
    "--speed",
    metavar="NUMBER|max",
    callback=parsed(speed),
    default="1",
    show_default=True,
    help="Real time times this, or max.",
)
@click.option(
    "--limits",
    type=click.Choice(["count", "enforce"]),
    default="count",
    show_default=True,
    help="Rate limits: only count, or also refuse.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_in_a_folder,
    help="File that is written once connections are accepted.",
)
@click.option("--no-demo", is_flag=True, help="Start without the demo account.")
@click.option(
    "--control-token",
    envvar="MARGIND_CONTROL_TOKEN",
    show_envvar=True,
    help="What the control API asks for; needed on any address but loopback.",
)
@click.option(
    "--initial-margin-rounding",
    type=click.Choice(["up", "cut"]),
    default="up",
    show_default=True,
    help="How initial margins are brought to 8 decimals.",
)
@click.option(
    "--conditional-orders",
    type=click.Choice(["algo", "order"]),
    default="algo",
    show_default=True,
    help="Where stop orders are taken: the algo service only, or the order endpoint, too.",
)
@click.option(
    "--legacy-account-weight",
    type=click.Choice(["5", "10"]),
    default="5",
    show_default=True,
    help="Request weight of the V2 account calls.",
)
@click.option(
    "--settlement-window",
    type=click.Choice(["30", "60"]),
    default="30",
    show_default=True,
    help="Minutes over which the index of a dated contract is averaged.",
)
@click.option(
    "--no-liquidation",
    is_flag=True,
    help="Leave accounts as they are, however far beyond 100 % their pools stand.",
)
@click.option(
    "--margin-call-ratio",
    default="0.8",
    show_default=True,
    metavar="RATIO",
    help="Margin ratio from which MARGIN_CALL is sent.",
)
@click.option(
    "--liquidation-step-brackets",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Brackets that one liquidation order takes a position down.",
)
@click.option(
    "--liquidation-price",
    type=click.Choice(["bankruptcy", "take_bound"]),
    default="bankruptcy",
    show_default=True,
    help="How far a liquidation order goes: to the bankruptcy price, or as far as a market order.",
)
@click.option(
    "--insurance-fund",
    multiple=True,
    metavar="ASSET=AMOUNT",
    help="What the insurance fund starts with, on each market; the fund of other assets always pays.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="What is logged, on standard error.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print what the ready file holds instead of the welcome."
)
def serve(
    *,
    data: Path | None,
    memory: bool,
    no_demo: bool,
    no_liquidation: bool,
    legacy_account_weight: str,
    settlement_window: str,
    log_level: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Start the exchange, and serve until interrupted.

    One port serves both markets: /fapi and /dapi, the WebSocket API, and the control API. A first start opens
    a funded account called demo and prints its key with programs to paste.
    """
    if memory and data is not None:
        raise click.UsageError("--data and --memory exclude each other.")
    logging.basicConfig(
        level=log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # Imported late: `margind serve --help` needs none of it.
    from margind import app
    from margind.cli.banner import print_banner
    from margind.cli.connection import fail, print_json
    from margind.errors.impossible import Impossible
    from margind.settings import ServerSettings
    from margind.storage import JournalError

    folder = None if memory else data or default_data_folder()
    settings = ServerSettings(
        data=folder,
        demo=not no_demo,
        liquidation=not no_liquidation,
        legacy_account_weight=int(legacy_account_weight),
        settlement_window_minutes=int(settlement_window),
        **given,
    )

    def announce(ready: app.Ready) -> None:
        if as_json:
            print_json(ready)
        else:
            print_banner(ready, settings)
        sys.stdout.flush()

    # A polite request to end is the same as Ctrl-C: what is pending is committed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app.run(settings, announce)
    except KeyboardInterrupt:
        sys.exit(0)
    except (Impossible, JournalError) as error:
        fail(str(error))


def default_data_folder() -> Path:
    """Where exchanges are kept unless told: the user's data folder of this system."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "margind"
    base = os.environ.get("XDG_DATA_HOME", "")
    # Documented: 'XDG Base Directory Specification': a path that is not absolute is to be ignored.
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "share") / "margind"
