"""A crash made by hand: candles that fall by a fifth in ten minutes and come half of the way back."""

from itertools import pairwise
from pathlib import Path

START = 1_760_130_180_000
STEPS = (100_000, 99_500, 98_000, 95_000, 91_000, 86_000, 80_000, 82_000, 85_000, 88_000, 90_000)


GAP = (100_000, 100_000, 60_000)
"""In two minutes, four tenths: faster than orders can follow."""


def candles(volume: str = "6000.000", steps: tuple[int, ...] = STEPS) -> list[str]:
    """A line for each minute, as the public archives write them."""
    return [
        f"{START + minute * 60_000},{opened},{max(opened, closed)},{min(opened, closed)},{closed},{volume},0"
        for minute, (opened, closed) in enumerate(pairwise(steps))
    ]


def crash_file(folder: Path, volume: str = "6000.000", steps: tuple[int, ...] = STEPS) -> Path:
    path = folder / "crash.csv"
    path.write_text(
        "\n".join(["open_time,open,high,low,close,volume,close_time", *candles(volume, steps)]) + "\n"
    )
    return path
