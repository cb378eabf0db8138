"""Wallets and postings: every balance change has two sides and a reason."""

from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Counterparty, Market, Millis


class Wallet(msgspec.Struct, frozen=True, gc=False):
    """What an account holds of one asset on one market, isolated wallets included."""

    wallet_balance: Decimal = ZERO
    update_time: Millis = 0
    """When it last changed; 0 when it never did."""


class WalletExchange(msgspec.Struct, frozen=True):
    """What an auto-exchange did to one wallet."""

    asset: str
    amount: Decimal
    """Sold (negative), or bought."""
    wallet_balance: Decimal
    """After the exchange."""
    rate: Decimal
    """USD per unit it was sold or bought at."""


class Ledger:
    """What everybody who is not an account holds: the other side of every posting.

    The sum of all wallets of an asset and of these balances is zero after every command.
    """

    __slots__ = ("balances",)

    def __init__(self) -> None:
        self.balances: dict[tuple[Market, str, Counterparty], Decimal] = {}

    def balance(self, market: Market, asset: str, counterparty: Counterparty) -> Decimal:
        """What a counterparty holds; reading never creates an entry."""
        return self.balances.get((market, asset, counterparty), ZERO)

    def take(self, market: Market, asset: str, counterparty: Counterparty, amount: Decimal) -> None:
        """Book the other side of an amount that an account received (negative: that it paid)."""
        key = (market, asset, counterparty)
        self.balances[key] = self.balances.get(key, ZERO) - amount
