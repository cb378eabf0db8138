"""Copies of an account and a market whose numbers remember where they came from."""

from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from margind.engine.margin.position_report import configuration_of, row_path
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.brackets import Bracket, Brackets
from margind.engine.model.configuration import DEFAULT_LEVERAGE, SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.ledger import Wallet
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Market
from margind.engine.model.traced import given


class PriceSources(msgspec.Struct, frozen=True):
    """In words, where the present prices come from."""

    feed: str
    """What moves the prices: a feed and its moment."""
    others: Mapping[str, str] = {}
    """Symbols and asset indexes that the feed does not move, and what did."""

    def of(self, name: str) -> str:
        """Where the price of a symbol or the index of an asset comes from."""
        return self.others.get(name, self.feed)


def symbols_in_use(account: MarketAccount) -> set[str]:
    """Symbols with a position or an order."""
    return {key[0] for key in account.positions} | {order.symbol for order in account.open_orders.values()}


def traced_account(account: Account, market: MarketState, symbols: Collection[str]) -> Account:
    """The account with its wallets, positions, orders and the leverage of `symbols` traced."""
    half = account.on(market.market)
    return account.imagined(
        market.market,
        wallets={asset: _wallet(asset, wallet) for asset, wallet in half.wallets.items()},
        positions={key: _position(key, position) for key, position in half.positions.items()},
        open_orders={number: _order(order) for number, order in half.open_orders.items()},
        symbols=half.symbols | {symbol: _configuration(half, market, symbol) for symbol in symbols},
    )


def traced_market(market: MarketState, symbols: Collection[str], sources: PriceSources) -> MarketState:
    """The market with the prices, brackets and contract sizes of `symbols` traced, and all asset indexes."""
    return market.imagined(
        contracts=market.contracts | {symbol: _contract(market.contracts[symbol]) for symbol in symbols},
        brackets=market.brackets | {symbol: _brackets(market, symbol) for symbol in symbols},
        prices=market.prices | {symbol: _price(symbol, market.prices[symbol], sources) for symbol in symbols},
        asset_index={name: _index(name, index, sources) for name, index in market.asset_index.items()},
    )


def _wallet(asset: str, wallet: Wallet) -> Wallet:
    booked = given(wallet.wallet_balance, "walletBalance", "wallet of the account", asset)
    return replace(wallet, wallet_balance=booked)


def _position(key: PositionKey, position: Position) -> Position:
    scope, source = row_path(key), "position of the account"
    isolated = "wallet of the isolated position" if position.isolated_wallet else "nothing was set aside"
    return replace(
        position,
        position_amt=given(position.position_amt, "positionAmt", source, scope),
        entry_price=given(position.entry_price, "entryPrice", source, scope),
        break_even_price=given(position.break_even_price, "breakEvenPrice", source, scope),
        isolated_wallet=given(position.isolated_wallet, "isolatedWallet", isolated, scope),
    )


def _order(order: Order) -> Order:
    scope = f"{row_path((order.symbol, order.position_side))}.order{order.order_id}"
    source = f"{order.side} order {order.order_id} {order.client_order_id}".rstrip()
    executed = order.executed_qty
    return replace(
        order,
        price=given(order.price, "price", source, scope),
        orig_qty=given(order.orig_qty, "origQty", source, scope),
        # Nothing executed is nothing to tell: it stays a plain zero.
        executed_qty=given(executed, "executedQty", source, scope) if executed else executed,
    )


def _configuration(account: MarketAccount, market: MarketState, symbol: str) -> SymbolConfiguration:
    configuration = configuration_of(account, market, symbol)
    if symbol in account.symbols:
        source = "chosen by the user"
    elif configuration.leverage == DEFAULT_LEVERAGE:
        source = f"default, {DEFAULT_LEVERAGE}x"
    else:
        source = f"default: the symbol's highest, as it is below {DEFAULT_LEVERAGE}x"
    # Formulas need no more of it than to divide and compare, which a traced number does like a whole one.
    leverage: Decimal = given(Decimal(configuration.leverage), "leverage", source, symbol)
    return replace(configuration, leverage=leverage)


def _contract(contract: Contract) -> Contract:
    if contract.market is Market.USDM:
        return contract
    size = given(
        contract.contract_size,
        "contractSize",
        f"{contract.quote_asset} per contract, exchangeInfo",
        contract.symbol,
    )
    return replace(contract, contract_size=size)


def _brackets(market: MarketState, symbol: str) -> Brackets:
    brackets, facts = market.brackets[symbol], market.facts
    if brackets is facts.brackets.get(symbol):
        table = f"table of {facts.bracket_tables.get(symbol, facts.as_of)}"
    else:
        table = "table set by hand"
    return Brackets(tuple(_bracket(row, symbol, table) for row in brackets.rows))


def _bracket(row: Bracket, symbol: str, table: str) -> Bracket:
    cap = row.notional_cap
    reach = f"floor {row.notional_floor:f}, " + ("no cap" if cap is None else f"cap {cap:f}")
    source = f"bracket {row.bracket} of {symbol} ({reach}), {table}"
    return replace(
        row,
        notional_floor=given(row.notional_floor, "notionalFloor", source, symbol),
        notional_cap=None if cap is None else given(cap, "notionalCap", source, symbol),
        maint_margin_ratio=given(row.maint_margin_ratio, "maintMarginRatio", source, symbol),
        cum=given(row.cum, "cum", source, symbol),
    )


def _price(symbol: str, price: SymbolPrice, sources: PriceSources) -> SymbolPrice:
    return replace(price, mark_price=given(price.mark_price, "markPrice", sources.of(symbol), symbol))


def _index(name: str, index: AssetIndex, sources: PriceSources) -> AssetIndex:
    asset, source = name.removesuffix("USD"), sources.of(name)
    return replace(
        index,
        index=given(index.index, "index", source, asset),
        bid_buffer=given(index.bid_buffer, "bidBuffer", source, asset),
        ask_buffer=given(index.ask_buffer, "askBuffer", source, asset),
    )
