"""Taking over what happened to orders: books, fills, conditional orders, countdowns."""

import msgspec

from margind.engine import events as e
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.book import HOUSE
from margind.engine.model.ledger import Wallet
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import Counterparty, Market
from margind.engine.order_life import algo_order_after, order_after
from margind.engine.state import State


def touched_account(state: State, name: str) -> Account:
    """An account that is about to change."""
    account = state.accounts[name]
    account.version += 1
    return account


def touched_half(state: State, name: str, market: Market) -> MarketAccount:
    """A half of an account that is about to change."""
    return touched_account(state, name).on(market)


def order_accepted(state: State, event: e.OrderAccepted) -> None:
    """An order is open, and on the book if it rests."""
    half = touched_half(state, event.account, event.market)
    order = event.order
    half.open_orders[order.order_id] = order
    half.client_order_ids[order.client_order_id] = order.order_id
    state.order_owners[order.order_id] = event.account
    state.next_order_id = order.order_id + 1
    if order.good_till_date:
        state.add_deadline(order.good_till_date, (event.account, event.market, order.symbol, order.order_id))
    if event.rests:
        rest(state, event.market, order)


def order_rested(state: State, event: e.OrderRested) -> None:
    """What is left of an order is on the book."""
    rest(state, event.market, touched_half(state, event.account, event.market).open_orders[event.order_id])


def rest(state: State, market: Market, order: Order) -> None:
    """Put an order at the end of its queue."""
    state.book(market, order.symbol).side(order.side).add(order.price, order.order_id, order.remaining_qty)


def order_filled(state: State, event: e.OrderFilled) -> None:
    """One side of a trade: wallets, position, order and book."""
    half = touched_half(state, event.account, event.market)
    market, now = event.market, event.time
    half.wallets[event.margin_asset] = Wallet(event.wallet_balance, now)
    state.ledger.take(market, event.margin_asset, Counterparty.OUTSIDE, event.realized_profit)
    if event.commission:
        half.wallets[event.commission_asset] = Wallet(event.commission_balance, now)
        state.ledger.take(market, event.commission_asset, Counterparty.FEES, -event.commission)
    key = (event.symbol, event.position_side)
    if event.position_amt:
        half.positions[key] = Position(
            event.symbol,
            event.position_side,
            event.position_amt,
            event.entry_price,
            event.break_even_price,
            event.isolated_wallet,
            now,
        )
    else:
        half.positions.pop(key, None)
    half.touched[key] = now
    half.realized[key] = event.accumulated_realized
    state.next_tran_id = event.tran_id + 2
    state.next_trade_id = event.trade_id + 1
    order = half.open_orders[event.order_id]
    book = state.book(market, event.symbol)
    book.side(event.side).reduce(order.price, event.order_id, event.quantity)
    if event.against_house:
        opposite = book.against(event.side)
        quote = opposite.house_quote
        if quote is not None:  # a journal has no quotes of a feed
            opposite.reduce(quote[0], HOUSE, event.quantity)
    _keep_order(state, half, order_after(order, event))


def order_cancelled(state: State, event: e.OrderCancelled) -> None:
    """An order is gone."""
    half = touched_half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    state.book(event.market, event.symbol).side(order.side).remove(order.price, event.order_id)
    _keep_order(state, half, order_after(order, event))


def order_amended(state: State, event: e.OrderAmended) -> None:
    """An order has another price and quantity, and another place."""
    half = touched_half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    state.book(event.market, event.symbol).side(order.side).remove(order.price, event.order_id)
    amended = order_after(order, event)
    half.open_orders[event.order_id] = amended
    if event.rests:
        rest(state, event.market, amended)


def _keep_order(state: State, half: MarketAccount, order: Order) -> None:
    """An order that is done is no longer open; history remembers it."""
    if order.is_open:
        half.open_orders[order.order_id] = order
    else:
        del half.open_orders[order.order_id]
        del state.order_owners[order.order_id]
        if half.client_order_ids.get(order.client_order_id) == order.order_id:
            del half.client_order_ids[order.client_order_id]
    half.touched[order.symbol, order.position_side] = order.update_time


def algo_order_accepted(state: State, event: e.AlgoOrderAccepted) -> None:
    """A conditional order waits."""
    half = touched_half(state, event.account, event.market)
    order = event.order
    half.algo_orders[order.algo_id] = order
    state.algo_orders[event.market].setdefault(order.symbol, {})[order.algo_id] = event.account
    state.next_algo_id = order.algo_id + 1


def algo_order_changed(state: State, event: e.AlgoOrderChanged) -> None:
    """A conditional order took a step; one that no longer waits is history."""
    half = touched_half(state, event.account, event.market)
    order = algo_order_after(half.algo_orders[event.algo_id], event)
    if order.is_open:
        half.algo_orders[order.algo_id] = order
        return
    del half.algo_orders[order.algo_id]
    waiting = state.algo_orders[event.market][order.symbol]
    waiting.pop(order.algo_id, None)
    if not waiting:
        del state.algo_orders[event.market][order.symbol]


def funding_settled(state: State, event: e.FundingSettled) -> None:
    """A wallet, and the wallet of an isolated position, moved by a funding."""
    half = touched_half(state, event.account, event.market)
    half.wallets[event.asset] = Wallet(event.wallet_balance, event.time)
    state.ledger.take(event.market, event.asset, Counterparty.OUTSIDE, event.amount)
    key = (event.symbol, event.position_side)
    if event.isolated_wallet is not None:
        half.positions[key] = msgspec.structs.replace(
            half.positions[key], isolated_wallet=event.isolated_wallet, update_time=event.time
        )
    state.next_tran_id = event.tran_id + 1


def funding_time_passed(state: State, event: e.FundingTimePassed) -> None:
    """Hand-set symbols show their next funding."""
    state.show_next_funding(event.market, event.symbols, event.next_funding_time)
    held = state.hand_set_prices[event.market]
    held.update((symbol, state.markets[event.market].prices[symbol]) for symbol in event.symbols)


def countdown_set(state: State, event: e.CountdownSet) -> None:
    """A countdown runs, or ended."""
    key = (event.account, event.market, event.symbol)
    touched_account(state, event.account)
    if event.deadline:
        state.countdowns[key] = event.deadline
        state.add_deadline(event.deadline, (*key, 0))
    else:
        state.countdowns.pop(key, None)
