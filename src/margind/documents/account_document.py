"""The account document: everything that is an account's own, as JSON, read and printed."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from margind.documents.algo_order_document import (
    AlgoOrderDocument,
    algo_order_document,
    algo_orders,
)
from margind.documents.numbers import Number, Time
from margind.engine.commands import LoadAccount, MarketDocument
from margind.engine.model.account import Account, MarketAccount, PositionKey
from margind.engine.model.configuration import DEFAULT_LEVERAGE, SymbolConfiguration
from margind.engine.model.decimals import CONTEXT, PERCENT
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import (
    MarginType,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from margind.engine.state import State
from margind.errors.impossible import misfit

_NOTHING = Number(0)

_FINEST = Decimal("1E-20")
"""A document's numbers have at most 20 decimals; the value of a COIN-M order may have more."""

Value = TypeVar("Value")


class WalletDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What is held of an asset, isolated wallets included."""

    wallet_balance: Number = _NOTHING
    update_time: Time | None = None


class SymbolDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A symbol that was configured."""

    leverage: int | None = None
    margin_type: MarginType = MarginType.CROSSED
    is_auto_add_margin: bool = False


class PositionDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An open position; a short is negative."""

    symbol: str
    position_amt: Number
    position_side: PositionSide = PositionSide.BOTH
    entry_price: Number = _NOTHING
    break_even_price: Number | None = None
    isolated_wallet: Number = _NOTHING
    update_time: Time | None = None
    accumulated_realized: Number | UnsetType = UNSET
    """What the row has realized so far, `cr` of ACCOUNT_UPDATE; printed where it is not nothing."""


class ClosedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A position that was closed: what is left of it is the time of its last change."""

    symbol: str
    position_side: PositionSide = PositionSide.BOTH
    update_time: Time | None = None
    accumulated_realized: Number | UnsetType = UNSET


class OrderDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An order that rests on the exchange."""

    symbol: str
    side: Side
    price: Number
    orig_qty: Number
    position_side: PositionSide = PositionSide.BOTH
    type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    executed_qty: Number = _NOTHING
    reduce_only: bool = False
    close_position: bool = False
    client_order_id: str | None = None
    time: Time | None = None
    update_time: Time | None = None
    # What most orders do not have is printed for those alone that do.
    order_id: int | UnsetType | None = UNSET
    cum_quote: Number | UnsetType | None = UNSET
    """Of what was filled; on COIN-M in the coin."""
    good_till_date: Time | UnsetType | None = UNSET
    price_match: PriceMatch | UnsetType | None = UNSET
    self_trade_prevention_mode: SelfTradePrevention | UnsetType | None = UNSET
    stop_price: Number | UnsetType | None = UNSET
    working_type: WorkingType | UnsetType | None = UNSET
    price_protect: bool | UnsetType | None = UNSET
    activate_price: Number | UnsetType | None = UNSET
    price_rate: Number | UnsetType | None = UNSET
    """In percent."""
    extreme_price: Number | UnsetType | None = UNSET
    """The lowest (buy) or highest (sell) price since a trailing stop was activated; our own word."""
    orig_type: OrderType | UnsetType | None = UNSET
    algo_id: int | UnsetType | None = UNSET
    """The conditional order it was triggered by."""
    amendments: int | UnsetType | None = UNSET
    """How often it was amended; our own word."""


class HalfDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The half on one market. What is unset takes its default, and is not printed where it has no meaning."""

    fee_tier: int = 0
    fee_burn: bool | UnsetType = UNSET
    multi_assets_margin: bool | UnsetType = UNSET
    dual_side_position: bool | UnsetType = UNSET
    can_trade: bool = True
    can_deposit: bool = True
    can_withdraw: bool = True
    trade_group_id: int | UnsetType = UNSET
    wallets: dict[str, WalletDocument] = {}
    symbols: dict[str, SymbolDocument] = {}
    positions: list[PositionDocument] = []
    open_orders: list[OrderDocument] = []
    algo_orders: list[AlgoOrderDocument] | UnsetType = UNSET
    closed_positions: list[ClosedDocument] | UnsetType = UNSET


class AccountDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole account; a half that is left out is empty."""

    usdm: HalfDocument = HalfDocument()
    coinm: HalfDocument = HalfDocument()


# Reading


def load_command(state: State, account: str, document: AccountDocument, now: Millis) -> LoadAccount:
    """The command that makes an account what a document says, with everything left out filled in."""
    modes = {half.dual_side_position for half in (document.usdm, document.coinm)} - {UNSET}
    if len(modes) > 1:
        raise misfit("dualSidePosition: position mode is one per account, but the halves differ")
    return LoadAccount(
        account,
        dual_side_position=modes == {True},
        usdm=_market_document(state.markets[Market.USDM], document.usdm, now),
        coinm=_market_document(state.markets[Market.COINM], document.coinm, now),
    )


def _market_document(market: MarketState, half: HalfDocument, now: Millis) -> MarketDocument:
    if market.market is Market.COINM and (
        half.fee_burn is False or half.trade_group_id not in {UNSET, -1} or half.multi_assets_margin is True
    ):
        raise misfit(
            "coinm: feeBurn, tradeGroupId and multiAssetsMargin exist on USDⓈ-M only; leave them out"
        )
    rows = [*half.positions, *map(_flat, half.closed_positions or ())]
    return MarketDocument(
        fee_tier=half.fee_tier,
        fee_burn=half.fee_burn is not False,
        multi_assets_margin=half.multi_assets_margin is True,
        can_trade=half.can_trade,
        can_deposit=half.can_deposit,
        can_withdraw=half.can_withdraw,
        trade_group_id=-1 if isinstance(half.trade_group_id, UnsetType) else half.trade_group_id,
        wallets={
            asset: (row.wallet_balance.plain, now if row.update_time is None else row.update_time)
            for asset, row in half.wallets.items()
        },
        symbols={symbol: _configuration(market, symbol, row) for symbol, row in half.symbols.items()},
        positions=tuple(_position(row, now) for row in rows),
        open_orders=tuple(
            _order(row, name, now) for row, name in zip(half.open_orders, _names(half), strict=True)
        ),
        algo_orders=tuple(algo_orders(half.algo_orders or (), now)),
        realized=tuple(
            (row.symbol, row.position_side, row.accumulated_realized.plain)
            for row in rows
            if not isinstance(row.accumulated_realized, UnsetType)
        ),
    )


def _flat(row: ClosedDocument) -> PositionDocument:
    return PositionDocument(
        row.symbol,
        _NOTHING,
        row.position_side,
        update_time=row.update_time,
        accumulated_realized=row.accumulated_realized,
    )


def _configuration(market: MarketState, symbol: str, row: SymbolDocument) -> SymbolConfiguration:
    leverage = row.leverage
    if leverage is None:
        # A symbol without brackets is refused by the rule, whatever stands here.
        known = symbol in market.brackets
        leverage = market.default_configuration(symbol).leverage if known else DEFAULT_LEVERAGE
    return SymbolConfiguration(leverage, row.margin_type, row.is_auto_add_margin)


def _position(row: PositionDocument, now: Millis) -> Position:
    break_even_price = row.entry_price if row.break_even_price is None else row.break_even_price
    return Position(
        symbol=row.symbol,
        position_side=row.position_side,
        position_amt=row.position_amt.plain,
        entry_price=row.entry_price.plain,
        break_even_price=break_even_price.plain,
        isolated_wallet=row.isolated_wallet.plain,
        update_time=now if row.update_time is None else row.update_time,
    )


_NEVER_REST = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def _names(half: HalfDocument) -> Iterator[str]:
    """The orders' names; those without one get one that depends on nothing but the document."""
    given = {row.client_order_id for row in half.open_orders}
    free = (name for place in count(1) if (name := f"document-{place}") not in given)
    for row in half.open_orders:
        yield row.client_order_id or next(free)


def _order(row: OrderDocument, name: str, now: Millis) -> Order:
    if row.type is OrderType.MARKET or row.time_in_force in _NEVER_REST:
        raise misfit(f"openOrders {name}: a MARKET, IOC or FOK order never rests")
    time = now if row.time is None else row.time
    return Order(
        order_id=_given(row.order_id, 0),
        client_order_id=name,
        symbol=row.symbol,
        side=row.side,
        position_side=row.position_side,
        type=row.type,
        time_in_force=row.time_in_force,
        price=row.price.plain,
        orig_qty=row.orig_qty.plain,
        executed_qty=row.executed_qty.plain,
        reduce_only=row.reduce_only,
        close_position=row.close_position,
        status=OrderStatus.PARTIALLY_FILLED if row.executed_qty else OrderStatus.NEW,
        time=time,
        update_time=time if row.update_time is None else row.update_time,
        cum_quote=_given(row.cum_quote, _NOTHING).plain,
        good_till_date=_given(row.good_till_date, 0),
        price_match=_given(row.price_match, PriceMatch.NONE),
        self_trade_prevention=_given(row.self_trade_prevention_mode, SelfTradePrevention.EXPIRE_MAKER),
        trigger_price=_given(row.stop_price, _NOTHING).plain,
        working_type=_given(row.working_type, WorkingType.CONTRACT_PRICE),
        price_protect=_given(row.price_protect, False),
        activate_price=_given(row.activate_price, _NOTHING).plain,
        callback_rate=CONTEXT.divide(_given(row.price_rate, _NOTHING).plain, PERCENT),
        extreme_price=_given(row.extreme_price, _NOTHING).plain,
        orig_type=None if isinstance(row.orig_type, UnsetType) else row.orig_type,
        algo_id=_given(row.algo_id, 0),
        amendments=_given(row.amendments, 0),
    )


