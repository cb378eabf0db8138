"""Taking over what happened to orders: books, fills, conditional orders, countdowns."""

from margind.engine import events as e
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.book import HOUSE, BookSide
from margind.engine.model.decimals import ZERO
from margind.engine.model.ledger import Wallet
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import FEES, FILLED, OUTSIDE, USDM, Market
from margind.engine.order_life import algo_order_after, order_after
from margind.engine.state import State


def touched_account(state: State, name: str) -> Account:
    """An account that is about to change."""
    account = state.accounts[name]
    account.version += 1
    return account


def touched_half(state: State, name: str, market: Market) -> MarketAccount:
    """A half of an account that is about to change."""
    state.touched[market].add(name)
    return touched_account(state, name).on(market)


def set_wallet(state: State, name: str, half: MarketAccount, asset: str, wallet: Wallet) -> None:
    """A wallet has another balance."""
    half.wallets[asset] = wallet
    if half.market is not USDM:
        return
    if wallet.wallet_balance < ZERO:
        state.owing[name] = None
    elif name in state.owing and all(row.wallet_balance >= ZERO for row in half.wallets.values()):
        del state.owing[name]


def order_accepted(state: State, event: e.OrderAccepted) -> None:
    """An order is open, and on the book if it rests."""
    half = touched_half(state, event.account, event.market)
    order = event.order
    _open(state, event.account, half, order)
    state.next_order_id = order.order_id + 1
    if event.rests:
        rest(state, event.market, order)
    elif order.waits:
        wait(state, event.account, event.market, order)


def _open(state: State, account: str, half: MarketAccount, order: Order) -> None:
    half.put_order(order, state.payoff(half.market, order.symbol))
    half.client_order_ids[order.client_order_id] = order.order_id
    state.order_owners[order.order_id] = account
    if order.good_till_date:
        state.add_deadline(order.good_till_date, (account, half.market, order.symbol, order.order_id))


def orders_loaded(
    state: State, account: str, half: MarketAccount, orders: tuple[Order, ...], flat: tuple[Position, ...]
) -> None:
    """The account has these open orders and no others; nothing else waits for a price or a time."""
    market = half.market
    for order in list(half.open_orders.values()):
        _leave(state, half, order)
    for algo_order in list(half.algo_orders.values()):
        _stop_waiting(state, half, algo_order)
    for key in [key for key in state.countdowns if key[:2] == (account, market)]:
        del state.countdowns[key]
    half.touched = {(row.symbol, row.position_side): row.update_time for row in flat}
    for order in orders:
        _open(state, account, half, order)
        if order.waits:
            wait(state, account, market, order)
        else:
            # A document tells of orders that do rest: until the next price, the house is not where they are.
            state.book(market, order.symbol).against(order.side).step_aside(order.price)
            rest(state, market, order)
        state.next_order_id = max(state.next_order_id, order.order_id + 1)


def wait(state: State, account: str, market: Market, order: Order) -> None:
    """Let a conditional order wait for its trigger."""
    state.stop_orders[market].setdefault(order.symbol, {})[order.order_id] = account


def no_longer_wait(state: State, market: Market, order: Order) -> None:
    """Its trigger fired, or nobody waits for it any more."""
    waiting = state.stop_orders[market].get(order.symbol, {})
    waiting.pop(order.order_id, None)
    if not waiting:
        state.stop_orders[market].pop(order.symbol, None)


def stop_order_followed(state: State, event: e.StopOrderFollowed) -> None:
    """A trailing stop remembers the extreme price."""
    half = touched_half(state, event.account, event.market)
    order = order_after(half.open_orders[event.order_id], event)
    half.put_order(order, state.payoff(event.market, event.symbol))


def stop_order_fired(state: State, event: e.StopOrderFired) -> None:
    """A conditional order is a plain one now; it rests or trades with the events that follow."""
    half = touched_half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    no_longer_wait(state, event.market, order)
    half.put_order(order_after(order, event), state.payoff(event.market, event.symbol))


def stop_order_refused(state: State, event: e.StopOrderRefused) -> None:
    """Told to listeners; that the order is gone is an event of its own."""


def order_rested(state: State, event: e.OrderRested) -> None:
    """What is left of an order is on the book."""
    rest(state, event.market, touched_half(state, event.account, event.market).open_orders[event.order_id])


def rest(state: State, market: Market, order: Order) -> None:
    """Put an order at the end of its queue."""
    _side_of(state, market, order).add(order.price, order.order_id, order.remaining_qty)


def _side_of(state: State, market: Market, order: Order) -> BookSide:
    return state.book(market, order.symbol).resting(order.side, order.time_in_force)


