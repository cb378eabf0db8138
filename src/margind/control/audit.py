"""Where the money of an exchange is: the sum over everybody is zero, or something is badly wrong."""

from decimal import Decimal, localcontext

import msgspec

from margind.documents.numbers import Number
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.terms import Counterparty, Market
from margind.engine.state import State


class AssetAudit(msgspec.Struct, frozen=True):
    """Who holds one asset on one market; `outside` is negative by what came in from there."""

    wallets: Number
    fees: Number
    insurance_fund: Number
    auto_exchange: Number
    """What was bought from multi-assets accounts, and (negative) what they were given for it."""
    outside: Number
    total: Number


class AuditDocument(msgspec.Struct, frozen=True):
    """All assets that ever moved."""

    balanced: bool
    usdm: dict[str, AssetAudit]
    coinm: dict[str, AssetAudit]


def audit(state: State) -> AuditDocument:
    """Add up what everybody holds."""
    with localcontext(CONTEXT):
        usdm, coinm = (_market(state, market) for market in (Market.USDM, Market.COINM))
    balanced = all(not row.total for row in (*usdm.values(), *coinm.values()))
    return AuditDocument(balanced, usdm, coinm)


def _market(state: State, market: Market) -> dict[str, AssetAudit]:
    wallets: dict[str, Decimal] = {}
    for account in state.accounts.values():
        for asset, wallet in account.on(market).wallets.items():
            wallets[asset] = wallets.get(asset, ZERO) + wallet.wallet_balance
    ledger = state.ledger
    booked = {asset for of_market, asset, _ in ledger.balances if of_market is market}
    return {
        asset: _asset(
            wallets.get(asset, ZERO), *(ledger.balance(market, asset, party) for party in _COUNTERPARTIES)
        )
        for asset in sorted({*wallets, *booked})
    }


_COUNTERPARTIES = (
    Counterparty.FEES,
    Counterparty.INSURANCE_FUND,
    Counterparty.AUTO_EXCHANGE,
    Counterparty.OUTSIDE,
)


def _asset(*held: Decimal) -> AssetAudit:
    return AssetAudit(*(_plain(amount) for amount in (*held, sum(held, ZERO))))


def _plain(amount: Decimal) -> Number:
    """Without the zeros at its end: nothing is "0", not "0.00000000"."""
    return Number(amount.normalize() if amount else ZERO)
