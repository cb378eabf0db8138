"""Auto-exchange in multi-assets mode: when other assets are sold, how much of each, and at what rate."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.exchange import execute
from margind.engine.model.configuration import AutoExchangeTerms, AutoExchangeTier
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.prices import AssetIndex
from margind.engine.model.terms import Counterparty, Market, Side
from margind.engine.rules.auto_exchange import exchange_all_owed
from margind.facts.load import load_facts
from tests.engine.builders import AT_PAR, NAME, NOW, Desk, document, held, index, numbers, resting
from tests.engine.invariants import check_money_is_conserved

PAGE = AutoExchangeTerms(
    Decimal("0.995"),
    (
        AutoExchangeTier(1, {"USDT": Decimal(-5000), "USDC": Decimal(-5000), "BTC": Decimal("-0.1")}),
        AutoExchangeTier(9, {"USDT": Decimal(-10000), "USDC": Decimal(-10000), "BTC": Decimal("-0.1")}),
    ),
)
"""Documented: 'Multi-Assets Mode' of the trading rules."""


def btc(price: str) -> AssetIndex:
    """Observed: BTC counts 95 % as collateral, and is sold at 97.5 % of its index."""
    collateral, exchange = Decimal("0.05"), Decimal("0.025")
    return AssetIndex(Decimal(price), collateral, collateral, exchange, exchange, NOW)


def joint(
    wallets: Mapping[str, str], asset_index: Mapping[str, AssetIndex] | None = None, **fields: Any
) -> Desk:
    """An account that owes and owns; a loaded document is left as it stands."""
    desk = Desk({"BTCUSDT": "100"}, asset_index={**AT_PAR, "BTCUSD": btc("100000"), **(asset_index or {})})
    desk.state.settings = msgspec.structs.replace(desk.settings, auto_exchange=PAGE)
    assert exchanged(desk.load(document(wallets, multi_assets_margin=True, **fields))) == []
    return desk


def exchanged(events: list[e.Event]) -> list[e.AssetsExchanged]:
    return [event for event in events if isinstance(event, e.AssetsExchanged)]


def pay(desk: Desk, amount: str, asset: str = "USDT") -> list[e.AssetsExchanged]:
    """Lose an amount: funding of 1 % on a position that is worth a hundred times as much."""
    return exchanged(desk.do(c.SettleFunding(Market.USDM, POSITION[asset], Decimal(amount))))


POSITION = {"USDT": "BTCUSDT", "USDC": "BTCUSDC"}
LONG = [held("BTCUSDT", "100", "100"), held("BTCUSDC", "100", "100")]
"""Each is worth 10,000: funding at a rate of 0.01 costs 100."""


def amounts(event: e.AssetsExchanged) -> dict[str, Decimal]:
    return {row.asset: row.amount for row in event.exchanged}


def test_the_example_of_the_trading_rules() -> None:
    # Documented: at -5,000 USDC, 5,000 USDC / 97.5 % = 5,128.20 USDC of the BTC are changed. Here 1 USDC is
    # 1 USD and 1 BTC is 100,000, so that is 0.0512820513 BTC, rounded up at 8 decimals.
    desk = joint({"USDC": "-4900", "BTC": "1"}, positions=LONG)

    (event,) = pay(desk, "0.01", "USDC")

    assert amounts(event) == {"USDC": Decimal(5000), "BTC": Decimal("-0.05128206")}
    assert [row.rate for row in event.exchanged] == [1, 97500]
    assert desk.asset("USDC").wallet_balance == 0
    assert desk.asset("BTC").wallet_balance == Decimal("0.94871794")
    ledger = desk.state.ledger
    assert ledger.balance(Market.USDM, "USDC", Counterparty.AUTO_EXCHANGE) == -5000
    assert ledger.balance(Market.USDM, "BTC", Counterparty.AUTO_EXCHANGE) == Decimal("0.05128206")
    check_money_is_conserved(desk.state)


def test_above_its_threshold_a_wallet_stays_negative() -> None:
    desk = joint({"USDC": "-4899.99999999", "BTC": "1"}, positions=LONG)
    assert pay(desk, "0.01", "USDC") == []
    assert desk.asset("USDC").wallet_balance == Decimal("-4999.99999999")


def test_users_above_vip_1_have_another_threshold() -> None:
    assert [PAGE.threshold(tier, "USDT") for tier in (0, 1, 2, 9)] == [-5000, -5000, -10000, -10000]
    assert PAGE.threshold(2, "BTC") == Decimal("-0.1")
    assert PAGE.threshold(2, "ETH") is None


@pytest.mark.parametrize(("fee_tier", "lifted"), [(0, 1), (1, 0)])
def test_the_threshold_is_that_of_the_users_tier(fee_tier: int, lifted: int) -> None:
    desk = joint({"USDT": "-4900", "BTC": "1"}, positions=LONG[:1], fee_tier=fee_tier)
    lower, higher = PAGE.tiers
    upper = AutoExchangeTerms(tiers=(AutoExchangeTier(0, lower.thresholds), higher))
    desk.state.settings = msgspec.structs.replace(desk.settings, auto_exchange=upper)
    assert len(pay(desk, "0.01")) == lifted


def test_an_asset_without_a_threshold_of_its_tier_has_the_published_one() -> None:
    desk = joint({"USDT": "-9900", "BTC": "1"}, positions=LONG)
    desk.state.settings = msgspec.structs.replace(desk.settings, auto_exchange=AutoExchangeTerms())
    (event,) = pay(desk, "0.01")
    assert amounts(event)["USDT"] == 10000


def test_every_asset_gives_the_same_share_of_its_balance() -> None:
    # BTC is worth 97,500 at its bid rate, 2,500 USDC 2,500: of 100,000 in all, 6,000 is 6 % of each.
    desk = joint({"USDT": "-5900", "USDC": "2500", "BTC": "1"}, positions=LONG[:1])
    (event,) = pay(desk, "0.01")
    assert amounts(event) == {"USDT": Decimal(6000), "USDC": Decimal(-150), "BTC": Decimal("-0.06")}


def test_what_is_bought_costs_the_auto_exchange_ask_rate() -> None:
    dear = {"USDTUSD": index("1", "0.0001", "0.0001")}
    desk = joint({"USDT": "-5900", "BTC": "1"}, dear, positions=LONG[:1])
    (event,) = pay(desk, "0.01")
    # 6000 · 1.0001 / 97500
    assert amounts(event) == {"USDT": Decimal(6000), "BTC": Decimal("-0.06154462")}


def test_an_asset_that_is_no_collateral_is_not_sold() -> None:
    desk = joint({"USDT": "-4900", "BNB": "100", "BTC": "1"}, {"BNBUSD": index("600")}, positions=LONG[:1])
    (event,) = pay(desk, "0.01")
    assert set(amounts(event)) == {"USDT", "BTC"}


def test_when_everything_is_too_little_everything_is_sold_and_the_rest_stays_owed() -> None:
    desk = joint({"USDT": "-4900", "USDC": "1000"}, positions=LONG[:1])
    (event,) = pay(desk, "0.01")
    assert amounts(event) == {"USDT": Decimal(1000), "USDC": Decimal(-1000)}
    assert [desk.asset(asset).wallet_balance for asset in ("USDT", "USDC")] == [-4000, 0]
    check_money_is_conserved(desk.state)
    assert pay(desk, "0.10") == []  # -5000 again, and nothing left to sell


def test_without_a_position_or_an_order_loan_to_value_decides() -> None:
    # 0.02 BTC count 0.02 · 100,000 · 95 % = 1,900 at first; 99.5 % of that is 1,890.50, more than is owed.
    desk = joint({"USDT": "-1881", "BTC": "0.02"})
    assert exchanged(desk.do(c.Transfer(NAME, Market.USDM, "USDC", Decimal("0.00000001")))) == []
    # At 99,498 it is 1,881.00969, at 99,497 it is 1,880.990785.
    still = desk.do(c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(index=Decimal(99498))}))
    assert exchanged(still) == []

    events = desk.do(c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(index=Decimal(99497))}))

    (event,) = exchanged(events)
    assert amounts(event)["USDT"] == 1881
    assert desk.asset("USDT").wallet_balance == 0


@pytest.mark.parametrize(
    "held_back",
    [{"positions": LONG[:1]}, {"orders": [resting("BTCUSDT", Side.BUY, "50", "1")]}],
    ids=["position", "order"],
)
def test_a_position_or_an_order_holds_loan_to_value_back(held_back: dict[str, Any]) -> None:
    desk = joint({"USDT": "-1900", "BTC": "0.02"}, **held_back)
    assert exchanged(desk.do(c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(index=Decimal(90000))}))) == []


def test_a_feed_that_moves_the_index_sets_it_off_too() -> None:
    desk = joint({"USDT": "-1881", "BTC": "0.02"})
    command = c.MovePrices(asset_index=(("BTCUSD", btc("99000")),))
    assert len(exchanged(execute(desk.state, command, NOW + 1))) == 1


def test_single_asset_mode_knows_no_auto_exchange() -> None:
    desk = Desk({"BTCUSDT": "100"})
    desk.load(document({"USDT": "-20000", "BTC": "1"}, positions=LONG[:1]))
    assert pay(desk, "0.01") == []


def test_on_liquidation_everything_owed_is_exchanged_whatever_the_thresholds() -> None:
    desk = joint({"USDT": "-1", "USDC": "-2", "BTC": "1"}, positions=LONG)
    with localcontext(CONTEXT):
        events = list(exchange_all_owed(desk.state, NAME, NOW))
    # 3 / 97500 = 0.000030769…
    assert [amounts(event) for event in events] == [
        {"USDT": Decimal(1), "USDC": Decimal(2), "BTC": Decimal("-0.00003077")}
    ]


def test_the_published_thresholds_come_with_the_facts() -> None:
    assert load_facts(Market.USDM).auto_exchange == PAGE


def test_views_show_what_is_owed() -> None:
    desk = joint({"USDT": "-100", "BTC": "1"}, positions=LONG[:1])
    row, totals = desk.asset("USDT"), desk.totals()
    assert (row.wallet_balance, row.cross_wallet_balance, row.margin_balance) == numbers(-100, -100, -100)
    assert row.max_withdraw_amount == 0
    assert totals.wallet_balance == 94900


BALANCE = st.decimals(min_value=-20_000, max_value=20_000, places=8)
RATE = st.decimals(min_value="0.5", max_value=2, places=8)
BUFFER = st.decimals(min_value=0, max_value="0.2", places=4)


@settings(max_examples=80, deadline=None)
@given(
    wallets=st.fixed_dictionaries(dict.fromkeys(("USDT", "USDC", "BTC"), BALANCE)),
    rows=st.fixed_dictionaries({asset: st.tuples(RATE, BUFFER) for asset in ("USDT", "USDC", "BTC")}),
)
def test_what_is_lifted_ends_at_zero_and_nothing_is_oversold(
    wallets: dict[str, Decimal], rows: dict[str, tuple[Decimal, Decimal]]
) -> None:
    priced = {
        f"{asset}USD": index(str(rate), str(buffer), str(buffer)) for asset, (rate, buffer) in rows.items()
    }
    desk = Desk(asset_index=priced)
    desk.load(document({asset: str(amount) for asset, amount in wallets.items()}, multi_assets_margin=True))
    with localcontext(CONTEXT):
        events = list(exchange_all_owed(desk.state, NAME, NOW))
        for event in events:
            apply(desk.state, event)
    check_money_is_conserved(desk.state)
    after = {asset: desk.state.wallet_balance(NAME, Market.USDM, asset) for asset in wallets}
    for asset, before in wallets.items():
        # An owned wallet is sold down to zero at most, an owed one is lifted to zero at most.
        assert min(before, Decimal(0)) <= after[asset] <= max(before, Decimal(0))
    if any(after[asset] < 0 for asset in wallets):
        assert not any(amount > 0 for amount in after.values())
    for event in events:
        bought = sum((row.amount * row.rate for row in event.exchanged if row.amount > 0), Decimal(0))
        sold = -sum((row.amount * row.rate for row in event.exchanged if row.amount < 0), Decimal(0))
        # What is sold pays for what is bought, up to the last unit of each asset.
        assert abs(sold - bought) < Decimal("0.0000001")
        assert bought <= sold
