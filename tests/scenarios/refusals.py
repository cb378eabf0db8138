"""What a refusal must leave behind: nothing."""

import pytest

from margind.engine import commands as c
from margind.errors import ErrorKind, Refusal
from margind.errors.impossible import Impossible
from tests.engine.builders import Desk
from tests.engine.plain import plain_state


def refusal(desk: Desk, command: c.Command) -> ErrorKind:
    """The kind of error a command is refused with, once it is sure that nothing has changed."""
    before, events = plain_state(desk.state), len(desk.events)
    with pytest.raises(Refusal) as caught:
        desk.do(command)
    assert plain_state(desk.state) == before
    assert len(desk.events) == events
    return caught.value.kind


def impossible(desk: Desk, command: c.Command) -> Impossible:
    """The same for what the control door cannot do."""
    before, events = plain_state(desk.state), len(desk.events)
    with pytest.raises(Impossible) as caught:
        desk.do(command)
    assert plain_state(desk.state) == before
    assert len(desk.events) == events
    return caught.value
