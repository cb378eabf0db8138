"""A crash over a crowd: everything adds up, nobody is left below zero, and a seed gives the same run."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from margind.cascade.crowd import Crowd, crowd_commands
from margind.cascade.minutes import minutes_of_file
from margind.cascade.report import CascadeReport
from margind.cascade.run import Cascade
from margind.engine.exchange import execute
from margind.engine.margin.report import account_report
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import MarginType, Market
from margind.engine.state import EveryHolder, State
from margind.facts.load import load_facts
from tests.cascade.crash import GAP, START, crash_file
from tests.engine.invariants import check_money_is_conserved

FACTS = {market: load_facts(market) for market in Market}
ACCOUNTS = 80


def cascade(path: Path, *, seed: int = 1, fund: str = "100000") -> Cascade:
    minutes = minutes_of_file(path, "BTCUSDT", FACTS)
    return Cascade(minutes, Crowd(ACCOUNTS, seed), FACTS, Decimal(fund))


def run(path: Path, *, seed: int = 1, fund: str = "100000") -> CascadeReport:
    return cascade(path, seed=seed, fund=fund).run(lambda _: None)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cascade, CascadeReport]:
    one = cascade(crash_file(tmp_path_factory.mktemp("crash")))
    return one, one.run(lambda _: None)


def test_a_fall_by_a_fifth_liquidates_and_pays_the_fund(played: tuple[Cascade, CascadeReport]) -> None:
    _, report = played
    total = report.total
    assert total.liquidated_accounts > ACCOUNTS / 4
    assert total.margin_calls >= total.liquidated_accounts
    assert total.closed_on_book > 0
    assert total.clearance_fees > 0
    assert total.open_accounts < ACCOUNTS
    assert (total.open, total.low, total.close) == (Decimal(100_000), Decimal(80_000), Decimal(90_000))


def test_no_money_is_made_or_lost_and_nobody_is_left_below_zero(
    played: tuple[Cascade, CascadeReport],
) -> None:
    state = played[0].state
    check_money_is_conserved(state)
    for account in state.accounts.values():
        for wallet in account.usdm.wallets.values():
            assert wallet.wallet_balance >= ZERO or account.usdm.positions


def test_the_same_seed_gives_the_same_report_and_another_one_another(
    played: tuple[Cascade, CascadeReport], tmp_path: Path
) -> None:
    report = msgspec.json.encode(played[1])
    assert msgspec.json.encode(run(crash_file(tmp_path))) == report
    assert run(crash_file(tmp_path), seed=2).state_hash != played[1].state_hash


def test_which_screen_is_installed_changes_nothing(
    played: tuple[Cascade, CascadeReport], tmp_path: Path
) -> None:
    one = cascade(crash_file(tmp_path))
    one.state.screen = EveryHolder()
    assert one.run(lambda _: None) == played[1]


def test_on_a_thin_book_with_an_empty_fund_winners_are_deleveraged(tmp_path: Path) -> None:
    path = crash_file(tmp_path, volume="1.000", steps=GAP)
    report = run(path, fund="0")
    assert report.total.deleveraged > 0
    assert run(path, fund="1000000000").total.deleveraged == 0
    assert min(minute.fund for minute in report.minutes) >= 0


def test_minutes_are_told_as_they_end(tmp_path: Path) -> None:
    told: list[int] = []
    cascade(crash_file(tmp_path)).run(lambda row: told.append(row.time))
    assert told == [START + minute * 60_000 for minute in range(10)]


def test_a_crowd_is_varied_and_in_no_danger_at_its_beginning() -> None:
    state = State(FACTS, ExchangeSettings(liquidation=False))
    market = state.markets[Market.USDM]
    for command in crowd_commands(Crowd(300, 5), market, "BTCUSDT", START):
        execute(state, command, START)
    accounts = state.accounts.values()
    assert len(accounts) == 300
    for account in accounts:
        report = account_report(account, market, state.settings)
        for row in report.positions.values():
            if row.is_isolated:
                assert row.maint_margin < row.isolated_margin
    halves = [account.usdm for account in accounts]
    assert {half.multi_assets_margin for half in halves} == {True, False}
    assert {account.dual_side_position for account in accounts} == {True, False}
    assert {half.symbols["BTCUSDT"].margin_type for half in halves} == set(MarginType)
    assert len({half.symbols["BTCUSDT"].leverage for half in halves}) > 5


def test_the_minutes_of_2025_10_10_liquidate_a_crowd(reference: Path) -> None:
    """Recorded minutes whose licence does not let them stand here: BTC fell from 114,685 to 101,516."""
    path = reference.parent / "data" / "market" / "usdm" / "BTCUSDT-1m-2025-10-10-crash.csv"
    minutes = minutes_of_file(path, "BTCUSDT", FACTS)
    one = Cascade(minutes, Crowd(300, 1), FACTS, Decimal(100_000))
    report = one.run(lambda _: None)
    assert len(report.minutes) == 68
    assert report.total.low == Decimal("101516.50")
    assert report.total.liquidated_accounts > 60
    check_money_is_conserved(one.state)
