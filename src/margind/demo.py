"""The account a first start shows: money in several assets, positions on both markets."""

from decimal import Decimal

from margind.engine.commands import LoadAccount, MarketDocument
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import (
    MarginType,
    Market,
    Millis,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from margind.engine.state import State

DEMO = "demo"
"""The name of the account."""

_TAKER = Decimal("0.0005")


def demo_document(state: State, now: Millis) -> LoadAccount:
    """Positions opened a little away from the present prices, so that each shows a profit or a loss."""
    usdm, coinm = state.markets[Market.USDM], state.markets[Market.COINM]
    return LoadAccount(
        account=DEMO,
        dual_side_position=False,
        usdm=_document(
            wallets={"USDT": "10000", "USDC": "2500", "BNB": "2", "BTC": "0.05"},
            symbols={
                "BTCUSDT": SymbolConfiguration(20),
                "ETHUSDT": SymbolConfiguration(10, MarginType.ISOLATED),
            },
            positions=(
                _position(usdm, "BTCUSDT", "0.050", "0.985", now),
                _position(usdm, "ETHUSDT", "-1.500", "1.012", now, isolated_wallet="620"),
            ),
            open_orders=(_bid(usdm, "BTCUSDT", "0.020", "0.97", now),),
            now=now,
        ),
        coinm=_document(
            wallets={"BTC": "0.25", "ETH": "1.5"},
            symbols={"BTCUSD_PERP": SymbolConfiguration(10)},
            positions=(_position(coinm, "BTCUSD_PERP", "30", "0.99", now),),
            open_orders=(),
            now=now,
        ),
    )


def _document(
    wallets: dict[str, str],
    symbols: dict[str, SymbolConfiguration],
    positions: tuple[Position, ...],
    open_orders: tuple[Order, ...],
    now: Millis,
) -> MarketDocument:
    return MarketDocument(
        fee_tier=0,
        fee_burn=True,
        multi_assets_margin=False,
        can_trade=True,
        can_deposit=True,
        can_withdraw=True,
        trade_group_id=-1,
        wallets={asset: (Decimal(amount), now) for asset, amount in wallets.items()},
        symbols=symbols,
        positions=positions,
        open_orders=open_orders,
    )


def _position(
    market: MarketState, symbol: str, amount: str, of_mark: str, now: Millis, *, isolated_wallet: str = "0"
) -> Position:
    position_amt = Decimal(amount)
    entry_price = _on_tick(market, symbol, of_mark)
    fee = _TAKER if position_amt > ZERO else -_TAKER
    return Position(
        symbol=symbol,
        position_side=PositionSide.BOTH,
        position_amt=position_amt,
        entry_price=entry_price,
        break_even_price=entry_price * (1 + fee),
        isolated_wallet=Decimal(isolated_wallet),
        update_time=now,
    )


def _bid(market: MarketState, symbol: str, quantity: str, of_mark: str, now: Millis) -> Order:
    return Order(
        order_id=0,
        client_order_id="demo-bid",
        symbol=symbol,
        side=Side.BUY,
        position_side=PositionSide.BOTH,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        price=_on_tick(market, symbol, of_mark),
        orig_qty=Decimal(quantity),
        time=now,
        update_time=now,
    )


def _on_tick(market: MarketState, symbol: str, of_mark: str) -> Decimal:
    tick = market.contracts[symbol].price_filter.tick_size
    return (market.mark_price(symbol) * Decimal(of_mark) / tick).to_integral_value() * tick
