"""What one contract is worth: the only place linear and inverse differ."""

from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO, cut8


class Linear(msgspec.Struct, frozen=True):
    """USDⓈ-M: quantities in the base asset, money in the quote asset."""

    def notional(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Value of a signed quantity at a price, in the margin asset, exact."""
        return quantity * price

    def profit(self, position_amt: Decimal, entry_price: Decimal, price: Decimal) -> Decimal:
        """Profit of a signed position if closed at `price`, in the margin asset, exact.

        Observed: the entry price enters cut to 8 decimals (28 public rows, residual at most one unit).
        """
        return position_amt * (price - cut8(entry_price))

    def entry_value(self, position_amt: Decimal, entry_price: Decimal) -> Decimal:
        """The part of the profit that price does not move: profit = entry-free part - entry value."""
        return position_amt * cut8(entry_price)

    def zero_price(self, constant: Decimal, net_amt: Decimal, margin_amt: Decimal) -> Decimal | None:
        """The price where constant + net · price - margin · price is zero; None when no price does."""
        slope = margin_amt - net_amt
        return constant / slope if slope else None

    def rises(self, constant: Decimal, net_amt: Decimal, margin_amt: Decimal) -> bool:
        """Whether the same line goes from negative to positive as the price grows."""
        return net_amt > margin_amt

    def closing_price(self, position_amt: Decimal, entry_price: Decimal, profit: Decimal) -> Decimal | None:
        """The price at which closing a position realizes a profit; None when no price does."""
        price = cut8(entry_price) + profit / position_amt
        return price if price > ZERO else None

    def entry_price(self, held: Decimal, entry_price: Decimal, added: Decimal, price: Decimal) -> Decimal:
        """The entry price after adding to a position of the same direction: the weighted mean."""
        return (held * entry_price + added * price) / (held + added)

    def average_price(self, quantity: Decimal, value: Decimal) -> Decimal:
        """The price at which a quantity is worth a value."""
        return value / quantity

    def break_even(
        self, held: Decimal, break_even_price: Decimal, amount: Decimal, price: Decimal, commission: Decimal
    ) -> Decimal:
        """The break-even price after a signed fill: net cash paid, fees included, over what is held then."""
        paid = held * break_even_price + amount * price + commission
        return paid / (held + amount)


class Inverse(msgspec.Struct, frozen=True):
    """COIN-M: quantities in contracts of a fixed quote value, money in the base coin."""

    contract_size: Decimal

    def notional(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Value of a signed number of contracts at a price, in the margin coin."""
        return quantity * self.contract_size / price

    def profit(self, position_amt: Decimal, entry_price: Decimal, price: Decimal) -> Decimal:
        """Profit of a signed position if closed at `price`, in the margin coin.

        One division only, so that a profit which is a short decimal comes out exact.
        """
        return position_amt * self.contract_size * (price - entry_price) / (entry_price * price)

    def entry_value(self, position_amt: Decimal, entry_price: Decimal) -> Decimal:
        """The part of the profit that price does not move: profit = entry-free part - entry value."""
        return -position_amt * self.contract_size / entry_price

    def zero_price(self, constant: Decimal, net_amt: Decimal, margin_amt: Decimal) -> Decimal | None:
        """The price where constant - (net + margin) · size / price is zero; None when no price does."""
        return (net_amt + margin_amt) * self.contract_size / constant if constant else None

    def rises(self, constant: Decimal, net_amt: Decimal, margin_amt: Decimal) -> bool:
        """Whether the same curve goes from negative to positive as the price grows."""
        return constant > 0

    def closing_price(self, position_amt: Decimal, entry_price: Decimal, profit: Decimal) -> Decimal | None:
        """The price at which closing a position realizes a profit; None when no price does."""
        value = position_amt * self.contract_size
        left = value - profit * entry_price
        price = value * entry_price / left if left else ZERO
        return price if price > ZERO else None

    def entry_price(self, held: Decimal, entry_price: Decimal, added: Decimal, price: Decimal) -> Decimal:
        """The entry price after adding to a position of the same direction: the harmonic mean."""
        total = abs(held) + abs(added)
        return total * entry_price * price / (abs(held) * price + abs(added) * entry_price)

    def average_price(self, quantity: Decimal, value: Decimal) -> Decimal:
        """The price at which a number of contracts is worth a value in coin."""
        return quantity * self.contract_size / value

    def break_even(
        self, held: Decimal, break_even_price: Decimal, amount: Decimal, price: Decimal, commission: Decimal
    ) -> Decimal:
        """The break-even price after a signed fill: the same in coin, where paying means a smaller value."""
        value = held * self.contract_size / break_even_price if break_even_price else ZERO
        value = value + amount * self.contract_size / price - commission
        # What has cost nothing, or less, breaks even at no price: a value of zero is kept as the price zero.
        return (held + amount) * self.contract_size / value if value else ZERO


Payoff = Linear | Inverse
