"""What follows from a command beside what was asked, once all of it has happened."""

from collections.abc import Iterator, Sequence

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import Millis
from margind.engine.rules.auto_exchange import auto_exchange
from margind.engine.rules.dangers import settle_dangers
from margind.engine.state import State


def aftermath(state: State, command: c.Command, events: Sequence[e.Event], now: Millis) -> Iterator[e.Event]:
    """What the exchange itself does to accounts that a command has changed, or whose prices it moved.

    `events` are those of the command, and grow as what is yielded here is applied. A loaded document is left
    as it stands: whoever loads accounts may set the prices afterwards. The next change or price finds it.
    """
    if isinstance(command, c.LoadAccount):
        return
    yield from _exchange(state, command, events, now)
    yield from settle_dangers(state, command, events, now)


def _exchange(state: State, command: c.Command, events: Sequence[e.Event], now: Millis) -> Iterator[e.Event]:
    if not state.owing:
        return
    if isinstance(command, c.SetPrices | c.MovePrices) and command.asset_index:
        yield from auto_exchange(state, list(state.owing), now)
        return
    touched = dict.fromkeys([getattr(event, "account", "") for event in events])
    yield from auto_exchange(state, [name for name in touched if name in state.owing], now)
