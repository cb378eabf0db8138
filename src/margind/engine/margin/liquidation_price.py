"""The price at which a pool's balance equals its maintenance margin."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from itertools import product

import msgspec

from margind.engine.margin import formulas
from margind.engine.margin.collateral import PAR, CollateralRate
from margind.engine.margin.position_report import PositionReport
from margind.engine.margin.report import AccountReport
from margind.engine.model.brackets import Bracket
from margind.engine.model.decimals import CONTEXT, ZERO, cut8, half8, settled
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
        shown = half8(price) if row.contract.market is Market.USDM else cut8(settled(price))
        return formulas.LIQUIDATION_PRICE(shown, row.symbol)


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


def solve(legs: list[PositionReport], scope: Scope, mark_price: Decimal) -> Decimal | None:
    """The positive price, nearest to the mark price, where balance and maintenance margin meet.

    Each leg's bracket must be the one that holds its value at that price, and the sign of the asset's balance
    there the one that its rate was chosen for.
    """
    found: Decimal | None = None
    for price in _candidates(legs, scope):
        if found is None or abs(price - mark_price) < abs(found - mark_price):
            found = price
    return found


def _candidates(legs: list[PositionReport], scope: Scope) -> Iterator[Decimal]:
    payoff = legs[0].contract.payoff
    for owed in (False, True) if scope.rate.bid != scope.rate.ask else (False,):
        weight = scope.rate.ask if owed else scope.rate.bid
        for brackets in product(*(leg.brackets.rows for leg in legs)):
            constant, net_amt, margin_amt = scope.balance * weight + scope.elsewhere, ZERO, ZERO
            for leg, bracket in zip(legs, brackets, strict=True):
                constant = (
                    constant
                    - payoff.entry_value(leg.position_amt, leg.entry_price) * weight
                    + bracket.cum * scope.rate.ask
                )
                net_amt = net_amt + leg.position_amt * weight
                margin_amt = margin_amt + abs(leg.position_amt) * bracket.maint_margin_ratio * scope.rate.ask
            price = payoff.zero_price(constant, net_amt, margin_amt)
            if price is None or price <= ZERO or not _holds(legs, brackets, price):
                continue
            if weight != scope.rate.ask or owed:
                profit = ZERO
                for leg in legs:
                    profit += payoff.profit(leg.position_amt, leg.entry_price, price)
                if (scope.balance + profit < ZERO) is not owed:
                    continue
            yield price


def _holds(legs: list[PositionReport], brackets: tuple[Bracket, ...], price: Decimal) -> bool:
    return all(
        leg.brackets.holding(abs(leg.contract.payoff.notional(leg.position_amt, price))) is bracket
        for leg, bracket in zip(legs, brackets, strict=True)
    )
