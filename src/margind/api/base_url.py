"""How a client reaches this server: the part of a link before its path."""

import re
from collections.abc import Mapping
from typing import Any, Final

NO_SCOPE: Final[Mapping[str, Any]] = {}
"""Of calls that came without an HTTP request of their own."""

_HOST = re.compile(rb"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")


def base_url(scope: Mapping[str, Any]) -> str:
    """Scheme and host, from the request's own Host; from the address that was called where there is none.

    A proxy that speaks TLS for this server says so in X-Forwarded-Proto; no link to elsewhere can come of it.
    """
    headers = dict(scope.get("headers", ()))
    host = headers.get(b"host", b"")
    if _HOST.fullmatch(host) is None:
        address, port = scope.get("server") or ("127.0.0.1", None)
        written = f"[{address}]" if ":" in address else address
        host = (written if port is None else f"{written}:{port}").encode()
    scheme = "https" if headers.get(b"x-forwarded-proto") == b"https" else scope.get("scheme", "http")
    return f"{scheme}://{host.decode()}"
