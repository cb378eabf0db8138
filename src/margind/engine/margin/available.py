"""What orders may still bind of one asset: the report's number, computed without the rest of the report."""

from decimal import Decimal

from margind.engine.margin.order_margin import NOTHING_RESTING, RestingValue, open_order_margin
from margind.engine.margin.pools import AssetSums, asset_pool
from margind.engine.margin.position_margin import initial_margin_rate, position_margin
from margind.engine.margin.position_report import configuration_of, rounded_initial_margin
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.decimals import ZERO, cut8
from margind.engine.model.market_state import MarketState
from margind.engine.model.row_share import RowShare
from margind.engine.model.terms import MarginType, Rounding


def resting_of(half: MarketAccount, key: PositionKey) -> RestingValue:
    """What rests for a position row, kept as orders come and go."""
    row = half.rows.get(key)
    return NOTHING_RESTING if row is None else RestingValue(row.bids, row.asks)


def available_balance(
    half: MarketAccount,
    market: MarketState,
    asset: str,
    rounding: Rounding,
    instead: dict[PositionKey, RestingValue],
) -> Decimal:
    """`availableBalance` of an asset in single-asset mode; `instead` overrides what rests for some rows."""
    isolated_wallet = profit = initial_margin = isolated_margin = ZERO
    margin_assets, kept, prices, rows = market.margin_assets, half.shares, market.prices, half.rows
    for key in {**half.positions, **rows}:
        symbol = key[0]
        if margin_assets[symbol] != asset:
            continue
        position, share = half.positions.get(key), kept.get(key)
        if (
            share is None
            or share.position is not position
            or share.price is not prices[symbol]
            or share.chosen is not half.symbols.get(symbol)
            or share.facts_version != market.facts_version
            or share.rounding is not rounding
        ):
            share = kept[key] = _share(half, market, key, rounding)
        resting = instead.get(key) or rows.get(key) or NOTHING_RESTING
        if share.bids is not resting.bids or share.asks is not resting.asks:
            _rest(share, key, resting.bids, resting.asks)
        if share.isolated:
            isolated_wallet += share.isolated_wallet
            isolated_margin += share.open_order_initial_margin
        else:
            profit += share.unrealized_profit
            initial_margin += share.initial_margin + share.open_order_initial_margin
    wallet = half.wallets.get(asset)
    balance = ZERO if wallet is None else wallet.wallet_balance
    sums = AssetSums(
        isolated_wallet=isolated_wallet,
        cross_unrealized_profit=profit,
        cross_initial_margin=initial_margin,
        isolated_open_order_initial_margin=isolated_margin,
    )
    return max(ZERO, asset_pool(balance - isolated_wallet, sums).unbound)


def _share(half: MarketAccount, market: MarketState, key: PositionKey, rounding: Rounding) -> RowShare:
    """What the position of a row adds; nothing rests yet."""
    symbol = key[0]
    position, price = half.positions.get(key), market.prices[symbol]
    configuration = configuration_of(half, market, symbol)
    share = RowShare(
        position,
        price,
        half.symbols.get(symbol),
        market.facts_version,
        rounding,
        rate=initial_margin_rate(configuration.leverage),
        isolated=configuration.margin_type is MarginType.ISOLATED,
    )
    if position is not None:
        margin = position_margin(
            position, market.contracts[symbol], market.brackets[symbol], share.rate, price.mark_price
        )
        share.notional = margin.notional
        share.unrealized_profit = cut8(margin.unrealized_profit)
        share.initial_margin = rounded_initial_margin(margin.initial_margin, rounding)
        share.isolated_wallet = position.isolated_wallet
    return share


def _rest(share: RowShare, key: PositionKey, bids: Decimal, asks: Decimal) -> None:
    """Take over what rests, and what it binds."""
    margin = open_order_margin(key[1], share.notional, RestingValue(bids, asks), share.rate)
    share.bids, share.asks = bids, asks
    share.open_order_initial_margin = rounded_initial_margin(margin, share.rounding)
