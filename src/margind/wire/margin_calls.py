"""User data stream event MARGIN_CALL: a pool that is near its liquidation."""

import msgspec

from margind.engine.events import MarginCalled
from margind.engine.model.terms import Millis
from margind.wire.text import short_text

UNSET = msgspec.UNSET
Maybe = msgspec.UnsetType


class PositionInDanger(msgspec.Struct, frozen=True):
    """One position of the pool. Documented: `mt` is in capitals here."""

    symbol: str = msgspec.field(name="s")
    position_side: str = msgspec.field(name="ps")
    position_amt: str = msgspec.field(name="pa")
    margin_type: str = msgspec.field(name="mt")
    isolated_wallet: str = msgspec.field(name="iw")
    mark_price: str = msgspec.field(name="mp")
    unrealized_profit: str = msgspec.field(name="up")
    maint_margin: str = msgspec.field(name="mm")


class MarginCall(msgspec.Struct, frozen=True, kw_only=True):
    """MARGIN_CALL."""

    event: str = msgspec.field(name="e", default="MARGIN_CALL")
    event_time: Millis = msgspec.field(name="E")
    account_alias: str | Maybe = msgspec.field(name="i", default=UNSET)
    """COIN-M only."""
    cross_wallet_balance: str | Maybe = msgspec.field(name="cw", default=UNSET)
    """Documented: only pushed for cross positions."""
    positions: list[PositionInDanger] = msgspec.field(name="p")


def margin_call(called: MarginCalled, event_time: Millis, account_alias: str | Maybe) -> MarginCall:
    """The call of one pool."""
    wallet = called.cross_wallet_balance
    return MarginCall(
        event_time=event_time,
        account_alias=account_alias,
        cross_wallet_balance=UNSET if wallet is None else short_text(wallet),
        positions=[
            PositionInDanger(
                symbol=row.symbol,
                position_side=row.position_side,
                position_amt=short_text(row.position_amt),
                margin_type=row.margin_type,
                isolated_wallet=short_text(row.isolated_wallet),
                mark_price=short_text(row.mark_price),
                unrealized_profit=short_text(row.unrealized_profit),
                maint_margin=short_text(row.maint_margin),
            )
            for row in called.positions
        ],
    )
