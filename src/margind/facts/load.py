"""The facts a fresh market starts from, read from the data files of the package."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec

from margind.engine.model.brackets import Brackets, bracket_ladder
from margind.engine.model.configuration import AutoExchangeTerms, AutoExchangeTier, FeeTier
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.funding import USUAL_TERMS, FundingTerms, funding_rate
from margind.engine.model.market_state import MarginAsset, MarketFacts
from margind.engine.model.prices import AssetIndex, SymbolPrice, default_quote
from margind.engine.model.terms import Market, Millis
from margind.wire.coinm.exchange_info import contract_from_row as coinm_contract
from margind.wire.usdm.exchange_info import contract_from_row as usdm_contract

USDM_SYMBOLS = "usdm-symbols-2025-10-30.json"
USDM_BRACKETS = ("usdm-brackets-2026-09-29.json", "usdm-brackets-2025-10-31.json")
"""Newest first: a symbol that the newer table no longer has takes its ladder from the older one."""
COINM_SYMBOLS = "coinm-symbols-2025-08-07.json"
COINM_BRACKETS = "coinm-brackets-2021-07.json"
ASSET_INDEX = "asset-index-2025-10-30.json"
USDM_FUNDING = "usdm-funding-2025-08-07.json"
FEE_TIERS = "fee-tiers-2026.json"
REFERENCE_PRICES = "reference-prices-2025-10-30.json"

_DATA = Path(__file__).parent / "data"


class _Limit(msgspec.Struct, rename="camel"):
    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class _Asset(msgspec.Struct, rename="camel"):
    asset: str
    margin_available: bool
    auto_asset_exchange: str | None


class _Symbols(msgspec.Struct, rename="camel"):
    as_of: str
    server_time: Millis
    timezone: str
    rate_limits: list[_Limit]
    constants: dict[str, object]
    columns: list[str]
    rows: list[list[object]]
    filter_order: list[str]
    futures_type: str | None = None
    assets: list[_Asset] = []


class _UsdmBrackets(msgspec.Struct):
    ladders: list[list[tuple[int, Decimal, Decimal]]]
    symbols: dict[str, int]


class _CoinmLadder(msgspec.Struct):
    brackets: list[tuple[int, Decimal | None, Decimal]]


class _CoinmBrackets(msgspec.Struct):
    ladders: dict[str, _CoinmLadder]
    symbols: dict[str, str]


class _IndexedAsset(msgspec.Struct, rename="camel"):
    symbol: str
    reference_index: Decimal
    bid_buffer: Decimal
    ask_buffer: Decimal
    auto_exchange_bid_buffer: Decimal
    auto_exchange_ask_buffer: Decimal


class _AutoExchange(msgspec.Struct, rename="camel"):
    regular_and_vip1_threshold: dict[str, Decimal]
    other_threshold: dict[str, Decimal]
    ltv_trigger: Decimal


class _AssetIndex(msgspec.Struct, rename="camel"):
    assets: list[_IndexedAsset]
    auto_exchange: _AutoExchange


class _Funding(msgspec.Struct):
    rows: list[tuple[str, Decimal, Decimal, int, Millis]]


class _Tiers(msgspec.Struct):
    tiers: list[FeeTier]


class _Prices(msgspec.Struct):
    usdm: list[list[str]]
    coinm: list[list[str]]


@cache
def load_facts(market: Market) -> MarketFacts:
    """What was published about a market. Prices and asset indexes are the reference ones, not yet timed."""
    return _usdm() if market is Market.USDM else _coinm()


def at_start(facts: MarketFacts, now: Millis) -> MarketFacts:
    """The same facts with their prices timed for an exchange that starts at `now`."""
    prices = {}
    for symbol, price in facts.prices.items():
        terms = facts.funding.get(symbol, USUAL_TERMS)
        then = terms.next_time(now) if facts.contracts[symbol].is_perpetual else 0
        prices[symbol] = msgspec.structs.replace(price, next_funding_time=then, time=now)
    asset_index = {name: msgspec.structs.replace(row, time=now) for name, row in facts.asset_index.items()}
    return msgspec.structs.replace(facts, prices=prices, asset_index=asset_index)


def _usdm() -> MarketFacts:
    symbols = msgspec.json.decode(_read(USDM_SYMBOLS), type=_Symbols)
    contracts = {contract.symbol: contract for contract in map(usdm_contract, _rows(symbols))}
    tables = _usdm_brackets(contracts)
    brackets = {symbol: ladder for symbol, (ladder, _) in tables.items()}
    funding = _funding()
    return MarketFacts(
        market=Market.USDM,
        as_of=symbols.as_of,
        assets=tuple(
            MarginAsset(row.asset, row.margin_available, row.auto_asset_exchange) for row in symbols.assets
        ),
        contracts=contracts,
        brackets=brackets,
        bracket_tables={symbol: day for symbol, (_, day) in tables.items()},
        fee_tiers=_fee_tiers("usdm"),
        prices=_prices(_reference_prices().usdm, contracts, brackets, funding),
        asset_index=_asset_index(),
        auto_exchange=_auto_exchange(),
        funding=funding,
        rate_limits=_limits(symbols),
        header=(("timezone", symbols.timezone), ("futuresType", symbols.futures_type)),
    )


def _coinm() -> MarketFacts:
    symbols = msgspec.json.decode(_read(COINM_SYMBOLS), type=_Symbols)
    contracts = {contract.symbol: contract for contract in map(coinm_contract, _rows(symbols))}
    table = msgspec.json.decode(_read(COINM_BRACKETS), type=_CoinmBrackets)
    ladders = {name: bracket_ladder(list(ladder.brackets)) for name, ladder in table.ladders.items()}
    brackets = {symbol: ladders[table.symbols[symbol]] for symbol in contracts}
    coins = dict.fromkeys(contract.margin_asset for contract in contracts.values())
    return MarketFacts(
        market=Market.COINM,
        as_of=symbols.as_of,
        # COIN-M has no list of assets in exchangeInfo: whatever a contract is margined in can be held.
        assets=tuple(MarginAsset(coin, margin_available=False, auto_asset_exchange=None) for coin in coins),
        contracts=contracts,
        brackets=brackets,
        bracket_tables=dict.fromkeys(contracts, _day(COINM_BRACKETS)),
        fee_tiers=_fee_tiers("coinm"),
        prices=_prices(_reference_prices().coinm, contracts, brackets, {}),
        asset_index={},
        rate_limits=_limits(symbols),
        header=(("timezone", symbols.timezone),),
    )


def _read(name: str) -> bytes:
    return (_DATA / name).read_bytes()


def _rows(symbols: _Symbols) -> list[dict[str, object]]:
    """The rows of `exchangeInfo` that the columns of a file stand for; null is a field that is not there.

    A column `TYPE.field` belongs to the filter of that type.
    """
    plain = [(place, name) for place, name in enumerate(symbols.columns) if "." not in name]
    of_filters = [(place, *_split(name)) for place, name in enumerate(symbols.columns) if "." in name]
    constants = {name: value for name, value in symbols.constants.items() if "." not in name}
    of_all = [(*_split(name), value) for name, value in symbols.constants.items() if "." in name]
    rows: list[dict[str, object]] = []
    for values in symbols.rows:
        filters: dict[str, dict[str, object]] = {name: {} for name in symbols.filter_order}
        for filter_type, field, value in of_all:
            filters[filter_type][field] = value
        for place, filter_type, field in of_filters:
            if values[place] is not None:
                filters[filter_type][field] = values[place]
        row = {name: values[place] for place, name in plain if values[place] is not None}
        row.update(constants)
        row["filters"] = [{"filterType": name, **fields} for name, fields in filters.items() if fields]
        rows.append(row)
    return rows


def _split(column: str) -> tuple[str, str]:
    filter_type, _, field = column.partition(".")
    return filter_type, field


def _usdm_brackets(contracts: Mapping[str, Contract]) -> dict[str, tuple[Brackets, str]]:
    """The ladder of each symbol, with the day of the table it stands in."""
    brackets: dict[str, tuple[Brackets, str]] = {}
    missing = list(contracts)
    for name in USDM_BRACKETS:
        table = msgspec.json.decode(_read(name), type=_UsdmBrackets)
        here = [symbol for symbol in missing if symbol in table.symbols]
        numbers = {table.symbols[symbol] for symbol in here}
        ladders = {number: bracket_ladder(list(table.ladders[number])) for number in numbers}
        brackets.update((symbol, (ladders[table.symbols[symbol]], _day(name))) for symbol in here)
        missing = [symbol for symbol in missing if symbol not in brackets]
        if not missing:
            break
    return {symbol: brackets[symbol] for symbol in contracts}


def bracket_days() -> tuple[str, ...]:
    """The days of the USDⓈ-M bracket tables, newest first."""
    return tuple(map(_day, USDM_BRACKETS))


def brackets_of_day(day: str) -> dict[str, Brackets]:
    """The ladder of every symbol in the USDⓈ-M table of a day."""
    (name,) = (name for name in USDM_BRACKETS if _day(name) == day)
    table = msgspec.json.decode(_read(name), type=_UsdmBrackets)
    ladders = [bracket_ladder(list(tiers)) for tiers in table.ladders]
    return {symbol: ladders[number] for symbol, number in table.symbols.items()}


def _day(name: str) -> str:
    """The day in the name of a bracket file."""
    return name.removesuffix(".json").partition("-brackets-")[2]


def _fee_tiers(market: str) -> tuple[FeeTier, ...]:
    tables = msgspec.json.decode(_read(FEE_TIERS), type=dict[str, msgspec.Raw])
    return tuple(msgspec.json.decode(tables[market], type=_Tiers).tiers)


def _asset_index() -> dict[str, AssetIndex]:
    table = msgspec.json.decode(_read(ASSET_INDEX), type=_AssetIndex)
    return {
        row.symbol: AssetIndex(
            index=row.reference_index,
            bid_buffer=row.bid_buffer,
            ask_buffer=row.ask_buffer,
            auto_exchange_bid_buffer=row.auto_exchange_bid_buffer,
            auto_exchange_ask_buffer=row.auto_exchange_ask_buffer,
            time=0,
        )
        for row in table.assets
    }


def _auto_exchange() -> AutoExchangeTerms:
    """Documented: one row of thresholds for regular users and VIP 1, one for all above."""
    terms = msgspec.json.decode(_read(ASSET_INDEX), type=_AssetIndex).auto_exchange
    return AutoExchangeTerms(
        terms.ltv_trigger,
        (
            AutoExchangeTier(1, terms.regular_and_vip1_threshold),
            AutoExchangeTier(9, terms.other_threshold),
        ),
    )


def _reference_prices() -> _Prices:
    return msgspec.json.decode(_read(REFERENCE_PRICES), type=_Prices)


def _funding() -> dict[str, FundingTerms]:
    rows = msgspec.json.decode(_read(USDM_FUNDING), type=_Funding).rows
    return {symbol: FundingTerms(hours, cap, floor, time) for symbol, cap, floor, hours, time in rows}


def _prices(
    rows: list[list[str]],
    contracts: Mapping[str, Contract],
    brackets: Mapping[str, Brackets],
    funding: Mapping[str, FundingTerms],
) -> dict[str, SymbolPrice]:
    return {
        symbol: _price(
            contracts[symbol],
            Decimal(price),
            funding_rate(ZERO, funding.get(symbol, USUAL_TERMS), brackets[symbol]),
        )
        for symbol, price, *_ in rows
    }


def _price(contract: Contract, price: Decimal, rate: Decimal) -> SymbolPrice:
    """Mark and index are the reference price; the house quotes what nobody else does."""
    tick = contract.price_filter.tick_size
    last = (price / tick).quantize(ONE) * tick
    if not contract.is_perpetual:
        rate = ZERO
    bid_price, bid_qty, ask_price, ask_qty = default_quote(contract, price)
    return SymbolPrice(price, price, last, bid_price, bid_qty, ask_price, ask_qty, rate, 0, 0)


def _limits(symbols: _Symbols) -> tuple[tuple[tuple[str, object], ...], ...]:
    return tuple(
        (
            ("rateLimitType", limit.rate_limit_type),
            ("interval", limit.interval),
            ("intervalNum", limit.interval_num),
            ("limit", limit.limit),
        )
        for limit in symbols.rate_limits
    )
