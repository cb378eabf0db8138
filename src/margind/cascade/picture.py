"""A cascade as a picture: the price, what was closed, and who paid, above each other over time."""

from datetime import UTC, datetime
from pathlib import Path

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from margind.cascade.report import CascadeReport

SIZE = (11.0, 8.5)
"""In inches."""
DOTS_PER_INCH = 110
MS_PER_DAY = 86_400_000
"""The library counts time in days since 1970."""
_BAR_WIDTH = 50_000 / MS_PER_DAY
"""A minute with a little air."""


def draw(report: CascadeReport, path: Path) -> None:
    """Write the picture as PNG; OSError when it cannot be written."""
    figure = Figure(figsize=SIZE, dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    price, closed, fund = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 2))
    for axes in (closed, fund):
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.12g}"))
    begin = datetime.fromtimestamp(report.minutes[0].time // 1000, UTC)
    places = [row.time / MS_PER_DAY for row in report.minutes]
    _draw_price(price, report, places)
    _draw_closed(closed, report, places)
    _draw_fund(fund, report, places)
    fund.xaxis.set_major_locator(dates.AutoDateLocator(tz=UTC))  # type: ignore[no-untyped-call]
    fund.xaxis.set_major_formatter(dates.DateFormatter("%H:%M", tz=UTC))  # type: ignore[no-untyped-call]
    fund.set_xlabel(f"{begin:%Y-%m-%d}, UTC")
    crowd = report.crowd
    figure.suptitle(f"{report.symbol}, {crowd.accounts:,} accounts of seed {crowd.seed}, {report.source}")
    figure.savefig(path, format="png", metadata={"Software": "margind"})


def _draw_price(axes: Axes, report: CascadeReport, places: list[float]) -> None:
    rows = report.minutes
    axes.vlines(
        places, [float(row.low) for row in rows], [float(row.high) for row in rows], color="0.6", linewidth=2
    )
    axes.plot(places, [float(row.close) for row in rows], color="black", linewidth=1, label="mark price")
    axes.set_ylabel(f"mark price, {report.margin_asset}")
    held = axes.twinx()
    held.plot(places, [row.open_accounts for row in rows], color="tab:blue", linewidth=1)
    held.set_ylim(0, report.crowd.accounts * 1.05)
    held.set_ylabel("accounts with a position", color="tab:blue")


def _draw_closed(axes: Axes, report: CascadeReport, places: list[float]) -> None:
    columns = (
        ("closed_on_book", "closed on the book", "tab:red"),
        ("taken_over", "taken over by the fund", "tab:orange"),
        ("deleveraged", "auto-deleveraged", "tab:purple"),
    )
    below = [0.0] * len(places)
    for name, label, colour in columns:
        values = [float(getattr(row, name)) for row in report.minutes]
        if any(values):
            axes.bar(places, values, width=_BAR_WIDTH, bottom=below, color=colour, label=label)
            below = [before + value for before, value in zip(below, values, strict=True)]
    axes.set_ylabel("quantity closed")
    if any(below):
        axes.legend(loc="upper right")


def _draw_fund(axes: Axes, report: CascadeReport, places: list[float]) -> None:
    axes.plot(places, [float(row.fund) for row in report.minutes], color="tab:orange")
    axes.axhline(float(report.fund_at_start), color="0.7", linewidth=1, linestyle="--")
    axes.set_ylabel(f"insurance fund, {report.margin_asset}")
