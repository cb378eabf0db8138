"""User data stream endpoints of both markets: create, prolong and close a listen key."""

import msgspec

from margind import errors
from margind.api.endpoints import Call, Endpoint, Security
from margind.engine.model.terms import Market
from margind.errors import Refusal
from margind.wire.replies import encode


class ListenKey(msgspec.Struct, rename="camel", frozen=True):
    """The reply that carries a listen key."""

    listen_key: str


def _create(call: Call) -> bytes:
    key = call.runtime.listen_keys.create((call.owner.name, call.market), call.now)
    return encode(ListenKey(key))


def _prolong(call: Call) -> bytes:
    """Documented: -1125 when there is none. Observed: USDⓈ-M answers the key, COIN-M an empty object."""
    key = call.runtime.listen_keys.prolong((call.owner.name, call.market), call.now)
    if key is None:
        raise Refusal(errors.INVALID_LISTEN_KEY)
    return encode(ListenKey(key)) if call.market is Market.USDM else b"{}"


def _prolong_ws(call: Call) -> bytes:
    key = call.runtime.listen_keys.prolong((call.owner.name, call.market), call.now)
    if key is None:
        raise Refusal(errors.INVALID_LISTEN_KEY)
    return encode(ListenKey(key))


def _close(call: Call) -> bytes:
    """Documented: an empty object; -1125 when there was none."""
    if call.runtime.listen_keys.close((call.owner.name, call.market)) is None:
        raise Refusal(errors.INVALID_LISTEN_KEY)
    return b"{}"


def _endpoints(market: Market, path: str) -> tuple[Endpoint, ...]:
    return (
        Endpoint(
            market,
            "Start User Data Stream",
            Security.USER_STREAM,
            _create,
            method="POST",
            path=path,
            ws_method="userDataStream.start",
            reply=ListenKey,
        ),
        Endpoint(
            market,
            "Keepalive User Data Stream",
            Security.USER_STREAM,
            _prolong,
            method="PUT",
            path=path,
            ws_method="userDataStream.ping",
            ws_handler=_prolong_ws,
            reply=ListenKey,
        ),
        Endpoint(
            market,
            "Close User Data Stream",
            Security.USER_STREAM,
            _close,
            method="DELETE",
            path=path,
            ws_method="userDataStream.stop",
        ),
    )


ENDPOINTS = (
    *_endpoints(Market.USDM, "/fapi/v1/listenKey"),
    *_endpoints(Market.COINM, "/dapi/v1/listenKey"),
)
