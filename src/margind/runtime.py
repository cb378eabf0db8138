"""One running exchange: commands go through the engine into the journal, and only then are they told."""

import asyncio
import contextlib
from collections.abc import Iterable
from decimal import Decimal, localcontext
from pathlib import Path

from margind.account_reader import AccountReader
from margind.clock import Clock, ClockMode
from margind.downloads import Downloads
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.exchange import execute
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.funding import next_funding_time
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.engine.state import State
from margind.feeds.feed import Feed, Tick
from margind.journaling import JournalFace, Journaling
from margind.listen_keys import ListenKeys
from margind.owed_fundings import OwedFundings
from margind.projections import remembered
from margind.refusals import Refusals
from margind.storage import Entry, History, JournalError, of_another_version
from margind.sweep.screen import SweepScreen

IDLE_S = 0.2
SHORTEST_WAIT_S = 0.005
MISSED_MS: Millis = 2000
"""By how much the run of time may be late before it is made up for step by step."""
MOMENT_MS: Millis = 1000
STEPS_AT_ONCE = 200
"""Steps of a moved clock between which others get their turn."""

Prices = tuple[tuple[str, SymbolPrice], ...]


class ExchangeRuntime:
    """An exchange with its clock, feed and journal. All methods belong to the event loop's thread."""

    def __init__(
        self,
        name: str,
        facts: dict[Market, MarketFacts],
        clock: Clock,
        feed: Feed,
        journal: JournalFace,
        *,
        persistent: bool,
        downloads_folder: Path | None = None,
    ) -> None:
        self.name = name
        self.facts = facts
        self.clock = clock
        self.feed = feed
        self.journal = journal
        self.persistent = persistent
        self.unpaced = False
        """Whether time jumps from price to price without waiting (`--speed max`)."""
        self.state = State(facts, ExchangeSettings())
        self.state.screen = SweepScreen()
        self.reader = AccountReader(self.state)
        self.listen_keys = ListenKeys()
        self.downloads = Downloads(
            journal.history_aside,
            lambda market: self.state.markets[market].contracts,
            self.now,
            downloads_folder,
        )
        self.refusals = Refusals()
        self._journaling = Journaling(name, journal)
        self.listeners = self._journaling.listeners
        """Told of events once they are durable."""
        self._owed = OwedFundings(self.state)
        self._funding_shown: Millis = 0
        self._followed: Millis = 0
        """The moment whose prices were last taken over: others may have been shown a later time since."""

    # Life

    def recover(self, entries: Iterable[Entry]) -> None:
        """Take over what a journal remembers; prices and clock go on from there.

        Raises `JournalError` at an entry that this version does not know, or that fits nothing before it.
        """
        latest = 0
        with localcontext(CONTEXT):
            for entry, event in remembered(entries):
                try:
                    apply(self.state, event)
                    self._owed.follow(event)
                except Exception as error:
                    raise of_another_version(
                        f"entry {entry.sequence} of the journal does not fit what came before ({error!r})"
                    ) from error
                latest = entry.time
        self._journaling.go_on_from(self.state)
        stood = self.state.clock
        if stood is not None and self.state.sequence:
            # A clock that runs has moved since it was set: time must not run backwards over a restart. It
            # stands there until what fell due in the meantime has happened.
            self.clock = Clock(ClockMode(stood.mode), max(stood.now, latest), Decimal(stood.speed))
            self.clock.hold()
            self.state.time_reference_prices(self.now())

    async def open(self, settings: ExchangeSettings) -> None:
        """Journal the first events of a new exchange."""
        now = self.now()
        opened = e.ExchangeOpened(
            settings, {market: facts.as_of for market, facts in self.facts.items()}, now
        )
        apply(self.state, opened)
        await self._journaling.keep([opened], self.state.sequence, now)
        await self.execute(c.SetClock(self.clock.mode, now, str(self.clock.speed)))

    async def start_feed(self) -> None:
        """Start the feed where it stood, or here and now."""
        for market, of_market in self.state.markets.items():
            for symbol, terms in of_market.funding.items():
                self.feed.set_funding_terms(market, symbol, terms)
        began = self.state.feed
        if began is not None and began.feed == self.feed.name:
            tick = self._resume_feed(began.anchor)
        else:
            tick = self.feed.start(self.now())
            await self.execute(c.StartFeed(self.feed.name, self.feed.anchor))
        self.state.apply_feed(*self._prices(tick), tick.asset_index)
        owed = self._owed.show(self.now(), self.feed, tick)
        self._followed = self.now()
        # Facts may be older than the clock: contracts whose day has passed make room for the present ones.
        await self.execute(c.PassTime())
        if owed:  # at rates that are past now
            self.state.apply_feed(*self._prices(tick), tick.asset_index)
        await self.catch_up()

    def _resume_feed(self, anchor: Millis) -> Tick:
        """Start the feed where it stood.

        Its prices are in no journal: means of an index that had begun are taken from it anew.
        """
        for began, contracts in sorted(self.state.averaged_feed_prices().items()):
            tick, then = self.feed.start(began, anchor), began
            self.state.apply_feed(*self._prices(tick), tick.asset_index)
            for of_market, symbol in contracts:
                of_market.begin_average(symbol, began)
            while (next_change := self.feed.next_change(then)) is not None and next_change <= self.now():
                then = next_change
                moved = self.feed.at(then)
                if moved is not None:
                    self.state.apply_feed(*self._prices(moved), moved.asset_index)
        return self.feed.start(self.now(), anchor)

    async def run(self) -> None:
        """Follow feed and timers until cancelled or failed: wait for the next change, do what it causes."""
        with contextlib.suppress(JournalError):  # it is logged, and everybody who asks is told
            await self._follow()

    async def _follow(self) -> None:
        while True:
            then = self._next_change()
            if then is None:
                await asyncio.sleep(IDLE_S)
            elif self.unpaced:
                self.clock.move_to(max(then, self.now()))
                await asyncio.sleep(0)
            else:
                seconds = self.clock.real_seconds_until(then)
                # A hand-moved clock changes prices when it is moved; here one only waits for another mode.
                await asyncio.sleep(IDLE_S if seconds is None else min(max(seconds, SHORTEST_WAIT_S), IDLE_S))
            if self.clock.mode is not ClockMode.MANUAL or self.unpaced:
                await self.catch_up()

    def close(self) -> None:
        """Commit what is pending and let the journal go."""
        self._journaling.hand_over()
        with contextlib.suppress(JournalError):
            self.journal.close()

    # Time and prices

    def now(self) -> Millis:
        """The exchange's time."""
        return self.clock.now()

    def _next_change(self) -> Millis | None:
        """When a price or a timer will change something; None when nothing will."""
        price = self.feed.next_change(self.now())
        return _earliest(price, self.state.next_deadline, self.state.next_funding, self.state.next_delivery)

    async def catch_up(self) -> None:
        """Take over the feed's prices of this moment and do what has fallen due, first what was missed."""
        # A clock may run faster than it can be followed: what falls due meanwhile is left to the next call.
        until = self.clock.present() - MISSED_MS
        try:
            # It may also be stopped meanwhile: then nothing beyond where it stands was missed.
            while (then := self._missed_stop(min(until, self.clock.present() - MISSED_MS))) is not None:
                self.clock.hold(then)
                await self._take_prices(max(then, self._followed))
                await self.execute(c.PassTime())
                await asyncio.sleep(0)
        finally:
            self.clock.release()
        await self._take_prices(self.now())
        now = self.now()
        due = _earliest(self.state.next_deadline, self.state.next_delivery)
        if now >= self._funding_shown or (due is not None and due <= now):
            self._funding_shown = next_funding_time(now, 1)
            await self.execute(c.PassTime())

    async def _take_prices(self, then: Millis) -> None:
        self._followed = then
        tick = self.feed.at(then)
        if tick is not None:
            await self.execute(c.MovePrices(*self._prices(tick), tick.asset_index))

    def _prices(self, tick: Tick) -> tuple[Prices, Prices]:
        """The prices of a tick on both markets, and those of the dated contracts that move with them."""
        markets = self.state.markets
        return (
            markets[Market.USDM].with_followers(tick.usdm),
            markets[Market.COINM].with_followers(tick.coinm),
        )

    async def advance_to(self, now: Millis) -> None:
        """Move a manual clock on: everything due on the way happens, in order, and the journal has the time.

        Prices on the way matter only to orders, triggers and settlement prices; without any they are passed
        over.
        """
        self.clock.check_move(now)
        steps = 0
        while (then := self._next_stop()) is not None and then < now:
            self.clock.move_to(max(then, self.now()))
            await self.catch_up()
            steps += 1
            if steps % STEPS_AT_ONCE == 0:
                await asyncio.sleep(0)
        self.clock.move_to(now)
        await self.execute(c.SetClock(self.clock.mode, now, str(self.clock.speed)))
        await self.catch_up()

    def _next_stop(self) -> Millis | None:
        """Where a clock that is moved must stop on its way."""
        return self._stop_after(self.now(), for_orders=self.state.waits_for_prices)

    def _missed_stop(self, until: Millis) -> Millis | None:
        """Where a clock that runs should have stopped, and did not: the server, or the machine, stood still.

        Orders are not filled by prices that nobody saw.
        """
        then = self._stop_after(self._followed, for_orders=False)
        return None if then is None or then >= until else then

    def _stop_after(self, now: Millis, *, for_orders: bool) -> Millis | None:
        price = self.feed.next_change(now) if for_orders or self.state.averages_indexes else None
        funding = self.state.next_funding
        if funding is not None and funding - MOMENT_MS > now:
            # The rate that is settled is the last one shown.
            funding -= MOMENT_MS
        return _earliest(price, self.state.next_deadline, funding, self.state.next_delivery)

    # Commands

    async def execute(self, *commands: c.Command) -> list[e.Event]:
        """Carry out commands, with nothing between them; their events, once they are durable together.

        Raises `Refusal` or `Impossible` at the first that is refused: it has changed nothing, those before
        it have happened. Raises `JournalError` when the disk fails: then nothing more is accepted, because
        memory is ahead of what is kept.
        """
        self._journaling.refuse_after_failure()
        now = self.now()
        events: list[e.Event] = []
        try:
            for command in commands:
                events += execute(self.state, command, now)
        finally:
            if events:
                await self._journaling.keep(events, self.state.sequence, now)
        if not events:
            await self.settled()
        return events

    async def set_funding_terms(self, command: c.SetFundingTerms) -> None:
        """Fund symbols on other terms, by the feed, too."""
        for event in await self.execute(command):
            if isinstance(event, e.FundingTermsSet):
                self.feed.set_funding_terms(event.market, event.symbol, event.terms)

    async def settled(self) -> None:
        """Wait until everything that a reply made by now could show is durable.

        Raises `JournalError` when it never will be: from then on no reply leaves at all.
        """
        await self._journaling.settled()

    async def history(self) -> History:
        """The history, with all that a reply made by now could show."""
        return await self._journaling.history()

    @property
    def is_settled(self) -> bool:
        """Whether a reply may leave at once."""
        return self._journaling.is_settled

    @property
    def has_failed(self) -> bool:
        """Whether memory is ahead of a disk that takes nothing more."""
        return self._journaling.has_failed


def _earliest(*times: Millis | None) -> Millis | None:
    return min((time for time in times if time is not None), default=None)
