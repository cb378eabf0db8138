"""The calls that say nothing about the market but that it is there."""

from margind.api.endpoints import Call
from margind.wire.market_data import server_time
from margind.wire.replies import encode


def ping(call: Call) -> bytes:
    """An empty object."""
    return b"{}"


def time(call: Call) -> bytes:
    """The exchange's clock."""
    return encode(server_time(call.now))
