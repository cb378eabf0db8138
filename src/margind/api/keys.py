"""Which API key belongs to which account of which exchange, and how its signatures are checked."""

from collections.abc import Sequence

from margind import errors
from margind.api import request_reasons as why
from margind.api.endpoints import Security
from margind.api.signing import Verifier, verifier_for
from margind.engine import events as e
from margind.engine.state import ApiKey
from margind.errors import Refusal
from margind.runtime import ExchangeRuntime

LONGEST_KEY = 128
"""Real keys have 64 letters and digits."""


class KnownKey:
    """A key ready for use."""

    __slots__ = ("key", "may", "runtime", "verifier")

    def __init__(self, runtime: ExchangeRuntime, key: ApiKey, verifier: Verifier) -> None:
        self.runtime = runtime
        self.key = key
        self.verifier = verifier
        self.may = tuple(
            kind for kind in Security if kind is Security.MARKET_DATA or kind.value in key.permissions
        )
        """The kinds of calls it is good for; every key reads market data."""


class KeyRing:
    """All keys of all exchanges of the server, by their text."""

    def __init__(self) -> None:
        self._keys: dict[str, KnownKey] = {}

    def follow(self, runtime: ExchangeRuntime) -> None:
        """Take over an exchange's keys, now and as they come and go."""
        for key in runtime.state.keys.values():
            self._add(runtime, key)

        def listen(events: Sequence[e.Event]) -> None:
            for event in events:
                if isinstance(event, e.KeyCreated):
                    self._add(runtime, runtime.state.keys[event.api_key])
                elif isinstance(event, e.KeyRevoked):
                    self._keys.pop(event.api_key, None)

        runtime.listeners.append(listen)

    def forget(self, runtime: ExchangeRuntime) -> None:
        """Drop an exchange's keys."""
        self._keys = {text: known for text, known in self._keys.items() if known.runtime is not runtime}

    def holds(self, known: KnownKey) -> bool:
        """Whether a key found earlier is still in use."""
        return self._keys.get(known.key.api_key) is known

    def get(self, text: str | None, runtime: ExchangeRuntime | None) -> KnownKey | None:
        """The key of a text, whatever it is good for; None when it is unknown, or of another exchange."""
        known = None if text is None else self._keys.get(text)
        return known if known is None or runtime is None or known.runtime is runtime else None

    def find(
        self, text: str | None, security: Security, ip: str, runtime: ExchangeRuntime | None
    ) -> KnownKey:
        """The key of a request.

        Refuses with -2014 a missing or malformed key, with -2015 one that is unknown, belongs to another
        exchange than the path names, or may not do this or come from there. Assumed: -2014 for a missing key.
        """
        known = None if text is None else self._keys.get(text)
        if known is None:
            raise _no_key(text)
        if runtime is not None and known.runtime is not runtime:
            # The same words as for a key that nobody has.
            raise _no_key(text)
        key = known.key
        if key.ip_whitelist and ip not in key.ip_whitelist:
            raise Refusal(errors.REJECTED_MBX_KEY).because(why.address_reason(ip, key.ip_whitelist))
        if security not in known.may:
            raise Refusal(errors.REJECTED_MBX_KEY).because(
                why.permission_reason(security.value, key.permissions)
            )
        return known

    def _add(self, runtime: ExchangeRuntime, key: ApiKey) -> None:
        self._keys[key.api_key] = KnownKey(runtime, key, verifier_for(key.key_type, key.secret))


def _no_key(text: str | None) -> Refusal:
    if text is None or not _could_be_a_key(text):
        return Refusal(errors.BAD_API_KEY_FMT).because(why.key_format_reason(text, LONGEST_KEY))
    return Refusal(errors.REJECTED_MBX_KEY).because(why.unknown_key_reason(text))


def _could_be_a_key(text: str) -> bool:
    return 0 < len(text) <= LONGEST_KEY and text.isascii() and text.isalnum()
