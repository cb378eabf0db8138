"""A refused command and its reason; trying what the reason says would have passed."""

from decimal import Decimal

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine.exchange import execute
from margind.errors import Because, ErrorKind, Refusal
from margind.errors.because import Value
from tests.engine.builders import NOW, Desk
from tests.engine.plain import plain_state


def refused(desk: Desk, command: c.Command) -> tuple[ErrorKind, Because]:
    """The kind of a refusal and its reason, once it is sure that nothing has changed, not even by asking."""
    before = plain_state(desk.state)
    with pytest.raises(Refusal) as caught:
        execute(desk.state, command, NOW)
    because = caught.value.why()
    assert plain_state(desk.state) == before
    assert caught.value.reason is not None, "the rule gave its own reason"
    return caught.value.kind, because


def numbers(because: Because) -> dict[str, Value]:
    """What was compared, by name."""
    return {one.name: one.value for one in because.compared}


def decimal(because: Because, name: str) -> Decimal:
    """One of the values that would have passed."""
    value = because.remedy_value[name]
    assert isinstance(value, Decimal)
    return value


def passes(desk: Desk, command: c.Command) -> bool:
    """Whether a command is accepted; an order is only checked."""
    if isinstance(command, c.PlaceOrder):
        command = msgspec.structs.replace(command, only_checks=True)
    try:
        execute(desk.state, command, NOW)
    except Refusal:
        return False
    return True
