"""What the oracle reads: documents, prices, facts in place of the shipped ones; and how it says no."""

from decimal import Decimal

import pytest

from margind import margin
from margind.facts.load import load_facts
from margind.margin import FeeTier, Impossible, Market, PricePatch
from margind.wire.usdm.exchange_info import row_of
from tests.margin.accounts import position, situation_of


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("", "the document is empty"),
        ('{"usdm": {\n  "wallets": }\n}', "line 2, column 14: no JSON, invalid character"),
        ('{"usdm": {"wallets": {}', "line 1, column 24: no JSON, input data was truncated"),
        ('{"spot": {}}', "object contains unknown field `spot`"),
        ('{"usdm": {"wallets": {"USDT": {"walletBalance": 1.5}}}}', 'must be written as text, such as "0.1"'),
        (
            '{"usdm": {"positions": [{"symbol": "BTCUSDT"}]}}',
            "usdm.positions[0]: object missing required field",
        ),
        (
            '{"usdm": {"positions": [{"symbol": "X", "positionAmt": "a"}]}}',
            "usdm.positions[0].positionAmt: 'a'",
        ),
        (
            '{"usdm": {"wallets": {"USD": {"walletBalance": "1"}}}}',
            "USD cannot be held on usdm; near it: USD",
        ),
        (
            '{"usdm": {"positions": [{"symbol": "BTCUSD", "positionAmt": "1", "entryPrice": "1"}]}}',
            "positions BTCUSD BOTH: BTCUSD is not listed on usdm; near it: BTCUSD",
        ),
        ('{"usdm": {"symbols": {"BTCUSDT": {"leverage": 500}}}}', "BTCUSDT allows 1 to 150"),
    ],
)
def test_a_bad_document_is_told_with_the_place(document: str, fault: str) -> None:
    for text in (document, document.encode()):
        with pytest.raises(Impossible) as raised:
            margin.situation(text)
        assert fault in raised.value.message


@pytest.mark.parametrize("price", [0, "-1", "1e5", "NaN", Decimal("NaN"), True])
def test_what_is_no_price_is_refused(price: str) -> None:
    with pytest.raises(Impossible, match=r"BTCUSDT: .* is no price"):
        margin.situation({}, {"BTCUSDT": price})


def test_a_float_is_no_price_as_it_has_lost_digits() -> None:
    with pytest.raises(Impossible, match="BTCUSDT: a price that is not given as text or Decimal"):
        margin.situation({}, {"BTCUSDT": 0.1})  # type: ignore[dict-item]


def test_a_price_moves_bid_and_ask_to_the_ticks_around_it() -> None:
    price = margin.situation({}, {"BTCUSDT": "95000.04"}).state.markets[Market.USDM].prices["BTCUSDT"]
    assert (price.mark_price, price.index_price) == (Decimal("95000.04"), Decimal("95000.04"))
    traded = (price.bid_price, price.last_price, price.ask_price)
    assert traded == (Decimal(95000), Decimal(95000), Decimal("95000.1"))


def test_single_prices_of_a_symbol_can_be_given() -> None:
    patch = PricePatch(mark_price=Decimal(95000), ask_price=Decimal(95010), ask_qty=Decimal("0.05"))
    situation = margin.situation(
        {"usdm": {"wallets": {"USDT": {"walletBalance": "9000"}}}}, {"BTCUSDT": patch}
    )
    placed = margin.place(situation, "BUY 0.1 BTCUSDT")
    # No more is offered there than was given: the rest of a market order expires.
    assert placed.average_price == 95010
    assert placed.executed_qty == Decimal("0.05")
    assert placed.status is margin.OrderStatus.EXPIRED


def test_an_asset_index_is_given_by_its_name() -> None:
    usdm = {"multiAssetsMargin": True, "wallets": {"BTC": {"walletBalance": "1"}}}
    (pool,) = margin.pools(margin.situation({"usdm": usdm}, {"BTCUSD": "100000"}))
    assert (pool.kind, pool.name) == (margin.PoolKind.MULTI_ASSETS, "USD")
    assert pool.margin_balance == 100000 * (1 - load_facts(Market.USDM).asset_index["BTCUSD"].bid_buffer)


def test_what_is_not_given_is_the_shipped_reference_price() -> None:
    situation = margin.situation(margin.example_document(), {"BTCUSDT": "95000"})
    shown = margin.report(situation).positions["ETHUSDT", margin.PositionSide.BOTH].mark_price
    assert shown == load_facts(Market.USDM).prices["ETHUSDT"].mark_price
    assert situation.given == {"BTCUSDT"}
    text = margin.explanation_text(margin.explain(situation, "positions.ETHUSDT.unrealizedProfit"))
    assert "reference price of 2025-10-30" in text
    text = margin.explanation_text(margin.explain(situation, "positions.BTCUSDT.unrealizedProfit"))
    assert "markPrice 95000 (price given)" in text


