"""One market as the engine sees it: what is listed, on which terms, at which prices."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import (
    AutoExchangeTerms,
    FeeTier,
    SymbolConfiguration,
    default_configuration,
)
from margind.engine.model.contracts import Contract
from margind.engine.model.dated_prices import following, leaders_of
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.funding import USUAL_TERMS, FundingTerms
from margind.engine.model.index_average import IndexAverage, average_from
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Market, Millis


class MarginAsset(msgspec.Struct, frozen=True):
    """An asset that can be held on a market."""

    asset: str
    margin_available: bool
    """Whether it counts as collateral in multi-assets mode."""
    auto_asset_exchange: str | None
    """Its auto-exchange threshold as published."""


class Delivery(msgspec.Struct, frozen=True):
    """A contract that was delivered."""

    symbol: str
    delivery_price: Decimal
    time: Millis


class MarketFacts(msgspec.Struct, frozen=True):
    """What the exchange publishes about a market on a day: the state a fresh market starts from."""

    market: Market
    as_of: str
    assets: tuple[MarginAsset, ...]
    contracts: Mapping[str, Contract]
    brackets: Mapping[str, Brackets]
    fee_tiers: tuple[FeeTier, ...]
    prices: Mapping[str, SymbolPrice]
    asset_index: Mapping[str, AssetIndex]
    bracket_tables: Mapping[str, str] = {}
    """The day of the table that a symbol's brackets come from, where it is not `as_of`."""
    rate_limits: tuple[tuple[tuple[str, object], ...], ...] = ()
    header: tuple[tuple[str, object], ...] = ()
    auto_exchange: AutoExchangeTerms = AutoExchangeTerms()
    funding: Mapping[str, FundingTerms] = {}
    """The terms of the symbols for which they were adjusted."""


class MarketState:
    """Contracts, brackets, fees and prices of one market. Only `State.apply` writes to it."""

    __slots__ = (
        "asset_index",
        "assets",
        "brackets",
        "contracts",
        "deliveries",
        "expiring",
        "facts",
        "facts_version",
        "fee_tiers",
        "followers",
        "funding",
        "margin_assets",
        "market",
        "prices",
        "prices_version",
        "settle_averages",
    )

    def __init__(self, facts: MarketFacts) -> None:
        self.market = facts.market
        self.facts = facts
        self.assets: dict[str, MarginAsset] = {asset.asset: asset for asset in facts.assets}
        self.contracts: dict[str, Contract] = dict(facts.contracts)
        self.brackets: dict[str, Brackets] = dict(facts.brackets)
        self.fee_tiers = facts.fee_tiers
        self.funding: dict[str, FundingTerms] = dict(facts.funding)
        self.prices: dict[str, SymbolPrice] = dict(facts.prices)
        self.asset_index: dict[str, AssetIndex] = dict(facts.asset_index)
        self.margin_assets = {symbol: row.margin_asset for symbol, row in self.contracts.items()}
        self.prices_version = 0
        self.facts_version = 0
        self.deliveries: dict[str, list[Delivery]] = {}
        """What was delivered of each pair, oldest first."""
        self.expiring = {symbol: row for symbol, row in self.contracts.items() if row.awaits_delivery}
        self.followers = leaders_of(self.contracts.values())
        """Dated contracts, by the perpetual contract whose feed moves them, too."""
        self.settle_averages: dict[str, IndexAverage] = {}
        """Of contracts that are soon delivered: the mean of their index so far."""

    def imagined(self, **changes: object) -> "MarketState":
        """A copy that shares everything but what is changed, for asking what would be."""
        copy = MarketState.__new__(MarketState)
        for name in MarketState.__slots__:
            setattr(copy, name, changes.get(name, getattr(self, name)))
        return copy

    def list_contract(self, contract: Contract) -> None:
        """Add or replace a contract; its margin asset becomes holdable."""
        average = self.settle_averages.get(contract.symbol)
        if average is not None and average.end != contract.delivery_date:
            del self.settle_averages[contract.symbol]  # it is delivered on another day, by another mean
        self.contracts[contract.symbol] = contract
        self.margin_assets[contract.symbol] = contract.margin_asset
        if contract.margin_asset not in self.assets:
            self.assets[contract.margin_asset] = MarginAsset(contract.margin_asset, False, None)
        if contract.awaits_delivery:
            self.expiring[contract.symbol] = contract
        else:
            self.expiring.pop(contract.symbol, None)
            self.settle_averages.pop(contract.symbol, None)
        self.followers = leaders_of(self.contracts.values())
        self.facts_version += 1

    def set_brackets(self, symbol: str, brackets: Brackets) -> None:
        """Replace the brackets of a symbol."""
        self.brackets[symbol] = brackets
        self.facts_version += 1

    def set_prices(
        self, prices: Iterable[tuple[str, SymbolPrice]], asset_index: Mapping[str, AssetIndex]
    ) -> None:
        """Take over new snapshots, all at one instant."""
        self.prices.update(prices)
        self.asset_index.update(asset_index)
        self.prices_version += 1
        for symbol, average in self.settle_averages.items():
            price = self.prices[symbol]
            if price.index_price != average.index:
                self.settle_averages[symbol] = average.moved(price.index_price, price.time)

    def begin_average(self, symbol: str, since: Millis) -> None:
        """Average the index of a contract that is soon delivered, from a moment on."""
        end, index = self.contracts[symbol].delivery_date, self.prices[symbol].index_price
        self.settle_averages[symbol] = average_from(since, end, index)

    def with_followers(
        self, prices: tuple[tuple[str, SymbolPrice], ...]
    ) -> tuple[tuple[str, SymbolPrice], ...]:
        """A feed's snapshots, and those of the dated contracts that it has not and that move with them."""
        fed = {symbol for symbol, _ in prices}
        moved = [
            (symbol, price)
            for leader, price in prices
            for symbol in self.followers.get(leader, ())
            if symbol not in fed and symbol in self.prices
        ]
        if not moved:
            return prices
        with localcontext(CONTEXT):
            rows = (
                (name, following(self.prices[name], self.contracts[name], price)) for name, price in moved
            )
            return (*prices, *rows)

    def usable(self, symbol: str) -> bool:
        """Whether a symbol has all that margins are computed from."""
        return symbol in self.contracts and symbol in self.brackets and symbol in self.prices

    def funding_terms(self, symbol: str) -> FundingTerms:
        """When a symbol is funded, and within which bounds."""
        return self.funding.get(symbol, USUAL_TERMS)

    def default_configuration(self, symbol: str) -> SymbolConfiguration:
        """What a symbol has before the user configures it."""
        return default_configuration(self.brackets[symbol])

    def mark_price(self, symbol: str) -> Decimal:
        """The mark price of a listed symbol."""
        return self.prices[symbol].mark_price

    def estimated_settle_price(self, symbol: str) -> Decimal:
        """What a symbol would be settled at: the mean of its index so far, before that the index itself."""
        average = self.settle_averages.get(symbol)
        return self.prices[symbol].index_price if average is None else average.at(self.prices[symbol].time)
