"""Stream addresses: what `/ws`, `/stream`, their routes and markets, and their queries say."""

from urllib.parse import parse_qsl, unquote

import msgspec

from margind.engine.model.terms import Market

ROUTES = frozenset({"public", "market", "private"})
"""Documented: since 2026-03 USDⓈ-M has three. Here all of them and none serve every stream."""

MARKETS = {"usdm": Market.USDM, "coinm": Market.COINM}


class Address(msgspec.Struct, frozen=True):
    """What a stream address says."""

    market: Market | None
    """The market it belongs to alone; None when streams and keys tell."""
    combined: bool
    streams: tuple[str, ...]
    events: frozenset[str] | None
    """The user events it names; None for all."""


def address_of(path: str, query: bytes, default: Market | None = None) -> Address | None:
    """Read a stream address; None when it is none.

    Documented forms: `/ws/<stream>/<stream>`, `/stream?streams=<stream>/<stream>`, the same under a route,
    `/private/ws?listenKey=<key>&events=<EVENT>/<EVENT>`, with several listen keys too.
    """
    parts = [unquote(part) for part in path.split("/") if part]
    market = default
    if parts and parts[0] in MARKETS:
        market = MARKETS[parts.pop(0)]
    if parts and parts[0] in ROUTES:
        parts.pop(0)
    if not parts or parts[0] not in {"ws", "stream"}:
        return None
    combined = parts.pop(0) == "stream"
    streams, events = list(parts), None
    for name, value in parse_qsl(query.decode("latin-1")):
        if name in {"streams", "listenKey"}:
            streams += [stream for stream in value.split("/") if stream]
        elif name == "events":
            events = (events or frozenset()) | frozenset(value.split("/"))
    return Address(market, combined, tuple(streams), events)
