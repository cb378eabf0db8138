"""What an exchange is made of, from the document that asks for it, and as it is kept for a restart."""

from collections.abc import Callable
from typing import Any

import msgspec

from margind.clock import ClockMode
from margind.control.exchange_documents import NewExchange, new_clock
from margind.documents.numbers import Time, decoder, encode
from margind.engine.model.terms import Millis
from margind.errors.impossible import Impossible
from margind.exchanges import Exchanges, ExchangeSpec
from margind.feeds.catalogue import default_recording, make_feed
from margind.feeds.feed import Feed


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The note that lies beside the journal of an exchange."""

    made: Time
    asked: NewExchange


_KEPT = decoder(Kept)


def exchange_spec(exchanges: Exchanges, asked: NewExchange, made: Millis) -> ExchangeSpec:
    """What an exchange first made at a time consists of, or `Impossible`."""
    asked = filled_in(asked)
    new_clock(asked.clock, made)
    return ExchangeSpec(
        name=asked.name,
        # A reset starts again at the time at which the exchange first started.
        make_clock=lambda: new_clock(asked.clock, made),
        make_feed=_feed_maker(exchanges, asked.feed),
        settings=asked.settings.settings(),
        persistent=asked.persistent,
        feed=asked.feed,
        timed=asked.clock.mode is ClockMode.MANUAL and asked.clock.now is not None,
        note=encode(Kept(made, asked)) if asked.persistent else b"",
    )


def filled_in(asked: NewExchange) -> NewExchange:
    """The same with the recording named that a replay without one plays."""
    feed = asked.feed
    if not isinstance(feed.get("kind"), str):
        raise Impossible("bad_feed", "feed: give its kind: manual, replay or synthetic")
    if feed["kind"] == "replay" and feed.get("recording") is None:
        return msgspec.structs.replace(asked, feed={**feed, "recording": default_recording()})
    return asked


def asked_before(spec: ExchangeSpec, asked: NewExchange) -> bool:
    """Whether an exchange that a restart brought back was made by just this document."""
    return spec.brought_back and _KEPT.decode(spec.note).asked == filled_in(asked)


async def bring_back(exchanges: Exchanges) -> None:
    """Let the exchanges of the data folder run again; `Impossible` names a note that cannot be read."""
    for path, note in exchanges.notes():
        try:
            kept = _KEPT.decode(note)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Impossible(
                "damaged_note", f"{path} does not say what its exchange is made of: {error}"
            ) from None
        spec = exchange_spec(exchanges, kept.asked, kept.made)
        await exchanges.create(msgspec.structs.replace(spec, brought_back=True))


def _feed_maker(exchanges: Exchanges, document: dict[str, Any]) -> Callable[[], Feed]:
    """Makes the feed now, so that a feed that cannot be made is refused before anything is."""
    options = {name: value for name, value in document.items() if name != "kind"}
    if "reference" in options:
        raise Impossible("bad_feed", "feed: there is no option 'reference'")
    kind = document["kind"]
    try:
        made = [make_feed(kind, exchanges.facts, **options)]
    except ValueError as error:
        raise Impossible("bad_feed", f"feed: {error}") from None
    return lambda: made.pop() if made else make_feed(kind, exchanges.facts, **options)
