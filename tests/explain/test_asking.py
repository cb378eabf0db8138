"""How a field is asked for, and what is said when it is not there."""

from decimal import Decimal

import pytest

from margind.engine import commands as c
from margind.engine.margin.derivation import Derivation, Given
from margind.engine.margin.traced_inputs import PriceSources
from margind.engine.model.terms import Market
from margind.errors.impossible import Impossible
from margind.explain.explanation import Explanation, Subject, explain
from margind.explain.views import VIEWS, view_named
from tests.engine.builders import NAME, Desk, ladder
from tests.explain.accounts import ACCOUNTS

SOURCES = PriceSources("feed x at noon", {"ETHUSDT": "set by hand at noon", "USDTUSD": "set by hand at one"})


def asked(account: str, view: str, field: str) -> Explanation:
    desk: Desk = ACCOUNTS[account]()
    found = view_named(view)
    market = desk.state.markets[found.market]
    return explain(found, field, Subject(desk.state.accounts[NAME], market, desk.settings, {}, SOURCES))


def refusal(account: str, view: str, field: str) -> str:
    with pytest.raises(Impossible) as refused:
        asked(account, view, field)
    return refused.value.message


def given(explanation: Explanation, name: str) -> Given:
    assert isinstance(explanation.explained, Derivation)
    found = [one for one in explanation.explained.inputs if isinstance(one, Given) and one.name == name]
    assert len(found) == 1, explanation.explained.inputs
    return found[0]


def test_a_row_can_be_named_without_the_list_it_stands_in() -> None:
    short = asked("cross", "fapi-v2-account", "btcusdt.maintMargin")
    assert short.field == "positions.BTCUSDT.maintMargin"
    assert short == asked("cross", "fapi-v2-account", "positions.BTCUSDT.maintMargin")
    assert asked("cross", "fapi-v2-account", "USDT.availableBalance").field == "assets.USDT.availableBalance"


def test_a_view_goes_by_its_name_or_its_path() -> None:
    assert view_named("/fapi/v2/account") is VIEWS["fapi-v2-account"]
    assert view_named("ws-fapi-v2/account.status") is VIEWS["ws-fapi-v2-account.status"]
    assert VIEWS["ws-dapi-account.position"].call == "account.position on /ws-dapi/v1"


def test_an_unknown_view_lists_those_there_are() -> None:
    with pytest.raises(Impossible) as refused:
        view_named("fapi-v9-account")
    assert refused.value.code == "unknown_view"
    assert all(name in refused.value.message for name in VIEWS)


def test_an_unknown_field_names_what_is_near_it() -> None:
    assert "near it: availableBalance" in refusal("cross", "fapi-v2-account", "avaliableBalance")
    assert "near it: maintMargin" in refusal("cross", "fapi-v2-account", "positions.BTCUSDT.mantMargin")
    assert "there are: accountAlias, asset" in refusal("cross", "fapi-v2-balance", "USDT.zzz")
    assert "name a field" in refusal("cross", "fapi-v2-balance", "USDT")
    assert "name a field" in refusal("cross", "fapi-v2-balance", "")
    assert "positions.BTCUSDT.notional" in refusal("cross", "fapi-v2-account", "positions")


def test_an_unknown_row_names_what_is_near_it() -> None:
    assert "near it: BTCUSDT" in refusal("cross", "fapi-v2-positionRisk", "BTCUST.notional")


@pytest.mark.parametrize(
    "view",
    ["fapi-v3-account", "fapi-v3-positionRisk", "ws-fapi-v2-account.status", "ws-fapi-v2-account.position"],
)
def test_a_view_of_held_symbols_says_that_it_leaves_the_others_out(view: str) -> None:
    message = refusal("empty", view, "BTCUSDT.notional")
    assert "only symbols with a position or an order; fapi-v2-account shows them all" in message


def test_a_symbol_with_two_rows_wants_its_side() -> None:
    message = refusal("hedge", "fapi-v2-account", "BTCUSDT.notional")
    assert "BTCUSDT.LONG or BTCUSDT.SHORT" in message
    assert "no BOTH row" in refusal("hedge", "fapi-v2-account", "BTCUSDT.BOTH.notional")
    assert asked("hedge", "dapi-v1-account", "BTCUSD_PERP.BOTH.notionalValue").printed == "0"


def test_the_legs_of_a_symbol_are_told_apart() -> None:
    total = asked("hedge", "fapi-v2-account", "USDT.maintMargin").explained
    assert isinstance(total, Derivation)
    assert total.formula == "BTCUSDT.LONG.maintMargin + BTCUSDT.SHORT.maintMargin + ETHUSDT.SHORT.maintMargin"


def test_maintenance_margin_names_its_bracket_row() -> None:
    # |6.5 · 60321.123456789| = 392087.30246912...: second bracket, 300000 to 800000 at 0.5 %, cum 300.
    explanation = asked("cross", "fapi-v2-account", "BTCUSDT.maintMargin")
    step = explanation.explained
    assert isinstance(step, Derivation)
    assert step.formula == "|positionAmt × markPrice| × maintMarginRatio − cum"
    assert step.substituted == "|6.5 × 60321.123456789| × 0.005 − 300"
    assert step.rounding == "cut to 8 decimals"
    assert step.value == explanation.printed == "1660.43651234"
    assert given(explanation, "cum").provenance == (
        "bracket 2 of BTCUSDT (floor 300000, cap 800000), table of 2026-09-29"
    )
    assert explanation.sureness == "confirmed on 17 public rows"