def test_fee_tiers_can_be_replaced() -> None:
    tiers = [FeeTier(Decimal("0.01"), Decimal("0.02"))]
    facts = margin.with_fee_tiers(margin.shipped_facts(), Market.USDM, tiers)
    document = {"usdm": {"wallets": {"USDT": {"walletBalance": "9000"}}}}
    placed = margin.place(margin.situation(document, {"BTCUSDT": 95000}, facts=facts), "BUY 0.1 BTCUSDT")
    assert placed.commission == {"USDT": 190}
    coinm = margin.with_fee_tiers(margin.shipped_facts(), Market.COINM, tiers)
    assert coinm.coinm.fee_tiers == tuple(tiers)


def test_a_contract_of_ones_own_needs_brackets_and_a_price() -> None:
    shipped = margin.shipped_facts()
    row = dict(published_row("ETHUSDT"), symbol="FOOUSDT", pair="FOOUSDT", baseAsset="FOO")
    facts = margin.with_contracts(shipped, {"usdm": {"FOOUSDT": row}})
    document = {
        "usdm": {
            "wallets": {"USDT": {"walletBalance": "100"}},
            "positions": [{"symbol": "FOOUSDT", "positionAmt": "10", "entryPrice": "50"}],
        }
    }
    with pytest.raises(Impossible, match="FOOUSDT has no brackets yet"):
        margin.situation(document, {"FOOUSDT": "50"}, facts=facts)
    with pytest.raises(Impossible, match="no brackets or no price"):
        margin.largest_order(margin.situation({}, facts=facts), "FOOUSDT", "BUY")
    rows = [
        {
            "bracket": 1,
            "initialLeverage": 10,
            "notionalFloor": 0,
            "notionalCap": 10**9,
            "maintMarginRatio": "0.02",
            "cum": 0,
        }
    ]
    facts = margin.with_brackets(facts, {"usdm": {"FOOUSDT": rows}})
    with pytest.raises(Impossible, match="FOOUSDT has no price yet"):
        margin.situation(document, facts=facts)
    situation = margin.situation(document, {"FOOUSDT": "50"}, facts=facts)
    assert margin.report(situation).assets["USDT"].maint_margin == 10
    assert margin.largest_order(situation, "FOOUSDT", "BUY", price=Decimal(50)).quantity == 10


def published_row(symbol: str) -> dict[str, object]:
    """A contract as exchangeInfo shows it."""
    return row_of(load_facts(Market.USDM).contracts[symbol])


def test_brackets_that_do_not_join_are_refused() -> None:
    row = {
        "bracket": 1,
        "initialLeverage": 10,
        "notionalFloor": 5,
        "notionalCap": 10**9,
        "maintMarginRatio": "0.02",
        "cum": 0,
    }
    with pytest.raises(Impossible, match="BTCUSDT: bracket 1: notionalFloor must be 0"):
        margin.with_brackets(margin.shipped_facts(), {"usdm": {"BTCUSDT": [row]}})


def test_a_table_that_is_not_shipped_is_told_with_those_that_are() -> None:
    assert margin.bracket_tables() == ("2026-09-29", "2025-10-31")
    with pytest.raises(Impossible, match="no bracket table of 2020-01-01; there are 2026-09-29, 2025-10-31"):
        margin.with_bracket_table(margin.shipped_facts(), "2020-01-01")


def test_the_rounding_of_initial_margins_is_a_setting() -> None:
    settings = margin.ExchangeSettings(initial_margin_rounding=margin.Rounding.CUT)
    document = {
        "usdm": {
            "wallets": {"USDT": {"walletBalance": "1000"}},
            "symbols": {"ETHUSDT": {"leverage": 7}},
            "positions": [{"symbol": "ETHUSDT", "positionAmt": "-1", "entryPrice": "1000"}],
        }
    }
    situation = margin.situation(document, {"ETHUSDT": "1000.12345678"}, settings=settings)
    # 1000.12345678 · 0.14285715 = 142.8747866837...
    assert str(margin.report(situation).assets["USDT"].initial_margin) == "142.87478668"


def test_every_field_that_is_offered_can_be_explained() -> None:
    prices = {"BTCUSDT": "95000", "ETHUSDT": "3300", "BTCUSD_PERP": "95000"}
    situation = margin.situation(margin.example_document(), prices)
    offered = margin.fields(situation)
    assert {"availableBalance", "positions.BTCUSDT.maintMargin", "ETHUSDT.liquidationPrice"} <= set(offered)
    assert "BTCUSD_PERP.liquidationPrice" in offered
    for field in offered:
        assert margin.explain(situation, field).field == field


def test_in_hedge_mode_the_fields_of_each_leg_are_offered() -> None:
    legs = [position("0.1", "LONG"), position("-0.1", "SHORT")]
    situation = situation_of("2000", *legs, dualSidePosition=True)
    offered = margin.fields(situation)
    assert {"positions.BTCUSDT.LONG.maintMargin", "BTCUSDT.SHORT.liquidationPrice"} <= set(offered)
    for field in offered:
        assert margin.explain(situation, field).field == field


def test_a_field_that_is_not_there_is_told_with_those_near_it() -> None:
    with pytest.raises(Impossible, match="availableBalance"):
        margin.explain(situation_of("1000", position("0.1")), "availableBalanc")


def test_a_view_can_be_named() -> None:
    explanation = margin.explain(situation_of("1000"), "USDT.availableBalance", "fapi-v3-balance")
    assert (explanation.view, explanation.printed) == ("fapi-v3-balance", "1000.00000000")
