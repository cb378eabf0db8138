"""What orders may still bind of one asset: the report's number, computed without the rest of the report."""

from decimal import Decimal

from margind.engine.margin.order_margin import NOTHING_RESTING, RestingValue, open_order_margin
from margind.engine.margin.pools import AssetSums, asset_pool
from margind.engine.margin.position_margin import initial_margin_rate, position_margin
from margind.engine.margin.position_report import configuration_of, rounded_initial_margin
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.decimals import ZERO, cut8
from margind.engine.model.market_state import MarketState
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
    sums = AssetSums()
    for key in {**half.positions, **half.rows}:
        symbol, position_side = key
        if market.margin_assets[symbol] != asset:
            continue
        configuration = configuration_of(half, market, symbol)
        rate = initial_margin_rate(configuration.leverage)
        isolated = configuration.margin_type is MarginType.ISOLATED
        position, notional = half.positions.get(key), ZERO
        if position is not None:
            margin = position_margin(
                position,
                market.contracts[symbol],
                market.brackets[symbol],
                rate,
                market.prices[symbol].mark_price,
            )
            notional = margin.notional
            if isolated:
                sums.isolated_wallet += position.isolated_wallet
            else:
                sums.cross_unrealized_profit += cut8(margin.unrealized_profit)
                sums.cross_initial_margin += rounded_initial_margin(margin.initial_margin, rounding)
        resting = instead.get(key) or resting_of(half, key)
        if resting is not NOTHING_RESTING:
            bound = rounded_initial_margin(
                open_order_margin(position_side, notional, resting, rate), rounding
            )
            if isolated:
                sums.isolated_open_order_initial_margin += bound
            else:
                sums.cross_initial_margin += bound
    wallet = half.wallets.get(asset)
    balance = ZERO if wallet is None else wallet.wallet_balance
    return max(ZERO, asset_pool(balance - sums.isolated_wallet, sums).unbound)
