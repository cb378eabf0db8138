"""What holds in every state that commands can lead to."""

from decimal import Decimal, localcontext
from typing import Any

from msgspec import structs

from margind.engine import commands as c
from margind.engine.margin.available import available_balance
from margind.engine.margin.order_margin import resting_value
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.book import HOUSE
from margind.engine.model.decimals import CONTEXT, settled
from margind.engine.model.terms import MarginType, Market, OrderType, PositionSide, Side, TimeInForce
from margind.engine.rules.order_cost import fits_easily, order_cost
from margind.engine.rules.order_request import order_request
from margind.engine.state import State


def reports(state: State) -> list[AccountReport]:
    return [
        account_report(account, of_market, state.settings)
        for account in state.accounts.values()
        for of_market in state.markets.values()
    ]


def check_money_is_conserved(state: State) -> None:
    held: dict[tuple[Market, str], Decimal] = {}
    for account in state.accounts.values():
        for market in Market:
            for asset, wallet in account.on(market).wallets.items():
                held[market, asset] = held.get((market, asset), Decimal(0)) + wallet.wallet_balance
    for (market, asset, _), amount in state.ledger.balances.items():
        held[market, asset] = held.get((market, asset), Decimal(0)) + amount
    assert not any(held.values())


MARGINS = ("initial_margin", "maint_margin", "position_initial_margin", "open_order_initial_margin")
NEVER_NEGATIVE = (*MARGINS, "bid_notional", "ask_notional", "available_balance", "max_withdraw_amount")
HAVE_ALL_THEIR_DIGITS = {"entry_price", "break_even_price", "mark_price", "position_amt", "max_notional"}


def check_shown(shown: Any) -> None:
    """No margin is negative, and no amount has more than 8 decimals."""
    for name in shown.__struct_fields__:
        value = getattr(shown, name)
        if name in NEVER_NEGATIVE:
            assert value >= 0, name
        exact = name.startswith("exact") or name in HAVE_ALL_THEIR_DIGITS
        if isinstance(value, Decimal) and not exact:
            exponent = value.as_tuple().exponent
            assert isinstance(exponent, int)
            assert exponent >= -8, name


def check_reports(state: State) -> None:
    for report in reports(state):
        for row in report.positions.values():
            check_shown(row)
            for name in ("initial_margin", "maint_margin"):
                assert getattr(row.exact, name) >= 0
        for asset in report.assets.values():
            check_shown(asset)
        if report.totals is not None:
            check_shown(report.totals)


def check_books(state: State) -> None:
    """Every book holds exactly the rests of its orders, and no order meets another or the house."""
    for market, books in state.books.items():
        for symbol in books:
            check_book(state, market, symbol)


def check_book(state: State, market: Market, symbol: str) -> None:
    """The same for one book; a house may lock itself, when a feed has one price for bid and ask."""
    book = state.book(market, symbol)
    resting = {
        order.order_id: order
        for account in state.accounts.values()
        for order in account.on(market).open_orders.values()
        if order.symbol == symbol and not order.waits
    }
    found: dict[int, Decimal] = {}
    for side in Side:
        for stands_apart in (False, True):
            own_side = book.resting(side, TimeInForce.RPI) if stands_apart else book.side(side)
            for price, level in own_side.levels.items():
                for order_id, quantity in level.items():
                    assert quantity > 0
                    if order_id != HOUSE or stands_apart:
                        order = resting[order_id]
                        assert (order.price, order.side) == (price, side)
                        assert (order.time_in_force is TimeInForce.RPI) is stands_apart
                        found[order_id] = quantity
    assert found == {order_id: order.remaining_qty for order_id, order in resting.items()}
    for side in Side:
        users, opposite = book.side(side).best_of_users, book.against(side).best
        if users is not None and opposite is not None:
            assert not book.against(side).reaches(opposite, users[0]), (
                f"{symbol}: an order meets the other side"
            )
        rpi, house = book.resting(side, TimeInForce.RPI).best, book.against(side).house_quote
        if rpi is not None and house is not None:
            assert not book.against(side).reaches(house[0], rpi), f"{symbol}: an RPI order meets the house"


