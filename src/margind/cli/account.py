"""`margind account`: one account at a glance, both markets."""

from collections.abc import Mapping
from typing import Any

import click

from margind.cli import numbers
from margind.cli.completion import complete_account
from margind.cli.connection import Connection, connected
from margind.cli.terminal import Cell, Column, Screen, Table, Tone
from margind.cli.times import moment_text

DEMO = "demo"
USDM, COINM = "USDⓈ-M", "COIN-M"

Row = Mapping[str, Any]


@click.command()
@click.argument("name", default=DEMO, shell_complete=complete_account)
@connected
def account(connection: Connection, name: str) -> None:
    """Show the account NAME (demo when none is given).

    Wallets, margins and margin ratio of each asset, positions with their liquidation price, open orders, on
    both markets. Numbers are shortened to what the eye needs and columns left out where the terminal is
    narrow; --json has everything, and `margind explain` says where a number comes from.
    """
    connection.show(connection.get("accounts", name, "report"), draw_account)


def draw_account(screen: Screen, report: Row) -> None:
    """Print a report."""
    mode = "hedge mode" if report["dualSidePosition"] else "one-way mode"
    screen.line(
        Cell(report["name"], Tone.STRONG),
        Cell(f" on {report['exchange']}, {mode}, {moment_text(report['time'])}", Tone.QUIET),
    )
    for title, half in ((USDM, report["usdm"]), (COINM, report["coinm"])):
        draw_market(screen, title, half)


def _terms(title: str, half: Row) -> str:
    tier = f"fee tier {half['feeTier']}"
    if title == COINM:
        return tier  # it has neither asset modes nor fees in BNB
    mode = "multi-assets mode" if half["multiAssetsMargin"] else "single-asset mode"
    return ", ".join([mode, tier, *["fees in BNB"] * half["feeBurn"]])


def draw_market(screen: Screen, title: str, half: Row) -> None:
    """Print one market's half of a report."""
    screen.line()
    screen.line(Cell(title, Tone.STRONG), Cell(f"  {_terms(title, half)}", Tone.QUIET))
    if not half["assets"]:
        screen.line(Cell(" no money, no positions, no orders", Tone.QUIET))
        return
    screen.line()
    screen.table(assets_table(half))
    if half["positions"]:
        screen.line()
        screen.table(positions_table(half["positions"]))
    if half["openOrders"]:
        screen.line()
        screen.table(orders_table(half["openOrders"]))


def assets_table(half: Row) -> Table:
    """The wallets; in multi-assets mode with the account's total in USD below them."""
    rows = [_asset_cells(row["asset"], row) for row in half["assets"]]
    if half["total"] is not None:
        rows.append(_asset_cells("all, in USD", half["total"]))
    return Table(
        (
            Column("Asset"),
            Column("Wallet", numeric=True),
            Column("Profit", numeric=True),
            Column("Margin balance", numeric=True, rank=4),
            Column("Initial", numeric=True, rank=3),
            Column("Maintenance", numeric=True, rank=2),
            Column("Available", numeric=True),
            Column("Withdrawable", numeric=True, rank=5),
            Column("Ratio", numeric=True),
        ),
        rows,
    )


def _asset_cells(title: str, row: Row) -> list[Cell]:
    def amount(field: str) -> Cell:
        return Cell(numbers.amount(row[field], title))

    return [
        Cell(title, Tone.NAME),
        amount("walletBalance"),
        numbers.profit(row["unrealizedProfit"], title),
        amount("marginBalance"),
        amount("initialMargin"),
        amount("maintMargin"),
        amount("availableBalance"),
        amount("maxWithdrawAmount"),
        numbers.ratio(row["marginRatio"]),
    ]


def positions_table(positions: list[Row]) -> Table:
    """The open positions."""
    return Table(
        (
            Column("Position"),
            Column("Side"),
            Column("Margin"),
            Column("Amount", numeric=True),
            Column("Entry", numeric=True),
            Column("Mark", numeric=True),
            Column("Liquidation", numeric=True),
            Column("Value", numeric=True, rank=3),
            Column("Maintenance", numeric=True, rank=4),
            Column("Ratio", numeric=True, rank=2),
            Column("Profit", numeric=True),
        ),
        [_position_cells(row) for row in positions],
    )


def _position_cells(row: Row) -> list[Cell]:
    asset = row["marginAsset"]
    kind = "isolated" if row["marginType"] == "ISOLATED" else "cross"
    return [
        Cell(row["symbol"], Tone.NAME),
        _side(row),
        Cell(f"{kind} {row['leverage']}x"),
        Cell(numbers.quantity(row["positionAmt"])),
        Cell(numbers.price(row["entryPrice"])),
        Cell(numbers.price(row["markPrice"])),
        Cell(numbers.price(row["liquidationPrice"]), Tone.WARNING),
        Cell(numbers.amount(row["notional"], asset)),
        Cell(numbers.amount(row["maintMargin"], asset)),
        numbers.ratio(row["marginRatio"]),
        numbers.profit(row["unrealizedProfit"], asset),
    ]


def _side(row: Row) -> Cell:
    # In one-way mode every row says BOTH, which tells nothing.
    return Cell("" if row["positionSide"] == "BOTH" else row["positionSide"])


def orders_table(orders: list[Row]) -> Table:
    """The open orders."""
    return Table(
        (
            Column("Open order"),
            Column("Side"),
            Column("Position", rank=2),
            Column("Type"),
            Column("Price", numeric=True),
            Column("Quantity", numeric=True),
            Column("Filled", numeric=True),
            Column("In force", rank=3),
            Column("Client order id", rank=4),
        ),
        [_order_cells(row) for row in orders],
    )


def _order_cells(row: Row) -> list[Cell]:
    return [
        Cell(row["symbol"], Tone.NAME),
        Cell(row["side"], Tone.GOOD if row["side"] == "BUY" else Tone.BAD),
        _side(row),
        Cell(row["type"] + (", reduce only" if row["reduceOnly"] else "")),
        Cell(numbers.price(row["price"])),
        Cell(numbers.quantity(row["origQty"])),
        Cell(numbers.quantity(row["executedQty"])),
        Cell(row["timeInForce"]),
        Cell(row["clientOrderId"]),
    ]
