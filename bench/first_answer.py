"""From the start of the process to its first answer, as a user starts it."""

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import cores
from bench.options import Options
from bench.programs import MARGIND
from bench.result import Result

NAME = "first-answer"
_AS_ANYBODY = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Where that is set, Python compiles everything anew at each start; hardly any user has it."""
_REQUEST = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"


def run(options: Options) -> Iterator[Result]:
    """The median, with the files in memory and not."""
    _start()
    warm = [_start() for _ in range(options.starts)]
    yield Result("first answer after the start", median(warm), "s", "at most", 0.5, _range(warm))
    cold = []
    for _ in range(options.starts):
        _forget_files()
        cold.append(_start())
    yield Result("the same, files not in memory", median(cold), "s", detail=_range(cold))


def _range(times: list[float]) -> str:
    return f"{min(times):.3f} to {max(times):.3f} s, demo account and recorded prices"


def _start() -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    with cores.on(cores.SERVER):
        process = subprocess.Popen(
            [str(MARGIND), "serve", "--memory", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            env=_AS_ANYBODY,
        )
    try:
        while not _answers(port):
            assert process.poll() is None, "margind did not start"
            time.sleep(0.002)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(_REQUEST)
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _forget_files() -> None:
    """Ask the system to drop Python's files and ours from its page cache; it needs no rights for that."""
    paths = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    for folder in {*paths, Path(__file__).parent.parent / "src"}:
        for path in folder.rglob("*"):
            if path.is_file() and hasattr(os, "posix_fadvise"):
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)