def order_filled(state: State, event: e.OrderFilled) -> None:
    """One side of a trade: wallets, position, order and book."""
    half = touched_half(state, event.account, event.market)
    market, now = event.market, event.time
    set_wallet(state, event.account, half, event.margin_asset, Wallet(event.wallet_balance, now))
    state.ledger.take(market, event.margin_asset, OUTSIDE, event.realized_profit)
    if event.commission:
        if event.commission_asset != event.margin_asset:
            wallet = Wallet(event.commission_balance, now)
            set_wallet(state, event.account, half, event.commission_asset, wallet)
        state.ledger.take(market, event.commission_asset, FEES, -event.commission)
    key = (event.symbol, event.position_side)
    if event.position_amt:
        position = Position(
            event.symbol,
            event.position_side,
            event.position_amt,
            event.entry_price,
            event.break_even_price,
            event.isolated_wallet,
            now,
        )
        state.put_position(event.account, half, position)
    else:
        state.drop_position(event.account, half, key)
    half.touched[key] = now
    half.realized[key] = event.accumulated_realized
    state.next_tran_id = event.tran_id + 2
    state.next_trade_id = event.trade_id + 1
    order = half.open_orders[event.order_id]
    book = state.book(market, event.symbol)
    if event.against_house:
        opposite = book.against(event.side)
        quote = opposite.house_quote
        if quote is not None:  # a journal has no quotes of a feed
            opposite.reduce(quote[0], HOUSE, event.quantity)
    own = book.resting(event.side, order.time_in_force)
    if event.status is FILLED:
        own.remove(order.price, event.order_id)
        _forget(state, half, order)
    else:
        own.reduce(order.price, event.order_id, event.quantity)
        half.put_order(order_after(order, event), state.payoff(market, event.symbol))


def order_cancelled(state: State, event: e.OrderCancelled) -> None:
    """An order is gone."""
    half = touched_half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    _leave(state, half, order)


def order_amended(state: State, event: e.OrderAmended) -> None:
    """An order has another price and quantity, and another place."""
    half = touched_half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    _side_of(state, event.market, order).remove(order.price, event.order_id)
    amended = order_after(order, event)
    half.put_order(amended, state.payoff(event.market, event.symbol))
    if event.rests:
        rest(state, event.market, amended)


def _leave(state: State, half: MarketAccount, order: Order) -> None:
    """An order is no longer open; history remembers it."""
    if order.waits:
        no_longer_wait(state, half.market, order)
    else:
        _side_of(state, half.market, order).remove(order.price, order.order_id)
    _forget(state, half, order)


def _forget(state: State, half: MarketAccount, order: Order) -> None:
    half.drop_order(order)
    del state.order_owners[order.order_id]


def algo_order_accepted(state: State, event: e.AlgoOrderAccepted) -> None:
    """A conditional order waits."""
    half = touched_half(state, event.account, event.market)
    order = event.order
    half.algo_orders[order.algo_id] = order
    state.algo_orders[event.market].setdefault(order.symbol, {})[order.algo_id] = event.account
    state.next_algo_id = max(state.next_algo_id, order.algo_id + 1)


def algo_order_changed(state: State, event: e.AlgoOrderChanged) -> None:
    """A conditional order took a step; one that no longer waits is history."""
    half = touched_half(state, event.account, event.market)
    order = algo_order_after(half.algo_orders[event.algo_id], event)
    if order.is_open:
        half.algo_orders[order.algo_id] = order
        return
    _stop_waiting(state, half, order)


def _stop_waiting(state: State, half: MarketAccount, order: AlgoOrder) -> None:
    del half.algo_orders[order.algo_id]
    waiting = state.algo_orders[half.market][order.symbol]
    del waiting[order.algo_id]
    if not waiting:
        del state.algo_orders[half.market][order.symbol]


def funding_fixed(state: State, event: e.FundingFixed) -> None:
    """Told to history; what it changes are the wallets, one by one."""


def funding_settled(state: State, event: e.FundingSettled) -> None:
    """A wallet, and the wallet of an isolated position, moved by a funding."""
    half = touched_half(state, event.account, event.market)
    set_wallet(state, event.account, half, event.asset, Wallet(event.wallet_balance, event.time))
    state.ledger.take(event.market, event.asset, OUTSIDE, event.amount)
    key = (event.symbol, event.position_side)
    if event.isolated_wallet is not None:
        half.set_isolated_wallet(key, event.isolated_wallet, event.time)
    state.next_tran_id = event.tran_id + 1


def funding_time_passed(state: State, event: e.FundingTimePassed) -> None:
    """Hand-set symbols show their next funding."""
    state.show_next_funding(event.market, event.symbols, event.next_funding_time)
    held = state.hand_set_prices[event.market]
    held.update((symbol, state.markets[event.market].prices[symbol]) for symbol in event.symbols)


def position_delivered(state: State, event: e.PositionDelivered) -> None:
    """A position is gone, its profit and the fee are booked."""
    half = touched_half(state, event.account, event.market)
    market, now, order = event.market, event.time, event.order
    set_wallet(state, event.account, half, event.margin_asset, Wallet(event.wallet_balance, now))
    state.ledger.take(market, event.margin_asset, OUTSIDE, event.realized_profit)
    if event.commission:
        set_wallet(state, event.account, half, event.commission_asset, Wallet(event.commission_balance, now))
        state.ledger.take(market, event.commission_asset, FEES, -event.commission)
    key = (order.symbol, order.position_side)
    state.drop_position(event.account, half, key)
    half.touched[key] = now
    half.realized[key] = event.accumulated_realized
    state.next_order_id = order.order_id + 1
    state.next_trade_id = event.trade_id + 1
    state.next_tran_id = event.tran_id + 2


def countdown_set(state: State, event: e.CountdownSet) -> None:
    """A countdown runs, or ended."""
    key = (event.account, event.market, event.symbol)
    touched_account(state, event.account)
    if event.deadline:
        state.countdowns[key] = event.deadline
        state.add_deadline(event.deadline, (*key, 0))
    else:
        state.countdowns.pop(key, None)
