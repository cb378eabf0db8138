"""Contracts set by hand: what is added, what is replaced, and what stands in the way of it."""

from collections.abc import Iterator
from decimal import Decimal

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.terms import Millis
from margind.engine.state import State
from margind.errors.impossible import Impossible


def list_contracts(state: State, command: c.ListContracts, now: Millis) -> Iterator[e.Event]:
    """Add or replace contracts. What holds positions or orders keeps what their numbers stand on."""
    for contract in command.contracts:
        if contract.contract_size <= ZERO:
            raise Impossible("bad_contract", f"{contract.symbol}: contract_size must be positive")
        replaced = state.markets[contract.market].contracts.get(contract.symbol)
        if replaced is not None:
            _check_replaced(state, replaced, contract)
    for contract in command.contracts:
        yield e.ContractListed(contract, now)


def _check_replaced(state: State, old: Contract, new: Contract) -> None:
    """Money was booked in the margin asset and by the size, and amounts are printed with the precisions."""
    for name, before, after in (
        ("marginAsset", old.margin_asset, new.margin_asset),
        ("contractSize", f"{old.contract_size:f}", f"{new.contract_size:f}"),
    ):
        if after != before:
            for account, what, _, _ in _standing(state, old):
                raise _in_use(old, f"{name} stays {before}: account {account!r} has {what}")
    if (
        new.quantity_precision >= old.quantity_precision and new.price_precision >= old.price_precision
    ):  # nothing that fits now could cease to
        return
    for account, what, quantity, prices in _standing(state, old):
        if not _fits(quantity, new.quantity_precision):
            raise _in_use(
                old, f"quantityPrecision {new.quantity_precision} cannot hold {what} of account {account!r}"
            )
        if not all(_fits(price, new.price_precision) for price in prices):
            raise _in_use(
                old, f"pricePrecision {new.price_precision} cannot hold {what} of account {account!r}"
            )


def _standing(state: State, contract: Contract) -> Iterator[tuple[str, str, Decimal, tuple[Decimal, ...]]]:
    """Account, description, quantity and prices of all that stands on a contract."""
    symbol = contract.symbol
    for account in state.accounts.values():
        half = account.on(contract.market)
        for position in half.positions.values():
            if position.symbol == symbol:
                amount = position.position_amt
                yield account.name, f"a position of {amount:f}", amount, ()
        for order in half.open_orders.values():
            if order.symbol == symbol:
                what = f"an order of {order.orig_qty:f} at {order.price:f}"
                yield account.name, what, order.orig_qty, (order.price, order.trigger_price)
        for algo in half.algo_orders.values():
            if algo.symbol == symbol:
                what = f"a conditional order of {algo.quantity:f} at {algo.trigger_price:f}"
                yield account.name, what, algo.quantity, (algo.price, algo.trigger_price)


def _fits(value: Decimal, places: int) -> bool:
    return not value.scaleb(places) % ONE


def _in_use(contract: Contract, why: str) -> Impossible:
    return Impossible("contract_in_use", f"{contract.symbol}: {why}", 409)
