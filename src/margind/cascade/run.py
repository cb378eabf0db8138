"""The run itself: second after second of recorded prices, and what the engine makes of each."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from margind.cascade.crowd import Crowd, crowd_commands
from margind.cascade.minutes import Facts, Minutes
from margind.cascade.report import CascadeReport, MinuteRow
from margind.engine import events as e
from margind.engine.commands import Command, MovePrices
from margind.engine.exchange import execute
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.terms import AutoClose, ClearReason, Market, Millis
from margind.engine.rules.insurance import fund_balance
from margind.engine.state import State
from margind.engine.state_hash import state_hash
from margind.feeds.feed import Tick
from margind.feeds.intervals import MINUTE
from margind.sweep.screen import SweepScreen

SECOND: Millis = 1000

Watch = Callable[[MinuteRow], None]
"""Told of each minute when it is over."""


class Cascade:
    """One exchange with a crowd on it. It is made once and run once."""

    def __init__(self, minutes: Minutes, crowd: Crowd, facts: Facts, fund: Decimal) -> None:
        """`fund` is what the insurance fund starts with, in the symbol's margin asset."""
        contract = facts[Market.USDM].contracts[minutes.symbol]
        self.minutes = minutes
        self.crowd = crowd
        self.asset = contract.margin_asset
        self.fund = fund
        self.state = State(facts, ExchangeSettings(insurance_fund={self.asset: fund}))
        self.state.screen = SweepScreen()
        self._events = 0
        self._liquidated: set[str] = set()
        self._placed: dict[int, AutoClose] = {}

    def run(self, watch: Watch) -> CascadeReport:
        """Play all minutes."""
        minutes, state = self.minutes, self.state
        self._do(_moved(minutes.feed.start(minutes.start, minutes.anchor)), minutes.start)
        for command in crowd_commands(self.crowd, state.markets[Market.USDM], minutes.symbol, minutes.start):
            self._do(command, minutes.start)
        rows = []
        for minute in range(minutes.count):
            rows.append(self._play(minutes.start + minute * MINUTE))
            watch(rows[-1])
        return CascadeReport(
            source=minutes.name,
            symbol=minutes.symbol,
            margin_asset=self.asset,
            crowd=self.crowd,
            fund_at_start=self.fund,
            minutes=tuple(rows),
            events=self._events,
            state_hash=state_hash(state, timeless=False),
        )

    def _play(self, start: Millis) -> MinuteRow:
        prices = self.state.markets[Market.USDM]
        mark_price = prices.mark_price(self.minutes.symbol)
        row = MinuteRow(start, mark_price, mark_price, mark_price, mark_price)
        for now in range(start, start + MINUTE, SECOND):
            tick = self.minutes.feed.at(now)
            if tick is not None:
                self._count(row, self._do(_moved(tick), now))
            mark_price = prices.mark_price(self.minutes.symbol)
            row.high, row.low, row.close = max(row.high, mark_price), min(row.low, mark_price), mark_price
        row.fund = fund_balance(self.state, Market.USDM, self.asset)
        row.open_accounts = len(self.state.holders[Market.USDM].get(self.minutes.symbol, ()))
        return row

    def _do(self, command: Command, now: Millis) -> list[e.Event]:
        events = execute(self.state, command, now)
        self._events += len(events)
        return events

    def _count(self, row: MinuteRow, events: Iterable[e.Event]) -> None:
        for event in events:
            match event:
                case e.MarginCalled():
                    row.margin_calls += 1
                case e.LiquidationStarted() if event.account not in self._liquidated:
                    self._liquidated.add(event.account)
                    row.liquidated_accounts += 1
                case e.OrderAccepted(order=order) if order.auto_close is not None:
                    self._placed[order.order_id] = order.auto_close
                case e.OrderFilled() if event.order_id in self._placed:
                    self._count_fill(row, event)
                case e.PositionTakenOver():
                    row.taken_over += event.quantity
                case e.InsuranceCleared(reason=ClearReason.FEE):
                    row.clearance_fees -= event.amount
                case _:
                    pass

    def _count_fill(self, row: MinuteRow, event: e.OrderFilled) -> None:
        """Fills outside the book are counted once: as taken over, or on the side that was deleveraged."""
        if not event.is_calculated:
            row.closed_on_book += event.quantity
        elif self._placed[event.order_id] is AutoClose.ADL:
            row.deleveraged += event.quantity


def _moved(tick: Tick) -> MovePrices:
    return MovePrices(usdm=tick.usdm, coinm=tick.coinm, asset_index=tick.asset_index)