def check_orders(state: State) -> None:
    """Orders are open, found by each of their names, waiting where they wait, and still of use."""
    owners: dict[int, str] = {}
    stops: dict[tuple[Market, str, int], str] = {}
    algos: dict[tuple[Market, str, int], str] = {}
    for account in state.accounts.values():
        for market in Market:
            half = account.on(market)
            names = {order.client_order_id: order_id for order_id, order in half.open_orders.items()}
            assert half.client_order_ids == names
            for order_id, order in half.open_orders.items():
                assert order.order_id == order_id
                assert order.is_open
                assert 0 <= order.executed_qty < order.orig_qty or order.close_position
                assert (order.position_side is PositionSide.BOTH) is not account.dual_side_position
                owners[order_id] = account.name
                if order.waits:
                    stops[market, order.symbol, order_id] = account.name
                elif order.only_reduces:
                    position = half.positions.get((order.symbol, order.position_side))
                    assert position is not None
                    assert (position.position_amt > 0) is (order.side is Side.SELL)
            for algo_id, row in half.algo_orders.items():
                assert row.is_open
                algos[market, row.symbol, algo_id] = account.name
    assert state.order_owners == owners
    for index, expected in ((state.stop_orders, stops), (state.algo_orders, algos)):
        assert expected == {
            (market, symbol, number): name
            for market, symbols in index.items()
            for symbol, waiting in symbols.items()
            for number, name in waiting.items()
        }
        assert all(waiting for symbols in index.values() for waiting in symbols.values())


def check_positions(state: State) -> None:
    """Positions fit mode and side, and their holders are known; what is isolated has an isolated symbol."""
    assert state.holders == holders_anew(state)
    for account in state.accounts.values():
        for market in Market:
            half = account.on(market)
            for (symbol, side), position in half.positions.items():
                assert (position.symbol, position.position_side) == (symbol, side)
                assert (side is PositionSide.BOTH) is not account.dual_side_position
                assert position.position_amt
                assert side is PositionSide.BOTH or (position.position_amt > 0) is (side is PositionSide.LONG)
                assert position.entry_price > 0
                chosen = half.symbols.get(symbol)
                isolated = chosen is not None and chosen.margin_type is MarginType.ISOLATED
                assert isolated or not position.isolated_wallet


def holders_anew(state: State) -> dict[Market, dict[str, set[str]]]:
    holders: dict[Market, dict[str, set[str]]] = {market: {} for market in state.markets}
    for name, account in state.accounts.items():
        for market, symbols in holders.items():
            for symbol, _ in account.on(market).positions:
                symbols.setdefault(symbol, set()).add(name)
    return holders


def check_running_sums(state: State) -> None:
    """What is kept as orders come and go is what adding it all up anew gives, and so is what is available."""
    with localcontext(CONTEXT):
        for account in state.accounts.values():
            for market in Market:
                check_rows(account.on(market), state)
                check_available(account, market, state)


def check_rows(half: MarketAccount, state: State) -> None:
    """The rows of one half hold its open orders and their values."""
    kept = {order_id: order for row in half.rows.values() for order_id, order in row.orders.items()}
    assert kept == half.open_orders
    for (symbol, side), row in half.rows.items():
        assert all((order.symbol, order.position_side) == (symbol, side) for order in row.orders.values())
        assert list(row.orders) == sorted(row.orders)
        assert set(row.reducing) == {key for key, order in row.orders.items() if order.only_reduces}
        anew = resting_value(row.orders.values(), state.markets[half.market].contracts[symbol])
        assert settled(row.bids) == settled(anew.bids)
        assert settled(row.asks) == settled(anew.asks)


def check_available(account: Account, market: Market, state: State) -> None:
    """The order checks' shortcut to `availableBalance` gives the report's."""
    half, of_market = account.on(market), state.markets[market]
    if half.multi_assets_margin:
        return
    report = account_report(account, of_market, state.settings)
    rounding = state.settings.initial_margin_rounding
    for asset, row in report.assets.items():
        assert available_balance(half, of_market, asset, rounding) == row.available_balance


def fits_as_it_costs(state: State, order: c.PlaceOrder) -> bool:
    """Whether an order fits easily: by its exact cost, with nothing kept, it then fits as well."""
    if order.quantity is None or (order.type is OrderType.LIMIT and order.price is None):
        return False
    with localcontext(CONTEXT):
        request = order_request(state, order)
        fits = fits_easily(state, request)
        account = request.account.imagined(order.market)
        cost = order_cost(state, structs.replace(request, account=account, half=account.on(order.market)))
    assert not fits or (cost.need <= cost.available and not cost.is_too_large)
    return fits
