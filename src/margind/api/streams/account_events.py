"""ACCOUNT_UPDATE and ACCOUNT_CONFIG_UPDATE: what the listeners of an account hear of money and settings."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from margind.api.streams.followed import Followed
from margind.api.streams.pushed import Pushed, alias, pushed
from margind.engine import events as e
from margind.engine.model.decimals import ZERO
from margind.engine.model.positions import Position
from margind.engine.model.terms import IncomeType, Market, Millis
from margind.wire import account_events as wire
from margind.wire.margin_calls import margin_call


class Moment(msgspec.Struct, frozen=True):
    """When something happened, and when it is told."""

    time: Millis
    now: Millis


def filled(told: Followed, event: e.OrderFilled, at: Moment) -> Pushed:
    """A fill, for the account. Documented: `bc` leaves out profit and fees."""
    assets = {event.margin_asset: ZERO}
    if event.commission:
        assets[event.commission_asset] = ZERO
    return update(told, "ORDER", assets, told.rows(event.symbol), at)


def delivered(told: Followed, event: e.PositionDelivered, at: Moment) -> Pushed:
    """A delivery, for the account. Assumed: the reason is ORDER (no other of the documented ones fits)."""
    assets = {event.margin_asset: ZERO}
    if event.commission:
        assets[event.commission_asset] = ZERO
    return update(told, "ORDER", assets, told.rows(event.symbol), at)


def balance_changed(told: Followed, event: e.BalanceChanged, at: Moment) -> Pushed | None:
    """A transfer; what a document changes is told when all of it is there."""
    told.wallets[event.asset] = event.wallet_balance
    if event.income_type is None:
        told.changes[event.asset] = event.amount
        return None
    reason = "ADJUSTMENT"
    if event.income_type is IncomeType.TRANSFER:
        reason = "DEPOSIT" if event.amount > ZERO else "WITHDRAW"
    return update(told, reason, {event.asset: event.amount}, (), at)


def funding_settled(told: Followed, event: e.FundingSettled, at: Moment) -> Pushed:
    """Documented: only the balance for a cross position, for an isolated one that position beside it."""
    told.wallets[event.asset] = event.wallet_balance
    changes = {event.asset: event.amount}
    if event.isolated_wallet is None:
        return _account_update(told, "FUNDING_FEE", changes, [], at)
    key = (event.symbol, event.position_side)
    told.isolated_wallet_moved(key, event.isolated_wallet)
    return _account_update(told, "FUNDING_FEE", changes, [told.position(key)], at)


def assets_exchanged(told: Followed, event: e.AssetsExchanged, at: Moment) -> Pushed:
    """Documented: its reason. Assumed: one event holds every wallet that an auto-exchange moved."""
    told.wallets.update((row.asset, row.wallet_balance) for row in event.exchanged)
    return update(told, "AUTO_EXCHANGE", {row.asset: row.amount for row in event.exchanged}, (), at)


def insurance_cleared(told: Followed, event: e.InsuranceCleared, at: Moment) -> Pushed:
    """A liquidation fee, or a deficit that the insurance fund paid.

    Assumed: told like funding, with the position only where its own wallet moved (a recorded liquidation
    would settle it).
    """
    told.wallets[event.asset] = event.wallet_balance
    changes = {event.asset: event.amount}
    if event.isolated_wallet is None:
        return _account_update(told, "INSURANCE_CLEAR", changes, [], at)
    key = (event.symbol, event.position_side)
    told.isolated_wallet_moved(key, event.isolated_wallet)
    return _account_update(told, "INSURANCE_CLEAR", changes, [told.position(key)], at)


def margin_called(told: Followed, event: e.MarginCalled, at: Moment) -> Pushed:
    """MARGIN_CALL. Documented: only a hint, with the cross wallet where the positions are cross."""
    return pushed(told, "MARGIN_CALL", margin_call(event, at.now, alias(told)))


def isolated_margin_changed(told: Followed, event: e.IsolatedMarginChanged, at: Moment) -> Pushed:
    """Margin moved between the cross wallet and a position.

    Assumed: `bc` is 0, because the wallet balance stays (a recorded MARGIN_TRANSFER would settle it).
    """
    told.isolated_wallet_moved((event.symbol, event.position_side), event.isolated_wallet)
    return update(told, "MARGIN_TRANSFER", {event.asset: ZERO}, told.rows(event.symbol), at)


def margin_type_changed(told: Followed, event: e.MarginTypeChanged, at: Moment) -> Pushed:
    """Documented: it is an ACCOUNT_UPDATE. Assumed: with the symbol's rows, flat as they are."""
    chosen = told.configuration(event.symbol)
    told.symbols[event.symbol] = msgspec.structs.replace(chosen, margin_type=event.margin_type)
    return update(told, "MARGIN_TYPE_CHANGE", {}, told.rows(event.symbol), at)


