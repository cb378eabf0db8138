"""Funding rates: what premium, interest, interval, cap and floor make. Numbers worked by hand."""

from decimal import Decimal

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine.model.funding import FundingTerms, funding_rate, next_funding_time, premium_index
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market
from margind.facts.load import at_start, load_facts
from tests.engine.builders import BTCUSD_PERP_2021, NOW, Desk, contract, ladder

BTCUSDT = contract(Market.USDM, "BTCUSDT", "USDT")
BTCUSD_PERP = contract(Market.COINM, "BTCUSD_PERP", "BTC", "100")
WIDE = FundingTerms(cap=Decimal("0.03"), floor=Decimal("-0.03"))
SMALL = ladder([(125, None, "0.004")])
"""Impact notional 200 · 125 = 25,000; usual cap 0.75 · 0.4 % = 0.3 %."""


def price(bid: str, ask: str, *, index: str = "50000", mark: str = "50000", qty: str = "1") -> SymbolPrice:
    return SymbolPrice(
        mark_price=Decimal(mark),
        index_price=Decimal(index),
        last_price=Decimal(mark),
        bid_price=Decimal(bid),
        bid_qty=Decimal(qty),
        ask_price=Decimal(ask),
        ask_qty=Decimal(qty),
        last_funding_rate=Decimal(0),
        next_funding_time=0,
        time=NOW,
    )


@pytest.mark.parametrize(
    ("bid", "ask", "premium"),
    [
        ("50025", "50030", "0.0005"),  # the bid stands 25 above the index
        ("49900", "49950", "-0.001"),  # the ask stands 50 below it
        ("49990", "50010", "0"),  # the index lies between
    ],
)
def test_the_premium_is_how_far_impact_prices_are_beyond_the_index(bid: str, ask: str, premium: str) -> None:
    assert premium_index(BTCUSDT, SMALL, price(bid, ask)) == Decimal(premium)


def test_a_quote_below_the_impact_notional_leaves_the_premium_to_the_mark_price() -> None:
    # 25,000 are needed; 0.4999 · 50,025 are 24,999.99…: the mark price stands 100 above the index.
    thin = price("50025", "50030", mark="50100", qty="0.49975")
    assert premium_index(BTCUSDT, SMALL, thin) == Decimal("0.002")
    assert premium_index(BTCUSDT, SMALL, price("50025", "50030", mark="50100", qty="0.5")) == Decimal(
        "0.0005"
    )


def test_on_coin_margined_contracts_the_impact_notional_is_counted_in_contracts() -> None:
    # 125x: 200 · 125 USD are 250 contracts of 100 USD.
    brackets = ladder(BTCUSD_PERP_2021)
    enough = price("50025", "50030", mark="50100", qty="250")
    assert premium_index(BTCUSD_PERP, brackets, enough) == Decimal("0.0005")
    assert premium_index(BTCUSD_PERP, brackets, msgspec.structs.replace(enough, bid_qty=Decimal(249))) == (
        Decimal("0.002")
    )


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        ("0", "0.0001"),  # interest alone
        ("0.0005", "0.0001"),  # 0.05 % + (0.01 % - 0.05 %): within the dampener it is the interest rate
        ("0.0006", "0.0001"),
        ("0.001", "0.0005"),  # 0.1 % - 0.05 %
        ("-0.0004", "0.0001"),
        ("-0.001", "-0.0005"),  # -0.1 % + 0.05 %
    ],
)
def test_interest_counts_within_five_hundredths_of_a_percent_of_the_premium(premium: str, rate: str) -> None:
    assert funding_rate(Decimal(premium), WIDE, SMALL) == Decimal(rate)


@pytest.mark.parametrize(("hours", "rate"), [(8, "0.0019"), (4, "0.00095"), (1, "0.0002375")])
def test_a_shorter_interval_has_its_share_of_the_rate(hours: int, rate: str) -> None:
    # (0.24 % - 0.05 %) / (8 / hours)
    terms = msgspec.structs.replace(WIDE, interval_hours=hours)
    assert funding_rate(Decimal("0.0024"), terms, SMALL) == Decimal(rate)


def test_rates_end_at_cap_and_floor() -> None:
    assert funding_rate(Decimal("0.05"), WIDE, SMALL) == Decimal("0.03")
    assert funding_rate(Decimal("-0.05"), WIDE, SMALL) == Decimal("-0.03")
    # Not listed in fundingInfo: 0.75 times the first bracket's 0.4 %.
    assert funding_rate(Decimal("0.05"), FundingTerms(), SMALL) == Decimal("0.003")
    assert funding_rate(Decimal("-0.05"), FundingTerms(), SMALL) == Decimal("-0.003")


def test_fundings_are_counted_from_midnight() -> None:
    midnight, hour = 1763683200000, 3_600_000
    assert next_funding_time(midnight, 8) == midnight + 8 * hour
    assert next_funding_time(midnight - 1, 8) == midnight
    assert next_funding_time(midnight + 5 * hour, 4) == midnight + 8 * hour
    assert next_funding_time(midnight + 5 * hour + 1, 1) == midnight + 6 * hour


def test_symbols_start_with_the_rate_and_the_time_of_their_terms() -> None:
    midnight = 1763683200000
    facts = at_start(load_facts(Market.USDM), midnight)
    # fundingInfo of 2025-08: TRBUSDT every four hours, BTCUSDT is not in it.
    trb, btc = facts.prices["TRBUSDT"], facts.prices["BTCUSDT"]
    assert (trb.last_funding_rate, trb.next_funding_time) == (Decimal("0.00005"), midnight + 4 * 3_600_000)
    assert (btc.last_funding_rate, btc.next_funding_time) == (Decimal("0.0001"), midnight + 8 * 3_600_000)


def set_by_hand(desk: Desk, **given: str) -> Decimal:
    patch = msgspec.structs.replace(c.PricePatch(), **{name: Decimal(given[name]) for name in given})
    desk.do(c.SetPrices(usdm={"BTCUSDT": patch}))
    return desk.state.markets[Market.USDM].prices["BTCUSDT"].last_funding_rate


def test_a_rate_follows_the_premium_once_an_index_price_is_given() -> None:
    desk = Desk({"BTCUSDT": "50000"}, {"BTCUSDT": [(125, None, "0.004")]})
    assert set_by_hand(desk, mark_price="50100", bid_qty="0") == Decimal("0.0001")
    # Nothing to sell at: (50,100 - 50,000) / 50,000 = 0.2 %, less 0.05 %.
    assert set_by_hand(desk, index_price="50000") == Decimal("0.0015")
    assert set_by_hand(desk, mark_price="50000") == Decimal("0.0001")
    assert set_by_hand(desk, mark_price="49800") == Decimal("-0.003")  # -0.35 %, at its floor


def test_a_rate_given_by_hand_holds() -> None:
    desk = Desk({"BTCUSDT": "50000"})
    assert set_by_hand(desk, index_price="50000", last_funding_rate="0.007") == Decimal("0.007")
    assert set_by_hand(desk, mark_price="50100", index_price="50050") == Decimal("0.007")
