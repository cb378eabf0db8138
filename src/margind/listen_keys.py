"""Listen keys: who may hear which account, and for how long."""

import secrets
import string
from collections.abc import Iterator

from margind.engine.model.terms import Market, Millis

LIFE: Millis = 60 * 60 * 1000
"""Documented: a key lives 60 minutes from its last call."""

LENGTH = 64
_LETTERS = string.ascii_letters + string.digits

Owner = tuple[str, Market]


class ListenKeys:
    """The keys of one exchange: at most one per account and market. They do not outlive the process."""

    def __init__(self) -> None:
        self._keys: dict[Owner, str] = {}
        self._owners: dict[str, Owner] = {}
        self._ends: dict[str, Millis] = {}

    def create(self, owner: Owner, now: Millis) -> str:
        """The owner's key, new or prolonged. Documented: an active key is returned again."""
        key = self._keys.get(owner)
        if key is None or self._ends[key] <= now:
            self.close(owner)
            key = "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))
            self._keys[owner] = key
            self._owners[key] = owner
        self._ends[key] = now + LIFE
        return key

    def prolong(self, owner: Owner, now: Millis) -> str | None:
        """The owner's key with another 60 minutes; None when there is none."""
        key = self.of(owner, now)
        if key is not None:
            self._ends[key] = now + LIFE
        return key

    def of(self, owner: Owner, now: Millis) -> str | None:
        """The owner's key, if it is alive."""
        key = self._keys.get(owner)
        return key if key is not None and self._ends[key] > now else None

    def owner(self, key: str) -> Owner | None:
        """Whose key it is; None for a text that is no key."""
        return self._owners.get(key)

    def close(self, owner: Owner) -> str | None:
        """End the owner's key; the key it was."""
        key = self._keys.pop(owner, None)
        if key is not None:
            del self._owners[key]
            del self._ends[key]
        return key

    def expire(self, now: Millis) -> Iterator[tuple[str, Owner]]:
        """End the keys whose time is over."""
        for key, end in list(self._ends.items()):
            if end <= now:
                owner = self._owners[key]
                self.close(owner)
                yield key, owner
