"""Everything an exchange remembers; `apply` is the only writer."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from heapq import heappush
from typing import Protocol

import msgspec

from margind.engine import events as e
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.book import Book
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.ledger import Ledger
from margind.engine.model.market_state import MarketFacts, MarketState
from margind.engine.model.payoff import Payoff
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import ContractStatus, Market, Millis


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


class Screen(Protocol):
    """Picks the accounts that a change may have brought into need, for the exact rules to decide.

    It may return accounts that are in no need, never leave one out that is: which screen stands in a state
    makes no difference to what happens, only to how long it takes.
    """

    def suspects(
        self,
        state: "State",
        moved: Mapping[Market, Collection[str]],
        *,
        index_moved: bool = False,
        changed: Collection[str] = (),
    ) -> Iterable[str]:
        """The names of accounts to examine, in order of account number.

        Of those that hold a position in a moved symbol, of the multi-assets accounts with positions when the
        asset index moved, and of those named as changed: all that have a pool, on either market, at or above
        the margin-call ratio, were called, or owe.
        """


class EveryHolder:
    """The screen that leaves nobody out: all accounts whose pools a change of prices reaches."""

    __slots__ = ()

    def suspects(
        self,
        state: "State",
        moved: Mapping[Market, Collection[str]],
        *,
        index_moved: bool = False,
        changed: Collection[str] = (),
    ) -> list[str]:
        """All of these."""
        found = set(changed)
        for market, symbols in moved.items():
            holders = state.holders[market]
            for symbol in symbols:
                found.update(holders.get(symbol, ()))
        if index_moved:
            found.update(state.joint_holders())
        return sorted(found, key=lambda name: state.accounts[name].number)


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
        "holders",
        "keys",
        "ledger",
        "markets",
        "next_algo_id",
        "next_order_id",
        "next_trade_id",
        "next_tran_id",
        "order_owners",
        "owing",
        "premium_followers",
        "screen",
        "sequence",
        "settings",
        "stop_orders",
        "touched",
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
        self.premium_followers: dict[Market, dict[str, bool]] = {market: {} for market in facts}
        """Of symbols set by hand whether their funding rate goes with their premium, or was given."""
        self.hand_set_index: dict[str, AssetIndex] = {}
        self.holders: dict[Market, dict[str, set[str]]] = {market: {} for market in facts}
        """The names of the accounts that hold a position, per symbol; a symbol nobody holds is absent."""
        self.screen: Screen = EveryHolder()
        self.touched: dict[Market, set[str]] = {market: set() for market in facts}
        """The names of the accounts whose half changed since a screen last looked; the screen empties it."""
        self.books: dict[Market, dict[str, Book]] = {market: {} for market in facts}
        self.order_owners: dict[int, str] = {}
        """The accounts of all open orders."""
        self.owing: dict[str, None] = {}
        """Accounts with a negative USDⓈ-M wallet, in the order in which they came to it."""
        self.stop_orders: dict[Market, dict[str, dict[int, str]]] = {market: {} for market in facts}
        """Conditional orders of the order endpoint that wait, per symbol, with their accounts."""
        self.algo_orders: dict[Market, dict[str, dict[int, str]]] = {market: {} for market in facts}
        """Waiting conditional orders per symbol, with the names of their accounts."""
        self.countdowns: dict[tuple[str, Market, str], Millis] = {}
        self.deadlines: list[tuple[Millis, Deadline]] = []
        """A heap of what will fall due; an entry may be out of date, so it is checked when it comes up."""
        self.next_tran_id = 1
        self.next_order_id = 1
        self.next_trade_id = 1
        self.next_algo_id = 1
        self.sequence = 0

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
                self.set_prices(market, moved, index if market is Market.USDM else {})

    def set_prices(
        self,
        market: Market,
        prices: Iterable[tuple[str, SymbolPrice]],
        asset_index: Mapping[str, AssetIndex],
    ) -> None:
        """Take over snapshots; the house quotes them in every book there is."""
        rows = list(prices)
        self.markets[market].set_prices(rows, asset_index)
        books = self.books[market]
        if books:
            for symbol, price in rows:
                if symbol in books:
                    set_house(books[symbol], price)

    def book(self, market: Market, symbol: str) -> Book:
        """The order book of a listed symbol, with the house where the prices say."""
        book = self.books[market].get(symbol)
        if book is None:
            book = self.books[market][symbol] = Book()
            set_house(book, self.markets[market].prices[symbol])
        return book

    def payoff(self, market: Market, symbol: str) -> Payoff:
        """How price and quantity of a listed symbol become money."""
        return self.markets[market].contracts[symbol].payoff

    def show_next_funding(self, market: Market, symbols: Iterable[str], then: Millis) -> None:
        """Let symbols show another time of their next funding."""
        prices = self.markets[market].prices
        rows = [
            (symbol, msgspec.structs.replace(prices[symbol], next_funding_time=then)) for symbol in symbols
        ]
        if rows:
            self.markets[market].set_prices(rows, {})

    def time_reference_prices(self, now: Millis) -> None:
        """Let the prices that nobody sets stand at a time: of their fundings the next one is to come.

        They are kept in no journal, so a restart begins with those of the facts.
        """
        for market, of_market in self.markets.items():
            rows = [
                (
                    symbol,
                    msgspec.structs.replace(
                        price,
                        next_funding_time=of_market.funding_terms(symbol).next_time(now)
                        if price.next_funding_time
                        else 0,
                        time=now,
                    ),
                )
                for symbol, price in of_market.prices.items()
                if symbol not in self.hand_set_prices[market]
            ]
            of_market.set_prices(rows, {})

    def set_funding_terms(self, event: e.FundingTermsSet) -> None:
        """Fund a symbol on other terms; the next funding is the first by its new interval."""
        of_market, held = self.markets[event.market], self.hand_set_prices[event.market]
        symbol, rate = event.symbol, event.last_funding_rate
        of_market.funding[symbol] = event.terms
        price = msgspec.structs.replace(of_market.prices[symbol], next_funding_time=event.next_funding_time)
        if rate is not None:
            price = msgspec.structs.replace(price, last_funding_rate=rate)
        of_market.set_prices(((symbol, price),), {})
        if symbol in held:
            held[symbol] = price

    @property
    def next_funding(self) -> Millis | None:
        """When the next funding is due that a position pays or receives; None when there is none."""
        times = [
            price.next_funding_time
            for market, holders in self.holders.items()
            for symbol in holders
            if (price := self.markets[market].prices[symbol]).next_funding_time
        ]
        return min(times, default=None)

    @property
    def next_delivery(self) -> Millis | None:
        """When the next step toward a delivery is due; None when no contract expires."""
        step = self.next_delivery_step
        return None if step is None else step[0]

    @property
    def next_delivery_step(self) -> tuple[Millis, Market, str] | None:
        """Time, market and symbol of the next step toward a delivery.

        Of each contract there are two: its index begins to be averaged, and it is delivered.
        """
        steps = [
            (
                contract.delivery_date
                if symbol in of_market.settle_averages
                else contract.delivery_date - self.settings.settlement_window_minutes * 60_000,
                market,
                symbol,
            )
            for market, of_market in self.markets.items()
            for symbol, contract in of_market.expiring.items()
            if of_market.usable(symbol)
        ]
        return min(steps, default=None)

    def average_index(self, contract: Contract, now: Millis) -> None:
        """Begin the mean that a contract is settled at, once it is about to be delivered."""
        of_market = self.markets[contract.market]
        begins = contract.delivery_date - self.settings.settlement_window_minutes * 60_000
        if (
            contract.status in {ContractStatus.PRE_DELIVERING, ContractStatus.PRE_SETTLE}
            and contract.symbol not in of_market.settle_averages
            and of_market.usable(contract.symbol)
            and begins <= now
        ):
            of_market.begin_average(contract.symbol, now)

    def averaged_feed_prices(self) -> dict[Millis, list[tuple[MarketState, str]]]:
        """The contracts whose index is averaged and set by nobody, by when their means began."""
        found: dict[Millis, list[tuple[MarketState, str]]] = {}
        for market, of_market in self.markets.items():
            for symbol, average in of_market.settle_averages.items():
                if symbol not in self.hand_set_prices[market]:
                    found.setdefault(average.since, []).append((of_market, symbol))
        return found

    @property
    def averages_indexes(self) -> bool:
        """Whether each price on the way counts for a settlement price."""
        return any(of_market.settle_averages for of_market in self.markets.values())

    def joint_holders(self) -> set[str]:
        """The names of the multi-assets accounts that hold a position."""
        return {
            name
            for holders in self.holders[Market.USDM].values()
            for name in holders
            if self.accounts[name].usdm.multi_assets_margin
        }

    def put_position(self, account: str, half: MarketAccount, position: Position) -> None:
        """Let an account hold a position, in place of what it held in that row."""
        half.put_position(position)
        self.holders[half.market].setdefault(position.symbol, set()).add(account)

    def drop_position(self, account: str, half: MarketAccount, key: PositionKey) -> None:
        """Let a row of an account be flat."""
        if not half.drop_position(key) or half.holds(key[0]):
            return
        holders = self.holders[half.market]
        holders[key[0]].discard(account)
        if not holders[key[0]]:
            del holders[key[0]]

    @property
    def next_deadline(self) -> Millis | None:
        """When something falls due; None when nothing will."""
        return self.deadlines[0][0] if self.deadlines else None

    @property
    def waits_for_prices(self) -> bool:
        """Whether orders or triggers wait for a price."""
        return bool(self.order_owners or any(self.algo_orders.values()))

    def add_deadline(self, then: Millis, deadline: Deadline) -> None:
        """Remember that something falls due."""
        heappush(self.deadlines, (then, deadline))

    def wallet_balance(self, account: str, market: Market, asset: str) -> Decimal:
        """What an account holds of an asset on a market."""
        wallet = self.accounts[account].on(market).wallets.get(asset)
        return ZERO if wallet is None else wallet.wallet_balance
