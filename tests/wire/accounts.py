"""Accounts made by hand, whose replies the tests read: a few contracts, their marks, and what is held."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from margind.engine import commands as c
from margind.engine.exchange import execute
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.brackets import bracket_ladder
from margind.engine.model.configuration import ExchangeSettings, FeeTier, SymbolConfiguration
from margind.engine.model.contracts import Contract, LotSize, PercentPrice, PriceFilter
from margind.engine.model.decimals import ZERO
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

NOW = 1_700_000_000_000
PERPETUAL = 4_133_404_800_000
CUT = ExchangeSettings(initial_margin_rounding=Rounding.CUT)
"""The pages' examples are older than 2025-08, when initial margins began to be rounded up."""

TIERS = [(125, "50000", "0.004"), (20, "1000000", "0.01"), (1, None, "0.1")]
Tiers = Sequence[tuple[int, str | None, str]]


class Listed(NamedTuple):
    """A contract as far as replies show it."""

    symbol: str
    mark_price: str
    margin_asset: str = "USDT"
    quantity_precision: int = 3
    price_precision: int = 2
    tiers: Tiers = TIERS
    contract_size: str = "1"
    delivery_date: int = PERPETUAL


BTCUSDT = Listed("BTCUSDT", "21123.05052574")
ADAUSDT = Listed("ADAUSDT", "0.41047590", quantity_precision=0, tiers=[(75, None, "0.0065")])
COMPUSDT = Listed("COMPUSDT", "49.72023376", tiers=[(50, None, "0.01")])
BTCUSD_PERP = Listed(
    "BTCUSD_PERP",
    "62297.60417296",
    "BTC",
    0,
    1,
    [(125, "50", "0.004"), (10, "100", "0.05"), (1, None, "0.5")],
    "100",
)


def position(
    symbol: str,
    amount: str,
    entry_price: str,
    break_even_price: str | None = None,
    side: PositionSide = PositionSide.BOTH,
    *,
    isolated_wallet: str = "0",
    update_time: int = NOW,
) -> Position:
    return Position(
        symbol,
        side,
        Decimal(amount),
        Decimal(entry_price),
        Decimal(entry_price if break_even_price is None else break_even_price),
        Decimal(isolated_wallet),
        update_time,
    )


def order(
    symbol: str,
    side: Side,
    price: str,
    quantity: str,
    *,
    update_time: int = NOW,
) -> Order:
    return Order(
        order_id=0,
        client_order_id="",
        symbol=symbol,
        side=side,
        position_side=PositionSide.BOTH,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        price=Decimal(price),
        orig_qty=Decimal(quantity),
        update_time=update_time,
    )


def configured(leverage: int, *, isolated: bool = False) -> SymbolConfiguration:
    return SymbolConfiguration(leverage, MarginType.ISOLATED if isolated else MarginType.CROSSED)


def document(
    wallets: Mapping[str, str] | None = None,
    positions: Sequence[Position] = (),
    orders: Sequence[Order] = (),
    symbols: Mapping[str, SymbolConfiguration] | None = None,
    *,
    fee_tier: int = 0,
    multi_assets_margin: bool = False,
    wallet_time: int = NOW,
) -> c.MarketDocument:
    return c.MarketDocument(
        fee_tier=fee_tier,
        fee_burn=True,
        multi_assets_margin=multi_assets_margin,
        can_trade=True,
        can_deposit=True,
        can_withdraw=True,
        trade_group_id=-1,
        wallets={asset: (Decimal(amount), wallet_time) for asset, amount in (wallets or {}).items()},
        symbols=dict(symbols or {}),
        positions=tuple(positions),
        open_orders=tuple(orders),
    )


