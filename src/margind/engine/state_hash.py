"""One number for a whole state: equal states give equal hashes."""

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.decimals import CONTEXT, ZERO
from margind.engine.state import State

_encoder = msgspec.json.Encoder(order="sorted")


def state_hash(state: State, *, timeless: bool) -> str:
    """SHA-256 over all that commands have done, in hexadecimal.

    Keys, the exchange's name, where the clock stands and what a feed last said are left out. `timeless` also
    leaves out when things happened: on a clock that follows the machine's, times are no decision of a caller.
    """
    plain = {
        "settings": state.settings,
        "accounts": [_account(account, timeless) for account in state.accounts.values()],
        "ledger": sorted((*key, _exact(amount)) for key, amount in state.ledger.balances.items() if amount),
        "contracts": {
            market: [
                row
                for symbol, row in of_market.contracts.items()
                if of_market.facts.contracts.get(symbol) != row
            ]
            for market, of_market in state.markets.items()
        },
        "brackets": {
            market: {
                symbol: rows
                for symbol, rows in of_market.brackets.items()
                if of_market.facts.brackets.get(symbol) != rows
            }
            for market, of_market in state.markets.items()
        },
        "countdowns": sorted((*key, 0 if timeless else then) for key, then in state.countdowns.items()),
        "deliveries": {market: of_market.deliveries for market, of_market in state.markets.items()},
        "prices": state.hand_set_prices,
        "index": state.hand_set_index,
    }
    funded = {
        market: {
            symbol: row
            for symbol, row in of_market.funding.items()
            if of_market.facts.funding.get(symbol) != row
        }
        for market, of_market in state.markets.items()
    }
    if any(funded.values()):
        # Where nobody changed terms the hash is what it was before they could be.
        plain["funding"] = funded
    left_out = _TIMES if timeless else frozenset[str]()
    built = msgspec.to_builtins(plain, builtin_types=(Decimal,))
    return hashlib.sha256(_encoder.encode(_canonical(built, left_out))).hexdigest()


def _exact(amount: Decimal) -> str:
    # No ambient context has a say, and adding zero makes -0 the 0 it equals.
    return format(CONTEXT.add(amount, ZERO).normalize(CONTEXT), "f")


def _account(account: Account, timeless: bool) -> dict[str, Any]:
    return {
        "name": account.name,
        "dual": account.dual_side_position,
        "usdm": _half(account.usdm, timeless),
        "coinm": _half(account.coinm, timeless),
    }


def _half(half: MarketAccount, timeless: bool) -> dict[str, Any]:
    return {
        "flags": [
            half.fee_tier,
            half.fee_burn,
            half.multi_assets_margin,
            half.can_trade,
            half.can_deposit,
            half.can_withdraw,
            half.trade_group_id,
        ],
        "wallets": half.wallets,
        "symbols": half.symbols,
        "positions": [half.positions[key] for key in sorted(half.positions)],
        "orders": list(half.open_orders.values()),
        "algo_orders": list(half.algo_orders.values()),
        "margin_calls": sorted(half.margin_calls),
        # A row with a position has the time of that.
        "touched": []
        if timeless
        else sorted((*key, time) for key, time in half.touched.items() if key not in half.positions),
    }


_TIMES = frozenset({"time", "update_time", "create_time", "trigger_time", "onboard_date", "delivery_date"})


def _canonical(value: Any, left_out: frozenset[str]) -> Any:
    """The same for equal values: 1000 and 1000.00 are one number, however they were written."""
    if isinstance(value, Decimal):
        return _exact(value)
    if isinstance(value, dict):
        return {key: _canonical(inner, left_out) for key, inner in value.items() if key not in left_out}
    if isinstance(value, list | tuple):
        return [_canonical(inner, left_out) for inner in value]
    return value
