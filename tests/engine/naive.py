"""A second opinion: every number of an account, straight from the published formulas, in exact fractions.

It shares no code with the engine: slow, without objects, one formula per line.
"""

import math
from fractions import Fraction
from typing import Any

from margind.engine.model.account import MarketAccount
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import MarginType, Market, Rounding

UNIT = 10**8


def cut(value: Fraction) -> Fraction:
    return Fraction(math.trunc(value * UNIT), UNIT)


def up(value: Fraction) -> Fraction:
    return Fraction(math.ceil(value * UNIT) if value >= 0 else math.floor(value * UNIT), UNIT)


def rows(half: MarketAccount, market: MarketState, rounding: Rounding) -> dict[Any, dict[str, Fraction]]:
    """Printed and exact numbers of every row with a position or an order."""
    keys = {*half.positions, *((order.symbol, order.position_side) for order in half.open_orders.values())}
    return {key: _row(half, market, rounding, key) for key in keys}


def _row(half: MarketAccount, market: MarketState, rounding: Rounding, key: Any) -> dict[str, Fraction]:
    symbol, side = key
    linear = market.market is Market.USDM
    size, mark = Fraction(market.contracts[symbol].contract_size), Fraction(market.prices[symbol].mark_price)
    tiers = market.brackets[symbol].rows
    chosen = half.symbols.get(symbol)
    leverage = chosen.leverage if chosen else min(20, tiers[0].initial_leverage)
    isolated = chosen is not None and chosen.margin_type is MarginType.ISOLATED
    rate = up(Fraction(1, leverage))
    position = half.positions.get(key)
    q = Fraction(position.position_amt) if position else Fraction(0)
    notional = q * mark if linear else q * size / mark
    profit = Fraction(0)
    if position:
        entry = Fraction(position.entry_price)
        profit = q * (mark - cut(entry)) if linear else q * size * (1 / entry - 1 / mark)
    # The highest line is the bracket's own: rates rise, and cum joins them.
    maintenance = max(
        abs(notional) * Fraction(tier.maint_margin_ratio) - Fraction(tier.cum) for tier in tiers
    )
    bids, asks = Fraction(0), Fraction(0)
    for order in half.open_orders.values():
        if (order.symbol, order.position_side) != key or order.type != "LIMIT":
            continue
        if order.reduce_only or order.close_position:
            continue
        left, price = Fraction(order.orig_qty) - Fraction(order.executed_qty), Fraction(order.price)
        value = left * price if linear else left * size / price
        bids, asks = (bids + value, asks) if order.side == "BUY" else (bids, asks + value)
    if side == "LONG":
        extra = bids
    elif side == "SHORT":
        extra = asks
    else:
        extra = max(abs(notional + bids), abs(notional - asks)) - abs(notional)
    brought = up if rounding is Rounding.UP else cut
    exact = {
        "notional": notional,
        "unrealized_profit": profit,
        "position_initial_margin": abs(notional) * rate,
        "open_order_initial_margin": max(Fraction(0), extra) * rate,
        "maint_margin": maintenance if position else Fraction(0),
        "bid_notional": bids,
        "ask_notional": asks,
    }
    printed = {name: cut(value) for name, value in exact.items()}
    for name in ("position_initial_margin", "open_order_initial_margin"):
        printed[name] = brought(exact[name])
    printed["initial_margin"] = printed["position_initial_margin"] + printed["open_order_initial_margin"]
    wallet = Fraction(position.isolated_wallet) if position else Fraction(0)
    printed["isolated_wallet"] = wallet
    printed["isolated_margin"] = (
        wallet + printed["unrealized_profit"] if isolated and position else Fraction(0)
    )
    exact["initial_margin"] = exact["position_initial_margin"] + exact["open_order_initial_margin"]
    return {
        **printed,
        **{f"exact_{name}": value for name, value in exact.items()},
        "isolated": Fraction(isolated),
    }


