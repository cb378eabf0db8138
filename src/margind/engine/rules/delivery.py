"""Delivery: how a dated contract ends, and what becomes of its orders and positions."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.contracts import Contract
from margind.engine.model.dated_prices import on_tick
from margind.engine.model.decimals import ZERO, summed
from margind.engine.model.fills import fill_position
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import (
    ClearReason,
    ContractStatus,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from margind.engine.rules.algo_orders import cancel_all_algo_orders
from margind.engine.rules.contract_roll import successor
from margind.engine.rules.fees import commission_of
from margind.engine.rules.trading import cancel_all_orders
from margind.engine.state import State
from margind.errors.impossible import Impossible, unlisted

CLIENT_ID = {Market.USDM: "settlement_autoclose-", Market.COINM: "delivery_autoclose-"}
"""Documented: how the ids of the exchange's own closing orders begin ('Query Order' of each market)."""


def deliver_contract(state: State, command: c.DeliverContract, now: Millis) -> Iterator[e.Event]:
    """Deliver a contract by hand, at a price of one's own or at what its index says."""
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise unlisted(command.symbol, command.market, market.contracts)
    contract = market.contracts[command.symbol]
    if contract.is_perpetual:
        raise Impossible("no_delivery", f"{command.symbol} is perpetual, it is never delivered")
    if not contract.awaits_delivery:
        raise Impossible("already_delivered", f"{command.symbol} is {contract.status}", 409)
    if command.price is not None and command.price <= ZERO:
        raise Impossible("bad_price", "a settlement price must be positive")
    price = command.price or on_tick(market.estimated_settle_price(command.symbol), contract)
    yield from _deliver(state, market, contract, price, now)


def deliver_what_is_due(state: State, now: Millis) -> Iterator[e.Event]:
    """Take the steps toward deliveries whose time has come, in the order of their times."""
    while (step := state.next_delivery_step) is not None and step[0] <= now:
        _, name, symbol = step
        market = state.markets[name]
        contract = market.contracts[symbol]
        average = market.settle_averages.get(symbol)
        if average is None:
            # Which of a feed's prices an average holds is no event: the settlement tells its outcome. When it
            # began is told by the status, even if that was set by hand before.
            market.begin_average(symbol, now)
            if now < contract.delivery_date:
                yield e.ContractListed(msgspec.structs.replace(contract, status=_before(contract)), now)
        else:
            price = on_tick(average.at(contract.delivery_date), contract)
            yield from _deliver(state, market, contract, price, now)


def _before(contract: Contract) -> ContractStatus:
    """Documented: there are such statuses. Assumed: they begin with the span whose index is averaged."""
    if contract.status is not ContractStatus.TRADING:
        return contract.status
    return ContractStatus.PRE_SETTLE if _is_delisted(contract) else ContractStatus.PRE_DELIVERING


def _is_delisted(contract: Contract) -> bool:
    """Whether it is a perpetual that is taken off USDⓈ-M. Observed (2025-10-30): such end as SETTLING."""
    return contract.market is Market.USDM and not contract.is_quarterly


def _deliver(
    state: State, market: MarketState, contract: Contract, price: Decimal, now: Millis
) -> Iterator[e.Event]:
    """Cancel its orders, settle its positions, list its successor.

    Assumed: all at one instant, the statuses one after the other (recorded contractInfo events of a delivery
    would settle it).
    """
    delisted = _is_delisted(contract)
    ending = msgspec.structs.replace(
        contract,
        status=ContractStatus.SETTLING if delisted else ContractStatus.DELIVERING,
        # Documented: COIN-M says so in the type, too, as long as the status says so.
        contract_type=f"{contract.contract_type}_DELIVERING"
        if contract.market is Market.COINM
        else contract.contract_type,
        delivery_date=min(contract.delivery_date, now),
    )
    yield e.ContractListed(ending, now)
    for account in state.accounts.values():
        yield from _close(state, account, contract, price, now)
    yield e.ContractDelivered(
        contract.market, contract.symbol, contract.pair, price, min(contract.delivery_date, now)
    )
    if not delisted:
        ended = msgspec.structs.replace(
            ending, status=ContractStatus.DELIVERED, contract_type=contract.contract_type
        )
        yield e.ContractListed(ended, now)
    yield from successor(market, contract, now)


