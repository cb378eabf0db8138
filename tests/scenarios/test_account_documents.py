"""Loading an account as a document describes it: exactly, or not at all."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import Counterparty, Market, OrderType, PositionSide, Side, TimeInForce
from tests.engine.builders import (
    EMPTY_DOCUMENT,
    NAME,
    Desk,
    contract,
    cross,
    document,
    held,
    isolated,
    ladder,
    numbers,
    resting,
)
from tests.scenarios.orders import fills, limit, quote, rows, trading
from tests.scenarios.refusals import impossible, refusal

BOTH, LONG, SHORT = PositionSide.BOTH, PositionSide.LONG, PositionSide.SHORT
BUY, SELL = Side.BUY, Side.SELL
OTHER = "other"


def test_the_account_becomes_what_the_document_says() -> None:
    desk = Desk()
    usdm = document(
        {"USDT": "1000", "USDC": "0"},
        {"ETHUSDT": isolated(7)},
        [held("ETHUSDT", "2", "100", "30"), held("ADAUSDT", "-5", "1")],
        [resting("BTCUSDT", BUY, "90", "1", client_order_id="mine-1")],
        fee_tier=1,
        fee_burn=False,
        can_trade=False,
        can_deposit=False,
        can_withdraw=False,
        trade_group_id=5,
    )
    desk.load(usdm, document({"BTC": "1"}))
    half = desk.state.accounts[NAME].usdm
    assert (half.fee_tier, half.fee_burn, half.trade_group_id) == (1, False, 5)
    assert (half.can_trade, half.can_deposit, half.can_withdraw) == (False, False, False)
    assert half.symbols == {"ETHUSDT": isolated(7)}
    assert tuple(half.positions.values()) == usdm.positions
    assert [order.client_order_id for order in half.open_orders.values()] == ["mine-1"]
    assert desk.asset("BTC", Market.COINM).wallet_balance == 1


def test_a_second_document_replaces_the_first_and_books_the_difference() -> None:
    desk = Desk()
    desk.load(document({"USDT": "1000", "USDC": "5"}, {}, [held("ETHUSDT", "1", "100")]))
    events = desk.load(document({"USDT": "400"}))
    postings = [event for event in events if isinstance(event, e.BalanceChanged)]
    assert [posting.asset for posting in postings] == ["USDC", "USDT"]
    assert [(posting.amount, posting.wallet_balance) for posting in postings] == [
        numbers(-5, 0),
        numbers(-600, 400),
    ]
    assert {posting.income_type for posting in postings} == {None}
    half = desk.state.accounts[NAME].usdm
    assert (half.positions, set(half.wallets)) == ({}, {"USDT"})
    assert desk.state.ledger.balance(Market.USDM, "USDT", Counterparty.OUTSIDE) == -400
    assert desk.state.ledger.balance(Market.USDM, "USDC", Counterparty.OUTSIDE) == 0


def test_orders_cost_what_the_leverage_of_the_second_document_says() -> None:
    desk = Desk()
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(100)}))
    desk.do(limit(BUY, "2", "99"))
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(1)}))
    # 20 · 99 = 1980; a hundredth of it would be bound at the leverage before.
    assert refusal(desk, limit(BUY, "20", "99")) is errors.MARGIN_NOT_SUFFICIEN


def test_the_same_document_again_books_nothing() -> None:
    desk = Desk()
    desk.load(document({"USDT": "1000"}))
    assert not [
        event for event in desk.load(document({"USDT": "1000"})) if isinstance(event, e.BalanceChanged)
    ]


def test_times_are_those_of_the_document() -> None:
    desk = Desk()
    position = msgspec.structs.replace(held("ETHUSDT", "1", "100"), update_time=7)
    order = resting("BTCUSDT", BUY, "90", "1", update_time=8)
    desk.load(
        msgspec.structs.replace(
            EMPTY_DOCUMENT, wallets={"USDT": (Decimal(9), 6)}, positions=(position,), open_orders=(order,)
        )
    )
    half = desk.state.accounts[NAME].usdm
    assert half.wallets["USDT"].update_time == 6
    assert desk.row("ETHUSDT").update_time == 7
    (loaded,) = half.open_orders.values()
    assert loaded.update_time == 8
    assert half.update_time(("ADAUSDT", BOTH)) == 0


def test_orders_are_numbered_across_documents_and_markets() -> None:
    desk = Desk()
    orders = [resting("ETHUSDT", BUY, "90", "1"), resting("ETHUSDT", BUY, "91", "1")]
    coin_orders = [resting("BTCUSD_PERP", BUY, "90", "1")]
    desk.load(document(orders=orders), document(orders=coin_orders))
    account = desk.state.accounts[NAME]
    assert (list(account.usdm.open_orders), list(account.coinm.open_orders)) == ([1, 2], [3])
    desk.load(document(orders=orders))
    assert list(account.usdm.open_orders) == [4, 5]


def test_an_order_keeps_its_number_where_that_is_free() -> None:
    desk = Desk()
    desk.load(document(orders=[order(order_id=70), order(client_order_id="mine-2", price=Decimal(80))]))
    half = desk.state.accounts[NAME].usdm
    assert {row.client_order_id: row.order_id for row in half.open_orders.values()} == {
        "mine-1": 70,
        "mine-2": 71,
    }
    again = document(orders=tuple(half.open_orders.values()))
    desk.load(again)
    assert list(half.open_orders) == [70, 71]
    desk.do(c.OpenAccount(OTHER))
    desk.do(c.LoadAccount(OTHER, False, again, document()))
    assert list(desk.state.accounts[OTHER].usdm.open_orders) == [72, 73]
    desk.load(document())
    desk.load(again)  # those numbers are history now
    assert list(half.open_orders) == [74, 75]


def test_orders_without_a_name_get_one_each() -> None:
    desk = Desk()
    desk.load(document(orders=[order(client_order_id=""), order(client_order_id="", price=Decimal(80))]))
    half = desk.state.accounts[NAME].usdm
    assert [row.client_order_id for row in half.open_orders.values()] == ["margind-1", "margind-2"]
    assert half.client_order_ids == {"margind-1": 1, "margind-2": 2}


def test_the_house_is_not_where_a_loaded_order_rests_until_the_next_price() -> None:
    desk = trading()  # the house sells 500 at 100.1
    events = desk.load(document({"USDT": "1000"}, orders=[resting("BTCUSDT", BUY, "101", "2")]))
    book = desk.state.book(Market.USDM, "BTCUSDT")
    assert not [event for event in events if isinstance(event, e.OrderFilled)]
    assert (book.bids.best, book.asks.best, book.is_crossed) == (Decimal(101), None, False)
    assert fills(quote(desk, "99.9", "100.1")) == rows((NAME, "101", "2"))
    assert not book.is_crossed


def test_a_loaded_order_cannot_cross_the_order_of_another_user() -> None:
    desk = trading()
    desk.do(limit(SELL, "2", "105", account=OTHER))
    over = document({"USDT": "1000"}, orders=[order(symbol="BTCUSDT", price=Decimal(105))])
    refused = impossible(desk, c.LoadAccount(NAME, False, over, document()))
    assert refused.message == "openOrders mine-1: a BUY at 105 would trade with an order at 105"
    under = document({"USDT": "1000"}, orders=[order(symbol="BTCUSDT", price=Decimal("104.9"))])
    desk.load(under)
    assert not desk.state.book(Market.USDM, "BTCUSDT").is_crossed
    desk.load(document({"USDT": "1000"}, orders=[order(symbol="BTCUSDT", price=Decimal(104), side=SELL)]))
    assert not desk.state.book(Market.USDM, "BTCUSDT").is_crossed


def test_orders_of_one_document_may_cross_each_other_and_do_not_trade() -> None:
    desk = Desk()
    events = desk.load(document(orders=[order(), order(side=SELL, client_order_id="mine-2")]))
    assert not [event for event in events if isinstance(event, e.OrderFilled)]
    assert len(desk.state.accounts[NAME].usdm.open_orders) == 2


def test_orders_that_wait_for_a_trigger_cross_nothing() -> None:
    desk = Desk()
    waits = order(type=OrderType.STOP, side=SELL, price=Decimal(80), client_order_id="mine-2")
    desk.load(document(orders=[order(), waits]))
    assert len(desk.state.accounts[NAME].usdm.open_orders) == 2


def test_flat_positions_are_left_out_but_for_their_time() -> None:
    desk = Desk()
    flat = msgspec.structs.replace(held("ETHUSDT", "0", "0"), update_time=7)
    desk.load(document(positions=[flat]))
    half = desk.state.accounts[NAME].usdm
    assert half.positions == {}
    assert half.update_time(("ETHUSDT", BOTH)) == 7


def test_filters_and_margin_do_not_judge_a_document() -> None:
    # Below the step, above every cap, without a coin to pay for it.
    desk = Desk(ladders={"ETHUSDT": [(5, "10", "0.01")]})
    desk.load(document({"USDT": "-3"}, {}, [held("ETHUSDT", "100.00001", "99.999")]))
    assert desk.row("ETHUSDT").notional == Decimal("10000.001")


def test_a_break_even_price_may_lie_below_zero() -> None:
    # By hand: 100 bought at 2, 99 of them sold at 10: (200 - 990) / 1.
    position = msgspec.structs.replace(held("ADAUSDT", "1", "2"), break_even_price=Decimal(-790))
    desk = Desk()
    desk.load(document(positions=[position]))
    assert desk.row("ADAUSDT").break_even_price == -790


def test_isolated_wallets_may_fill_the_wallet() -> None:
    desk = Desk()
    positions = [held("ETHUSDT", "1", "100", "60"), held("ADAUSDT", "1", "100", "40")]
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(5), "ADAUSDT": isolated(5)}, positions))
    assert desk.asset("USDT").cross_wallet_balance == 0


def order(**changes: object) -> Order:
    return msgspec.structs.replace(resting("ETHUSDT", BUY, "90", "1", client_order_id="mine-1"), **changes)


ISOLATED = {"ETHUSDT": isolated(10), "ADAUSDT": isolated(10)}
IMPOSSIBLE: dict[str, tuple[c.MarketDocument, str]] = {
    "unknown asset": (document({"XRP": "1"}), "wallets.XRP: XRP cannot be held on usdm"),
    "wallet with nine decimals": (document({"USDT": "0.000000001"}), "wallets.USDT.walletBalance"),
    "no such fee tier": (document(fee_tier=2), "feeTier"),
    "negative fee tier": (document(fee_tier=-1), "feeTier"),
    "unknown symbol configured": (document(symbols={"NOUSDT": cross(1)}), "symbols.NOUSDT"),
    "leverage above the brackets": (document(symbols={"ETHUSDT": cross(126)}), "symbols.ETHUSDT.leverage"),
    "leverage below one": (document(symbols={"ETHUSDT": cross(0)}), "symbols.ETHUSDT.leverage"),
    "isolated in multi-assets mode": (
        document(symbols={"ETHUSDT": isolated(5)}, multi_assets_margin=True),
        "symbols.ETHUSDT.marginType",
    ),
    "unknown symbol held": (document(positions=[held("NOUSDT", "1", "1")]), "positions NOUSDT BOTH"),
    "hedge leg in one-way mode": (
        document(positions=[held("ETHUSDT", "1", "1", side=LONG)]),
        "positions ETHUSDT LONG: positionSide LONG does not fit one-way mode",
    ),
    "position listed twice": (
        document(positions=[held("ETHUSDT", "1", "1"), held("ETHUSDT", "2", "1")]),
        "positions ETHUSDT BOTH: listed twice",
    ),
    "no entry price": (document(positions=[held("ETHUSDT", "1", "0")]), "positions ETHUSDT BOTH.entryPrice"),
    "negative entry price": (
        document(positions=[held("ETHUSDT", "1", "-1")]),
        "positions ETHUSDT BOTH.entryPrice",
    ),
    "isolated wallet of a cross symbol": (
        document({"USDT": "9"}, {"ETHUSDT": cross(5)}, [held("ETHUSDT", "1", "1", "5")]),
        "positions ETHUSDT BOTH.isolatedWallet: ETHUSDT is not ISOLATED",
    ),
    "isolated wallet of an untouched symbol": (
        document({"USDT": "9"}, {}, [held("ETHUSDT", "1", "1", "5")]),
        "positions ETHUSDT BOTH.isolatedWallet: ETHUSDT is not ISOLATED",
    ),
    "isolated wallet without position": (
        document({"USDT": "9"}, ISOLATED, [held("ETHUSDT", "0", "1", "5")]),
        "positions ETHUSDT BOTH.isolatedWallet",
    ),
    "isolated wallet with nine decimals": (
        document({"USDT": "9"}, ISOLATED, [held("ETHUSDT", "1", "1", "0.000000001")]),
        "positions ETHUSDT BOTH.isolatedWallet",
    ),
    "isolated wallets larger than the wallet": (
        document(
            {"USDT": "9"}, ISOLATED, [held("ETHUSDT", "1", "1", "5"), held("ADAUSDT", "1", "1", "4.01")]
        ),
        "wallets.USDT: isolated wallets of 9.01 are larger than the wallet of 9",
    ),
    "isolated wallet without a wallet": (
        document({}, ISOLATED, [held("ETHUSDT", "1", "1", "5")]),
        "wallets.USDT: isolated wallets of 5 are larger than the wallet of 0",
    ),
    "unknown symbol ordered": (document(orders=[resting("NOUSDT", BUY, "1", "1")]), "openOrders NOUSDT"),
    "order of a hedge leg in one-way mode": (
        document(orders=[order(position_side=SHORT)]),
        "openOrders mine-1: positionSide SHORT",
    ),
    "order without price": (document(orders=[order(price=Decimal(0))]), "openOrders mine-1: price"),
    "order without quantity": (
        document(orders=[order(orig_qty=Decimal(0))]),
        "openOrders mine-1: price and origQty",
    ),
    "order that is filled": (document(orders=[order(executed_qty=Decimal(1))]), "openOrders mine-1"),
    "two orders of one name": (
        document(orders=[order(), order(symbol="BTCUSDT")]),
        "openOrders mine-1: two open orders cannot have one clientOrderId",
    ),
    "two orders of one number": (
        document(orders=[order(order_id=7), order(order_id=7, client_order_id="mine-2")]),
        "openOrders mine-2: two open orders cannot have the orderId 7",
    ),
    "order with a negative number": (document(orders=[order(order_id=-1)]), "openOrders mine-1: orderId"),
    "order with an endless number": (document(orders=[order(order_id=2**53)]), "openOrders mine-1: orderId"),
    "order filled below zero": (document(orders=[order(executed_qty=Decimal(-1))]), "openOrders mine-1"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE, ids=str)
def test_an_impossible_document_is_refused_whole_and_says_why(case: str) -> None:
    usdm, message = IMPOSSIBLE[case]
    desk = Desk()
    desk.load(document({"USDT": "77"}), document({"BTC": "7"}))
    refused = impossible(desk, c.LoadAccount(NAME, False, usdm, document({"BTC": "8"})))
    assert (refused.code, refused.http_status) == ("impossible_document", 400)
    assert refused.message.startswith(message)


COINM_IMPOSSIBLE = {
    "unknown asset": (document({"USDT": "1"}), "wallets.USDT: USDT cannot be held on coinm"),
    "multi-assets mode": (document(multi_assets_margin=True), "multiAssetsMargin"),
    "a good-till date": (
        document(orders=[resting("BTCUSD_PERP", BUY, "90", "1", time_in_force=TimeInForce.GTD)]),
        "openOrders BTCUSD_PERP: there is no timeInForce GTD on coinm",
    ),
    "a symbol of the other market": (document(symbols={"ETHUSDT": cross(5)}), "symbols.ETHUSDT"),
}


@pytest.mark.parametrize("case", COINM_IMPOSSIBLE, ids=str)
def test_the_coin_margined_half_is_judged_as_well(case: str) -> None:
    coinm, message = COINM_IMPOSSIBLE[case]
    desk = Desk()
    refused = impossible(desk, c.LoadAccount(NAME, False, document({"USDT": "5"}), coinm))
    assert refused.message.startswith(message)


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (held("ETHUSDT", "1", "1"), "positions ETHUSDT BOTH: positionSide BOTH does not fit hedge mode"),
        (held("ETHUSDT", "-1", "1", side=LONG), "positions ETHUSDT LONG.positionAmt"),
        (held("ETHUSDT", "1", "1", side=SHORT), "positions ETHUSDT SHORT.positionAmt"),
    ],
)
def test_hedge_legs_have_their_sign(position: Position, message: str) -> None:
    refused = impossible(Desk(), c.LoadAccount(NAME, True, document(positions=[position]), EMPTY_DOCUMENT))
    assert refused.message.startswith(message)


def listed(desk: Desk) -> None:
    desk.do(c.ListContracts((contract(Market.USDM, "NEWUSDT", "USDT"),)))


def with_brackets(desk: Desk) -> None:
    listed(desk)
    desk.do(c.SetBrackets(((Market.USDM, "NEWUSDT", ladder([(5, None, "0.01")])),)))


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (listed, "positions NEWUSDT BOTH: NEWUSDT has no brackets yet"),
        (with_brackets, "positions NEWUSDT BOTH: NEWUSDT has no price yet"),
    ],
)
def test_a_new_contract_needs_brackets_and_a_price_first(
    prepare: Callable[[Desk], None], message: str
) -> None:
    desk = Desk()
    prepare(desk)
    command = c.LoadAccount(NAME, False, document(positions=[held("NEWUSDT", "1", "1")]), EMPTY_DOCUMENT)
    assert impossible(desk, command).message == message


def test_a_document_for_nobody_is_refused() -> None:
    refused = impossible(Desk(), c.LoadAccount("nobody", False, EMPTY_DOCUMENT, EMPTY_DOCUMENT))
    assert (refused.code, refused.http_status) == ("unknown_account", 404)
