"""margind and the bare server in turns: rounds A B A B, and the ratio of their medians."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from statistics import median

import msgspec

from bench import wrk
from bench.generator import Job, Load
from bench.generator import generate as generate_here
from bench.options import Options
from bench.programs import Program
from bench.result import Result


class Side(msgspec.Struct):
    """What one of the two servers did, round by round."""

    rates: list[float] = []
    cpu_us: list[float] = []
    p50_us: list[float] = []

    def add(self, program: Program, job: Job) -> None:
        """Run one round."""
        generate = wrk.generate if wrk.WRK and job.kind == "http" else generate_here
        before = program.cpu_seconds()
        load: Load = generate(job)
        after = program.cpu_seconds()
        assert load.failures == 0, f"{load.failures} of {load.replies} replies were no good ones"
        self.rates.append(load.per_second)
        self.p50_us.append(load.p50_us)
        if before is not None and after is not None:
            self.cpu_us.append((after - before) / load.replies * 1e6)

    def words(self) -> str:
        """Rate, time and computing per reply."""
        told = f"{median(self.rates) / 1000:.1f} k/s, p50 {median(self.p50_us):.0f} us"
        return told + (f", CPU {median(self.cpu_us):.1f} us" if self.cpu_us else "")


def ratio(  # noqa: PLR0917 - one measurement, said in one line
    name: str,
    at_least: float,
    options: Options,
    ours: Program,
    theirs: Program,
    job: Callable[[Program], Job],
) -> Result:
    """What a reply costs the bare server over what it costs margind.

    Both fill the same core, so this is also the ratio of their rates; but those swing with whatever else the
    machine does, and computing time hardly does. Rates count only where the system does not tell the other.
    """
    a, b = Side(), Side()
    for _ in range(options.rounds):
        a.add(ours, job(ours))
        b.add(theirs, job(theirs))
    rates = median(a.rates) / median(b.rates)
    costs = median(b.cpu_us) / median(a.cpu_us) if a.cpu_us and b.cpu_us else rates
    detail = f"{a.words()} | bare: {b.words()} | rates {rates:.2f} x"
    return Result(name, costs, "x", "at least", at_least, detail)


@contextlib.contextmanager
def every_second(action: Callable[[], object]) -> Iterator[None]:
    """Does something each second in the meantime."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(1):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
