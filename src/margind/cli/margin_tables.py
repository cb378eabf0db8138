"""What `margind margin` prints for people: pools with a bar, sizes, before and after side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from margind.cli import numbers
from margind.cli.account import draw_market
from margind.cli.terminal import Cell, Column, Screen, Table, Tone

Row = Mapping[str, Any]

BAR_WIDTH = 20
"""Cells of a full bar, where a pool is liquidated."""


def draw_margin(screen: Screen, reply: Row) -> None:
    """Print what was asked for: the explanation alone, what orders would do, or else the account."""
    if reply["explanation"] is not None:
        for line in reply["explanation"]["text"].splitlines():
            screen.line(line)
        return
    if reply["orders"]:
        draw_orders(screen, reply)
    else:
        draw_account_before(screen, reply)
    _draw_reference_prices(screen, reply["prices"])


def draw_account_before(screen: Screen, reply: Row) -> None:
    """Print the account as it is: both markets, its pools, and what it could still open."""
    before = reply["before"]
    screen.line(Cell("hedge mode" if reply["dualSidePosition"] else "one-way mode", Tone.QUIET))
    for title, half in (("USDⓈ-M", before["usdm"]), ("COIN-M", before["coinm"])):
        if half["assets"] or half["openOrders"]:
            draw_market(screen, title, half)
    if not (before["usdm"]["assets"] or before["coinm"]["assets"]):
        screen.line("The account holds nothing.")
    if before["pools"]:
        _titled(screen, "Margin pools, liquidated at 100 %", pools_table(before["pools"]))
    if reply["largest"]:
        _titled(screen, "Largest market orders", largest_table(reply["largest"]))


def _titled(screen: Screen, title: str, table: Table) -> None:
    screen.line()
    screen.line(Cell(title, Tone.STRONG))
    screen.line()
    screen.table(table)


def pools_table(rows: Sequence[Row]) -> Table:
    """The pools with a bar that is full at liquidation."""
    return Table(
        (
            Column("Pool"),
            Column("Kind", rank=1),
            Column("Balance", numeric=True),
            Column("Maintenance", numeric=True),
            Column("Ratio", numeric=True),
            Column("", rank=2),
        ),
        [
            [
                Cell(row["name"], Tone.NAME),
                Cell(row["kind"]),
                Cell(numbers.amount(row["marginBalance"], row["asset"])),
                Cell(numbers.amount(row["maintMargin"], row["asset"])),
                numbers.ratio(row["marginRatio"]),
                numbers.ratio_bar(row["marginRatio"], BAR_WIDTH),
            ]
            for row in rows
        ],
    )


def largest_table(rows: Sequence[Row]) -> Table:
    """The largest orders, and what stops one step more."""
    return Table(
        (
            Column("Order"),
            Column("Leg"),
            Column("Side"),
            Column("At most", numeric=True),
            Column("Closes", numeric=True, rank=3),
            Column("Position then", numeric=True, rank=2),
            Column("Binds", numeric=True, rank=1),
            Column("One step more", rank=4),
        ),
        [_largest_cells(row) for row in rows],
    )


def _largest_cells(row: Row) -> list[Cell]:
    order, stopped, asset = row["order"], row["stoppedBy"], row["marginAsset"]
    leg = "" if order["positionSide"] == "BOTH" else order["positionSide"]
    return [
        Cell(order["symbol"], Tone.NAME),
        Cell(leg),
        _side(order),
        Cell(numbers.quantity(order["quantity"])),
        Cell(numbers.quantity(row["closes"])),
        Cell(numbers.quantity(row["positionAmt"])),
        Cell(numbers.amount(row["need"], asset)),
        Cell("" if stopped is None else f"{stopped['code']} {stopped['message']}", Tone.QUIET),
    ]


def _side(order: Row) -> Cell:
    return Cell(order["side"], Tone.GOOD if order["side"] == "BUY" else Tone.BAD)


def draw_orders(screen: Screen, reply: Row) -> None:
    """Print what the orders would do: each with its fate, then the account before and after."""
    for row in reply["orders"]:
        refusal = row["refusal"]
        tone = Tone.GOOD if refusal is None else Tone.BAD
        screen.line(Cell(f" {row['text']}", Tone.STRONG), Cell(f"  {_fate(row)}", tone))
        if refusal is not None:
            for line in row["reason"].splitlines():
                screen.line(Cell(f"   {line}", Tone.QUIET))
    standings = {"Before": reply["before"], "After": reply["after"]}
    if reply["filled"] is not None:
        standings["Once filled"] = reply["filled"]
    if any(row["refusal"] is None for row in reply["orders"]):
        screen.line()
        screen.table(comparison_table(standings))


def _fate(row: Row) -> str:
    refusal = row["refusal"]
    if refusal is not None:
        return f"refused: {refusal['code']} {refusal['name']}: {refusal['message']}"
    fees = ", ".join(f"{amount} {asset}" for asset, amount in row["commission"].items())
    filled = f"{row['executedQty']} filled at {row['averagePrice']}, fee {fees}" if fees else ""
    if row["status"] == "NEW":
        return "rests"
    if row["status"] == "PARTIALLY_FILLED":
        return f"{filled}; the rest rests"
    if row["status"] == "EXPIRED":
        return f"{filled}; the rest expires" if filled else "expires: nothing to trade with"
    return filled


def comparison_table(standings: Mapping[str, Row]) -> Table:
    """The numbers of some moments side by side; what stays the same in all of them is left out."""
    columns = [_numbers_of(standing) for standing in standings.values()]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = []
    for name in names:
        cells = [column.get(name, _NONE) for column in columns]
        if len({cell.text for cell in cells}) > 1:
            rows.append([Cell(name, Tone.NAME), *cells])
    if not rows:
        rows = [[Cell("nothing changes", Tone.QUIET), *(_NONE for _ in columns)]]
    return Table((Column(""), *(Column(title, numeric=True) for title in standings)), rows)


_NONE = Cell("-")


def _numbers_of(standing: Row) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for half in (standing["usdm"], standing["coinm"]):
        named = [(row["asset"], row) for row in half["assets"]]
        if half["total"] is not None:
            named.append(("all, in USD", half["total"]))
        for asset, row in named:
            prefix = f"{half_name(half, standing)} {asset}".strip()
            for field, words in _ASSET_NUMBERS:
                found[f"{prefix} {words}"] = Cell(numbers.amount(row[field], asset))
        for row in half["positions"]:
            leg = "" if row["positionSide"] == "BOTH" else f" {row['positionSide']}"
            name = row["symbol"] + leg
            found[f"{name} position"] = Cell(numbers.quantity(row["positionAmt"]))
            found[f"{name} entry"] = Cell(numbers.price(row["entryPrice"]))
            found[f"{name} mark"] = Cell(numbers.price(row["markPrice"]))
            found[f"{name} profit"] = numbers.profit(row["unrealizedProfit"], row["marginAsset"])
            found[f"{name} liquidation"] = Cell(numbers.price(row["liquidationPrice"]), Tone.WARNING)
    for pool in standing["pools"]:
        found[f"{pool['name']} ratio"] = numbers.ratio(pool["marginRatio"])
    return found


def half_name(half: Row, standing: Row) -> str:
    """COIN-M before its assets, which USDⓈ-M may hold, too."""
    return "COIN-M" if half is standing["coinm"] else ""


_ASSET_NUMBERS = (
    ("walletBalance", "wallet"),
    ("initialMargin", "initial margin"),
    ("maintMargin", "maintenance"),
    ("availableBalance", "available"),
)


def _draw_reference_prices(screen: Screen, prices: Mapping[str, Row]) -> None:
    shipped = [symbol for symbol, row in prices.items() if not row["given"]]
    if shipped:
        screen.line()
        names = ", ".join(f"{symbol} {numbers.price(prices[symbol]['price'])}" for symbol in shipped)
        screen.paragraph(f"Reference prices, as shipped: {names}. Give others with --price.", Tone.WARNING)
