"""The price at which a pool's balance equals its maintenance margin."""

from decimal import Decimal, localcontext

import msgspec

from margind.engine.margin import formulas
from margind.engine.margin.collateral import PAR, CollateralRate
from margind.engine.margin.position_report import PositionReport, row_path
from margind.engine.margin.report import AccountReport
from margind.engine.model.brackets import Bracket
from margind.engine.model.decimals import CONTEXT, ZERO, cut8, half8
from margind.engine.model.terms import Market


class Scope(msgspec.Struct, frozen=True):
    """What the pool of some legs holds besides them."""

    balance: Decimal
    """Balance of the legs' asset without their profit."""
    elsewhere: Decimal
    """Everything else that counts, less the maintenance margin of other positions, in the pool's unit."""
    rate: CollateralRate
    """From the legs' asset to the pool's unit: 1 unless the pool is the multi-assets wallet."""


def liquidation_price(report: AccountReport, row: PositionReport) -> Decimal:
    """The liquidation price of a row as it is shown; 0 when there is none.

    Documented: both cross legs of a symbol share one price; an isolated leg stands alone. USDⓈ-M rounds half
    up at 8 decimals (confirmed on 17 public rows). Assumed: COIN-M cuts (one public row).
    """
    if not row.position_amt:
        return ZERO
    with localcontext(CONTEXT):
        if row.is_isolated:
            legs, scope = [row], Scope(row.isolated_wallet, ZERO, PAR)
        else:
            legs = [
                other
                for other in report.positions.values()
                if other.symbol == row.symbol and other.position_amt and not other.is_isolated
            ]
            scope = cross_scope(report, legs)
        price = solve(legs, scope, row.mark_price)
        if price is None:
            return ZERO
        shown = half8(price) if row.contract.market is Market.USDM else cut8(price)
        shared = row.symbol if not row.is_isolated else row_path((row.symbol, row.position_side))
        return formulas.LIQUIDATION_PRICE(shown, shared)


def cross_scope(report: AccountReport, legs: list[PositionReport]) -> Scope:
    """The cross pool around the legs of one symbol."""
    asset = report.assets[legs[0].contract.margin_asset]
    own_profit, own_maint_margin = ZERO, ZERO
    for leg in legs:
        own_profit = own_profit + leg.exact.unrealized_profit
        own_maint_margin = own_maint_margin + leg.exact.maint_margin
    other_profit = asset.exact.cross_unrealized_profit - own_profit
    balance = asset.cross_wallet_balance + other_profit
    joint, rate = report.multi_assets, report.rates.get(asset.asset)
    if joint is None or rate is None:
        return Scope(balance, own_maint_margin - asset.exact.cross_maint_margin, PAR)
    # Assumed: in multi-assets mode the price solves equity = maintenance margin of the whole account,
    # with the asset's own sign deciding between bid and ask (a public cross row would settle it).
    elsewhere = joint.equity - rate.value(balance + own_profit)
    return Scope(balance, elsewhere - (joint.maint_margin - own_maint_margin * rate.ask), rate)


class Piece(msgspec.Struct, frozen=True):
    """Balance less maintenance margin as a function of price, as it is while no bracket changes."""

    brackets: tuple[Bracket, ...]
    owed: bool
    """Whether the asset's balance is negative, which chooses between its rates."""


LOWEST, HIGHEST = Decimal("1E-21"), Decimal("1E+21")
"""Beyond every price that can be set."""


def solve(legs: list[PositionReport], scope: Scope, mark_price: Decimal) -> Decimal | None:
    """The price, nearest to the mark price, where balance and maintenance margin meet; None when none does.

    Maintenance rates never fall from bracket to bracket and an ask rate is never below its bid rate, so the
    balance less the maintenance margin is the lowest of all pieces, positive between at most two prices.
    """
    found: Decimal | None = None
    for rising, farthest in ((True, LOWEST), (False, HIGHEST)):
        price = _zero(legs, scope, rising, mark_price) or _zero(legs, scope, rising, farthest)
        if price is not None and (found is None or abs(price - mark_price) < abs(found - mark_price)):
            found = price
    return found


def _zero(legs: list[PositionReport], scope: Scope, rising: bool, start: Decimal) -> Decimal | None:
    """The price where the lowest piece crosses zero, upwards when `rising`.

    Each step goes to the zero of the piece that holds at the last price. Every piece lies above the lowest
    one, so after the first step no zero is passed; where two brackets meet, both give the same price.
    """
    seen: list[Piece] = []
    price, zero = start, None
    while True:
        piece = _piece_at(legs, scope, price)
        if piece in seen:
            return zero if zero == price else None
        seen.append(piece)
        zero, rises = _crossing(legs, scope, piece)
        if zero is None or rises is not rising:
            return None
        price = min(max(zero, LOWEST), HIGHEST)


def _piece_at(legs: list[PositionReport], scope: Scope, price: Decimal) -> Piece:
    payoff = legs[0].contract.payoff
    brackets = tuple(leg.brackets.holding(abs(payoff.notional(leg.position_amt, price))) for leg in legs)
    if scope.rate.bid == scope.rate.ask:
        return Piece(brackets, owed=False)
    balance = scope.balance
    for leg in legs:
        balance = balance + payoff.profit(leg.position_amt, leg.entry_price, price)
    return Piece(brackets, owed=balance < ZERO)


def _crossing(legs: list[PositionReport], scope: Scope, piece: Piece) -> tuple[Decimal | None, bool]:
    """Where a piece is zero, and whether it rises there."""
    payoff = legs[0].contract.payoff
    weight, ask = scope.rate.ask if piece.owed else scope.rate.bid, scope.rate.ask
    constant, net_amt, margin_amt = scope.balance * weight + scope.elsewhere, ZERO, ZERO
    for leg, bracket in zip(legs, piece.brackets, strict=True):
        entry_value = payoff.entry_value(leg.position_amt, leg.entry_price)
        constant = constant - entry_value * weight + bracket.cum * ask
        net_amt = net_amt + leg.position_amt * weight
        margin_amt = margin_amt + abs(leg.position_amt) * bracket.maint_margin_ratio * ask
    return (
        payoff.zero_price(constant, net_amt, margin_amt),
        payoff.rises(constant, net_amt, margin_amt),
    )
