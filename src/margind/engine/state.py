"""Everything an exchange remembers; `apply` is the only writer."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from heapq import heappush
from typing import Any

import msgspec

from margind.engine import events as e
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.book import HOUSE, Book
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.decimals import ZERO
from margind.engine.model.ledger import Ledger, Wallet
from margind.engine.model.market_state import MarketFacts, MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Counterparty, Market, Millis
from margind.engine.order_life import algo_order_after, order_after


class ApiKey(msgspec.Struct, frozen=True):
    """A key of an account. Never printed: see `__repr__`."""

    account: str
    api_key: str
    key_type: str
    secret: str
    permissions: frozenset[str]
    ip_whitelist: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ApiKey(account={self.account!r}, api_key={self.api_key[:4]!r}…, key_type={self.key_type!r})"


Deadline = tuple[str, Market, str, int]
"""Account, market, symbol and order id of a good-till-date order; order id 0 for a countdown."""


def set_house(book: Book, price: SymbolPrice) -> None:
    """Let the house stand where a price snapshot says."""
    book.bids.set_house(((price.bid_price, price.bid_qty),))
    book.asks.set_house(((price.ask_price, price.ask_qty),))


class State:
    """The state of one exchange: two markets, its accounts, and who holds the rest of the money."""

    __slots__ = (
        "accounts",
        "algo_orders",
        "books",
        "clock",
        "countdowns",
        "deadlines",
        "feed",
        "hand_set_index",
        "hand_set_prices",
        "keys",
        "ledger",
        "markets",
        "next_algo_id",
        "next_order_id",
        "next_trade_id",
        "next_tran_id",
        "order_owners",
        "sequence",
        "settings",
    )

    def __init__(self, facts: Mapping[Market, MarketFacts], settings: ExchangeSettings) -> None:
        self.settings = settings
        self.markets = {market: MarketState(of_market) for market, of_market in facts.items()}
        self.accounts: dict[str, Account] = {}
        self.keys: dict[str, ApiKey] = {}
        self.ledger = Ledger()
        self.clock: e.ClockSet | None = None
        self.feed: e.FeedStarted | None = None
        # What was set by hand holds: a feed no longer moves it, and a restart brings it back.
        self.hand_set_prices: dict[Market, dict[str, SymbolPrice]] = {market: {} for market in facts}
        self.hand_set_index: dict[str, AssetIndex] = {}
        self.books: dict[Market, dict[str, Book]] = {market: {} for market in facts}
        self.order_owners: dict[int, str] = {}
        """The accounts of all open orders."""
        self.algo_orders: dict[Market, dict[str, dict[int, str]]] = {market: {} for market in facts}
        """Waiting conditional orders per symbol, with the names of their accounts."""
        self.countdowns: dict[tuple[str, Market, str], Millis] = {}
        self.deadlines: list[tuple[Millis, int, Deadline]] = []
        """A heap of what will fall due; an entry may be out of date, so it is checked when it comes up."""
        self.next_tran_id = 1
        self.next_order_id = 1
        self.next_trade_id = 1
        self.next_algo_id = 1
        self.sequence = 0

    def apply(self, event: e.Event) -> None:
        """Take over what happened. Calculates nothing."""
        _APPLY[type(event)](self, event)
        self.sequence += 1

    def apply_feed(
        self,
        usdm: tuple[tuple[str, SymbolPrice], ...],
        coinm: tuple[tuple[str, SymbolPrice], ...],
        asset_index: tuple[tuple[str, AssetIndex], ...],
    ) -> None:
        """Take over prices of a feed: replaced at the next tick, so they are no events."""
        index = {symbol: row for symbol, row in asset_index if symbol not in self.hand_set_index}
        for market, prices in ((Market.USDM, usdm), (Market.COINM, coinm)):
            held = self.hand_set_prices[market]
            moved = [row for row in prices if row[0] not in held] if held else prices
            if moved or index:
                self.markets[market].set_prices(moved, index if market is Market.USDM else {})

    def book(self, market: Market, symbol: str) -> Book:
        """The order book of a listed symbol, with the house where the prices say."""
        book = self.books[market].get(symbol)
        if book is None:
            book = self.books[market][symbol] = Book()
            set_house(book, self.markets[market].prices[symbol])
        return book

    def add_deadline(self, then: Millis, deadline: Deadline) -> None:
        """Remember that something falls due."""
        heappush(self.deadlines, (then, len(self.deadlines), deadline))

    def wallet_balance(self, account: str, market: Market, asset: str) -> Decimal:
        """What an account holds of an asset on a market."""
        wallet = self.accounts[account].on(market).wallets.get(asset)
        return ZERO if wallet is None else wallet.wallet_balance


def _exchange_opened(state: State, event: e.ExchangeOpened) -> None:
    state.settings = event.settings


def _account_opened(state: State, event: e.AccountOpened) -> None:
    state.accounts[event.account] = Account(event.number, event.account)


def _key_created(state: State, event: e.KeyCreated) -> None:
    state.keys[event.api_key] = ApiKey(
        event.account,
        event.api_key,
        event.key_type,
        event.secret,
        frozenset(event.permissions),
        event.ip_whitelist,
    )


def _key_revoked(state: State, event: e.KeyRevoked) -> None:
    del state.keys[event.api_key]


def _balance_changed(state: State, event: e.BalanceChanged) -> None:
    half = _half(state, event.account, event.market)
    half.wallets[event.asset] = Wallet(event.wallet_balance, event.time)
    state.ledger.take(event.market, event.asset, event.counterparty, event.amount)
    state.next_tran_id = event.tran_id + 1


def _leverage_changed(state: State, event: e.LeverageChanged) -> None:
    half = _half(state, event.account, event.market)
    half.symbols[event.symbol] = msgspec.structs.replace(
        _configuration(state, half, event.symbol), leverage=event.leverage
    )


def _margin_type_changed(state: State, event: e.MarginTypeChanged) -> None:
    half = _half(state, event.account, event.market)
    half.symbols[event.symbol] = msgspec.structs.replace(
        _configuration(state, half, event.symbol), margin_type=event.margin_type
    )


def _position_mode_changed(state: State, event: e.PositionModeChanged) -> None:
    account = _account(state, event.account)
    account.dual_side_position = event.dual_side_position


def _asset_mode_changed(state: State, event: e.AssetModeChanged) -> None:
    _half(state, event.account, Market.USDM).multi_assets_margin = event.multi_assets_margin


def _fee_burn_changed(state: State, event: e.FeeBurnChanged) -> None:
    _half(state, event.account, Market.USDM).fee_burn = event.fee_burn


def _isolated_margin_changed(state: State, event: e.IsolatedMarginChanged) -> None:
    half = _half(state, event.account, event.market)
    key = (event.symbol, event.position_side)
    half.positions[key] = msgspec.structs.replace(
        half.positions[key], isolated_wallet=event.isolated_wallet, update_time=event.time
    )


def _market_account_loaded(state: State, event: e.MarketAccountLoaded) -> None:
    account = _account(state, event.account)
    account.dual_side_position = event.dual_side_position
    half = account.on(event.market)
    half.fee_tier = event.fee_tier
    half.fee_burn = event.fee_burn
    half.multi_assets_margin = event.multi_assets_margin
    half.can_trade = event.can_trade
    half.can_deposit = event.can_deposit
    half.can_withdraw = event.can_withdraw
    half.trade_group_id = event.trade_group_id
    half.wallets = {
        asset: Wallet(state.wallet_balance(event.account, event.market, asset), time)
        for asset, time in event.wallet_times.items()
    }
    half.symbols = dict(event.symbols)
    half.positions = {(position.symbol, position.position_side): position for position in event.positions}
    for order in half.open_orders.values():
        state.book(event.market, order.symbol).side(order.side).remove(order.price, order.order_id)
        state.order_owners.pop(order.order_id, None)
    half.open_orders = {order.order_id: order for order in event.open_orders}
    half.client_order_ids = {order.client_order_id: order.order_id for order in event.open_orders}
    half.realized = {}
    half.touched = {}
    for order in event.open_orders:
        state.order_owners[order.order_id] = event.account
        _rest(state, event.market, order)
        half.touched[order.symbol, order.position_side] = order.update_time
        state.next_order_id = max(state.next_order_id, order.order_id + 1)


def _order_accepted(state: State, event: e.OrderAccepted) -> None:
    half = _half(state, event.account, event.market)
    order = event.order
    half.open_orders[order.order_id] = order
    half.client_order_ids[order.client_order_id] = order.order_id
    state.order_owners[order.order_id] = event.account
    state.next_order_id = order.order_id + 1
    if order.good_till_date:
        state.add_deadline(order.good_till_date, (event.account, event.market, order.symbol, order.order_id))
    if event.rests:
        _rest(state, event.market, order)


def _order_rested(state: State, event: e.OrderRested) -> None:
    _rest(state, event.market, _half(state, event.account, event.market).open_orders[event.order_id])


def _rest(state: State, market: Market, order: Order) -> None:
    state.book(market, order.symbol).side(order.side).add(order.price, order.order_id, order.remaining_qty)


def _order_filled(state: State, event: e.OrderFilled) -> None:
    half = _half(state, event.account, event.market)
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
    if event.against_house and not event.is_maker:
        book.against(event.side).reduce(event.price, HOUSE, event.quantity)
    _keep_order(state, half, order_after(order, event))


def _order_cancelled(state: State, event: e.OrderCancelled) -> None:
    half = _half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    state.book(event.market, event.symbol).side(order.side).remove(order.price, event.order_id)
    _keep_order(state, half, order_after(order, event))


def _order_amended(state: State, event: e.OrderAmended) -> None:
    half = _half(state, event.account, event.market)
    order = half.open_orders[event.order_id]
    state.book(event.market, event.symbol).side(order.side).remove(order.price, event.order_id)
    amended = order_after(order, event)
    half.open_orders[event.order_id] = amended
    if event.rests:
        _rest(state, event.market, amended)


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


def _algo_order_accepted(state: State, event: e.AlgoOrderAccepted) -> None:
    half = _half(state, event.account, event.market)
    order = event.order
    half.algo_orders[order.algo_id] = order
    state.algo_orders[event.market].setdefault(order.symbol, {})[order.algo_id] = event.account
    state.next_algo_id = order.algo_id + 1


def _algo_order_changed(state: State, event: e.AlgoOrderChanged) -> None:
    half = _half(state, event.account, event.market)
    order = algo_order_after(half.algo_orders[event.algo_id], event)
    if order.is_open:
        half.algo_orders[order.algo_id] = order
        return
    del half.algo_orders[order.algo_id]
    waiting = state.algo_orders[event.market][order.symbol]
    waiting.pop(order.algo_id, None)
    if not waiting:
        del state.algo_orders[event.market][order.symbol]


def _countdown_set(state: State, event: e.CountdownSet) -> None:
    key = (event.account, event.market, event.symbol)
    _account(state, event.account)
    if event.deadline:
        state.countdowns[key] = event.deadline
        state.add_deadline(event.deadline, (*key, 0))
    else:
        state.countdowns.pop(key, None)


def _prices_set(state: State, event: e.PricesSet) -> None:
    state.markets[Market.USDM].set_prices(event.usdm.items(), event.asset_index)
    state.markets[Market.COINM].set_prices(event.coinm.items(), {})
    state.hand_set_index.update(event.asset_index)
    state.hand_set_prices[Market.USDM].update(event.usdm)
    state.hand_set_prices[Market.COINM].update(event.coinm)


def _contract_listed(state: State, event: e.ContractListed) -> None:
    state.markets[event.contract.market].list_contract(event.contract)


def _brackets_set(state: State, event: e.BracketsSet) -> None:
    state.markets[event.market].set_brackets(event.symbol, event.brackets)


def _clock_set(state: State, event: e.ClockSet) -> None:
    state.clock = event


def _feed_started(state: State, event: e.FeedStarted) -> None:
    state.feed = event


def _account(state: State, name: str) -> Account:
    account = state.accounts[name]
    account.version += 1
    return account


def _half(state: State, name: str, market: Market) -> MarketAccount:
    return _account(state, name).on(market)


def _configuration(state: State, half: MarketAccount, symbol: str) -> Any:
    chosen = half.symbols.get(symbol)
    return state.markets[half.market].default_configuration(symbol) if chosen is None else chosen


_APPLY: dict[type, Callable[[State, Any], None]] = {
    e.ExchangeOpened: _exchange_opened,
    e.AccountOpened: _account_opened,
    e.KeyCreated: _key_created,
    e.KeyRevoked: _key_revoked,
    e.BalanceChanged: _balance_changed,
    e.LeverageChanged: _leverage_changed,
    e.MarginTypeChanged: _margin_type_changed,
    e.PositionModeChanged: _position_mode_changed,
    e.AssetModeChanged: _asset_mode_changed,
    e.FeeBurnChanged: _fee_burn_changed,
    e.IsolatedMarginChanged: _isolated_margin_changed,
    e.MarketAccountLoaded: _market_account_loaded,
    e.PricesSet: _prices_set,
    e.ContractListed: _contract_listed,
    e.BracketsSet: _brackets_set,
    e.ClockSet: _clock_set,
    e.FeedStarted: _feed_started,
    e.OrderAccepted: _order_accepted,
    e.OrderRested: _order_rested,
    e.OrderFilled: _order_filled,
    e.OrderCancelled: _order_cancelled,
    e.OrderAmended: _order_amended,
    e.AlgoOrderAccepted: _algo_order_accepted,
    e.AlgoOrderChanged: _algo_order_changed,
    e.CountdownSet: _countdown_set,
}
