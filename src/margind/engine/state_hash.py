"""One number for a whole state: equal states give equal hashes."""

import hashlib
from typing import Any

import msgspec

from margind.engine.model.account import Account, MarketAccount
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
        "prices": {market: list(prices.items()) for market, prices in state.hand_set_prices.items()},
        "index": list(state.hand_set_index.items()),
    }
    return hashlib.sha256(_encoder.encode(_without_times(plain) if timeless else plain)).hexdigest()


def _exact(amount: Any) -> str:
    return format(amount.normalize(), "f")


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
        "touched": [] if timeless else sorted((*key, time) for key, time in half.touched.items()),
    }


_TIMES = frozenset({"time", "update_time"})


def _without_times(plain: Any) -> Any:
    built = msgspec.to_builtins(plain)
    return _stripped(built)


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stripped(inner) for key, inner in value.items() if key not in _TIMES}
    if isinstance(value, list | tuple):
        return [_stripped(inner) for inner in value]
    return value
