"""Taking over what happened: `apply` is the only writer of the state, and calculates nothing."""

from collections.abc import Callable
from typing import Any

import msgspec

from margind.engine import apply_liquidation as liquidation
from margind.engine import apply_orders as orders
from margind.engine import events as e
from margind.engine.apply_orders import set_wallet, touched_account, touched_half
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.ledger import Wallet
from margind.engine.model.market_state import Delivery
from margind.engine.model.terms import Counterparty, Market
from margind.engine.state import ApiKey, State


def apply(state: State, event: e.Event) -> None:
    """Take over one event."""
    _APPLY[type(event)](state, event)
    state.sequence += 1


def _exchange_opened(state: State, event: e.ExchangeOpened) -> None:
    state.settings = event.settings


def _account_opened(state: State, event: e.AccountOpened) -> None:
    state.accounts[event.account] = Account(event.number, event.account)


def _key_created(state: State, event: e.KeyCreated) -> None:
    state.keys[event.api_key] = ApiKey(
        event.account,
        event.api_key,
        event.key_type,
        event.secret,
        frozenset(event.permissions),
        event.ip_whitelist,
    )


def _key_revoked(state: State, event: e.KeyRevoked) -> None:
    del state.keys[event.api_key]


def _balance_changed(state: State, event: e.BalanceChanged) -> None:
    half = touched_half(state, event.account, event.market)
    set_wallet(state, event.account, half, event.asset, Wallet(event.wallet_balance, event.time))
    state.ledger.take(event.market, event.asset, event.counterparty, event.amount)
    state.next_tran_id = event.tran_id + 1


def _assets_exchanged(state: State, event: e.AssetsExchanged) -> None:
    half = touched_half(state, event.account, event.market)
    for row in event.exchanged:
        set_wallet(state, event.account, half, row.asset, Wallet(row.wallet_balance, event.time))
        state.ledger.take(event.market, row.asset, Counterparty.AUTO_EXCHANGE, row.amount)
    state.next_tran_id = event.tran_id + len(event.exchanged)


def _leverage_changed(state: State, event: e.LeverageChanged) -> None:
    half = touched_half(state, event.account, event.market)
    half.configure(
        event.symbol,
        msgspec.structs.replace(_configuration(state, half, event.symbol), leverage=event.leverage),
    )


def _margin_type_changed(state: State, event: e.MarginTypeChanged) -> None:
    half = touched_half(state, event.account, event.market)
    half.configure(
        event.symbol,
        msgspec.structs.replace(_configuration(state, half, event.symbol), margin_type=event.margin_type),
    )


def _position_mode_changed(state: State, event: e.PositionModeChanged) -> None:
    account = touched_account(state, event.account)
    account.dual_side_position = event.dual_side_position


def _asset_mode_changed(state: State, event: e.AssetModeChanged) -> None:
    touched_half(state, event.account, Market.USDM).multi_assets_margin = event.multi_assets_margin


def _fee_burn_changed(state: State, event: e.FeeBurnChanged) -> None:
    touched_half(state, event.account, Market.USDM).fee_burn = event.fee_burn


def _isolated_margin_changed(state: State, event: e.IsolatedMarginChanged) -> None:
    half = touched_half(state, event.account, event.market)
    key = (event.symbol, event.position_side)
    half.set_isolated_wallet(key, event.isolated_wallet, event.time)


def _market_account_loaded(state: State, event: e.MarketAccountLoaded) -> None:
    half = touched_half(state, event.account, event.market)
    state.accounts[event.account].dual_side_position = event.dual_side_position
    half.fee_tier = event.fee_tier
    half.fee_burn = event.fee_burn
    half.multi_assets_margin = event.multi_assets_margin
    half.can_trade = event.can_trade
    half.can_deposit = event.can_deposit
    half.can_withdraw = event.can_withdraw
    half.trade_group_id = event.trade_group_id
    half.wallets = {
        asset: Wallet(state.wallet_balance(event.account, event.market, asset), time)
        for asset, time in event.wallet_times.items()
    }
    half.configure_all(event.symbols)
    for key in list(half.positions):
        state.drop_position(event.account, half, key)
    for position in event.positions:
        state.put_position(event.account, half, position)
    half.realized = {(symbol, side): amount for symbol, side, amount in event.realized}
    for pool in list(half.margin_calls):
        liquidation.forget_margin_call(state, event.account, event.market, pool)
    orders.orders_loaded(state, event.account, half, event.open_orders, event.flat)


