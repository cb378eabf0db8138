"""A state as plain data, so that two states can be compared and a difference can be read."""

from decimal import Decimal
from typing import Any

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.account import MarketAccount
from margind.engine.state import State


def plain(value: Any) -> Any:
    """Nested dicts, lists and texts; decimals keep every digit."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return value


def plain_state(state: State) -> dict[str, Any]:
    """Everything a state remembers."""
    return {
        "settings": plain(state.settings),
        "accounts": {
            name: {
                "number": account.number,
                "dual_side_position": account.dual_side_position,
                "version": account.version,
                "usdm": _half(account.usdm),
                "coinm": _half(account.coinm),
            }
            for name, account in state.accounts.items()
        },
        "keys": plain(state.keys),
        "ledger": plain(state.ledger.balances),
        "clock": plain(state.clock),
        "feed": plain(state.feed),
        "hand_set_prices": plain(state.hand_set_prices),
        "hand_set_index": plain(state.hand_set_index),
        "next_tran_id": state.next_tran_id,
        "next_order_id": state.next_order_id,
        "sequence": state.sequence,
        "markets": {
            market.value: {
                name: plain(getattr(of_market, name))
                for name in of_market.__slots__
                if name not in {"facts", "market"}
            }
            for market, of_market in state.markets.items()
        },
    }


def _half(half: MarketAccount) -> dict[str, Any]:
    return {name: plain(getattr(half, name)) for name in half.__slots__}


def plain_report(report: AccountReport) -> dict[str, Any]:
    """Every number of an account report."""
    return {
        name: plain(getattr(report, name))
        for name in ("positions", "assets", "totals", "multi_assets", "rates")
    }
