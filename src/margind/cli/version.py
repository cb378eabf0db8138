"""`margind version`."""

import platform

import click

from margind import __version__


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def version(*, as_json: bool) -> None:
    """Show the version of margind and of the Python it runs on."""
    python = platform.python_version()
    if as_json:
        from margind.cli.connection import print_json

        print_json({"version": __version__, "python": python, "platform": platform.platform()})
    else:
        click.echo(f"margind {__version__} (Python {python}, {platform.system()} {platform.machine()})")