def assets(half: MarketAccount, market: MarketState, rounding: Rounding) -> dict[str, dict[str, Fraction]]:
    """The asset rows as they are in single-asset mode, and their exact sums."""
    numbers = rows(half, market, rounding)
    found = {}
    for asset in market.assets:
        own = [row for key, row in numbers.items() if market.contracts[key[0]].margin_asset == asset]
        cross = [row for row in own if not row["isolated"]]
        apart = [row for row in own if row["isolated"]]

        def total(of: list[dict[str, Fraction]], name: str) -> Fraction:
            return sum((row[name] for row in of), Fraction(0))

        wallet = Fraction(half.wallets[asset].wallet_balance) if asset in half.wallets else Fraction(0)
        cw = wallet - total(own, "isolated_wallet")
        orders_apart = total(apart, "open_order_initial_margin")
        free = cw + total(cross, "unrealized_profit") - total(cross, "initial_margin") - orders_apart
        bound = orders_apart + total(cross, "maint_margin")
        found[asset] = {
            "wallet_balance": wallet,
            "cross_wallet_balance": cw,
            "unrealized_profit": total(own, "unrealized_profit"),
            "cross_unrealized_profit": total(cross, "unrealized_profit"),
            "margin_balance": wallet + total(own, "unrealized_profit"),
            "maint_margin": total(own, "maint_margin"),
            "position_initial_margin": total(own, "position_initial_margin"),
            "open_order_initial_margin": total(own, "open_order_initial_margin"),
            "initial_margin": total(own, "initial_margin"),
            "available_balance": max(Fraction(0), free),
            "max_withdraw_amount": max(Fraction(0), min(wallet - bound, cw - bound, free)),
            **{
                f"exact_{name}": total(own, f"exact_{name}")
                for name in (
                    "unrealized_profit",
                    "initial_margin",
                    "position_initial_margin",
                    "open_order_initial_margin",
                    "maint_margin",
                )
            },
        }
    return found


def multi_assets(half: MarketAccount, market: MarketState, rounding: Rounding) -> dict[str, Any]:
    """The joint wallet in USD, the totals, and what is available and withdrawable of each collateral."""
    columns = assets(half, market, rounding)
    rates = {}
    for asset, terms in market.assets.items():
        row = market.asset_index.get(f"{asset}USD")
        if terms.margin_available and row is not None:
            index = Fraction(row.index)
            rates[asset] = (
                cut(index * (1 - Fraction(row.bid_buffer))),
                cut(index * (1 + Fraction(row.ask_buffer))),
            )
    equity = initial = maintenance = Fraction(0)
    totals: dict[str, Fraction] = {}
    for asset, (bid, ask) in rates.items():
        row_of = columns[asset]
        own = row_of["cross_wallet_balance"] + row_of["exact_unrealized_profit"]
        equity += own * (bid if own >= 0 else ask)
        initial += row_of["exact_initial_margin"] * ask
        maintenance += row_of["exact_maint_margin"] * ask
        kept = bid if row_of["margin_balance"] >= 0 else ask
        for name, value, at in (
            ("wallet_balance", row_of["wallet_balance"], kept),
            ("cross_wallet_balance", row_of["cross_wallet_balance"], kept),
            ("unrealized_profit", row_of["exact_unrealized_profit"], kept),
            ("cross_unrealized_profit", row_of["exact_unrealized_profit"], kept),
            ("margin_balance", row_of["wallet_balance"] + row_of["exact_unrealized_profit"], kept),
            ("initial_margin", row_of["exact_initial_margin"], ask),
            ("position_initial_margin", row_of["exact_position_initial_margin"], ask),
            ("open_order_initial_margin", row_of["exact_open_order_initial_margin"], ask),
            ("maint_margin", row_of["exact_maint_margin"], ask),
        ):
            totals[name] = totals.get(name, Fraction(0)) + value * at
    available = max(Fraction(0), equity - initial)
    totals["available_balance"] = totals["max_withdraw_amount"] = available
    shares = {asset: cut(available / ask) for asset, (_, ask) in rates.items()}
    return {
        "equity": equity,
        "initial_margin": initial,
        "maint_margin": maintenance,
        "totals": {name: cut(value) for name, value in totals.items()},
        "available_balance": shares,
        "max_withdraw_amount": {
            asset: max(Fraction(0), min(columns[asset]["wallet_balance"], share))
            for asset, share in shares.items()
        },
    }
