"""The one exception of the engine and the doors: a request answered with the exchange's own error."""

import re
from decimal import Decimal
from typing import Self, TypedDict

from margind.errors.because import Because, Reason
from margind.errors.kind import USDM, ErrorKind

PLACEHOLDER = re.compile(r"%[sbd]")


class ErrorPayload(TypedDict):
    """The body of an error reply."""

    code: int
    msg: str


class Refusal(Exception):
    """A request that is answered with the exchange's own error; nothing has changed.

    The message is the first of the kind that takes as many values as are given, or the one at index
    `message` when several take the same number. Its only argument as an exception is the finished text,
    so neither `repr` nor a traceback shows more than the caller of the API sees. The reason, where the rule
    gave one, never leaves through the exchange's own doors.
    """

    reason: Reason | None = None

    def __init__(self, kind: ErrorKind, *values: object, message: int | None = None) -> None:
        self.kind = kind
        self._values = values
        self._index = _fitting(kind, len(values)) if message is None else message
        self.text = _filled(kind.templates(USDM)[self._index], values)
        super().__init__(self.text)

    def because(self, reason: Reason) -> Self:
        """The same refusal with the numbers behind it."""
        self.reason = reason
        return self

    def why(self) -> Because:
        """The reason; of a rule that gave none, the exchange's own words."""
        reason = self.reason
        if reason is None:
            return Because(self.text, source="'Error Code'")
        return reason if isinstance(reason, Because) else reason()

    @property
    def http_status(self) -> int:
        """The status of the reply; a banned address gets another one than a busy address."""
        if self._index == 1 and self.kind.second_http_status is not None:
            return self.kind.second_http_status
        return self.kind.http_status

    def code(self, market: str) -> int:
        """The number in `market` ("usdm" or "coinm"), or the other market's when this one has none."""
        return self.kind.code(market)

    def payload(self, market: str) -> ErrorPayload:
        """The body of the reply in the words of `market`; `text` is the USDⓈ-M wording."""
        template = self.kind.templates(market)[self._index]
        return {"code": self.kind.code(market), "msg": _filled(template, self._values)}


def _fitting(kind: ErrorKind, count: int) -> int:
    for index, template in enumerate(kind.messages):
        if template.count("%") == count:
            return index
    raise AssertionError(f"{kind.name} has no message with {count} values")


def _filled(template: str, values: tuple[object, ...]) -> str:
    assert template.count("%") == len(values), template
    if not values:
        return template
    # Split rather than replace: a value that itself holds "%s" stays as the caller sent it.
    first, *rest = PLACEHOLDER.split(template)
    return first + "".join(_printed(value) + text for value, text in zip(values, rest, strict=True))


def _printed(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")  # never 1E-8
    return str(value)
