"""Small exchanges made by hand: contracts, ladders and marks that a test can read at a glance."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine import commands as c
from margind.engine.events import Event
from margind.engine.exchange import execute
from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport, AccountTotals, AssetReport, account_report
from margind.engine.model.brackets import Brackets, bracket_ladder
from margind.engine.model.configuration import ExchangeSettings, FeeTier, SymbolConfiguration
from margind.engine.model.contracts import Contract, LotSize, PercentPrice, PriceFilter
from margind.engine.model.market_state import MarginAsset, MarketFacts
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import (
    ContractStatus,
    MarginType,
    Market,
    OrderType,
    PositionSide,
    Rounding,
    Side,
    TimeInForce,
)
from margind.engine.state import State

NOW = 1_758_000_000_000
NAME = "tester"

Tiers = Sequence[tuple[int, str | None, str]]
"""(initial leverage, cap, maintenance rate) from the lowest tier up."""

ONE_TIER: Tiers = [(125, None, "0.01")]

BTCUSDT_2026_09: Tiers = [
    (150, "300000", "0.004"),
    (100, "800000", "0.005"),
    (75, "3000000", "0.0065"),
    (50, "12000000", "0.01"),
    (25, "70000000", "0.02"),
    (20, "100000000", "0.025"),
    (10, "230000000", "0.05"),
    (5, "480000000", "0.1"),
    (4, "600000000", "0.125"),
    (3, "800000000", "0.15"),
    (2, "1200000000", "0.25"),
    (1, "1800000000", "0.5"),
]
"""Public: freqtrade 2026.9, freqtrade/exchange/binance_leverage_tiers.json (a capture of leverageBracket)."""

BTCUSDT_2021: Tiers = [
    (125, "50000", "0.004"),
    (100, "250000", "0.005"),
    (50, "1000000", "0.01"),
    (20, "5000000", "0.025"),
    (10, "20000000", "0.05"),
]
"""Of the time of the liquidation FAQ: its (MMR, cum) pairs 0.005/50 and 0.025/16300 come out of these."""

ETHUSDT_2021: Tiers = [
    (100, "10000", "0.005"),
    (75, "100000", "0.0065"),
    (50, "500000", "0.01"),
    (25, "1000000", "0.02"),
    (10, "2000000", "0.05"),
    (5, "5000000", "0.1"),
]
"""Likewise: the FAQ's pair 0.1/135365 is its sixth row."""

BTCUSD_PERP_2021: Tiers = [
    (125, "5", "0.004"),
    (100, "10", "0.005"),
    (50, "20", "0.01"),
    (20, "50", "0.025"),
    (10, "100", "0.05"),
    (5, "200", "0.1"),
    (4, "400", "0.125"),
    (3, "1000", "0.15"),
    (2, "1500", "0.25"),
    (1, None, "0.5"),
]
"""Public: FAQ 'Leverage and Margin of COIN-M Futures' of 2021-07, caps in BTC."""


def numbers(*values: int | str) -> tuple[Decimal, ...]:
    """Expected amounts, side by side."""
    return tuple(Decimal(value) for value in values)


def ladder(tiers: Tiers) -> Brackets:
    return bracket_ladder(
        [(leverage, None if cap is None else Decimal(cap), Decimal(ratio)) for leverage, cap, ratio in tiers]
    )


