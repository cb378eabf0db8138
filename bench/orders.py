"""Orders over HTTP: signed, margin-checked, resting, and durable before the reply."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.compare import Side
from bench.disk import fdatasync_us
from bench.generator import Job
from bench.options import CONNECTIONS, Options
from bench.programs import Caller, Program, bare, margind
from bench.result import Result
from bench.traders import Floor

NAME = "orders"
RESTING = 100_000
PATH = "POST /fapi/v1/order"
REST_S = 1
"""In which both servers' history takes in a round: they share a core, and would slow each other down."""


def run(options: Options) -> Iterator[Result]:
    """The rate against that of a bare server, on empty books and on full ones, in turns."""
    resting = options.times(RESTING)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        sync_us = fdatasync_us(Path(folder) / "probe", options.times(500))
        with (
            margind("--no-demo", data=Path(folder) / "empty") as empty,
            margind("--no-demo", data=Path(folder) / "full") as full,
        ):
            floor, crowded = Floor(Caller(empty)), Floor(Caller(full))
            crowded.crowd(resting)
            reply = floor.place()
            sides = Side(), Side(), Side()
            with bare(reply) as nothing:
                servers = (empty, floor), (full, crowded), (nothing, floor)
                for _ in range(options.rounds):
                    for side, (server, sender) in zip(sides, servers, strict=True):
                        side.add(server, _job(server, sender, options))
                    floor.clear()
                    crowded.clear()
                    time.sleep(REST_S)
    ours, among_many, theirs = (median(side.rates) for side in sides)
    words = [side.words() for side in sides]
    yield Result(
        f"{PATH}, durable ({len(reply) / 1000:.1f} kB)",
        ours / theirs,
        "x",
        "at least",
        0.15,
        f"rates: {words[0]} | bare: {words[2]} | fdatasync of 4 KiB here: {sync_us:.0f} us",
    )
    yield Result(
        f"the same with {resting:,} orders resting", among_many / ours, "x", "at least", 0.8, words[1]
    )


def _job(server: Program, floor: Floor, options: Options) -> Job:
    return Job("http", server.port, CONNECTIONS, options.seconds, floor.requests(server.port))
