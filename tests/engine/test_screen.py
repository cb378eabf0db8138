"""The screen that a state starts with: everyone whom a change of prices reaches."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from margind.engine import commands as c
from margind.engine.model.terms import Market
from tests.engine.builders import NAME, Desk, document, held
from tests.engine.invariants import check_positions

OTHERS = ("second", "third")


def desk_of_three() -> Desk:
    """The third account holds ETHUSDT, the others both symbols; the second is in multi-assets mode."""
    desk = Desk({"BTCUSDT": "95000", "ETHUSDT": "3300"})
    for name in OTHERS:
        desk.do(c.OpenAccount(name))
    both = (held("BTCUSDT", "1", "95000"), held("ETHUSDT", "2", "3300"))
    desk.load(document({"USDT": "100000"}, positions=both))
    desk.do(c.LoadAccount("second", False, document(positions=both, multi_assets_margin=True), document()))
    desk.do(c.LoadAccount("third", False, document(positions=both[1:]), document()))
    return desk


def suspects(desk: Desk, moved: Mapping[Market, Collection[str]], *, index_moved: bool = False) -> list[str]:
    return list(desk.state.screen.suspects(desk.state, moved, index_moved=index_moved))


def test_holders_of_a_moved_symbol_come_in_order_of_account_number() -> None:
    desk = desk_of_three()
    assert suspects(desk, {Market.USDM: ["BTCUSDT"]}) == [NAME, "second"]
    assert suspects(desk, {Market.USDM: ["ETHUSDT", "BTCUSDT"]}) == [NAME, "second", "third"]
    assert suspects(desk, {Market.USDM: ["XRPUSDT"], Market.COINM: []}) == []


def test_the_asset_index_reaches_multi_assets_accounts_with_positions() -> None:
    desk = desk_of_three()
    assert suspects(desk, {}, index_moved=True) == ["second"]
    desk.do(c.LoadAccount("second", False, document(multi_assets_margin=True), document()))
    assert suspects(desk, {}, index_moved=True) == []


def test_a_position_replaced_by_a_document_has_no_holder_any_more() -> None:
    desk = desk_of_three()
    desk.load(document(positions=(held("ETHUSDT", "-1", "3300"),)))
    assert suspects(desk, {Market.USDM: ["BTCUSDT"]}) == ["second"]
    check_positions(desk.state)


def test_a_state_says_which_accounts_changed() -> None:
    desk = desk_of_three()
    assert desk.state.touched[Market.USDM] == {NAME, *OTHERS}
    for names in desk.state.touched.values():
        names.clear()
    desk.do(c.Transfer("third", Market.USDM, "USDT", Decimal(5)))
    assert desk.state.touched == {Market.USDM: {"third"}, Market.COINM: set()}
