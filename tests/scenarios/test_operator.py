"""What an operator sets by hand: prices, indexes, contracts, brackets, clock and feed."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.brackets import Bracket, Brackets
from margind.engine.model.contracts import PriceFilter
from margind.engine.model.prices import default_quote
from margind.engine.model.terms import Market
from tests.engine.builders import (
    AT_PAR,
    BTCUSDT_2026_09,
    NAME,
    NOW,
    Desk,
    contract,
    held,
    index,
    ladder,
    numbers,
    quoted,
)
from tests.engine.builders import document as account_document
from tests.scenarios.orders import BUY, SELL, fills, limit, market, rows
from tests.scenarios.refusals import impossible

ONE = Decimal(1)


def test_prices_left_out_keep_their_value() -> None:
    desk = Desk({"BTCUSDT": "100"})
    patch = c.PricePatch(mark_price=Decimal("101.123456789"), bid_qty=Decimal(0))
    desk.do(c.SetPrices(usdm={"BTCUSDT": patch}))
    expected = msgspec.structs.replace(quoted("100"), mark_price=patch.mark_price, bid_qty=Decimal(0))
    assert desk.state.markets[Market.USDM].prices["BTCUSDT"] == expected
    assert desk.state.markets[Market.USDM].mark_price("BTCUSDT") == Decimal("101.123456789")


def test_the_default_quote_is_one_tick_wide_with_the_largest_market_order_on_either_side() -> None:
    row = contract(Market.USDM, "BTCUSDT", "USDT")
    assert (row.price_filter.min_price, row.price_filter.tick_size) == (Decimal("0.1"), Decimal("0.1"))
    assert row.market_lot_size.max_qty == 1000
    assert default_quote(row, Decimal("100.06")) == numbers("100.0", 1000, "100.1", 1000)
    assert default_quote(row, Decimal("0.01")) == numbers("0.1", 1000, "0.2", 1000)
    without_ticks = msgspec.structs.replace(
        row,
        price_precision=2,
        price_filter=PriceFilter(Decimal(0), Decimal(0), Decimal(0)),
    )
    assert default_quote(without_ticks, Decimal("7.777")) == numbers("7.77", 1000, "7.78", 1000)


def newly_listed(mark_price: str) -> Desk:
    """NEWUSDT, at a mark price and nothing else, and an account that can pay for it."""
    desk = Desk()
    new = contract(Market.USDM, "NEWUSDT", "USDT")
    desk.do(c.ListContracts((new,)))
    desk.do(c.SetBrackets(((Market.USDM, "NEWUSDT", ladder(BTCUSDT_2026_09)),)))
    desk.do(c.SetPrices(usdm={"NEWUSDT": c.PricePatch(mark_price=Decimal(mark_price))}))
    desk.load(account_document({"USDT": "100000"}))
    return desk


def test_a_market_order_is_filled_where_nobody_quoted() -> None:
    desk = newly_listed("50")
    assert fills(desk.do(market(BUY, "2", "NEWUSDT"))) == rows((NAME, "50.1", "2"))
    assert fills(desk.do(market(SELL, "3", "NEWUSDT"))) == rows((NAME, "50.0", "3"))


def test_the_default_quote_goes_with_the_mark_price() -> None:
    desk = newly_listed("50")
    desk.do(c.SetPrices(usdm={"NEWUSDT": c.PricePatch(mark_price=Decimal(80))}))
    assert fills(desk.do(market(BUY, "2", "NEWUSDT"))) == rows((NAME, "80.1", "2"))


def test_a_resting_order_is_filled_when_the_default_quote_comes_to_it() -> None:
    desk = newly_listed("50")
    assert fills(desk.do(limit(BUY, "3", "45", "NEWUSDT"))) == []
    events = desk.do(c.SetPrices(usdm={"NEWUSDT": c.PricePatch(mark_price=Decimal(44))}))
    assert fills(events) == rows((NAME, "45", "3"))


@pytest.mark.parametrize(
    "patch",
    [
        c.PricePatch(bid_price=Decimal(49)),
        c.PricePatch(bid_qty=Decimal(7)),
        c.PricePatch(ask_price=Decimal(51)),
        c.PricePatch(ask_qty=Decimal(7)),
    ],
)
def test_a_quote_set_by_hand_stays_where_it_is(patch: c.PricePatch) -> None:
    desk = newly_listed("50")
    desk.do(c.SetPrices(usdm={"NEWUSDT": patch}))
    before = desk.state.markets[Market.USDM].prices["NEWUSDT"].quote
    desk.do(c.SetPrices(usdm={"NEWUSDT": c.PricePatch(mark_price=Decimal(80))}))
    assert desk.state.markets[Market.USDM].prices["NEWUSDT"].quote == before


def test_a_price_is_seen_by_the_very_next_report() -> None:
    desk = Desk({"BTCUSDT": "100"})
    desk.load(account_document({"USDT": "50"}, {}, [held("BTCUSDT", "1", "100")]))
    desk.do(c.SetPrices(usdm={"BTCUSDT": c.PricePatch(mark_price=Decimal(107))}))
    assert desk.asset("USDT").unrealized_profit == 7


def test_both_markets_and_indexes_move_at_one_instant() -> None:
    desk = Desk()
    patch = c.PricePatch(mark_price=Decimal(7))
    command = c.SetPrices({"BTCUSDT": patch}, {"BTCUSD_PERP": patch}, {"USDTUSD": c.IndexPatch(index=ONE)})
    (event,) = desk.do(command)
    assert isinstance(event, e.PricesSet)
    assert (set(event.usdm), set(event.coinm), set(event.asset_index)) == (
        {"BTCUSDT"},
        {"BTCUSD_PERP"},
        {"USDTUSD"},
    )
    assert desk.state.markets[Market.COINM].mark_price("BTCUSD_PERP") == 7


def test_setting_nothing_is_no_event() -> None:
    assert Desk().do(c.SetPrices()) == []


def test_a_new_index_starts_without_buffers() -> None:
    desk = Desk(asset_index={})
    desk.do(
        c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(index=Decimal(60000), bid_buffer=Decimal("0.05"))})
    )
    row = desk.state.markets[Market.USDM].asset_index["BTCUSD"]
    assert (row.bid_rate, row.ask_rate) == numbers(57000, 60000)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (c.SetPrices(usdm={"NOUSDT": c.PricePatch(mark_price=ONE)}), "NOUSDT is not listed on usdm"),
        (c.SetPrices(coinm={"BTCUSDT": c.PricePatch(mark_price=ONE)}), "BTCUSDT is not listed on coinm"),
        (c.SetPrices(usdm={"BTCUSDT": c.PricePatch(mark_price=Decimal(0))}), "BTCUSDT: mark_price must"),
        (c.SetPrices(usdm={"BTCUSDT": c.PricePatch(ask_price=Decimal(-1))}), "BTCUSDT: ask_price must"),
        (c.SetPrices(usdm={"BTCUSDT": c.PricePatch(bid_qty=Decimal(-1))}), "BTCUSDT: bid_qty cannot"),
        (
            c.SetPrices(usdm={"BTCUSDT": c.PricePatch(next_funding_time=-1)}),
            "BTCUSDT: next_funding_time cannot",
        ),
        (c.SetPrices(asset_index={"BNBUSD": c.IndexPatch(bid_buffer=ONE)}), "BNBUSD has no index yet"),
        (c.SetPrices(asset_index={"NEWUSD": c.IndexPatch(index=ONE)}), "there is no asset index NEWUSD"),
        (c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(index=Decimal(0))}), "BTCUSD: index must"),
        (c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(bid_buffer=ONE)}), "BTCUSD: bid buffers"),
        (
            c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(auto_exchange_bid_buffer=-ONE)}),
            "BTCUSD: bid buffers",
        ),
        (c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(ask_buffer=-ONE)}), "BTCUSD: ask buffers"),
        (
            c.SetPrices(asset_index={"BTCUSD": c.IndexPatch(index=Decimal("1E-9"))}),
            "BTCUSD: index is too small",
        ),
    ],
)
def test_prices_that_cannot_be(command: c.SetPrices, message: str) -> None:
    # A good price beside the bad one does not get through either.
    usdm = {"ETHUSDT": c.PricePatch(mark_price=Decimal(5)), **command.usdm}
    refused = impossible(Desk(), msgspec.structs.replace(command, usdm=usdm))
    assert refused.message.startswith(message)


NEW = contract(Market.USDM, "NEWUSDT", "NEW")


def test_a_new_contract_makes_its_margin_asset_holdable_but_no_collateral() -> None:
    desk = Desk()
    assert desk.do(c.ListContracts((NEW,))) == [e.ContractListed(NEW, NOW)]
    market = desk.state.markets[Market.USDM]
    assert not market.assets["NEW"].margin_available
    assert market.margin_assets["NEWUSDT"] == "NEW"
    assert not market.usable("NEWUSDT")


def test_a_replaced_contract_keeps_what_its_asset_is() -> None:
    desk = Desk()
    desk.do(c.ListContracts((contract(Market.USDM, "BTCUSDT", "USDT"),)))
    assert desk.state.markets[Market.USDM].assets["USDT"].margin_available


def test_a_new_contract_can_be_used_once_it_has_brackets_and_a_price() -> None:
    desk = Desk()
    desk.do(c.ListContracts((NEW,)))
    refused = impossible(desk, c.SetPrices(usdm={"NEWUSDT": c.PricePatch(last_price=ONE)}))
    assert refused.message == "NEWUSDT has no price yet: set its mark price first"
    desk.do(c.SetPrices(usdm={"NEWUSDT": c.PricePatch(mark_price=Decimal(3), last_price=Decimal(4))}))
    price = desk.state.markets[Market.USDM].prices["NEWUSDT"]
    assert (price.mark_price, price.index_price, price.last_price) == numbers(3, 3, 4)
    assert price.quote == default_quote(NEW, Decimal(3))
    assert not desk.state.markets[Market.USDM].usable("NEWUSDT")
    desk.do(c.SetBrackets(((Market.USDM, "NEWUSDT", ladder(BTCUSDT_2026_09)),)))
    assert desk.state.markets[Market.USDM].usable("NEWUSDT")


def test_a_contract_of_no_size_is_refused() -> None:
    command = c.ListContracts((NEW, contract(Market.COINM, "XUSD_PERP", "BTC", "0")))
    assert impossible(Desk(), command).message == "XUSD_PERP: contract_size must be positive"


def test_new_brackets_hold_from_then_on() -> None:
    desk = Desk({"BTCUSDT": "100"})
    desk.load(account_document({"USDT": "50"}, {}, [held("BTCUSDT", "1", "100")]))
    brackets = ladder([(50, "60", "0.1"), (5, None, "0.2")])
    assert desk.do(c.SetBrackets(((Market.USDM, "BTCUSDT", brackets),))) == [
        e.BracketsSet(Market.USDM, "BTCUSDT", brackets, NOW)
    ]
    assert desk.row("BTCUSDT").maint_margin == 14  # 100 · 0.2 - 60 · 0.1


def changed(row: int, **changes: object) -> Callable[[], Brackets]:
    def build() -> Brackets:
        rows = list(ladder([(50, "60", "0.1"), (5, None, "0.2")]).rows)
        rows[row] = msgspec.structs.replace(rows[row], **changes)
        return Brackets(tuple(rows))

    return build


@pytest.mark.parametrize(
    ("brackets", "message"),
    [
        (lambda: Brackets(()), "BTCUSDT: there is no bracket"),
        (changed(1, cum=Decimal(5)), "BTCUSDT bracket 2: cum must be 6"),
        (changed(0, cum=ONE), "BTCUSDT bracket 1: cum must be 0"),
        (changed(0, notional_floor=ONE), "BTCUSDT bracket 1: the floor must be the cap below it, or 0"),
        (changed(1, notional_floor=Decimal(61)), "BTCUSDT bracket 2: the floor"),
        (changed(0, notional_cap=None), "BTCUSDT bracket 2: the floor"),
        (changed(1, notional_cap=Decimal(60)), "BTCUSDT bracket 2: the cap"),
        (changed(1, initial_leverage=51), "BTCUSDT bracket 2: leverage"),
        (changed(1, initial_leverage=0), "BTCUSDT bracket 2: leverage"),
        (changed(1, maint_margin_ratio=Decimal("0.09")), "BTCUSDT bracket 2: the maintenance rate"),
        (changed(1, maint_margin_ratio=Decimal("1.01")), "BTCUSDT bracket 2: the maintenance rate"),
        (changed(0, maint_margin_ratio=Decimal("-0.01")), "BTCUSDT bracket 1: the maintenance rate"),
    ],
    ids=[
        "empty",
        "cum too small",
        "first cum",
        "first floor",
        "gap",
        "unlimited below the top",
        "cap at its floor",
        "leverage rises",
        "no leverage",
        "rate falls",
        "rate above one",
        "rate below zero",
    ],
)
def test_brackets_must_join(brackets: Callable[[], Brackets], message: str) -> None:
    good = ladder([(9, None, "0.3")])
    command = c.SetBrackets(((Market.USDM, "ETHUSDT", good), (Market.USDM, "BTCUSDT", brackets())))
    refused = impossible(Desk(), command)
    assert (refused.code, refused.message.startswith(message)) == ("bad_brackets", True)


def test_one_open_bracket_is_enough() -> None:
    row = Bracket(1, 5, Decimal(0), None, Decimal("0.01"), Decimal(0))
    Desk().do(c.SetBrackets(((Market.USDM, "BTCUSDT", Brackets((row,))),)))


def test_brackets_of_an_unknown_symbol_are_refused() -> None:
    command = c.SetBrackets(((Market.COINM, "BTCUSDT", ladder([(9, None, "0.3")])),))
    refused = impossible(Desk(), command)
    assert (refused.code, refused.http_status) == ("unknown_symbol", 404)


def test_the_clock_and_the_feed_are_remembered() -> None:
    desk = Desk()
    assert desk.do(c.SetClock("manual", 5, "1")) == [e.ClockSet("manual", 5, "1")]
    assert desk.state.clock == e.ClockSet("manual", 5, "1")
    assert desk.do(c.StartFeed("replay", 6)) == [e.FeedStarted("replay", 6)]
    assert desk.state.feed == e.FeedStarted("replay", 6)


def test_a_feed_moves_what_is_not_set_by_hand() -> None:
    desk = Desk({"BTCUSDT": "100", "ETHUSDT": "100"})
    desk.do(
        c.SetPrices(
            usdm={"BTCUSDT": c.PricePatch(mark_price=Decimal(50))},
            asset_index={"USDTUSD": c.IndexPatch(index=Decimal(2))},
        )
    )
    usdm, coinm = desk.state.markets[Market.USDM], desk.state.markets[Market.COINM]
    versions, sequence = (usdm.prices_version, coinm.prices_version), desk.state.sequence
    desk.state.apply_feed(
        (("BTCUSDT", quoted("7")), ("ETHUSDT", quoted("7"))),
        (),
        (("USDTUSD", index("9")), ("USDCUSD", index("9"))),
    )
    assert (usdm.mark_price("BTCUSDT"), usdm.mark_price("ETHUSDT")) == numbers(50, 7)
    assert (usdm.asset_index["USDTUSD"].index, usdm.asset_index["USDCUSD"].index) == numbers(2, 9)
    assert "USDCUSD" not in coinm.asset_index
    assert usdm.prices_version == versions[0] + 1
    assert desk.state.sequence == sequence


def test_a_feed_without_news_changes_no_version() -> None:
    desk = Desk()
    desk.do(c.SetPrices(usdm={"BTCUSDT": c.PricePatch(mark_price=Decimal(50))}))
    usdm = desk.state.markets[Market.USDM]
    version = usdm.prices_version
    desk.state.apply_feed((("BTCUSDT", quoted("7")),), (), ())
    assert usdm.prices_version == version
    desk.state.apply_feed((), (("BTCUSD_PERP", quoted("7")),), ())
    assert desk.state.markets[Market.COINM].mark_price("BTCUSD_PERP") == 7
    assert usdm.prices_version == version
    assert usdm.asset_index == AT_PAR