def contract(market: Market, symbol: str, margin_asset: str, contract_size: str = "1") -> Contract:
    lot = LotSize(Decimal("0.001"), Decimal(1000), Decimal("0.001"))
    return Contract(
        market=market,
        symbol=symbol,
        pair=symbol.partition("_")[0],
        contract_type="PERPETUAL",
        status=ContractStatus.TRADING,
        base_asset=symbol[:3],
        quote_asset="USD" if market is Market.COINM else margin_asset,
        margin_asset=margin_asset,
        contract_size=Decimal(contract_size),
        price_precision=2,
        quantity_precision=3,
        base_asset_precision=8,
        quote_precision=8,
        price_filter=PriceFilter(Decimal("0.10"), Decimal(1_000_000), Decimal("0.10")),
        lot_size=lot,
        market_lot_size=lot,
        percent_price=PercentPrice(Decimal("1.05"), Decimal("0.95"), "4"),
        max_num_orders=200,
        max_num_algo_orders=10,
        min_notional=Decimal(100),
        liquidation_fee=Decimal("0.0125"),
        market_take_bound=Decimal("0.05"),
        trigger_protect=Decimal("0.05"),
        onboard_date=1_569_398_400_000,
        delivery_date=4_133_404_800_000,
        order_types=("LIMIT", "MARKET"),
        time_in_force=("GTC", "IOC"),
        other=(("underlyingType", "COIN"), ("underlyingSubType", ["PoW"])),
    )


def quoted(mark_price: str | Decimal) -> SymbolPrice:
    mark = Decimal(mark_price)
    return SymbolPrice(mark, mark, mark, mark, Decimal(1), mark, Decimal(1), Decimal("0.0001"), 0, NOW)


def index(price: str, bid_buffer: str = "0", ask_buffer: str = "0") -> AssetIndex:
    return AssetIndex(
        Decimal(price),
        Decimal(bid_buffer),
        Decimal(ask_buffer),
        Decimal(bid_buffer),
        Decimal(ask_buffer),
        NOW,
    )


USDM_SYMBOLS = {
    "ADAUSDT": "USDT",
    "BTCUSDT": "USDT",
    "ETHUSDT": "USDT",
    "BTCUSDC": "USDC",
    "ETHBTC": "BTC",
}
COINM_SYMBOLS = {
    "BTCUSD_PERP": ("BTC", "100"),
    "BTCUSD_260925": ("BTC", "100"),
    "ETHUSD_PERP": ("ETH", "10"),
}
USDM_ASSETS = ("USDT", "USDC", "BTC", "BNB")
COINM_ASSETS = ("BTC", "ETH")
FEE_TIERS = (FeeTier(Decimal("0.0002"), Decimal("0.0005")), FeeTier(Decimal("0.00016"), Decimal("0.0004")))


def usdm_facts(
    marks: Mapping[str, str], ladders: Mapping[str, Tiers], asset_index: Mapping[str, AssetIndex]
) -> MarketFacts:
    return MarketFacts(
        market=Market.USDM,
        as_of="2026-09-29",
        assets=tuple(MarginAsset(asset, asset != "BNB", "-10000") for asset in USDM_ASSETS),
        contracts={symbol: contract(Market.USDM, symbol, asset) for symbol, asset in USDM_SYMBOLS.items()},
        brackets={symbol: ladder(ladders.get(symbol, ONE_TIER)) for symbol in USDM_SYMBOLS},
        fee_tiers=FEE_TIERS,
        prices={symbol: quoted(marks.get(symbol, "100")) for symbol in USDM_SYMBOLS},
        asset_index=asset_index,
    )


def coinm_facts(marks: Mapping[str, str], ladders: Mapping[str, Tiers]) -> MarketFacts:
    return MarketFacts(
        market=Market.COINM,
        as_of="2026-09-29",
        assets=tuple(MarginAsset(asset, False, None) for asset in COINM_ASSETS),
        contracts={
            symbol: contract(Market.COINM, symbol, asset, size)
            for symbol, (asset, size) in COINM_SYMBOLS.items()
        },
        brackets={symbol: ladder(ladders.get(symbol, ONE_TIER)) for symbol in COINM_SYMBOLS},
        fee_tiers=FEE_TIERS,
        prices={symbol: quoted(marks.get(symbol, "100")) for symbol in COINM_SYMBOLS},
        asset_index={},
    )


AT_PAR = {f"{asset}USD": index("1") for asset in ("USDT", "USDC", "BTC")}