def _close(
    state: State, account: Account, contract: Contract, price: Decimal, now: Millis
) -> Iterator[e.Event]:
    half = account.on(contract.market)
    whose = (account.name, contract.market, contract.symbol)
    yield from cancel_all_orders(state, c.CancelAllOrders(*whose), now)
    yield from cancel_all_algo_orders(state, c.CancelAllAlgoOrders(*whose), now)
    for side in PositionSide:
        position = half.positions.get((contract.symbol, side))
        if position is not None:
            settled = _settled(state, account.name, half, contract, position, price=price, now=now)
            yield settled
            yield from _made_good(state, position, settled)


def _settled(
    state: State,
    account: str,
    half: MarketAccount,
    contract: Contract,
    position: Position,
    *,
    price: Decimal,
    now: Millis,
) -> e.PositionDelivered:
    """Documented: profit at the settlement price, and the taker's fee on the value there."""
    quantity = abs(position.position_amt)
    value = contract.payoff.notional(quantity, price)
    taker = state.markets[half.market].fee_tiers[half.fee_tier].taker
    fee = commission_of(state, half, contract, value, taker)
    result = fill_position(
        position,
        contract.payoff,
        -position.position_amt,
        price,
        commission=fee.in_margin_asset,
        opening_margin=None,
        fee_from_wallet=fee.asset == contract.margin_asset,
    )
    wallet = state.wallet_balance(account, contract.market, contract.margin_asset) + result.realized_profit
    if fee.asset == contract.margin_asset:
        wallet -= fee.amount
        fee_wallet = wallet
    else:
        fee_wallet = state.wallet_balance(account, contract.market, fee.asset) - fee.amount
    key = (position.symbol, position.position_side)
    return e.PositionDelivered(
        account=account,
        market=contract.market,
        symbol=contract.symbol,
        order=_closing_order(state, contract, position, value, now),
        trade_id=state.next_trade_id,
        price=price,
        margin_asset=contract.margin_asset,
        realized_profit=result.realized_profit,
        commission=fee.amount,
        commission_asset=fee.asset,
        wallet_balance=wallet,
        commission_balance=fee_wallet,
        accumulated_realized=half.realized.get(key, ZERO) + result.realized_profit,
        tran_id=state.next_tran_id,
        time=now,
    )


def _closing_order(
    state: State, contract: Contract, position: Position, value: Decimal, now: Millis
) -> Order:
    quantity, order_id = abs(position.position_amt), state.next_order_id
    return Order(
        order_id=order_id,
        client_order_id=f"{CLIENT_ID[contract.market]}{now}{order_id:06}",
        symbol=position.symbol,
        side=Side.SELL if position.position_amt > ZERO else Side.BUY,
        position_side=position.position_side,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.GTC,
        price=ZERO,
        orig_qty=quantity,
        executed_qty=quantity,
        cum_quote=summed(value),
        reduce_only=position.position_side is PositionSide.BOTH,
        status=OrderStatus.FILLED,
        time=now,
        update_time=now,
    )


def _made_good(state: State, position: Position, settled: e.PositionDelivered) -> Iterator[e.Event]:
    """What an isolated position lost beyond its own wallet is the insurance fund's.

    Assumed: as when it is liquidated; the cross wallet keeps what it had.
    """
    if not position.isolated_wallet:
        return
    left = position.isolated_wallet + settled.realized_profit
    if settled.commission_asset == settled.margin_asset:
        left -= settled.commission
    if left < ZERO:
        yield e.InsuranceCleared(
            account=settled.account,
            market=settled.market,
            asset=settled.margin_asset,
            amount=-left,
            wallet_balance=settled.wallet_balance - left,
            reason=ClearReason.DEFICIT,
            symbol=position.symbol,
            position_side=position.position_side,
            isolated_wallet=None,
            order_id=settled.order.order_id,
            tran_id=state.next_tran_id,
            time=settled.time,
        )
