"""`python -m bench`: run the measurements, print what they found."""

import sys

import click
import msgspec

from bench import (
    account_v2,
    account_v3,
    cores,
    engine,
    fan_out,
    first_answer,
    freshness,
    funding,
    group_commit,
    help_text,
    in_process,
    memory,
    orders,
    price_move,
    sweep,
    websocket_status,
    wrk,
)
from bench.options import Options
from bench.result import Result, table

BENCHES = {
    bench.NAME: bench
    for bench in (
        account_v3,
        account_v2,
        websocket_status,
        freshness,
        first_answer,
        help_text,
        memory,
        in_process,
        engine,
        group_commit,
        funding,
        orders,
        price_move,
        sweep,
        fan_out,
    )
}


@click.command()
@click.option(
    "--quick", is_flag=True, help="A few seconds in all: is everything in order? Figures are rough."
)
@click.option(
    "--only", multiple=True, type=click.Choice(list(BENCHES)), help="Run this one; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def main(*, quick: bool, only: tuple[str, ...], as_json: bool) -> None:
    """Measure margind against a bare server that answers the same bytes, in one run on one machine."""
    options = Options(quick)
    results: list[Result] = []
    for name in only or BENCHES:
        if sys.stderr.isatty():
            click.echo(f"measuring {name} ...", err=True)
        results += BENCHES[name].run(options)
    if as_json:
        click.echo(msgspec.json.encode(results))
        return
    generator = "wrk" if wrk.WRK else "our own generator (wrk is not installed)"
    click.echo(f"{cores.words()}; HTTP load by {generator}\n")
    click.echo(table(results))


main(prog_name="python -m bench")
