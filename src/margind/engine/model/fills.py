"""A fill applied to a position: size, entry price, break-even price, isolated wallet, realized profit."""

from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO, book
from margind.engine.model.payoff import Payoff
from margind.engine.model.positions import Position
from margind.engine.model.terms import PositionSide

ENTRY_STEP = Decimal("1E-18")
"""Entry and break-even prices keep 18 decimals: more than any reply shows, fewer than would grow for ever."""


class Fill(msgspec.Struct, frozen=True, gc=False):
    """What one fill makes of a position."""

    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    isolated_wallet: Decimal
    realized_profit: Decimal


def fill_position(
    position: Position | None,
    payoff: Payoff,
    amount: Decimal,
    price: Decimal,
    *,
    commission: Decimal,
    opening_margin: Decimal | None,
    fee_from_wallet: bool,
) -> Fill:
    """Apply a fill of a signed `amount`.

    `commission` is the fee at its value in the margin asset, `opening_margin` what one unit opened adds to an
    isolated wallet (None for a cross position), `fee_from_wallet` whether the fee leaves the margin asset's
    wallet, and so the isolated one. Documented: adding moves the entry price, reducing does not, a flip opens
    the remainder at the fill price. Observed: a full close moves the whole isolated wallet back to cross.
    """
    held = ZERO if position is None else position.position_amt
    if position is None or (held > ZERO) is (amount > ZERO):
        added = _added(position or _NONE, payoff, amount, price, commission)
        return _with_margin(added, amount, opening_margin, commission if fee_from_wallet else ZERO)
    closed = min(abs(amount), abs(held))
    closing = closed if held > ZERO else -closed
    profit = book(payoff.profit(closing, position.entry_price, price))
    if closed < abs(held):
        left = held + amount
        return Fill(
            position_amt=left,
            entry_price=position.entry_price,
            break_even_price=_break_even(position, payoff, amount, price, commission),
            # Assumed: a partial close releases the isolated wallet in proportion to the closed quantity.
            isolated_wallet=book(position.isolated_wallet * left / held),
            realized_profit=profit,
        )
    rest = held + amount
    if not rest:
        return Fill(ZERO, ZERO, ZERO, ZERO, profit)
    # The fee is shared by the part that closes and the part that opens.
    share = book(commission * rest / amount)
    opened = _added(_NONE, payoff, rest, price, share)
    opened = _with_margin(opened, rest, opening_margin, share if fee_from_wallet else ZERO)
    return msgspec.structs.replace(opened, realized_profit=profit)


def _added(position: Position, payoff: Payoff, amount: Decimal, price: Decimal, commission: Decimal) -> Fill:
    held = position.position_amt
    entry_price = payoff.entry_price(held, position.entry_price, amount, price) if held else price
    return Fill(
        position_amt=held + amount,
        entry_price=entry_price.quantize(ENTRY_STEP).normalize(),
        break_even_price=_break_even(position, payoff, amount, price, commission),
        isolated_wallet=position.isolated_wallet,
        realized_profit=ZERO,
    )


def _with_margin(fill: Fill, amount: Decimal, opening_margin: Decimal | None, fee: Decimal) -> Fill:
    """Observed: opening puts its margin into the isolated wallet, and its fee comes out of there."""
    if opening_margin is None:
        return fill
    isolated_wallet = fill.isolated_wallet + book(abs(amount) * opening_margin) - fee
    return msgspec.structs.replace(fill, isolated_wallet=isolated_wallet)


def _break_even(
    position: Position, payoff: Payoff, amount: Decimal, price: Decimal, commission: Decimal
) -> Decimal:
    """Documented: the price at which closing pays for entry and fees. Assumed on COIN-M: the same in coin."""
    break_even_price = payoff.break_even(
        position.position_amt, position.break_even_price, amount, price, commission
    )
    return break_even_price.quantize(ENTRY_STEP).normalize()


_NONE = Position("", PositionSide.BOTH, ZERO, ZERO, ZERO)
