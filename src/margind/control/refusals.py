"""`GET .../refusals`: what was refused lately, the numbers compared, and what would have passed."""

from decimal import Decimal
from textwrap import wrap

import msgspec

from margind.control.call import Call
from margind.control.explain import instant
from margind.errors import Because
from margind.errors.because import Value
from margind.errors.impossible import Impossible
from margind.refusals import KEPT, RefusedRequest

WIDTH = 100


class ComparedDocument(msgspec.Struct, frozen=True):
    """One value the rule looked at."""

    name: str
    value: str | int
    unit: str


class BecauseDocument(msgspec.Struct, frozen=True):
    """Why, as it was at that moment."""

    rule: str
    compared: tuple[ComparedDocument, ...]
    source: str
    """The public page."""
    remedy: str
    """What this rule would have let pass; empty when no value would have."""
    remedy_value: dict[str, str | int]
    """The same for a program: each entry alone, in place of what was sent, would have been enough."""


class RefusalDocument(msgspec.Struct, frozen=True):
    """One refused request."""

    number: int
    """Counts from 1 on, over all accounts of the exchange."""
    time: int
    account: str | None
    """None when the request came without a key, or its key is nobody's."""
    transport: str
    """REST or WebSocket."""
    call: str
    """Method and path, or the method of a frame."""
    parameters: dict[str, str]
    """As sent, without secrets and signatures; of keys only how they begin."""
    http_status: int
    code: int
    """What the exchange answered, with `message`."""
    name: str
    """The error's name on the page 'Error Code'."""
    message: str
    because: BecauseDocument
    text: str
    """The whole, for a terminal."""


async def read_refusals(call: Call) -> list[RefusalDocument]:
    """An account's newest refusals, the latest first."""
    return [_document(row) for row in call.runtime.refusals.of_account(call.account.name, _limit(call))]


async def read_all_refusals(call: Call) -> list[RefusalDocument]:
    """The exchange's newest refusals, those of unknown keys among them, the latest first."""
    return [_document(row) for row in call.runtime.refusals.newest(_limit(call))]


def _limit(call: Call) -> int:
    text = call.query.get("limit", str(KEPT))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(KEPT)) and 1 <= int(text) <= KEPT):
        raise Impossible("bad_limit", f"limit is a number from 1 to {KEPT}")
    return int(text)


def _document(row: RefusedRequest) -> RefusalDocument:
    because = row.why()
    return RefusalDocument(
        number=row.number,
        time=row.time,
        account=row.account,
        transport=row.asked.transport,
        call=row.asked.call,
        parameters=dict(row.asked.parameters),
        http_status=row.http_status,
        code=row.code,
        name=row.name,
        message=row.message,
        because=because_document(because),
        text=refusal_text(row, because),
    )


def because_document(because: Because) -> BecauseDocument:
    """A reason as JSON has it."""
    return BecauseDocument(
        rule=because.rule,
        compared=tuple(ComparedDocument(one.name, plain(one.value), one.unit) for one in because.compared),
        source=because.source,
        remedy=because.remedy,
        remedy_value={name: plain(value) for name, value in because.remedy_value.items()},
    )


def plain(value: Value) -> str | int:
    """A value as JSON has it: decimals as text, without zeros that say nothing."""
    if not isinstance(value, Decimal):
        return value if isinstance(value, int) else str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def refusal_text(row: RefusedRequest, because: Because) -> str:
    """What was asked, what was answered, why, and what would have passed, for a terminal."""
    whose = "no account" if row.account is None else row.account
    lines = [f"{row.asked.call}, refused at {instant(row.time)} ({row.asked.transport}, {whose})"]
    sent = " ".join(f"{name}={value}" for name, value in row.asked.parameters.items())
    lines += _labelled("asked", sent or "without parameters")
    lines += _labelled("answered", f"HTTP {row.http_status}, {row.code} {row.name}: {row.message}")
    return "\n".join([*lines, *because_lines(because)]) + "\n"


def because_lines(because: Because) -> list[str]:
    """The rule, the numbers it compared, what would have passed, and the page, for a terminal."""
    lines = _labelled("rule", because.rule)
    if because.compared:
        widest = max(len(one.name) for one in because.compared)
        lines += ["", "compared"]
        for one in because.compared:
            text = f"{one.name:{widest}}  {plain(one.value)} {one.unit}".rstrip()
            lines += wrap(text, WIDTH, initial_indent="  ", subsequent_indent=" " * (widest + 4))
    if because.remedy:
        lines += ["", *_labelled("would have helped", because.remedy)]
    if because.source:
        lines += ["", *_labelled("source", because.source)]
    return lines


def _labelled(label: str, text: str) -> list[str]:
    return wrap(
        f"{label}: {text}",
        WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
