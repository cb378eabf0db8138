"""The exchange: one command in, its events out."""

from collections.abc import Callable, Iterator
from decimal import localcontext
from typing import Any

from margind.engine import commands as c
from margind.engine.apply import apply
from margind.engine.events import Event
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.terms import Millis
from margind.engine.rules import (
    accounts,
    algo_orders,
    configuration,
    delivery,
    funding,
    isolated_margin,
    listing,
    market,
    price_moves,
    timers,
    trading,
    transfers,
)
from margind.engine.rules.aftermath import aftermath
from margind.engine.state import State
from margind.errors.impossible import no_account

Rule = Callable[[State, Any, Millis], Iterator[Event]]

RULES: dict[type, Rule] = {
    c.OpenAccount: accounts.open_account,
    c.CreateKey: accounts.create_key,
    c.RevokeKey: accounts.revoke_key,
    c.LoadAccount: accounts.load_account,
    c.Transfer: transfers.transfer,
    c.ChangeLeverage: configuration.change_leverage,
    c.ChangeMarginType: configuration.change_margin_type,
    c.ChangePositionMode: configuration.change_position_mode,
    c.ChangeAssetMode: configuration.change_asset_mode,
    c.ChangeFeeBurn: configuration.change_fee_burn,
    c.ChangePositionMargin: isolated_margin.change_position_margin,
    c.SetPrices: market.set_prices,
    c.ListContracts: listing.list_contracts,
    c.SetBrackets: market.set_brackets,
    c.SetFundingTerms: market.set_funding_terms,
    c.SetClock: market.set_clock,
    c.StartFeed: market.start_feed,
    c.PlaceOrder: trading.place_order,
    c.CancelOrder: trading.cancel_order,
    c.CancelAllOrders: trading.cancel_all_orders,
    c.AmendOrder: trading.amend_order,
    c.SetCountdown: timers.set_countdown,
    c.PassTime: timers.pass_time,
    c.SettleFunding: funding.settle_funding,
    c.DeliverContract: delivery.deliver_contract,
    c.PlaceAlgoOrder: algo_orders.place_algo_order,
    c.CancelAlgoOrder: algo_orders.cancel_algo_order,
    c.CancelAllAlgoOrders: algo_orders.cancel_all_algo_orders,
    c.MovePrices: price_moves.move_prices,
}


def execute(state: State, command: c.Command, now: Millis) -> list[Event]:
    """Carry out a command: its events, already applied, in order.

    A rule refuses only before its first event; a refusal (`Refusal`, `Impossible`) leaves the state as it
    was. Each event is applied before the rule is asked for the next one. Whoever the command brought into
    danger is called or liquidated with it.
    """
    account = getattr(command, "account", None)
    if account is not None and account not in state.accounts and type(command) is not c.OpenAccount:
        raise no_account(account, state.accounts)
    events: list[Event] = []
    with localcontext(CONTEXT):
        for event in RULES[type(command)](state, command, now):
            apply(state, event)
            events.append(event)
        for event in aftermath(state, command, events, now):
            apply(state, event)
            events.append(event)
    return events
