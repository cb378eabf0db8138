"""What is pushed to the listeners of an account: one event, ready to be sent."""

from typing import NamedTuple

import msgspec

from margind.api.streams.followed import Followed
from margind.engine.model.terms import Market
from margind.wire.account_alias import account_alias
from margind.wire.replies import encode


class Pushed(NamedTuple):
    """One event for one account."""

    account: str
    market: Market
    name: str
    """As in `e`."""
    message: bytes


def pushed(told: Followed, name: str, event: msgspec.Struct) -> Pushed:
    """An event for whoever listens to a followed account."""
    return Pushed(told.account, told.market, name, encode(event))


def alias(told: Followed) -> str | msgspec.UnsetType:
    """`i` of COIN-M's events. Documented: USDⓈ-M has none."""
    return msgspec.UNSET if told.market is Market.USDM else account_alias(told.number)
