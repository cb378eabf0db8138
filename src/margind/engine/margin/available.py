"""What orders may still bind of one asset: the report's number, computed without the rest of the report."""

from collections.abc import Iterable
from decimal import Decimal

from margind.engine.margin.order_margin import NOTHING_RESTING, RestingValue, open_order_margin
from margind.engine.margin.position_margin import initial_margin_rate, position_margin
from margind.engine.margin.position_report import configuration_of, rounded_initial_margin
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.decimals import ZERO, cut8
from margind.engine.model.kept_shares import RowShare
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import MarginType, Rounding


def resting_of(half: MarketAccount, key: PositionKey) -> RestingValue:
    """What rests for a position row, kept as orders come and go."""
    row = half.rows.get(key)
    return NOTHING_RESTING if row is None else RestingValue(row.bids, row.asks)


def available_balance(half: MarketAccount, market: MarketState, asset: str, rounding: Rounding) -> Decimal:
    """`availableBalance` of an asset in single-asset mode."""
    return max(ZERO, _unbound(half, market, asset, rounding))


def available_without(
    half: MarketAccount, market: MarketState, rounding: Rounding, key: PositionKey, left: RestingValue
) -> Decimal:
    """The same for the asset of a row, if nothing but `left` rested there."""
    unbound = _unbound(half, market, market.margin_assets[key[0]], rounding)
    share = half.shares.rows[key]
    return max(ZERO, unbound - share.of_orders + _of_orders(share, key, left, rounding))


def available_at_least(half: MarketAccount, market: MarketState, asset: str, rounding: Rounding) -> Decimal:
    """No more than `available_balance`, and sooner known: what orders bind since is not added up anew."""
    _bring_up_to_date(half, market, rounding, orders=False)
    return _balance(half, asset) - half.shares.at_most


def row_share(half: MarketAccount, market: MarketState, key: PositionKey, rounding: Rounding) -> RowShare:
    """The share of a row, on which nothing need be held and nothing rest; not what its orders bind by now."""
    _bring_up_to_date(half, market, rounding, orders=False)
    rows = half.shares.rows
    share = rows.get(key)
    if share is None:
        share = rows[key] = _share(half, market, key, rounding)
    return share


def _unbound(half: MarketAccount, market: MarketState, asset: str, rounding: Rounding) -> Decimal:
    """The wallet and what all rows of the asset add; negative when they bind more than there is."""
    _bring_up_to_date(half, market, rounding, orders=True)
    return _balance(half, asset)


def _balance(half: MarketAccount, asset: str) -> Decimal:
    wallet = half.wallets.get(asset)
    balance = ZERO if wallet is None else wallet.wallet_balance
    return balance + half.shares.sums.get(asset, ZERO)


def _bring_up_to_date(half: MarketAccount, market: MarketState, rounding: Rounding, *, orders: bool) -> None:
    """Compute anew what has changed; without `orders` not yet, when nothing else has."""
    kept = half.shares
    if kept.facts_version != market.facts_version or kept.rounding is not rounding:
        kept.rows, kept.sums = {}, {}
        kept.facts_version, kept.rounding = market.facts_version, rounding
        _renew(half, market, rounding, {**half.positions, **half.rows})
    elif kept.prices_version != market.prices_version:
        prices = market.prices
        moved = [key for key, share in kept.rows.items() if share.price is not prices[key[0]]]
        _renew(half, market, rounding, kept.changed.union(moved))
    elif not kept.only_orders_changed or (orders and kept.changed):
        _renew(half, market, rounding, kept.changed)
    else:
        return
    kept.changed.clear()
    kept.only_orders_changed, kept.at_most = True, ZERO
    kept.prices_version = market.prices_version


def _renew(half: MarketAccount, market: MarketState, rounding: Rounding, keys: Iterable[PositionKey]) -> None:
    """Compute the shares of rows anew, as far as they are others, and with them their sums."""
    kept, positions, prices = half.shares, half.positions, market.prices
    for key in keys:
        symbol = key[0]
        row, position, share = half.rows.get(key), positions.get(key), kept.rows.get(key)
        before = ZERO if share is None else share.of_position + share.of_orders
        if row is None and position is None:
            kept.rows.pop(key, None)
            after = ZERO
        else:
            if (
                share is None
                or share.position is not position
                or share.price is not prices[symbol]
                or share.chosen is not half.symbols.get(symbol)
            ):
                share = kept.rows[key] = _share(half, market, key, rounding)
            resting = NOTHING_RESTING if row is None else RestingValue(row.bids, row.asks)
            share.of_orders = _of_orders(share, key, resting, rounding)
            after = share.of_position + share.of_orders
        asset = market.margin_assets[symbol]
        kept.sums[asset] = kept.sums.get(asset, ZERO) + after - before


def _share(half: MarketAccount, market: MarketState, key: PositionKey, rounding: Rounding) -> RowShare:
    """What the position of a row adds; nothing rests yet."""
    symbol = key[0]
    position, price, brackets = half.positions.get(key), market.prices[symbol], market.brackets[symbol]
    configuration = configuration_of(half, market, symbol)
    leverage = configuration.leverage
    rate = initial_margin_rate(leverage)
    share = RowShare(
        position, price, half.symbols.get(symbol), leverage, rate, brackets.max_notional(leverage)
    )
    if position is not None:
        margin = position_margin(position, market.contracts[symbol], brackets, rate, price.mark_price)
        share.notional = margin.notional
        share.of_position = (
            -position.isolated_wallet
            if configuration.margin_type is MarginType.ISOLATED
            else cut8(margin.unrealized_profit) - rounded_initial_margin(margin.initial_margin, rounding)
        )
    return share


def _of_orders(share: RowShare, key: PositionKey, resting: RestingValue, rounding: Rounding) -> Decimal:
    margin = open_order_margin(key[1], share.notional, resting, share.rate)
    return -rounded_initial_margin(margin, rounding)
