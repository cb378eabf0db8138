"""What an asset counts for in USD: multi-assets mode's bid and ask rates."""

from decimal import Decimal

import msgspec

from margind.engine.margin import formulas
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.traced import least


class CollateralRate(msgspec.Struct, frozen=True):
    """USD per unit of an asset: bid for what is owned, ask for what is owed or required."""

    bid: Decimal
    ask: Decimal

    def value(self, amount: Decimal) -> Decimal:
        """USD value of a balance: the worse of both rates, which is bid when owned and ask when owed."""
        return least(amount * self.bid, amount * self.ask)

    def for_balance(self, margin_balance: Decimal) -> Decimal:
        """The rate for the parts of a balance, chosen by the sign of the whole.

        Observed: a loss inside a positive equity is converted with bid, too.
        """
        return self.bid if margin_balance >= ZERO else self.ask


PAR = CollateralRate(ONE, ONE)


def collateral_rates(market: MarketState) -> dict[str, CollateralRate]:
    """The rates of every asset that counts as collateral and has an index."""
    rates = {}
    for asset in market.assets.values():
        index = market.asset_index.get(asset.asset + "USD")
        if asset.margin_available and index is not None:
            rates[asset.asset] = CollateralRate(
                formulas.BID_RATE(index.bid_rate, asset.asset), formulas.ASK_RATE(index.ask_rate, asset.asset)
            )
    return rates
