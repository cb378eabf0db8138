"""Leverage, margin type, position mode, asset mode, BNB burn: what may be changed, and when not."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

import msgspec

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.margin.order_margin import present_notional
from margind.engine.margin.position_report import PositionReport, configuration_of
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import MarginType, Market, Millis, PositionSide
from margind.engine.rules import setting_reasons as why
from margind.engine.rules.order_reasons import unknown_symbol
from margind.engine.state import State
from margind.errors import Refusal


def change_leverage(state: State, command: c.ChangeLeverage, now: Millis) -> Iterator[e.Event]:
    """Set a symbol's leverage.

    Documented refusals, in this order: -1121, -4028, -4161 (-4150 on COIN-M), -2027 for a raise, -2028 for a
    lower one. Setting the same leverage again is accepted and changes nothing.
    """
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(unknown_symbol(market, command.symbol))
    brackets = market.brackets[command.symbol]
    if not 1 <= command.leverage <= brackets.max_leverage:
        raise Refusal(errors.INVALID_LEVERAGE, command.leverage).because(
            why.leverage_range(command.leverage, brackets.max_leverage)
        )
    account = state.accounts[command.account]
    half = account.on(command.market)
    chosen = configuration_of(half, market, command.symbol)
    if command.leverage == chosen.leverage:
        return
    lowers = command.leverage < chosen.leverage
    if lowers and chosen.margin_type is MarginType.ISOLATED and _has_position(half, command.symbol):
        raise Refusal(errors.ISOLATED_LEVERAGE_REJECT_WITH_POSITION).because(
            why.leverage_kept(command.leverage, chosen)
        )
    report = account_report(account, market, state.settings)
    rows = [row for row in report.positions.values() if row.symbol == command.symbol]
    cap = brackets.max_notional(command.leverage)
    asset = market.contracts[command.symbol].margin_asset
    # Documented: the cap stands in the way of a raise. A lower leverage has a larger one.
    if not lowers and cap is not None and any(largest_notional(row) > cap for row in rows):
        largest = max(largest_notional(row) for row in rows)
        raise Refusal(errors.MAX_LEVERAGE_RATIO).because(
            why.leverage_cap(command.leverage, chosen.leverage, largest, brackets, asset)
        )
    if lowers and rows:

        def unbound_at(leverage: int) -> Decimal:
            changed = msgspec.structs.replace(chosen, leverage=leverage)
            imagined = account.imagined(command.market, symbols={**half.symbols, command.symbol: changed})
            return account_report(imagined, market, state.settings).unbound(asset)

        before, after = report.unbound(asset), unbound_at(command.leverage)
        if after < ZERO and after < before:
            unit = "USD" if asset in report.rates else asset
            raise Refusal(errors.MIN_LEVERAGE_RATIO).because(
                why.leverage_margin(
                    command.leverage, chosen.leverage, before=before, unbound_at=unbound_at, unit=unit
                )
            )
    yield e.LeverageChanged(command.account, command.market, command.symbol, command.leverage, now)


def largest_notional(row: PositionReport) -> Decimal:
    """How large a row's position could become: what the bracket cap is compared with.

    Assumed: the present notional one-way, each leg with its opening orders in hedge mode (the -2027 page
    names no formula).
    """
    with localcontext(CONTEXT):
        if row.position_side is PositionSide.LONG:
            return row.exact.notional + row.bid_notional
        if row.position_side is PositionSide.SHORT:
            return row.ask_notional - row.exact.notional
        return present_notional(row.exact.notional, row.bid_notional, row.ask_notional)


def change_margin_type(state: State, command: c.ChangeMarginType, now: Millis) -> Iterator[e.Event]:
    """Set a symbol to cross or isolated margin.

    Documented refusals, in this order: -1121, -4168, -4046, -4047, -4048.
    """
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(unknown_symbol(market, command.symbol))
    half = state.accounts[command.account].on(command.market)
    if half.multi_assets_margin and command.margin_type is MarginType.ISOLATED:
        raise Refusal(errors.JOINT_MARGIN_REJECT_WITH_ISOLATED).because(
            why.isolated_in_joint_mode(command.symbol)
        )
    if configuration_of(half, market, command.symbol).margin_type is command.margin_type:
        raise Refusal(errors.NO_NEED_TO_CHANGE_MARGIN_TYPE).because(
            why.already(f"marginType of {command.symbol}", command.margin_type)
        )
    if any(order.symbol == command.symbol for order in half.open_orders.values()):
        raise Refusal(errors.THERE_EXISTS_OPEN_ORDERS).because(
            why.orders_in_the_way("the margin type", why.MARGIN_TYPE, (half,), command.symbol)
        )
    if _has_position(half, command.symbol):
        raise Refusal(errors.THERE_EXISTS_QUANTITY).because(
            why.positions_in_the_way("the margin type", why.MARGIN_TYPE, (half,), command.symbol)
        )
    yield e.MarginTypeChanged(command.account, command.market, command.symbol, command.margin_type, now)


def change_position_mode(state: State, command: c.ChangePositionMode, now: Millis) -> Iterator[e.Event]:
    """Choose one-way or hedge mode.

    Documented refusals: -4059, -4067, -4068. Since 2026-06 the flag is one for both markets, and either
    market's orders or positions stand in the way. Assumed: conditional orders, too, for they name a side.
    """
    account = state.accounts[command.account]
    if account.dual_side_position is command.dual_side_position:
        raise Refusal(errors.NO_NEED_TO_CHANGE_POSITION_SIDE).because(
            why.already("dualSidePosition", str(command.dual_side_position).lower())
        )
    if any(half.open_orders or half.algo_orders for half in (account.usdm, account.coinm)):
        raise Refusal(errors.POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS).because(
            why.orders_in_the_way(
                "the position mode", why.POSITION_MODE, (account.usdm, account.coinm), conditional=True
            )
        )
    if account.usdm.positions or account.coinm.positions:
        raise Refusal(errors.POSITION_SIDE_CHANGE_EXISTS_QUANTITY).because(
            why.positions_in_the_way("the position mode", why.POSITION_MODE, (account.usdm, account.coinm))
        )
    yield e.PositionModeChanged(command.account, command.dual_side_position, now)


def change_asset_mode(state: State, command: c.ChangeAssetMode, now: Millis) -> Iterator[e.Event]:
    """Choose single-asset or multi-assets mode.

    Documented refusals: -4171, -4167, -4170, -4172, -4169. Assumed: their order (no page gives one).
    """
    account = state.accounts[command.account]
    half = account.usdm
    if half.multi_assets_margin is command.multi_assets_margin:
        raise Refusal(errors.NO_NEED_TO_CHANGE_JOINT_MARGIN).because(
            why.already("multiAssetsMargin", str(command.multi_assets_margin).lower())
        )
    if command.multi_assets_margin and any(
        chosen.margin_type is MarginType.ISOLATED for chosen in half.symbols.values()
    ):
        raise Refusal(errors.ISOLATED_REJECT_WITH_JOINT_MARGIN).because(why.isolated_symbols(half))
    if half.open_orders:
        raise Refusal(errors.JOINT_MARGIN_REJECT_WITH_OPEN_ORDER).because(
            why.orders_in_the_way("the asset mode", why.MULTI_ASSETS, (half,))
        )
    if _owes_collateral(half, state.markets[Market.USDM]):
        raise Refusal(errors.JOINT_MARGIN_REJECT_WITH_NEGATIVE_BALANCE).because(
            why.debts(half, state.markets[Market.USDM])
        )
    report = _in_other_mode(state, account, command.multi_assets_margin)
    # Every pool of the other mode holds at least its initial margins.
    if any(report.unbound(asset) < ZERO for asset in report.assets):
        raise Refusal(errors.JOINT_MARGIN_REJECT_WITH_MB).because(why.uncovered_margins(report))
    yield e.AssetModeChanged(command.account, command.multi_assets_margin, now)


def _owes_collateral(half: MarketAccount, market: MarketState) -> bool:
    return any(
        asset.margin_available and half.wallets[asset.asset].wallet_balance < ZERO
        for asset in market.assets.values()
        if asset.asset in half.wallets
    )


def _in_other_mode(state: State, account: Account, multi_assets_margin: bool) -> AccountReport:
    imagined = account.imagined(Market.USDM, multi_assets_margin=multi_assets_margin)
    return account_report(imagined, state.markets[Market.USDM], state.settings)


def change_fee_burn(state: State, command: c.ChangeFeeBurn, now: Millis) -> Iterator[e.Event]:
    """Switch paying fees in BNB; the same setting again is accepted."""
    if state.accounts[command.account].usdm.fee_burn is not command.fee_burn:
        yield e.FeeBurnChanged(command.account, command.fee_burn, now)


def _has_position(half: MarketAccount, symbol: str) -> bool:
    return any(position.symbol == symbol for position in half.positions.values())