def exchange(
    usdm: Sequence[Listed] = (BTCUSDT,),
    coinm: Sequence[Listed] = (BTCUSD_PERP,),
    assets: Sequence[str] = ("USDT",),
    settings: ExchangeSettings = CUT,
) -> State:
    facts = {
        Market.USDM: _facts(Market.USDM, usdm, assets),
        Market.COINM: _facts(Market.COINM, coinm, tuple(dict.fromkeys(row.margin_asset for row in coinm))),
    }
    state = State(facts, settings)
    execute(state, c.OpenAccount("alice"), NOW)
    return state


def load(
    state: State,
    usdm: c.MarketDocument | None = None,
    coinm: c.MarketDocument | None = None,
    *,
    dual_side_position: bool = False,
    account: str = "alice",
) -> None:
    if account not in state.accounts:
        execute(state, c.OpenAccount(account), NOW)
    command = c.LoadAccount(account, dual_side_position, usdm or document(), coinm or document())
    execute(state, command, NOW)


def report_of(state: State, market: Market = Market.USDM, account: str = "alice") -> AccountReport:
    return account_report(state.accounts[account], state.markets[market], state.settings)


def symbol_price(mark_price: str) -> SymbolPrice:
    price = Decimal(mark_price)
    return SymbolPrice(
        price, price, price, price, Decimal(1), price, Decimal(2), Decimal("0.0001"), NOW + 1, NOW
    )


_AT_PAR = AssetIndex(Decimal(1), ZERO, ZERO, ZERO, ZERO, NOW)


def _facts(market: Market, listed: Sequence[Listed], assets: Sequence[str]) -> MarketFacts:
    return MarketFacts(
        market=market,
        as_of="2026-01-01",
        assets=tuple(
            MarginAsset(asset, margin_available=market is Market.USDM, auto_asset_exchange=None)
            for asset in assets
        ),
        contracts={row.symbol: contract(market, row) for row in listed},
        brackets={
            row.symbol: bracket_ladder(
                [
                    (most, None if cap is None else Decimal(cap), Decimal(rate))
                    for most, cap, rate in row.tiers
                ]
            )
            for row in listed
        },
        fee_tiers=(FeeTier(Decimal("0.0002"), Decimal("0.0004")),) * 3,
        prices={row.symbol: symbol_price(row.mark_price) for row in listed},
        asset_index={asset + "USD": _AT_PAR for asset in assets},
        rate_limits=(
            (
                ("rateLimitType", "REQUEST_WEIGHT"),
                ("interval", "MINUTE"),
                ("intervalNum", 1),
                ("limit", 2400),
            ),
            (("rateLimitType", "ORDERS"), ("interval", "MINUTE"), ("intervalNum", 1), ("limit", 1200)),
            (("rateLimitType", "ORDERS"), ("interval", "SECOND"), ("intervalNum", 10), ("limit", 300)),
        ),
    )


def contract(market: Market, row: Listed) -> Contract:
    lot = LotSize(Decimal("0.001"), Decimal(1000), Decimal("0.001"))
    return Contract(
        market=market,
        symbol=row.symbol,
        pair=row.symbol.partition("_")[0],
        contract_type="PERPETUAL",
        status=ContractStatus.TRADING,
        base_asset=row.symbol[:3],
        quote_asset="USDT",
        margin_asset=row.margin_asset,
        contract_size=Decimal(row.contract_size),
        price_precision=row.price_precision,
        quantity_precision=row.quantity_precision,
        base_asset_precision=8,
        quote_precision=8,
        price_filter=PriceFilter(Decimal("0.1"), Decimal(1_000_000), Decimal("0.1")),
        lot_size=lot,
        market_lot_size=lot,
        percent_price=PercentPrice(Decimal("1.05"), Decimal("0.95"), "4"),
        max_num_orders=200,
        max_num_algo_orders=10,
        min_notional=Decimal(5),
        liquidation_fee=Decimal("0.0125"),
        market_take_bound=Decimal("0.05"),
        trigger_protect=Decimal("0.05"),
        onboard_date=0,
        delivery_date=row.delivery_date,
        order_types=("LIMIT", "MARKET"),
        time_in_force=("GTC",),
    )
