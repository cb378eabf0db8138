"""Who may use the control door: holders of the token, or programs of this machine."""

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from margind.control.asgi import Scope, header
from margind.errors.impossible import Impossible


class Guard:
    """Lets a request pass or raises `Impossible` with 401 or 403."""

    def __init__(self, token: str | None, host: str) -> None:
        self._token = token
        self._host = host.lower()

    def check(self, scope: Scope) -> None:
        """With a token, only its holders pass; without one, whatever a foreign web page sends does not.

        A server without a token listens on loopback, where any web page open in a browser of this machine
        can reach it, too. The browser gives such requests away. `Origin` names the page that sends them
        (against cross-site requests that change something). `Host` is the page's own name when that name
        was made to resolve to 127.0.0.1 (DNS rebinding), by which a page could even read replies.
        A token needs neither check: no browser sends it by itself.
        """
        if self._token is not None:
            _check_token(header(scope, b"authorization"), self._token)
            return
        host = header(scope, b"host")
        if host is not None and not self._is_ours(host):
            raise Impossible(
                "foreign_host",
                f"this server does not answer for the host {host!r} (use 127.0.0.1 or a token)",
                403,
            )
        origin = header(scope, b"origin")
        if origin is not None and origin.partition("://")[2].lower() != (host or "").lower():
            raise Impossible("foreign_origin", f"pages of {origin!r} may not use the control API", 403)

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in {"localhost", self._host} or name.endswith(".localhost"):
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False


def _check_token(authorization: str | None, token: str) -> None:
    scheme, _, given = (authorization or "").partition(" ")
    # Compared in constant time, so that its length and its beginning cannot be measured.
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        raise Impossible(
            "unauthorized", "the control token is missing or wrong (Authorization: Bearer ...)", 401
        )