def leverage_changed(told: Followed, event: e.LeverageChanged, at: Moment) -> Pushed:
    """A symbol has another leverage."""
    chosen = told.configuration(event.symbol)
    told.symbols[event.symbol] = msgspec.structs.replace(chosen, leverage=event.leverage)
    return _leverage(told, event.symbol, event.leverage, at)


def asset_mode_changed(told: Followed, multi_assets_margin: bool, at: Moment) -> Pushed:
    """Multi-assets mode was switched."""
    told.multi_assets_margin = multi_assets_margin
    event = wire.AccountConfigUpdate(
        event_time=at.now, transaction_time=at.time, asset_mode=wire.AssetModeUpdate(multi_assets_margin)
    )
    return pushed(told, "ACCOUNT_CONFIG_UPDATE", event)


def loaded(told: Followed, event: e.MarketAccountLoaded, at: Moment) -> Iterator[Pushed]:
    """What a loaded document made different: money and positions in one event, then the settings.

    The real exchange has no such thing; it is told in the exchange's own events, so that clients stay true.
    """
    before = {key: _lasting(position) for key, position in told.positions.items()}
    settings = dict(told.symbols)
    symbols = {*settings, *event.symbols}
    chosen_before = {symbol: told.configuration(symbol) for symbol in symbols}
    told.dual_side_position = event.dual_side_position
    told.symbols = dict(event.symbols)
    told.positions = {(position.symbol, position.position_side): position for position in event.positions}
    told.realized = {(symbol, side): amount for symbol, side, amount in event.realized}
    after = {key: _lasting(position) for key, position in told.positions.items()}
    moved = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    chosen = {symbol: told.configuration(symbol) for symbol in symbols}
    retyped = {name for name in symbols if chosen[name].margin_type is not chosen_before[name].margin_type}
    rows = [told.position(key) for key in sorted(moved)]
    rows += [row for name in sorted(retyped - {key[0] for key in moved}) for row in told.rows(name)]
    changes, told.changes = told.changes, {}
    if changes or rows:
        yield update(told, "ADJUSTMENT", changes, rows, at)
    for symbol in sorted(symbols):
        if chosen[symbol].leverage != chosen_before[symbol].leverage:
            yield _leverage(told, symbol, chosen[symbol].leverage, at)
    if told.market is Market.USDM and told.multi_assets_margin is not event.multi_assets_margin:
        yield asset_mode_changed(told, event.multi_assets_margin, at)


def _lasting(position: Position) -> Position:
    return msgspec.structs.replace(position, update_time=0)


def _leverage(told: Followed, symbol: str, leverage: int, at: Moment) -> Pushed:
    event = wire.AccountConfigUpdate(
        event_time=at.now, transaction_time=at.time, leverage=wire.LeverageUpdate(symbol, leverage)
    )
    return pushed(told, "ACCOUNT_CONFIG_UPDATE", event)


def update(
    told: Followed, reason: str, changes: Mapping[str, Decimal], rows: Iterable[Position], at: Moment
) -> Pushed:
    """ACCOUNT_UPDATE with some wallets and position rows.

    Documented: USDⓈ-M lists the positions of the symbols that changed; on COIN-M all others come with them.
    Assumed: there, all that are open.
    """
    shown = list(rows)
    if shown and told.market is Market.COINM:
        keys = {(row.symbol, row.position_side) for row in shown}
        shown += [position for key, position in sorted(told.positions.items()) if key not in keys]
    return _account_update(told, reason, changes, shown, at)


def _account_update(
    told: Followed, reason: str, changes: Mapping[str, Decimal], rows: Iterable[Position], at: Moment
) -> Pushed:
    balances = [
        wire.balance_update(asset, told.wallets.get(asset, ZERO), told.cross_wallet(asset), change)
        for asset, change in changes.items()
    ]
    positions = [
        wire.position_update(
            row,
            told.configuration(row.symbol).margin_type,
            told.contract(row.symbol),
            mark_price=told.of_market.mark_price(row.symbol),
            accumulated_realized=told.realized.get((row.symbol, row.position_side), ZERO),
        )
        for row in rows
    ]
    event = wire.AccountUpdate(
        transaction_time=at.time,
        event_time=at.now,
        account_alias=alias(told),
        change=wire.AccountChange(balances, positions, reason),
    )
    return pushed(told, "ACCOUNT_UPDATE", event)
