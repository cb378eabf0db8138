"""What a fill costs: the rate of the account's tier, and paying it in BNB."""

from decimal import Decimal

import msgspec

from margind.engine.model.account import MarketAccount
from margind.engine.model.configuration import RPI_FEE_RATE
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, ZERO, book
from margind.engine.model.orders import Order
from margind.engine.model.terms import RPI, USDM, Market
from margind.engine.state import State

BURN_ASSET = "BNB"
BURN_DISCOUNT = Decimal("0.10")
"""Documented: paying in BNB makes fees of USDⓈ-M 10 % smaller."""


class Commission(msgspec.Struct, frozen=True, gc=False):
    """A fee: what leaves which wallet, and what it is worth in the margin asset. Rebates are negative."""

    amount: Decimal
    asset: str
    in_margin_asset: Decimal


def fee_rate(state: State, half: MarketAccount, order: Order, *, maker: bool) -> Decimal:
    """The rate at which an order's fill is charged. Documented: RPI orders have one of their own."""
    if order.time_in_force is RPI:
        return RPI_FEE_RATE
    tier = state.markets[half.market].fee_tiers[half.fee_tier]
    return tier.maker if maker else tier.taker


def commission_of(
    state: State, half: MarketAccount, contract: Contract, value: Decimal, rate: Decimal
) -> Commission:
    """The fee of a fill worth `value` in the margin asset.

    Documented: taken from the wallet of the margin asset; with BNB burn on and enough BNB
    in the wallet, in BNB at a discount. Assumed: BNB is converted at the asset indexes of both assets.
    """
    amount = book(value * rate)
    if half.fee_burn and half.market is USDM and amount > ZERO:
        in_bnb = _in_bnb(state, half, contract.margin_asset, amount)
        if in_bnb is not None:
            return Commission(in_bnb, BURN_ASSET, book(amount * (ONE - BURN_DISCOUNT)))
    return Commission(amount, contract.margin_asset, amount)


def _in_bnb(state: State, half: MarketAccount, margin_asset: str, amount: Decimal) -> Decimal | None:
    wallet = half.wallets.get(BURN_ASSET)
    if wallet is None or margin_asset == BURN_ASSET:
        return None
    index = state.markets[Market.USDM].asset_index
    own, bnb = index.get(margin_asset + "USD"), index.get(BURN_ASSET + "USD")
    if own is None or bnb is None:
        return None
    needed = book(amount * (ONE - BURN_DISCOUNT) * own.index / bnb.index)
    return needed if ZERO < needed <= wallet.wallet_balance else None
