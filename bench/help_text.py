"""How long `margind --help` takes."""

import subprocess
import time
from collections.abc import Iterator
from statistics import median

from bench import cores
from bench.options import Options
from bench.programs import MARGIND
from bench.result import Result

NAME = "help"


def run(options: Options) -> Iterator[Result]:
    """The median of several."""
    _help()
    times = [_help() for _ in range(options.starts * 2)]
    yield Result(
        "margind --help", median(times), "s", "at most", 0.2, f"{min(times):.3f} to {max(times):.3f} s"
    )


def _help() -> float:
    began = time.perf_counter()
    with cores.on(cores.SERVER):
        subprocess.run([str(MARGIND), "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