EMPTY_DOCUMENT = c.MarketDocument(
    fee_tier=0,
    fee_burn=True,
    multi_assets_margin=False,
    can_trade=True,
    can_deposit=True,
    can_withdraw=True,
    trade_group_id=-1,
    wallets={},
    symbols={},
    positions=(),
    open_orders=(),
)


def document(
    wallets: Mapping[str, str] | None = None,
    symbols: Mapping[str, SymbolConfiguration] | None = None,
    positions: Sequence[Position] = (),
    orders: Sequence[Order] = (),
    **changes: Any,
) -> c.MarketDocument:
    return msgspec.structs.replace(
        EMPTY_DOCUMENT,
        wallets={asset: (Decimal(balance), NOW) for asset, balance in (wallets or {}).items()},
        symbols=dict(symbols or {}),
        positions=tuple(positions),
        open_orders=tuple(orders),
        **changes,
    )


def cross(leverage: int) -> SymbolConfiguration:
    return SymbolConfiguration(leverage)


def isolated(leverage: int) -> SymbolConfiguration:
    return SymbolConfiguration(leverage, MarginType.ISOLATED)


def held(
    symbol: str,
    position_amt: str,
    entry_price: str,
    isolated_wallet: str = "0",
    side: PositionSide = PositionSide.BOTH,
) -> Position:
    entry = Decimal(entry_price)
    return Position(symbol, side, Decimal(position_amt), entry, entry, Decimal(isolated_wallet), NOW)


def resting(
    symbol: str, side: Side, price: str, quantity: str, row: PositionSide = PositionSide.BOTH, **changes: Any
) -> Order:
    order = Order(
        order_id=0,
        client_order_id="",
        symbol=symbol,
        side=side,
        position_side=row,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        price=Decimal(price),
        orig_qty=Decimal(quantity),
        time=NOW,
        update_time=NOW,
    )
    return msgspec.structs.replace(order, **changes)


class Desk:
    """One exchange with one account, and the numbers a test asks for."""

    def __init__(
        self,
        marks: Mapping[str, str] | None = None,
        ladders: Mapping[str, Tiers] | None = None,
        asset_index: Mapping[str, AssetIndex] | None = None,
        rounding: Rounding = Rounding.UP,
        **settings: Any,
    ) -> None:
        self.facts = {
            Market.USDM: usdm_facts(
                marks or {}, ladders or {}, AT_PAR if asset_index is None else asset_index
            ),
            Market.COINM: coinm_facts(marks or {}, ladders or {}),
        }
        # Most tests ask what an account is worth, whatever danger it is in.
        chosen = {"initial_margin_rounding": rounding, "liquidation": False, **settings}
        self.settings = ExchangeSettings(**chosen)
        self.state = State(self.facts, self.settings)
        self.events: list[Event] = []
        self.do(c.OpenAccount(NAME))

    def do(self, command: c.Command) -> list[Event]:
        events = execute(self.state, command, NOW)
        self.events += events
        return events

    def load(
        self,
        usdm: c.MarketDocument = EMPTY_DOCUMENT,
        coinm: c.MarketDocument = EMPTY_DOCUMENT,
        *,
        dual: bool = False,
    ) -> list[Event]:
        return self.do(c.LoadAccount(NAME, dual, usdm, coinm))

    def report(self, market: Market = Market.USDM) -> AccountReport:
        return account_report(self.state.accounts[NAME], self.state.markets[market], self.state.settings)

    def row(self, symbol: str, side: PositionSide = PositionSide.BOTH) -> PositionReport:
        return self.report(market_of(symbol)).positions[symbol, side]

    def asset(self, asset: str, market: Market = Market.USDM) -> AssetReport:
        return self.report(market).assets[asset]

    def totals(self) -> AccountTotals:
        totals = self.report().totals
        assert totals is not None
        return totals

    def liquidation_price(self, symbol: str, side: PositionSide = PositionSide.BOTH) -> Decimal:
        report = self.report(market_of(symbol))
        return liquidation_price(report, report.positions[symbol, side])


def market_of(symbol: str) -> Market:
    return Market.COINM if "_" in symbol else Market.USDM
