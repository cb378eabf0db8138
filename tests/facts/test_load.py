"""The shipped facts are complete, consistent and quick to load."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from margind.engine.model.brackets import Bracket
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import ContractStatus, Market
from margind.facts import load
from margind.facts.load import at_start, load_facts

DATA = Path(load.__file__).parent / "data"
NOW = 1763715612345  # 2025-11-21 09:00:12.345 UTC


def data_file(name: str) -> Any:
    return json.loads((DATA / name).read_text())


@pytest.mark.parametrize(("market", "count"), [(Market.USDM, 625), (Market.COINM, 25)])
def test_every_contract_has_all_that_margins_are_computed_from(market: Market, count: int) -> None:
    state = MarketState(load_facts(market))
    assert len(state.contracts) == count
    assert all(state.usable(symbol) for symbol in state.contracts)
    assert state.brackets.keys() == state.prices.keys() == state.contracts.keys()


def test_usdm_contracts_have_their_published_terms() -> None:
    contract = load_facts(Market.USDM).contracts["ETHUSDT"]
    assert str(contract.price_filter.tick_size) == "0.01"
    assert str(contract.price_filter.min_price) == "39.86"
    assert contract.min_notional == Decimal(20)
    assert contract.lot_size.max_qty == Decimal(10000)


def test_contracts_that_no_longer_trade_are_listed_too() -> None:
    statuses = [contract.status for contract in load_facts(Market.USDM).contracts.values()]
    assert statuses.count(ContractStatus.TRADING) == 572
    assert statuses.count(ContractStatus.SETTLING) == 52


def test_the_newer_brackets_win_and_the_older_ones_fill_the_gaps() -> None:
    brackets = load_facts(Market.USDM).brackets
    # FILUSDT starts at 20,000 in the table of 2026-09-29 and at 50,000 in that of 2025-10-31.
    assert brackets["FILUSDT"].rows[0].notional_cap == Decimal(20000)
    newer = data_file("usdm-brackets-2026-09-29.json")["symbols"]
    only_older = {symbol for symbol in brackets if symbol not in newer}
    assert only_older == {
        "AERGOUSDT",
        "BDXNUSDT",
        "BTCSTUSDT",
        "SXPUSDT",
        "BTCUSDT_251226",
        "BTCUSDT_260327",
        "ETHUSDT_251226",
        "ETHUSDT_260327",
    }


def test_btcusdt_brackets_are_those_published() -> None:
    # Public table of 2026-09-29: bracket 3 is 75x up to 3,000,000 at 0.65 % with cum 1500.
    row = load_facts(Market.USDM).brackets["BTCUSDT"].rows[2]
    assert row == Bracket(3, 75, Decimal(800000), Decimal(3000000), Decimal("0.0065"), Decimal(1500))


def test_inverse_brackets_are_in_coin_and_open_at_the_top() -> None:
    # Published in 2021: BTCUSD perpetual, 125x up to 5 BTC at 0.4 %.
    rows = load_facts(Market.COINM).brackets["BTCUSD_PERP"].rows
    assert rows[0] == Bracket(1, 125, Decimal(0), Decimal(5), Decimal("0.004"), Decimal(0))
    assert rows[-1].notional_cap is None


def test_margin_assets_are_those_of_exchange_info_or_of_the_contracts() -> None:
    usdm = [asset.asset for asset in load_facts(Market.USDM).assets]
    assert usdm == ["USDT", "BTC", "BNB", "ETH", "USDC", "FDUSD", "BNFCR", "BFUSD", "LDUSDT"]
    coinm = load_facts(Market.COINM)
    assert {asset.asset for asset in coinm.assets} == {row.margin_asset for row in coinm.contracts.values()}


def test_every_collateral_asset_has_an_index() -> None:
    facts = load_facts(Market.USDM)
    assert facts.asset_index.keys() == {f"{asset.asset}USD" for asset in facts.assets}
    # A reply of 2025-06-02: index 104956.05365614 and buffer 0.05 gave these rates.
    btc = facts.asset_index["BTCUSD"]
    assert (btc.bid_rate, btc.ask_rate) == (Decimal("99708.25097333"), Decimal("110203.85633894"))


def test_there_are_ten_fee_tiers_on_each_market() -> None:
    assert load_facts(Market.USDM).fee_tiers[0].taker == Decimal("0.0005")
    assert [len(load_facts(market).fee_tiers) for market in Market] == [10, 10]


def test_reference_prices_stand_within_the_price_filter() -> None:
    for market in Market:
        facts = load_facts(market)
        for symbol, price in facts.prices.items():
            bounds = facts.contracts[symbol].price_filter
            assert bounds.min_price <= price.mark_price <= bounds.max_price, symbol
            assert price.last_price % bounds.tick_size == 0, symbol


def test_every_contract_is_quoted_on_its_tick_around_its_reference_price() -> None:
    for market in Market:
        facts = load_facts(market)
        for symbol, price in facts.prices.items():
            row, bounds = facts.contracts[symbol], facts.contracts[symbol].price_filter
            assert price.ask_price - price.bid_price == bounds.tick_size, symbol
            assert price.bid_price <= price.mark_price < price.ask_price, symbol
            assert (price.bid_price - bounds.min_price) % bounds.tick_size == 0, symbol
            assert price.bid_qty == price.ask_qty == row.market_lot_size.max_qty > 0, symbol


def test_every_reference_price_says_what_it_rests_on() -> None:
    table = data_file("reference-prices-2025-10-30.json")
    bases = table["bases"]
    for row in table["usdm"] + table["coinm"]:
        basis = bases[row[2]]
        assert basis["basis"] in {"recorded", "derived"}
        assert basis["source"]
        assert basis["date"]
        assert len(row) == (4 if "`of`" in basis["source"] else 3)


def test_prices_derived_from_the_market_lot_follow_their_rule() -> None:
    """Two digits of value / maxQty, on the tick; the value follows from the cap at 10x."""
    table = data_file("reference-prices-2025-10-30.json")
    ladders = data_file("usdm-brackets-2025-10-31.json")
    facts = load_facts(Market.USDM)
    for symbol, price, basis, *_ in table["usdm"]:
        if basis != "market-lot":
            continue
        contract = facts.contracts[symbol]
        tiers = ladders["ladders"][ladders["symbols"][symbol]]
        cap = max((upper for leverage, upper, _ in tiers if leverage >= 10), default=0)
        value = next(
            worth
            for bound, worth in ((1e6, 150_000), (5e6, 500_000), (15e6, 1_000_000), (9e18, 5_000_000))
            if cap <= bound
        )
        exact = value / contract.market_lot_size.max_qty
        tick = contract.price_filter.tick_size
        assert abs(Decimal(price) - exact) <= max(exact / 20, tick), symbol


def test_a_coin_has_one_reference_price_on_both_markets() -> None:
    usdm, coinm = load_facts(Market.USDM).prices, load_facts(Market.COINM).prices
    assert usdm["BTCUSDT"].mark_price == coinm["BTCUSD_PERP"].mark_price == Decimal("104956.05365614")
    assert usdm["BNBUSDC"].mark_price == coinm["BNBUSD_PERP"].mark_price


def test_prices_are_timed_when_an_exchange_starts() -> None:
    facts = at_start(load_facts(Market.USDM), NOW)
    perpetual, dated = facts.prices["BTCUSDT"], facts.prices["BTCUSDT_251226"]
    assert perpetual.time == NOW
    assert perpetual.next_funding_time == 1763740800000  # 16:00 UTC
    assert dated.next_funding_time == 0
    assert facts.asset_index["BTCUSD"].time == NOW
    assert load_facts(Market.USDM).prices["BTCUSDT"].time == 0


def test_without_a_premium_the_funding_rate_is_the_interest_rate() -> None:
    prices = load_facts(Market.USDM).prices
    assert prices["BTCUSDT"].last_funding_rate == Decimal("0.0001")
    assert prices["BTCUSDT_251226"].last_funding_rate == 0
