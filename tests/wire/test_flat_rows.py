"""Kept rows of flat symbols: a reply put together from them has the bytes of the plain view."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine.exchange import execute
from margind.engine.margin.report import AccountReport
from margind.engine.model.brackets import bracket_ladder
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Market, PositionSide, Side
from margind.engine.state import State
from margind.wire import flat_rows
from margind.wire.coinm import account as coinm_account
from margind.wire.coinm import positions as coinm_positions
from margind.wire.flat_rows import FlatRows
from margind.wire.replies import encode
from margind.wire.usdm import account, positions
from tests.wire.accounts import (
    ADAUSDT,
    BTCUSD_PERP,
    BTCUSDT,
    COMPUSDT,
    NOW,
    Listed,
    configured,
    contract,
    document,
    exchange,
    load,
    order,
    position,
    report_of,
    symbol_price,
)

USDM = [BTCUSDT, ADAUSDT, COMPUSDT]
COINM = [BTCUSD_PERP, Listed("ETHUSD_PERP", "2500", "ETH", 0, 2, contract_size="10")]


class View(NamedTuple):
    market: Market
    plain: Callable[[AccountReport], object]
    encoded: Callable[[AccountReport, FlatRows], bytes]


VIEWS = [
    View(Market.USDM, account.account_v2, account.encode_account_v2),
    View(Market.USDM, account.account_status, account.encode_account_status),
    View(Market.USDM, positions.position_risk_v2, positions.encode_position_risk_v2),
    View(Market.COINM, coinm_account.account, coinm_account.encode_account),
    View(Market.COINM, coinm_account.account_status, coinm_account.encode_account_status),
    View(Market.COINM, coinm_positions.position_risk, coinm_positions.encode_position_risk),
    View(Market.COINM, coinm_positions.account_position, coinm_positions.encode_account_position),
]


def assert_same_bytes(state: State, kept: FlatRows, account_name: str = "alice") -> None:
    for view in VIEWS:
        report = report_of(state, view.market, account_name)
        assert view.encoded(report, kept) == encode(view.plain(report))


def leverages(listed: Listed) -> st.SearchStrategy[int]:
    return st.integers(1, listed.tiers[0][0])


def configurations(listed: list[Listed]) -> st.SearchStrategy[dict[str, SymbolConfiguration]]:
    """Some symbols configured; cross only, so that they fit both asset modes."""
    choices = {
        row.symbol: st.builds(SymbolConfiguration, leverages(row), st.just(MarginType.CROSSED), st.booleans())
        for row in listed
    }
    return st.fixed_dictionaries({}, optional=choices)


@st.composite
def documents(draw: st.DrawFn, listed: list[Listed], *, dual: bool) -> c.MarketDocument:
    sides = [PositionSide.LONG, PositionSide.SHORT] if dual else [PositionSide.BOTH]
    held: list[Position] = []
    orders: list[Order] = []
    for row in listed:
        for side in sides:
            kind = draw(st.sampled_from(["flat", "flat", "position", "order"]))
            if kind == "position":
                amount = draw(st.integers(1, 50))
                short = side is PositionSide.SHORT or (not dual and draw(st.booleans()))
                held.append(
                    position(row.symbol, str(-amount if short else amount), row.mark_price, side=side)
                )
            elif kind == "order":
                bids, asks = str(Decimal(row.mark_price) / 2), str(Decimal(row.mark_price) * 2)
                order_side = draw(st.sampled_from(Side))
                # Apart, since a document with an order that would trade with another account's is refused.
                resting = order(row.symbol, order_side, bids if order_side is Side.BUY else asks, "3")
                orders.append(msgspec.structs.replace(resting, position_side=side))
    wallets = {row.margin_asset: str(draw(st.integers(0, 1000))) for row in listed}
    return document(wallets, held, orders, draw(configurations(listed)))


@given(data=st.data())
def test_replies_of_kept_rows_have_the_bytes_of_the_plain_views(data: st.DataObject) -> None:
    state, kept = exchange(USDM, COINM), FlatRows()
    for name in data.draw(st.lists(st.sampled_from(["alice", "bob"]), min_size=1, max_size=4)):
        dual = data.draw(st.booleans())
        usdm, coinm = data.draw(documents(USDM, dual=dual)), data.draw(documents(COINM, dual=dual))
        load(state, usdm, coinm, dual_side_position=dual, account=name)
        if data.draw(st.booleans()):
            price = symbol_price(str(data.draw(st.decimals("0.5", "90000", places=8))))
            symbol = data.draw(st.sampled_from([row.symbol for row in USDM]))
            state.markets[Market.USDM].set_prices([(symbol, price)], {})
        assert_same_bytes(state, kept, name)


def test_new_mark_prices_reach_the_kept_rows() -> None:
    state, kept = exchange(USDM, COINM), FlatRows()
    assert_same_bytes(state, kept)
    state.markets[Market.USDM].set_prices([("ADAUSDT", symbol_price("0.5"))], {})
    reply = positions.encode_position_risk_v2(report_of(state), kept)
    assert b'"markPrice":"0.50000000"' in reply
    assert b'"markPrice":"21123.05052574"' in reply
    assert_same_bytes(state, kept)


def test_new_brackets_and_contracts_reach_the_kept_rows() -> None:
    state, kept = exchange(USDM, COINM), FlatRows()
    assert_same_bytes(state, kept)
    brackets = bracket_ladder([(20, Decimal(777), Decimal("0.01"))])
    execute(state, c.SetBrackets(((Market.USDM, "ADAUSDT", brackets),)), NOW)
    assert b'"maxNotional":"777"' in account.encode_account_v2(report_of(state), kept)
    finer = ADAUSDT._replace(quantity_precision=2)
    execute(state, c.ListContracts((contract(Market.USDM, finer),)), NOW)
    assert b'"positionAmt":"0.00"' in account.encode_account_v2(report_of(state), kept)
    assert_same_bytes(state, kept)


def test_a_symbol_gets_its_row_when_it_gets_its_first_price() -> None:
    state, kept = exchange([BTCUSDT], COINM), FlatRows()
    execute(state, c.ListContracts((contract(Market.USDM, ADAUSDT),)), NOW)
    brackets = bracket_ladder([(20, None, Decimal("0.01"))])
    execute(state, c.SetBrackets(((Market.USDM, "ADAUSDT", brackets),)), NOW)
    assert b"ADAUSDT" not in account.encode_account_v2(report_of(state), kept)
    state.markets[Market.USDM].set_prices([("ADAUSDT", symbol_price("0.5"))], {})
    assert b"ADAUSDT" in account.encode_account_v2(report_of(state), kept)
    assert_same_bytes(state, kept)


def test_rows_of_another_market_state_are_not_used() -> None:
    kept = FlatRows()
    for mark in ("100", "200"):
        assert_same_bytes(exchange([BTCUSDT._replace(mark_price=mark)], COINM), kept)


def test_flat_rows_that_were_touched_keep_their_time() -> None:
    state, kept = exchange(USDM, COINM), FlatRows()
    load(state, document(positions=[position("ADAUSDT", "0", "0", update_time=1720736417660)]))
    reply = account.encode_account_v2(report_of(state), kept)
    assert reply.count(b'"updateTime":1720736417660') == 1
    assert_same_bytes(state, kept)


def test_touched_rows_of_the_other_position_mode_are_not_shown() -> None:
    state, kept = exchange(USDM, COINM), FlatRows()
    load(state, document(positions=[position("ADAUSDT", "0", "0")]))
    execute(state, c.ChangePositionMode("alice", dual_side_position=True), NOW)
    assert_same_bytes(state, kept)


def test_rows_kept_for_configured_symbols_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_rows, "MOST_FRAGMENTS", 5)
    state, kept = exchange(USDM, COINM), FlatRows()
    for leverage in range(1, 21):
        load(state, document(symbols={"BTCUSDT": configured(leverage), "ADAUSDT": configured(leverage)}))
        assert_same_bytes(state, kept)
        assert all(len(sheet.kept) <= 5 for sheet in kept._sheets.values())


def test_accounts_without_configuration_share_their_rows() -> None:
    state, kept = exchange(USDM, COINM), FlatRows()
    for name in ("bob", "carol"):
        load(state, account=name)
    for name in ("alice", "bob", "carol"):
        assert_same_bytes(state, kept, name)
    assert len(kept._sheets) == len(VIEWS)
    assert not any(sheet.kept for sheet in kept._sheets.values())
