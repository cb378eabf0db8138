"""Calls about the server and its exchanges: making, reading, resetting, ending, moving time, checking."""

from decimal import Decimal

import msgspec

from margind.clock import ClockMode, system_millis
from margind.control.audit import AuditDocument, audit
from margind.control.call import Call
from margind.control.exchange_documents import (
    ClockChange,
    ClockDocument,
    ExchangeDocument,
    HashDocument,
    NewExchange,
    SettingsDocument,
    clock_document,
    speed_of,
)
from margind.control.exchange_specs import asked_before, exchange_spec
from margind.documents.numbers import decoder
from margind.engine.commands import SetClock
from margind.engine.model.terms import Millis
from margind.engine.state_hash import state_hash
from margind.errors.impossible import Impossible
from margind.exchanges import Exchanges
from margind.runtime import ExchangeRuntime

_NEW_EXCHANGE = decoder(NewExchange)
_CLOCK_CHANGE = decoder(ClockChange)


class StatusDocument(msgspec.Struct, frozen=True):
    """The server."""

    version: str
    uptime_ms: Millis
    exchanges: list[str]


async def status(call: Call) -> StatusDocument:
    """What runs, and for how long."""
    server = call.server
    uptime = max(0, system_millis() - server.started)
    return StatusDocument(server.version, uptime, list(server.exchanges.by_name))


async def create_exchange(call: Call) -> ExchangeDocument:
    """Make an exchange, without accounts."""
    asked = call.read(_NEW_EXCHANGE)
    exchanges = call.server.exchanges
    spec = exchange_spec(exchanges, asked, system_millis())
    async with call.server.changing:
        runtime = exchanges.by_name.get(asked.name)
        # A script that makes its exchange runs again after a restart, and means the one that was kept.
        if runtime is None or not asked_before(exchanges.spec(asked.name), asked):
            runtime = await exchanges.create(spec)
        return _document(exchanges, runtime)


async def read_exchange(call: Call) -> ExchangeDocument:
    """An exchange as it stands."""
    return _document(call.server.exchanges, call.runtime)


async def delete_exchange(call: Call) -> dict[str, str]:
    """End an exchange and forget it."""
    async with call.server.changing:
        await call.server.exchanges.delete(call.names["x"])
    return {}


async def reset_exchange(call: Call) -> ExchangeDocument:
    """Make an exchange anew: empty, with the same settings."""
    exchanges = call.server.exchanges
    async with call.server.changing:
        return _document(exchanges, await exchanges.reset(call.names["x"]))


async def read_hash(call: Call) -> HashDocument:
    """How many events there were, and the hash of the state they made."""
    runtime = call.runtime
    # The hash does not depend on the wall time, so it holds times only where they never came from it.
    timed = runtime.clock.mode is ClockMode.MANUAL and call.server.exchanges.spec(runtime.name).timed
    return HashDocument(runtime.state.sequence, state_hash(runtime.state, timeless=not timed))


async def read_audit(call: Call) -> AuditDocument:
    """Where the money is."""
    return audit(call.runtime.state)


async def change_clock(call: Call) -> ClockDocument:
    """Move time, or change how it passes."""
    change = call.read(_CLOCK_CHANGE)
    runtime = call.runtime
    if change.now is not None and change.advance_ms is not None:
        raise Impossible("bad_clock", "give now or advance_ms, not both")
    if change.mode is None and change.speed is None:
        await _move(runtime, change)
    elif change.now is not None or change.advance_ms is not None:
        raise Impossible("bad_clock", "first change the mode, then move the clock")
    else:
        mode = runtime.clock.mode if change.mode is None else change.mode
        await _change_mode(runtime, mode, speed_of(mode, change.speed))
    return clock_document(runtime.clock)


async def _change_mode(runtime: ExchangeRuntime, mode: ClockMode, speed: Decimal) -> None:
    clock = runtime.clock
    clock.change(mode, speed)
    if mode is ClockMode.MANUAL:
        # The clock stands now, and nobody else takes over what was due up to this moment.
        await runtime.advance_to(clock.now())
    else:
        # What fell due between the time of the exchange and that of the machine happens first, in order.
        clock.hold()
        await runtime.execute(SetClock(mode, clock.now(), format(speed, "f")))
        await runtime.catch_up()


async def _move(runtime: ExchangeRuntime, change: ClockChange) -> None:
    now = change.now
    if change.advance_ms is not None:
        now = runtime.now() + change.advance_ms
    if now is None:
        raise Impossible("bad_clock", "give now, advance_ms, or mode and speed")
    if runtime.clock.mode is not ClockMode.MANUAL:
        raise Impossible("clock_not_manual", f"only a manual clock is moved; it is {runtime.clock.mode}", 409)
    try:
        await runtime.advance_to(now)
    except ValueError as error:
        raise Impossible("bad_clock", str(error)) from None


def _document(exchanges: Exchanges, runtime: ExchangeRuntime) -> ExchangeDocument:
    return ExchangeDocument(
        name=runtime.name,
        clock=clock_document(runtime.clock),
        feed=dict(exchanges.spec(runtime.name).feed) or {"kind": runtime.feed.name},
        settings=SettingsDocument.of(runtime.state.settings),
        persistent=runtime.persistent,
        sequence=runtime.state.sequence,
        accounts=list(runtime.state.accounts),
    )
