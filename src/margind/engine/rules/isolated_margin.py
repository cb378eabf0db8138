"""Adding margin to an isolated position and taking it out."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.margin.position_report import PositionReport, configuration_of
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.decimals import CONTEXT, ZERO, cut8
from margind.engine.model.terms import MarginChangeType, MarginType, Millis, PositionSide
from margind.engine.rules import setting_reasons as why
from margind.engine.rules.order_reasons import position_side_reason, unknown_symbol
from margind.engine.state import State
from margind.errors import Refusal


def change_position_margin(state: State, command: c.ChangePositionMargin, now: Millis) -> Iterator[e.Event]:
    """Move margin between the cross wallet and an isolated position.

    Documented refusals: -1121, -4055, -4061, -4049, -4054, -4050, -4051. Assumed: their order, and -1111 for
    more than 8 decimals (no page says what becomes of them).
    """
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(unknown_symbol(market, command.symbol))
    if command.amount <= ZERO:
        raise Refusal(errors.AMOUNT_MUST_BE_POSITIVE).because(why.amount_reason(command.amount))
    if cut8(command.amount) != command.amount:
        raise Refusal(errors.BAD_PRECISION).because(why.amount_reason(command.amount))
    account = state.accounts[command.account]
    if (command.position_side is PositionSide.BOTH) is account.dual_side_position:
        raise Refusal(errors.POSITION_SIDE_NOT_MATCH).because(
            position_side_reason(command.position_side, hedge=account.dual_side_position)
        )
    report = account_report(account, market, state.settings)
    key = (command.symbol, command.position_side)
    row = report.positions.get(key)
    chosen = configuration_of(account.on(command.market), market, command.symbol)
    if chosen.margin_type is not MarginType.ISOLATED:
        raise Refusal(errors.ADD_ISOLATED_MARGIN_REJECT).because(
            why.margin_of_its_own(command.symbol, chosen.margin_type, row)
        )
    if row is None or not row.position_amt:
        raise Refusal(errors.ADD_ISOLATED_MARGIN_NO_POSITION_REJECT).because(
            why.margin_of_its_own(command.symbol, chosen.margin_type, row)
        )
    asset = row.contract.margin_asset
    if command.adds and command.amount > (most := max_addable(report, row)):
        raise Refusal(errors.CROSS_BALANCE_INSUFFICIENT).because(
            why.addable_margin(command.amount, most, asset)
        )
    if not command.adds and command.amount > (most := max_removable(row)):
        raise Refusal(errors.ISOLATED_BALANCE_INSUFFICIENT).because(
            why.removable_margin(command.amount, most, asset)
        )
    amount = command.amount if command.adds else -command.amount
    yield e.IsolatedMarginChanged(
        account=command.account,
        market=command.market,
        symbol=command.symbol,
        position_side=command.position_side,
        asset=asset,
        amount=amount,
        isolated_wallet=row.isolated_wallet + amount,
        delta_type=MarginChangeType.USER_ADJUST,
        time=now,
    )


def max_addable(report: AccountReport, row: PositionReport) -> Decimal:
    """Documented: FAQ 'How to Adjust Margin Balance in Cross/Isolated Margin Mode'."""
    asset = report.assets[row.contract.margin_asset]
    sums = asset.sums
    free = asset.cross_wallet_balance - sums.isolated_open_order_initial_margin - sums.cross_maint_margin
    return max(ZERO, min(free, asset.available_balance))


def max_removable(row: PositionReport) -> Decimal:
    """Documented: the same FAQ; linear and inverse differ only in the payoff."""
    with localcontext(CONTEXT):
        above_maintenance = row.isolated_wallet - row.exact.maint_margin
        above_initial = row.isolated_wallet + row.exact.unrealized_profit - row.exact.initial_margin
        return max(ZERO, min(above_maintenance, above_initial))
