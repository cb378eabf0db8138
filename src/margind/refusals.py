"""What was refused lately, and why: a bounded memory that nothing depends on."""

import re
from collections import deque
from collections.abc import Mapping
from heapq import nlargest
from itertools import chain
from typing import Final

import msgspec

from margind.engine.model.terms import Market, Millis
from margind.errors import Because, Reason, Refusal

KEPT: Final = 100
"""Refusals remembered of each account, and of callers who could not be told."""

MOST_PARAMETERS, LONGEST_VALUE = 50, 1_000
"""Of one remembered request; what is more is left out."""

_SECRET = re.compile("signature|secret|password|passphrase", re.IGNORECASE)
_CREDENTIAL = re.compile("api_?key|listen_?key", re.IGNORECASE)
_SHOWN = 4


class Asked(msgspec.Struct, frozen=True):
    """A request as it came, without what must not be kept."""

    transport: str
    """REST or WebSocket."""
    call: str
    """Method and path, or the method of a frame."""
    parameters: Mapping[str, str]


class RefusedRequest(msgspec.Struct, frozen=True):
    """One refused request."""

    number: int
    """Counts from 1 on, over all accounts of the exchange."""
    time: Millis
    account: str | None
    asked: Asked
    http_status: int
    code: int
    name: str
    message: str
    reason: Reason

    def why(self) -> Because:
        """The rule, with the numbers of that moment."""
        return self.reason if isinstance(self.reason, Because) else self.reason()


class Refusals:
    """The newest refusals of one exchange; no part of its state, and gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str | None, deque[RefusedRequest]] = {}
        self._count = 0

    def remember(
        self, refusal: Refusal, market: Market, now: Millis, account: str | None, asked: Asked
    ) -> None:
        """Keep a refusal; of an account's 101st the oldest is forgotten."""
        payload = refusal.payload(market)
        self._count += 1
        kept = self._kept.get(account)
        if kept is None:
            kept = self._kept[account] = deque(maxlen=KEPT)
        kept.append(
            RefusedRequest(
                number=self._count,
                time=now,
                account=account,
                asked=asked,
                http_status=refusal.http_status,
                code=payload["code"],
                name=refusal.kind.name,
                message=payload["msg"][:LONGEST_VALUE],
                # Not the refusal itself: its traceback would keep everything alive that it passed.
                reason=refusal.why() if refusal.reason is None else refusal.reason,
            )
        )

    def of_account(self, account: str, limit: int = KEPT) -> list[RefusedRequest]:
        """An account's, newest first."""
        return list(reversed(self._kept.get(account, ())))[:limit]

    def newest(self, limit: int = KEPT) -> list[RefusedRequest]:
        """Those of all accounts and of nobody, newest first."""
        return nlargest(limit, chain.from_iterable(self._kept.values()), key=lambda row: row.number)


def asked(transport: str, call: str, sent: Mapping[str, str]) -> Asked:
    """A request as it is remembered."""
    return Asked(transport, call[:LONGEST_VALUE], kept_parameters(sent))


def kept_parameters(sent: Mapping[str, str]) -> dict[str, str]:
    """What was sent, without secrets and signatures; of keys only how they begin."""
    kept: dict[str, str] = {}
    for name, value in sent.items():
        if _SECRET.search(name):
            continue
        if len(kept) == MOST_PARAMETERS:
            break
        kept[name[:LONGEST_VALUE]] = abbreviated(value) if _CREDENTIAL.search(name) else value[:LONGEST_VALUE]
    return kept


def abbreviated(key: str) -> str:
    """How a key begins: enough to know it by, not enough to use it."""
    return f"{key[:_SHOWN]}…" if len(key) > 2 * _SHOWN else "…"
