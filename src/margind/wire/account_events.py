"""User data stream events about money and settings: what is pushed when an account changes.

Observed (public recordings of 2026): numbers drop their trailing zeros here, and a flat price is "0".
"""

from decimal import Decimal, localcontext

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ZERO, cut8
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Millis
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    margin_type_text,
    short_text,
)

UNSET = msgspec.UNSET
Maybe = msgspec.UnsetType


class BalanceUpdate(msgspec.Struct, frozen=True):
    """One wallet in ACCOUNT_UPDATE."""

    asset: str = msgspec.field(name="a")
    wallet_balance: str = msgspec.field(name="wb")
    cross_wallet_balance: str = msgspec.field(name="cw")
    balance_change: str = msgspec.field(name="bc")
    """Without profit and fees: 0 for trades."""


class PositionUpdate(msgspec.Struct, frozen=True):
    """One position row in ACCOUNT_UPDATE."""

    symbol: str = msgspec.field(name="s")
    position_amt: str = msgspec.field(name="pa")
    entry_price: str = msgspec.field(name="ep")
    accumulated_realized: str = msgspec.field(name="cr")
    unrealized_profit: str = msgspec.field(name="up")
    margin_type: str = msgspec.field(name="mt")
    isolated_wallet: str = msgspec.field(name="iw")
    position_side: str = msgspec.field(name="ps")
    margin_asset: str = msgspec.field(name="ma")
    break_even_price: str = msgspec.field(name="bep")


class AccountChange(msgspec.Struct, frozen=True):
    """The body of ACCOUNT_UPDATE."""

    balances: list[BalanceUpdate] = msgspec.field(name="B")
    positions: list[PositionUpdate] = msgspec.field(name="P")
    reason: str = msgspec.field(name="m")


class AccountUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """ACCOUNT_UPDATE."""

    event: str = msgspec.field(name="e", default="ACCOUNT_UPDATE")
    transaction_time: Millis = msgspec.field(name="T")
    event_time: Millis = msgspec.field(name="E")
    account_alias: str | Maybe = msgspec.field(name="i", default=UNSET)
    """COIN-M only."""
    change: AccountChange = msgspec.field(name="a")


class LeverageUpdate(msgspec.Struct, frozen=True):
    """`ac` of ACCOUNT_CONFIG_UPDATE."""

    symbol: str = msgspec.field(name="s")
    leverage: int = msgspec.field(name="l")


class AssetModeUpdate(msgspec.Struct, frozen=True):
    """`ai` of ACCOUNT_CONFIG_UPDATE."""

    multi_assets_margin: bool = msgspec.field(name="j")


class AccountConfigUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """ACCOUNT_CONFIG_UPDATE."""

    event: str = msgspec.field(name="e", default="ACCOUNT_CONFIG_UPDATE")
    event_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    leverage: LeverageUpdate | Maybe = msgspec.field(name="ac", default=UNSET)
    asset_mode: AssetModeUpdate | Maybe = msgspec.field(name="ai", default=UNSET)


class ListenKeyExpired(msgspec.Struct, frozen=True, kw_only=True):
    """listenKeyExpired. Documented: `E` is quoted on USDⓈ-M's page, an integer in the SDK's model."""

    event: str = msgspec.field(name="e", default="listenKeyExpired")
    event_time: Millis = msgspec.field(name="E")
    listen_key: str = msgspec.field(name="listenKey")


def position_update(
    position: Position,
    margin_type: MarginType,
    contract: Contract,
    *,
    mark_price: Decimal,
    accumulated_realized: Decimal,
) -> PositionUpdate:
    """A position row, valued at a mark price; a flat one shows "0"."""
    flat = not position.position_amt
    profit = ZERO
    if not flat:
        with localcontext(CONTEXT):
            profit = cut8(contract.payoff.profit(position.position_amt, position.entry_price, mark_price))
    return PositionUpdate(
        symbol=position.symbol,
        position_amt=short_text(position.position_amt),
        entry_price=_price(entry_price_text(position.entry_price)),
        accumulated_realized=short_text(accumulated_realized),
        unrealized_profit=short_text(profit),
        margin_type=margin_type_text(margin_type),
        isolated_wallet=short_text(position.isolated_wallet),
        position_side=position.position_side,
        margin_asset=contract.margin_asset,
        break_even_price=_price(break_even_price_text(position.break_even_price)),
    )


def _price(text: str) -> str:
    return text.removesuffix(".0")


def balance_update(asset: str, wallet: Decimal, cross_wallet: Decimal, change: Decimal) -> BalanceUpdate:
    """A wallet row. Observed: balances have 8 decimals, the change drops its zeros."""
    return BalanceUpdate(asset, amount_text(wallet), amount_text(cross_wallet), short_text(change))