def test_prices_say_where_they_come_from() -> None:
    of_feed = asked("cross", "fapi-v2-account", "BTCUSDT.notional")
    by_hand = asked("cross", "fapi-v2-account", "ETHUSDT.notional")
    assert given(of_feed, "markPrice").provenance == "feed x at noon"
    assert given(by_hand, "markPrice").provenance == "set by hand at noon"


def test_leverage_says_who_chose_it() -> None:
    chosen = asked("cross", "fapi-v2-account", "BTCUSDT.leverage").explained
    default = asked("cross", "fapi-v2-account", "BTCUSDC.leverage").explained
    assert isinstance(chosen, Given)
    assert isinstance(default, Given)
    assert (chosen.value, chosen.provenance) == ("11", "chosen by the user")
    assert (default.value, default.provenance) == ("20", "default, 20x")


def test_a_default_below_20x_is_the_highest_of_the_symbol() -> None:
    desk = ACCOUNTS["empty"]()
    brackets = ladder([(8, "1000", "0.1"), (2, None, "0.2")])
    desk.do(c.SetBrackets(((Market.USDM, "ETHUSDT", brackets),)))
    view = view_named("fapi-v2-account")
    subject = Subject(desk.state.accounts[NAME], desk.state.markets[Market.USDM], desk.settings, {}, SOURCES)
    leverage = explain(view, "ETHUSDT.leverage", subject).explained
    largest = explain(view, "ETHUSDT.maxNotional", subject).explained
    assert isinstance(leverage, Given)
    assert isinstance(largest, Derivation)
    assert (leverage.value, leverage.provenance) == ("8", "default: the symbol's highest, as it is below 20x")
    assert largest.formula == "notionalCap"
    (cap,) = largest.inputs
    assert isinstance(cap, Given)
    assert cap.provenance == "bracket 1 of ETHUSDT (floor 0, cap 1000), table set by hand"


def test_a_rate_in_multi_assets_mode_comes_from_the_index() -> None:
    equity = asked("multi-assets", "fapi-v2-account", "USDT.availableBalance").explained
    assert isinstance(equity, Derivation)
    assert equity.formula == "uniAvailableForOrder / askRate"
    rate = equity.inputs[1]
    assert isinstance(rate, Derivation)
    # 0.99884101 · 1.0001 = 0.998940894101
    assert (rate.formula, rate.value) == ("index × (1 + askBuffer)", "0.99894089")
    assert {one.provenance for one in rate.inputs if isinstance(one, Given)} == {"set by hand at one"}


def test_a_number_printed_shorter_than_it_is_says_so() -> None:
    entry = asked("cross", "fapi-v2-positionRisk", "BTCUSDT.entryPrice")
    mark = asked("cross", "fapi-v2-positionRisk", "BTCUSDT.markPrice")
    assert (entry.printed, entry.printing) == (
        "59001.12345678",
        "printed with at most 13 digits, the rest cut",
    )
    assert (mark.printed, mark.printing) == ("60321.12345678", "printed with 8 decimals, the rest cut")
    assert asked("cross", "fapi-v2-positionRisk", "ETHUSDT.entryPrice").printing == ""


@pytest.mark.parametrize(
    ("account", "view", "field", "words"),
    [
        ("empty", "fapi-v2-account", "BTCUSDT.notional", "no position and no order"),
        ("empty", "fapi-v2-account", "USDT.walletBalance", "the account holds no USDT"),
        ("empty", "fapi-v2-account", "totalMaintMargin", "the account holds no USDT, and nothing"),
        (
            "configured but flat",
            "fapi-v2-account",
            "totalMaintMargin",
            "no position and no order is settled in USDT",
        ),
        ("cross", "fapi-v2-account", "ETHUSDT.bidNotional", "no order"),
        ("cross", "fapi-v2-account", "ADAUSDT.maintMargin", "no position, only orders"),
        ("cross", "fapi-v2-positionRisk", "ETHUSDT.isolatedMargin", "the position is cross"),
        ("COIN-M", "dapi-v1-positionRisk", "BTCUSD_260925.liquidationPrice", "no price above zero"),
        ("multi-assets", "fapi-v2-account", "BNB.availableBalance", "BNB is no collateral"),
        ("cross", "fapi-v2-account", "BTCUSDC.maxNotional", "no bracket of this leverage has a cap"),
        ("isolated", "fapi-v2-account", "BTCUSDT.isolated", "wallet of their own"),
        ("isolated", "fapi-v2-account", "updateTime", "always 0"),
        ("isolated", "fapi-v2-account", "USDT.updateTime", "last changed"),
    ],
)
def test_what_no_formula_computes_is_said_in_words(account: str, view: str, field: str, words: str) -> None:
    explanation = asked(account, view, field)
    assert explanation.explained is None
    assert words in explanation.words


def test_a_cross_long_with_orders_binds_what_the_margin_model_says() -> None:
    # Orders: buy 0.25 at 59000, sell 0.375 left of 0.5 at 63000; only the larger side of the book counts.
    step = asked("cross", "fapi-v2-account", "BTCUSDT.openOrderInitialMargin")
    assert isinstance(step.explained, Derivation)
    assert "order1.origQty × order1.price" in step.explained.formula
    assert "(order2.origQty − order2.executedQty) × order2.price" in step.explained.formula
    # 0.25 · 59000 = 14750; 1 / 11 up = 0.09090910; 14750 · 0.0909091 = 1340.909225
    assert Decimal(step.explained.value) == Decimal("1340.909225")
