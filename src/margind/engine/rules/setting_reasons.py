"""Why leverage, margin type, modes or isolated margin could not be changed."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.account import MarketAccount
from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.decimals import ZERO, cut8
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import MarginType
from margind.engine.rules.margin_reasons import CAPS, highest_leverage, missing
from margind.engine.rules.order_reasons import GENERAL, some
from margind.errors import Because, Compared

LEVERAGE = "'Change Initial Leverage'"
ADJUST = "FAQ 'How to Adjust Margin Balance in Cross/Isolated Margin Mode'"
MULTI_ASSETS = "'Change Multi-Assets Mode'; 'Error Code'"
MARGIN_TYPE = "'Change Margin Type'; 'Error Code'"
POSITION_MODE = "'Change Position Mode'; 'Error Code'"


def leverage_range(leverage: int, most: int) -> Because:
    """Which leverages a symbol has."""
    nearest = min(max(leverage, 1), most)
    return Because(
        "leverage lies from 1 to the highest of the symbol's first bracket",
        (Compared("leverage", leverage), Compared("lowest", 1), Compared("highest", most)),
        f"{LEVERAGE}; 'Notional and Leverage Brackets'",
        f"leverage {nearest} is the nearest",
        {"leverage": nearest},
    )


def leverage_kept(asked: int, chosen: SymbolConfiguration) -> Because:
    """An isolated position keeps its leverage or raises it."""
    return Because(
        "the leverage of an isolated position is not lowered",
        (Compared("leverage", asked), Compared("present leverage", chosen.leverage)),
        GENERAL,
        f"leverage {chosen.leverage} is the lowest while the position is there",
        {"leverage": chosen.leverage},
    )


def leverage_cap(asked: int, present: int, notional: Decimal, brackets: Brackets, asset: str) -> Because:
    """A leverage whose cap is below the position."""
    most = highest_leverage(brackets, notional)
    # Below the present one, the margin may not be there.
    values = {} if most is None or most < present else {"leverage": most}
    return Because(
        "a position, with its orders, stays within the notional cap of its leverage",
        (
            Compared("notional with orders", notional, asset),
            Compared("notional cap", brackets.max_notional(asked) or ZERO, asset),
            Compared("leverage", asked),
        ),
        CAPS,
        "no leverage has room for it" if most is None else f"leverage {most} is the highest with room for it",
        values,
    )


def leverage_margin(
    asked: int, present: int, *, before: Decimal, unbound_at: Callable[[int], Decimal], unit: str
) -> Because:
    """A leverage so low that the margin is not there; `before` is what the account can still bind now."""
    after = unbound_at(asked)
    lowest = present
    if before > ZERO:
        # What is unbound is a straight line over 1 / leverage, but for the last digit of each row.
        slope = (before - after) / (Decimal(1) / asked - Decimal(1) / present)
        lowest = max(asked + 1, int(1 / (Decimal(1) / present + before / slope)))
        while unbound_at(lowest) < ZERO:
            lowest += 1
    return Because(
        "a lower leverage needs more initial margin, and all of it is there",
        (
            Compared("balance left with it", cut8(after), unit),
            Compared("balance left now", cut8(before), unit),
            Compared("leverage", asked),
            Compared("present leverage", present),
        ),
        GENERAL,
        f"leverage {lowest} is the lowest that the balance covers",
        {"leverage": lowest},
    )


def already(name: str, value: str) -> Because:
    """What is asked for is so already."""
    return Because(
        f"{name} is {value} already: there is nothing to change", (Compared(name, value),), GENERAL
    )


def orders_in_the_way(
    what: str, source: str, halves: Sequence[MarketAccount], symbol: str = "", *, conditional: bool = False
) -> Because:
    """Open orders, and conditional ones where they count, keep a setting as it is."""
    orders = [
        f"{order.order_id} ({order.symbol})"
        for half in halves
        for order in half.open_orders.values()
        if not symbol or order.symbol == symbol
    ]
    if conditional:
        orders += [
            f"algo {row.algo_id} ({row.symbol})" for half in halves for row in half.algo_orders.values()
        ]
    return Because(
        f"{what} changes only while there are no open orders{f' on {symbol}' if symbol else ''}",
        (
            Compared("open orders", len(orders)),
            Compared("their ids", some(orders)),
        ),
        source,
        "cancel them first",
    )


def positions_in_the_way(
    what: str, source: str, halves: Iterable[MarketAccount], symbol: str = ""
) -> Because:
    """Positions keep a setting as it is."""
    positions = [
        position
        for half in halves
        for position in half.positions.values()
        if not symbol or position.symbol == symbol
    ]
    names = some(
        f"{position.symbol} {position.position_side} {position.position_amt:f}" for position in positions
    )
    return Because(
        f"{what} changes only without positions{f' on {symbol}' if symbol else ''}",
        (Compared("positions", len(positions)), Compared("which", names)),
        source,
        "close them first",
    )


def isolated_in_joint_mode(symbol: str) -> Because:
    """Multi-assets mode knows cross margin only."""
    return Because(
        "in multi-assets mode every symbol is on cross margin",
        (Compared("symbol", symbol), Compared("asset mode", "multi-assets")),
        MARGIN_TYPE,
        "change to single-asset mode first (multiAssetsMargin false)",
    )


def isolated_symbols(half: MarketAccount) -> Because:
    """Symbols on isolated margin keep multi-assets mode away."""
    isolated = sorted(
        symbol for symbol, chosen in half.symbols.items() if chosen.margin_type is MarginType.ISOLATED
    )
    return Because(
        "multi-assets mode needs cross margin on every symbol",
        (Compared("symbols on isolated margin", len(isolated)), Compared("which", some(isolated))),
        MULTI_ASSETS,
        "set them to CROSSED first",
    )


def debts(half: MarketAccount, market: MarketState) -> Because:
    """Negative balances of collateral keep the asset mode as it is."""
    owed = [
        Compared(asset, half.wallets[asset].wallet_balance, asset)
        for asset, terms in market.assets.items()
        if terms.margin_available and asset in half.wallets and half.wallets[asset].wallet_balance < ZERO
    ]
    return Because(
        "the asset mode changes only while no wallet of a collateral asset is negative",
        tuple(owed),
        MULTI_ASSETS,
        "transfer "
        + ", ".join(f"{-row.value:f} {row.name}" for row in owed if isinstance(row.value, Decimal)),
    )


def uncovered_margins(report: AccountReport) -> Because:
    """Pools that would not hold their initial margins in the other asset mode."""
    short = [asset for asset in report.assets if report.unbound(asset) < ZERO]
    joint = report.multi_assets is not None
    if joint:
        short = short[:1]
    transfers = {asset: missing(report, asset, ZERO) for asset in short}
    wanted = {asset: amount for asset, amount in transfers.items() if amount is not None}
    words = " and ".join(f"{amount:f} {asset}" for asset, amount in wanted.items())
    return Because(
        "after the change every pool holds at least its initial margins",
        tuple(
            Compared(f"balance left in {asset}", cut8(report.unbound(asset)), "USD" if joint else asset)
            for asset in short
        ),
        MULTI_ASSETS,
        f"a transfer of {words} would have been enough" if wanted else "",
        {"transfer": words} if len(wanted) == 1 else {},
    )


def addable_margin(amount: Decimal, most: Decimal, asset: str) -> Because:
    """More than the cross wallet can give to an isolated position."""
    return Because(
        "what is added to an isolated position is available, and leaves the cross positions their "
        "maintenance margins and open orders theirs",
        (Compared("amount", amount, asset), Compared("most that can be added", cut8(most), asset)),
        ADJUST,
        f"amount {cut8(most):f} {asset} is the most" if cut8(most) else "nothing can be added now",
        {"amount": cut8(most)} if cut8(most) else {},
    )


def removable_margin(amount: Decimal, most: Decimal, asset: str) -> Because:
    """More than an isolated position can spare."""
    return Because(
        "what is taken out of an isolated position leaves it its maintenance margin in the wallet, and its "
        "initial margin with the unrealized profit",
        (Compared("amount", amount, asset), Compared("most that can be removed", cut8(most), asset)),
        ADJUST,
        f"amount {cut8(most):f} {asset} is the most" if cut8(most) else "nothing can be removed now",
        {"amount": cut8(most)} if cut8(most) else {},
    )


def amount_reason(amount: Decimal) -> Because:
    """An amount that is none."""
    return Because(
        "an amount is above 0, with at most 8 decimals; type says in which direction it goes",
        (Compared("amount", amount),),
        ADJUST,
        remedy_value={"amount": cut8(amount)} if cut8(amount) > ZERO else {},
    )


def margin_of_its_own(symbol: str, margin_type: MarginType, row: PositionReport | None) -> Because:
    """A position that has no margin of its own, or is not there."""
    return Because(
        "margin is added to, and taken out of, an open position on isolated margin",
        (
            Compared(f"marginType of {symbol}", margin_type),
            Compared("positionAmt", ZERO if row is None else row.position_amt),
        ),
        ADJUST,
    )