def _prices_set(state: State, event: e.PricesSet) -> None:
    state.set_prices(Market.USDM, event.usdm.items(), event.asset_index)
    state.set_prices(Market.COINM, event.coinm.items(), {})
    state.hand_set_index.update(event.asset_index)
    for market, follows in event.follows_premium.items():
        state.premium_followers[market].update(follows)
    state.hand_set_prices[Market.USDM].update(event.usdm)
    state.hand_set_prices[Market.COINM].update(event.coinm)


def _contract_listed(state: State, event: e.ContractListed) -> None:
    contract = event.contract
    state.markets[contract.market].list_contract(contract)
    state.average_index(contract, event.time)
    if event.price is not None:
        state.set_prices(contract.market, ((contract.symbol, event.price),), {})
    for account in state.accounts.values():
        account.on(contract.market).value_orders_anew(contract)


def _contract_delivered(state: State, event: e.ContractDelivered) -> None:
    delivery = Delivery(event.symbol, event.delivery_price, event.time)
    state.markets[event.market].deliveries.setdefault(event.pair, []).append(delivery)


def _brackets_set(state: State, event: e.BracketsSet) -> None:
    state.markets[event.market].set_brackets(event.symbol, event.brackets)


def _funding_terms_set(state: State, event: e.FundingTermsSet) -> None:
    state.set_funding_terms(event)


def _clock_set(state: State, event: e.ClockSet) -> None:
    state.clock = event


def _feed_started(state: State, event: e.FeedStarted) -> None:
    state.feed = event


def _configuration(state: State, half: MarketAccount, symbol: str) -> Any:
    chosen = half.symbols.get(symbol)
    return state.markets[half.market].default_configuration(symbol) if chosen is None else chosen


_APPLY: dict[type, Callable[[State, Any], None]] = {
    e.ExchangeOpened: _exchange_opened,
    e.AccountOpened: _account_opened,
    e.KeyCreated: _key_created,
    e.KeyRevoked: _key_revoked,
    e.BalanceChanged: _balance_changed,
    e.LeverageChanged: _leverage_changed,
    e.MarginTypeChanged: _margin_type_changed,
    e.PositionModeChanged: _position_mode_changed,
    e.AssetModeChanged: _asset_mode_changed,
    e.FeeBurnChanged: _fee_burn_changed,
    e.IsolatedMarginChanged: _isolated_margin_changed,
    e.MarketAccountLoaded: _market_account_loaded,
    e.PricesSet: _prices_set,
    e.ContractListed: _contract_listed,
    e.BracketsSet: _brackets_set,
    e.ClockSet: _clock_set,
    e.FeedStarted: _feed_started,
    e.OrderAccepted: orders.order_accepted,
    e.OrderRested: orders.order_rested,
    e.OrderFilled: orders.order_filled,
    e.OrderCancelled: orders.order_cancelled,
    e.OrderAmended: orders.order_amended,
    e.StopOrderFollowed: orders.stop_order_followed,
    e.StopOrderFired: orders.stop_order_fired,
    e.StopOrderRefused: orders.stop_order_refused,
    e.AlgoOrderAccepted: orders.algo_order_accepted,
    e.AlgoOrderChanged: orders.algo_order_changed,
    e.CountdownSet: orders.countdown_set,
    e.FundingFixed: orders.funding_fixed,
    e.FundingSettled: orders.funding_settled,
    e.FundingTermsSet: _funding_terms_set,
    e.FundingTimePassed: orders.funding_time_passed,
    e.MarginCalled: liquidation.margin_called,
    e.MarginCallEnded: liquidation.margin_call_ended,
    e.LiquidationStarted: liquidation.liquidation_told,
    e.LiquidationEnded: liquidation.liquidation_told,
    e.PositionTakenOver: liquidation.position_taken_over,
    e.InsuranceCleared: liquidation.insurance_cleared,
    e.AssetsExchanged: _assets_exchanged,
    e.PositionDelivered: orders.position_delivered,
    e.ContractDelivered: _contract_delivered,
}
