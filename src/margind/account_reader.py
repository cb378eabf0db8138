"""Reading accounts: reports and encoded replies, made again only after a change."""

from collections import OrderedDict
from collections.abc import Callable

from margind.engine.margin.adl import AdlPlaces, AdlQueue, adl_queue
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.account import Account
from margind.engine.model.terms import Market, Millis
from margind.engine.state import State
from margind.wire.flat_rows import FlatRows

KEPT_REPORTS = 512
"""Reports kept between two changes; an account beyond that is computed when asked."""

KEPT_REPLY_BYTES = 64 << 20

ADL_REFRESH: Millis = 30_000
"""Documented: the queue is refreshed every 30 s."""

_Version = tuple[int, ...]


class AccountReader:
    """What one exchange answers about accounts. Nothing here is state: all of it can be thrown away."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.flat_rows = FlatRows()
        self._reports: OrderedDict[tuple[int, Market], tuple[_Version, AccountReport]] = OrderedDict()
        self._replies: OrderedDict[tuple[int, str], tuple[_Version, bytes]] = OrderedDict()
        self._reply_bytes = 0
        self._adl: dict[Market, tuple[_Version, AdlQueue]] = {}

    def report(self, account: Account, market: Market) -> AccountReport:
        """An account's report."""
        of_market = self.state.markets[market]
        version = (account.version, of_market.prices_version, of_market.facts_version)
        key = (account.number, market)
        kept = self._reports.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        report = account_report(account, of_market, self.state.settings)
        self._reports[key] = (version, report)
        self._reports.move_to_end(key)
        if len(self._reports) > KEPT_REPORTS:
            self._reports.popitem(last=False)
        return report

    def reply(
        self, account: Account, market: Market, view: str, encode: Callable[[AccountReport], bytes]
    ) -> bytes:
        """An account's reply of one view; `view` names it among all that this exchange gives."""
        of_market = self.state.markets[market]
        version = (account.version, of_market.prices_version, of_market.facts_version)
        return self._kept_reply((account.number, view), version, lambda: encode(self.report(account, market)))

    def reply_with_adl(
        self,
        account: Account,
        market: Market,
        view: str,
        encode: Callable[[AccountReport, AdlPlaces], bytes],
        now: Millis,
    ) -> bytes:
        """The same for a view that shows places in the auto-deleveraging queue."""
        of_market = self.state.markets[market]
        version = (self.state.sequence, now // ADL_REFRESH, of_market.prices_version, of_market.facts_version)
        return self._kept_reply(
            (account.number, view),
            version,
            lambda: encode(self.report(account, market), self.adl(account, market, now)),
        )

    def adl(self, account: Account, market: Market, now: Millis) -> AdlPlaces:
        """An account's places in the queue, ranked anew every 30 s of exchange time and after each event."""
        version = (self.state.sequence, now // ADL_REFRESH)
        kept = self._adl.get(market)
        if kept is None or kept[0] != version:
            kept = (version, adl_queue(self.state.accounts.values(), self.state.markets[market]))
            self._adl[market] = kept
        return kept[1].get(account.number, {})

    def _kept_reply(self, key: tuple[int, str], version: _Version, make: Callable[[], bytes]) -> bytes:
        kept = self._replies.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        reply = make()
        if kept is not None:
            self._reply_bytes -= len(kept[1])
        self._replies[key] = (version, reply)
        self._replies.move_to_end(key)
        self._reply_bytes += len(reply)
        while self._reply_bytes > KEPT_REPLY_BYTES:
            _, (_, oldest) = self._replies.popitem(last=False)
            self._reply_bytes -= len(oldest)
        return reply
