"""The crowd: seeded accounts with leverage, each with a position that stands when the first minute begins."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from random import Random
from typing import NamedTuple

import msgspec

from margind.engine import commands as c
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ZERO, cut8
from margind.engine.model.market_state import MarketState
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Millis, PositionSide

# Assumed: each part of this crowd; nobody publishes how leverage is spread over accounts.
LEVERAGES = (3, 5, 10, 20, 25, 50, 75, 100)
LEVERAGE_WEIGHTS = (8, 14, 22, 24, 12, 12, 4, 4)
MEDIAN_WALLET, WALLET_SPREAD = 1_000, 1.4
"""Of a log-normal distribution, in the margin asset: many small accounts and a few large ones."""
LOWEST_WALLET, HIGHEST_WALLET = Decimal(20), Decimal(2_000_000)
USED = (0.2, 0.95)
"""Which share of a wallet is margin of the position."""
PROFIT = (-0.25, 0.5)
"""Profit at the beginning, as a share of the position's margin."""
HEDGE_PART = 4
"""The other leg of a hedge is a fourth of the first."""
COLLATERAL = "BTC"
"""What accounts with joint margin hold beside the margin asset."""

_EMPTY = c.MarketDocument(
    fee_tier=0,
    fee_burn=False,
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
_CENT = Decimal("0.01")


class Crowd(msgspec.Struct, frozen=True, rename="camel"):
    """How many accounts, and how many of them are what, as fractions; the same seed gives the same ones."""

    accounts: int = 3_000
    seed: int = 1
    longs: float = 0.7
    isolated: float = 0.45
    hedged: float = 0.1
    """Of the cross accounts: with a smaller leg on the other side."""
    multi_assets: float = 0.1
    """Of the one-way cross accounts: with half of their collateral in BTC, which falls as well."""


class _Trader(NamedTuple):
    """What is drawn for one account."""

    direction: int
    """1 of a long, -1 of a short."""
    margin_type: MarginType
    is_hedged: bool
    has_joint_margin: bool
    leverage: int
    wallet: Decimal
    used: Decimal
    """Share of the wallet."""
    profit: Decimal
    """Share of the margin."""


def crowd_commands(
    crowd: Crowd, market: MarketState, symbol: str, now: Millis
) -> Iterator[c.OpenAccount | c.LoadAccount]:
    """The commands that make the accounts, at the present price of the symbol."""
    rng = Random(crowd.seed)  # noqa: S311 - what is wanted is chance that can be repeated
    for number in range(1, crowd.accounts + 1):
        name = f"trader-{number:05}"
        with localcontext(CONTEXT):
            load = _document(_draw(rng, crowd), market, symbol, name, now)
        yield c.OpenAccount(name)
        yield load


def _draw(rng: Random, crowd: Crowd) -> _Trader:
    direction = 1 if rng.random() < crowd.longs else -1
    isolated = rng.random() < crowd.isolated
    hedged = not isolated and rng.random() < crowd.hedged
    joint = not (isolated or hedged) and rng.random() < crowd.multi_assets
    wallet = Decimal(rng.lognormvariate(0, WALLET_SPREAD)) * MEDIAN_WALLET
    return _Trader(
        direction,
        MarginType.ISOLATED if isolated else MarginType.CROSSED,
        hedged,
        joint,
        rng.choices(LEVERAGES, LEVERAGE_WEIGHTS)[0],
        min(max(wallet, LOWEST_WALLET), HIGHEST_WALLET).quantize(_CENT),
        _fraction(rng, USED),
        _fraction(rng, PROFIT),
    )


def _document(trader: _Trader, market: MarketState, symbol: str, name: str, now: Millis) -> c.LoadAccount:
    contract, brackets, mark_price = (
        market.contracts[symbol],
        market.brackets[symbol],
        market.mark_price(symbol),
    )
    leverage = min(trader.leverage, brackets.max_leverage)
    margin = (trader.wallet * trader.used).quantize(_CENT)
    cap = brackets.max_notional(leverage)
    notional = margin * leverage if cap is None else min(margin * leverage, cap / 2)
    step = contract.lot_size.step_size
    quantity = max(notional / mark_price // step * step, step)
    profit = trader.profit * notional / leverage
    entry_price = mark_price - trader.direction * profit / quantity

    def leg(amount: Decimal) -> Position:
        side = PositionSide.BOTH
        if trader.is_hedged:
            side = PositionSide.LONG if amount > ZERO else PositionSide.SHORT
        entry = entry_price.quantize(contract.price_filter.tick_size)
        isolated_wallet = margin if trader.margin_type is MarginType.ISOLATED else ZERO
        return Position(symbol, side, amount, entry, entry, isolated_wallet, now)

    positions = [leg(quantity * trader.direction)]
    if trader.is_hedged:
        positions.append(leg(-max(quantity // HEDGE_PART // step * step, step) * trader.direction))
    return c.LoadAccount(
        account=name,
        dual_side_position=trader.is_hedged,
        usdm=msgspec.structs.replace(
            _EMPTY,
            multi_assets_margin=trader.has_joint_margin,
            wallets={asset: (amount, now) for asset, amount in _wallets(trader, market, contract).items()},
            symbols={symbol: SymbolConfiguration(leverage, trader.margin_type)},
            positions=tuple(positions),
        ),
        coinm=_EMPTY,
    )


def _wallets(trader: _Trader, market: MarketState, contract: Contract) -> dict[str, Decimal]:
    if not trader.has_joint_margin:
        return {contract.margin_asset: trader.wallet}
    half = (trader.wallet / 2).quantize(_CENT)
    coins = half / market.asset_index[f"{COLLATERAL}USD"].index
    return {contract.margin_asset: half, COLLATERAL: cut8(coins)}


def _fraction(rng: Random, between: tuple[float, float]) -> Decimal:
    return Decimal(str(round(rng.uniform(*between), 6)))