def _given(value: Value | UnsetType | None, otherwise: Value) -> Value:
    return otherwise if value is None or isinstance(value, UnsetType) else value


# Printing


def account_document(account: Account) -> AccountDocument:
    """An account as a document: loading it makes the account what it is."""
    return AccountDocument(*(_half_document(account, half) for half in (account.usdm, account.coinm)))


def _half_document(account: Account, half: MarketAccount) -> HalfDocument:
    on_usdm = half.market is Market.USDM
    return HalfDocument(
        fee_tier=half.fee_tier,
        fee_burn=half.fee_burn if on_usdm else UNSET,
        multi_assets_margin=half.multi_assets_margin if on_usdm else UNSET,
        dual_side_position=account.dual_side_position,
        can_trade=half.can_trade,
        can_deposit=half.can_deposit,
        can_withdraw=half.can_withdraw,
        trade_group_id=half.trade_group_id if on_usdm else UNSET,
        wallets={
            asset: WalletDocument(Number(wallet.wallet_balance), wallet.update_time)
            for asset, wallet in half.wallets.items()
        },
        symbols={
            symbol: SymbolDocument(row.leverage, row.margin_type, row.is_auto_add_margin)
            for symbol, row in half.symbols.items()
        },
        positions=[_position_document(row, _realized(half, key)) for key, row in half.positions.items()],
        open_orders=[_order_document(row) for row in half.open_orders.values()],
        algo_orders=[algo_order_document(row) for row in half.algo_orders.values()] or UNSET,
        closed_positions=[
            ClosedDocument(*key, update_time, _realized(half, key))
            for key, update_time in half.touched.items()
            if key not in half.positions
        ]
        or UNSET,
    )


def _realized(half: MarketAccount, key: PositionKey) -> Number | UnsetType:
    return _unless(Number(half.realized.get(key, _NOTHING)), _NOTHING)


def _position_document(row: Position, accumulated_realized: Number | UnsetType) -> PositionDocument:
    return PositionDocument(
        symbol=row.symbol,
        position_amt=Number(row.position_amt),
        position_side=row.position_side,
        entry_price=Number(row.entry_price),
        break_even_price=Number(row.break_even_price),
        isolated_wallet=Number(row.isolated_wallet),
        update_time=row.update_time,
        accumulated_realized=accumulated_realized,
    )


def _order_document(row: Order) -> OrderDocument:
    return OrderDocument(
        symbol=row.symbol,
        side=row.side,
        price=Number(row.price),
        orig_qty=Number(row.orig_qty),
        position_side=row.position_side,
        type=row.type,
        time_in_force=row.time_in_force,
        executed_qty=Number(row.executed_qty),
        reduce_only=row.reduce_only,
        close_position=row.close_position,
        client_order_id=row.client_order_id,
        time=row.time,
        update_time=row.update_time,
        order_id=row.order_id,
        cum_quote=_unless(_readable(row.cum_quote), _NOTHING),
        good_till_date=_unless(row.good_till_date, 0),
        price_match=_unless(row.price_match, PriceMatch.NONE),
        self_trade_prevention_mode=_unless(row.self_trade_prevention, SelfTradePrevention.EXPIRE_MAKER),
        stop_price=_unless(Number(row.trigger_price), _NOTHING),
        working_type=_unless(row.working_type, WorkingType.CONTRACT_PRICE),
        price_protect=_unless(row.price_protect, False),
        activate_price=_unless(Number(row.activate_price), _NOTHING),
        price_rate=_unless(Number(CONTEXT.multiply(row.callback_rate, PERCENT)), _NOTHING),
        extreme_price=_unless(Number(row.extreme_price), _NOTHING),
        orig_type=UNSET if row.orig_type is None else row.orig_type,
        algo_id=_unless(row.algo_id, 0),
        amendments=_unless(row.amendments, 0),
    )


def _readable(value: Decimal) -> Number:
    return Number(value.quantize(_FINEST, context=CONTEXT).normalize(CONTEXT))


def _unless(value: Value, usual: Value) -> Value | UnsetType:
    return UNSET if value == usual else value
