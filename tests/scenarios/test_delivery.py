"""Delivery: what dated contracts are settled at, what positions come to, and who takes their place."""

from decimal import Decimal

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.exchange import execute
from margind.engine.model.contracts import Contract
from margind.engine.model.market_state import Delivery
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.quarters import next_quarter_day, quarter_day_before
from margind.engine.model.terms import (
    ContractStatus,
    Counterparty,
    Market,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from margind.engine.state import State
from margind.engine.state_hash import state_hash
from margind.errors.impossible import Impossible
from tests.engine.builders import (
    BTCUSDT_2021,
    COINM_SYMBOLS,
    NAME,
    Desk,
    contract,
    cross,
    document,
    held,
    isolated,
    ladder,
    numbers,
    quoted,
)
from tests.engine.invariants import check_money_is_conserved
from tests.scenarios.refusals import refusal

USDM, COINM = Market.USDM, Market.COINM
MINUTE = 60_000
SEPTEMBER, DECEMBER, MARCH, JUNE = (
    1_758_873_600_000,  # 2025-09-26 08:00, a Friday
    1_766_736_000_000,  # 2025-12-26 08:00
    1_774_598_400_000,  # 2026-03-27 08:00
    1_782_460_800_000,  # 2026-06-26 08:00
)
QUARTER, NEXT = "BTCUSDT_251226", "BTCUSDT_260327"
COIN_QUARTER = "BTCUSD_251226"


def dated(market: Market, symbol: str, contract_type: str, date: int) -> Contract:
    asset, size = ("USDT", "1") if market is USDM else COINM_SYMBOLS["BTCUSD_PERP"]
    row = contract(market, symbol, asset, size)
    return msgspec.structs.replace(row, contract_type=contract_type, onboard_date=0, delivery_date=date)


class Quarterlies(Desk):
    """A desk with two quarterly contracts on BTCUSDT and one on BTCUSD, all at 60000."""

    def __init__(self) -> None:
        super().__init__({"BTCUSDT": "60000", "BTCUSD_PERP": "60000"})
        rows = (
            dated(USDM, QUARTER, "CURRENT_QUARTER", DECEMBER),
            dated(USDM, NEXT, "NEXT_QUARTER", MARCH),
            dated(COINM, COIN_QUARTER, "CURRENT_QUARTER", DECEMBER),
        )
        self.facts = {
            market: msgspec.structs.replace(
                facts,
                contracts={**facts.contracts, **{row.symbol: row for row in rows if row.market is market}},
                brackets={**facts.brackets, **{row.symbol: ladder(BTCUSDT_2021) for row in rows}},
                prices={**facts.prices, **{row.symbol: quoted("60000") for row in rows}},
            )
            for market, facts in self.facts.items()
        }
        self.state = State(self.facts, self.settings)
        self.events = []
        self.do(c.OpenAccount(NAME))

    def at(self, now: int, command: c.Command | None = None) -> list[e.Event]:
        events = execute(self.state, command or c.PassTime(), now)
        self.events += events
        return events

    def index(self, price: str, now: int, symbol: str = QUARTER) -> None:
        """A feed tells of another index."""
        market = USDM if "USDT" in symbol else COINM
        old = self.state.markets[market].prices[symbol]
        new = msgspec.structs.replace(old, index_price=Decimal(price), time=now)
        rows = ((symbol, new),)
        self.at(now, c.MovePrices(rows) if market is USDM else c.MovePrices(coinm=rows))

    def contract(self, symbol: str, market: Market = USDM) -> Contract:
        return self.state.markets[market].contracts[symbol]

    def wallet(self, asset: str = "USDT", market: Market = USDM) -> Decimal:
        return self.state.wallet_balance(NAME, market, asset)


def deliver(desk: Quarterlies, price: str, symbol: str = QUARTER, now: int = SEPTEMBER) -> list[e.Event]:
    market = USDM if "USDT" in symbol else COINM
    return desk.at(now, c.DeliverContract(market, symbol, Decimal(price)))


def settled(events: list[e.Event]) -> list[tuple[str, Decimal, Decimal]]:
    return [
        (event.order.position_side, event.realized_profit, event.commission)
        for event in events
        if isinstance(event, e.PositionDelivered)
    ]


def statuses(events: list[e.Event], symbol: str) -> list[str]:
    return [
        event.contract.status
        for event in events
        if isinstance(event, e.ContractListed) and event.contract.symbol == symbol
    ]


def bid(symbol: str, price: str, quantity: str, **more: object) -> c.PlaceOrder:
    return c.PlaceOrder(
        NAME,
        USDM,
        symbol,
        Side.BUY,
        OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=Decimal(quantity),
        price=Decimal(price),
        **more,  # type: ignore[arg-type]
    )


# Money


def test_a_long_earns_the_settlement_price_less_its_entry_and_pays_the_takers_fee() -> None:
    desk = Quarterlies()
    desk.load(document({"USDT": "1000"}, {QUARTER: cross(20)}, [held(QUARTER, "0.1", "58000")]))

    events = deliver(desk, "60500")

    # 0.1 · (60500 - 58000) = 250; 0.1 · 60500 · 0.0005 = 3.025
    assert settled(events) == [("BOTH", Decimal(250), Decimal("3.025"))]
    assert desk.wallet() == Decimal("1246.975")
    assert not desk.state.accounts[NAME].usdm.positions
    assert desk.state.ledger.balance(USDM, "USDT", Counterparty.FEES) == Decimal("3.025")
    check_money_is_conserved(desk.state)


def test_a_coin_margined_short_is_settled_in_coin() -> None:
    desk = Quarterlies()
    short = held(COIN_QUARTER, "-60", "60000")
    desk.load(coinm=document({"BTC": "1"}, {COIN_QUARTER: cross(10)}, [short]))

    events = deliver(desk, "50000", COIN_QUARTER)

    # 60 · 100 · (1/50000 - 1/60000) = 0.12 - 0.1 = 0.02 BTC; fee 0.12 · 0.0005
    assert settled(events) == [("BOTH", Decimal("0.02"), Decimal("0.00006"))]
    assert desk.wallet("BTC", COINM) == Decimal("1.01994")
    check_money_is_conserved(desk.state)


def test_both_legs_of_a_hedge_are_settled() -> None:
    desk = Quarterlies()
    legs = [
        held(QUARTER, "0.3", "59000", side=PositionSide.LONG),
        held(QUARTER, "-0.1", "61000", side=PositionSide.SHORT),
    ]
    desk.load(document({"USDT": "1000"}, {QUARTER: cross(20)}, legs), dual=True)

    events = deliver(desk, "60000")

    # 0.3 · 1000 and 0.1 · 1000; fees 9 and 3
    assert settled(events) == [("LONG", *numbers("300", "9")), ("SHORT", *numbers("100", "3"))]
    assert desk.wallet() == 1388


def test_the_wallet_of_an_isolated_position_goes_back_to_the_cross_wallet() -> None:
    desk = Quarterlies()
    position = held(QUARTER, "0.1", "60000", isolated_wallet="300")
    desk.load(document({"USDT": "1000"}, {QUARTER: isolated(20)}, [position]))

    deliver(desk, "59000")

    # 1000 - 100 - 2.95, all of it cross
    row = desk.asset("USDT")
    assert (row.wallet_balance, row.cross_wallet_balance) == numbers("897.05", "897.05")


def test_an_isolated_position_never_costs_more_than_its_own_wallet() -> None:
    desk = Quarterlies()
    position = held(QUARTER, "0.1", "60000", isolated_wallet="300")
    desk.load(document({"USDT": "1000"}, {QUARTER: isolated(20)}, [position]))

    deliver(desk, "50000")

    # It lost 1000 + 2.5 of fees and had 300: 702.5 are the insurance fund's.
    assert desk.wallet() == 700
    assert desk.state.ledger.balance(USDM, "USDT", Counterparty.INSURANCE_FUND) == Decimal("-702.5")
    check_money_is_conserved(desk.state)


def test_the_closing_order_bears_the_documented_id_of_its_market_and_is_filled() -> None:
    for symbol, market, begins in (
        (QUARTER, USDM, "settlement_autoclose-"),
        (COIN_QUARTER, COINM, "delivery_autoclose-"),
    ):
        desk = Quarterlies()
        asset = "USDT" if market is USDM else "BTC"
        full = document({asset: "1000"}, {symbol: cross(20)}, [held(symbol, "0.1", "60000")])
        desk.load(*(full if market is of_market else document() for of_market in (USDM, COINM)))
        (event,) = [row for row in deliver(desk, "60000", symbol) if isinstance(row, e.PositionDelivered)]
        order = event.order
        assert order.client_order_id.startswith(begins)
        assert (order.side, order.status, order.executed_qty) == (Side.SELL, "FILLED", Decimal("0.1"))
        assert order.reduce_only


def test_open_orders_of_the_contract_are_cancelled_and_no_others() -> None:
    desk = Quarterlies()
    desk.load(document({"USDT": "10000"}))
    for symbol in (QUARTER, NEXT):
        desk.do(bid(symbol, "59000", "0.01"))
    stop = c.PlaceAlgoOrder(
        NAME,
        USDM,
        QUARTER,
        Side.SELL,
        OrderType.STOP_MARKET,
        quantity=Decimal("0.01"),
        trigger_price=Decimal(50),
    )
    desk.do(stop)

    deliver(desk, "60000")

    half = desk.state.accounts[NAME].usdm
    assert [order.symbol for order in half.open_orders.values()] == [NEXT]
    assert not half.algo_orders


# Time


def test_in_the_last_half_hour_positions_only_close_and_after_delivery_nothing_trades() -> None:
    desk = Quarterlies()
    desk.load(document({"USDT": "10000"}, {QUARTER: cross(20)}, [held(QUARTER, "0.1", "60000")]))
    buy = bid(QUARTER, "59900", "0.01")
    sell = msgspec.structs.replace(buy, side=Side.SELL, price=Decimal(60100), reduce_only=True)

    assert desk.at(DECEMBER - 30 * MINUTE - 1) == []
    assert statuses(desk.at(DECEMBER - 30 * MINUTE), QUARTER) == ["PRE_DELIVERING"]
    assert refusal(desk, buy) is errors.INVALID_OPENING_POSITION_STATUS
    desk.at(DECEMBER - MINUTE, sell)

    assert desk.at(DECEMBER - 1) == []
    assert statuses(desk.at(DECEMBER), QUARTER) == ["DELIVERING", "DELIVERED"]
    for command in (buy, sell):
        assert refusal(desk, command) is errors.SYMBOL_ALREADY_CLOSED
    assert desk.at(DECEMBER + MINUTE) == []


def test_coin_margined_contracts_say_in_their_type_that_they_are_delivered() -> None:
    desk = Quarterlies()
    desk.at(DECEMBER - 30 * MINUTE)
    seen = [
        (event.contract.contract_type, event.contract.status)
        for event in desk.at(DECEMBER)
        if isinstance(event, e.ContractListed) and event.contract.symbol == COIN_QUARTER
    ]
    assert seen == [("CURRENT_QUARTER_DELIVERING", "DELIVERING"), ("CURRENT_QUARTER", "DELIVERED")]


def test_the_settlement_price_is_the_mean_of_the_index_over_the_last_half_hour() -> None:
    desk = Quarterlies()
    desk.index("1", DECEMBER - 31 * MINUTE)  # too early to count
    desk.index("60000", DECEMBER - 30 * MINUTE)
    desk.at(DECEMBER - 30 * MINUTE)
    desk.index("63000", DECEMBER - 20 * MINUTE)
    desk.index("61500", DECEMBER - 5 * MINUTE)
    market = desk.state.markets[USDM]
    # 10 minutes of 60000, 15 of 63000
    assert market.estimated_settle_price(QUARTER) == 61800
    desk.index("99999", DECEMBER)  # the instant itself is not before delivery

    desk.at(DECEMBER)

    # (10 · 60000 + 15 · 63000 + 5 · 61500) / 30 = 1852500 / 30
    assert market.deliveries["BTCUSDT"] == [Delivery(QUARTER, Decimal(61750), DECEMBER)]


def test_a_settlement_price_lies_on_a_tick() -> None:
    desk = Quarterlies()
    desk.at(DECEMBER - 30 * MINUTE)
    desk.index("60001", DECEMBER - 8 * MINUTE)
    desk.at(DECEMBER)
    # 60000 + 8/30 = 60000.2666…
    assert desk.state.markets[USDM].deliveries["BTCUSDT"][0].delivery_price == Decimal("60000.3")


def test_a_contract_that_is_postponed_in_its_last_half_hour_is_settled_at_the_mean_of_its_new_one() -> None:
    desk = Quarterlies()
    desk.at(DECEMBER - 30 * MINUTE)
    row = desk.state.markets[USDM].contracts[QUARTER]
    later = DECEMBER + 120 * MINUTE
    postponed = msgspec.structs.replace(row, status=ContractStatus.TRADING, delivery_date=later)
    desk.at(DECEMBER - 20 * MINUTE, c.ListContracts((postponed,)))
    price = c.PricePatch(mark_price=Decimal(90_000), index_price=Decimal(90_000))
    desk.at(later - 60 * MINUTE, c.SetPrices({QUARTER: price}, {}))
    desk.at(later - 30 * MINUTE)
    desk.at(later)
    (delivery,) = desk.state.markets[USDM].deliveries["BTCUSDT"]
    assert delivery.delivery_price == 90_000
    assert delivery.time == later


def test_an_hour_is_averaged_where_the_setting_says_so() -> None:
    desk = Quarterlies()
    desk.state.settings = msgspec.structs.replace(desk.state.settings, settlement_window_minutes=60)
    assert desk.state.next_delivery == DECEMBER - 60 * MINUTE
    desk.at(DECEMBER - 60 * MINUTE)
    desk.index("66000", DECEMBER - 10 * MINUTE)
    desk.at(DECEMBER)
    assert desk.state.markets[USDM].deliveries["BTCUSDT"][0].delivery_price == 61000


def test_whoever_slept_through_a_delivery_is_settled_when_time_goes_on() -> None:
    desk = Quarterlies()
    desk.load(document({"USDT": "1000"}, {QUARTER: cross(20)}, [held(QUARTER, "0.1", "58000")]))

    events = desk.at(MARCH + 1)

    # At the index, which nobody has seen move; the quarters that passed meanwhile are not listed any more.
    assert settled(events) == [("BOTH", Decimal(200), Decimal(3))]
    live = {
        row.symbol: row.contract_type
        for row in desk.state.markets[USDM].contracts.values()
        if row.status is ContractStatus.TRADING and row.is_quarterly
    }
    assert live == {"BTCUSDT_260626": "CURRENT_QUARTER", "BTCUSDT_260925": "NEXT_QUARTER"}


def test_a_delisted_perpetual_is_settled_at_its_delivery_date_and_has_no_successor() -> None:
    desk = Quarterlies()
    delisted = msgspec.structs.replace(desk.contract("ADAUSDT"), delivery_date=DECEMBER)
    desk.do(c.ListContracts((delisted,)))
    desk.load(document({"USDT": "1000"}, {"ADAUSDT": cross(5)}, [held("ADAUSDT", "1", "90")]))

    assert statuses(desk.at(DECEMBER - 30 * MINUTE), "ADAUSDT") == ["PRE_SETTLE"]
    before = set(desk.state.markets[USDM].contracts)
    events = desk.at(DECEMBER)

    assert statuses(events, "ADAUSDT") == ["SETTLING"]
    # 100 - 90, less 100 · 0.0005
    assert desk.wallet() == Decimal("1009.95")
    assert {symbol for symbol in desk.state.markets[USDM].contracts if symbol.startswith("ADA")} <= before


# The roll


def test_the_next_quarter_moves_up_and_a_new_one_is_listed_in_its_image() -> None:
    desk = Quarterlies()
    market = desk.state.markets[USDM]
    with_basis = msgspec.structs.replace(quoted("60900"), index_price=Decimal(60000))
    desk.state.set_prices(USDM, ((NEXT, with_basis),), {})
    desk.at(DECEMBER - 30 * MINUTE)
    desk.at(DECEMBER)

    assert desk.contract(NEXT).contract_type == "CURRENT_QUARTER"
    new = desk.contract("BTCUSDT_260626")
    old = desk.contract(NEXT)
    assert (new.contract_type, new.status) == ("NEXT_QUARTER", ContractStatus.TRADING)
    # Observed: BTCUSDT_260327 came up on 2025-09-26 08:00, when the contract two before it was delivered.
    assert (new.onboard_date, new.delivery_date) == (DECEMBER, JUNE)
    assert (new.price_filter, new.lot_size, new.pair) == (old.price_filter, old.lot_size, old.pair)
    assert market.brackets[new.symbol] == market.brackets[NEXT]
    price = market.prices[new.symbol]
    assert (price.index_price, price.mark_price) == numbers("60000", "60900")
    assert market.usable(new.symbol)


def test_a_contract_that_is_delivered_early_by_hand_rolls_the_same_way() -> None:
    desk = Quarterlies()
    deliver(desk, "60000")
    assert (desk.contract(QUARTER).status, desk.contract(QUARTER).delivery_date) == ("DELIVERED", SEPTEMBER)
    assert desk.contract("BTCUSDT_260626").contract_type == "NEXT_QUARTER"
    assert desk.contract("BTCUSDT_260626").onboard_date == SEPTEMBER
    # A pair with one quarterly keeps one.
    deliver(desk, "60000", COIN_QUARTER)
    assert desk.contract("BTCUSD_260327", COINM).contract_type == "CURRENT_QUARTER"


def test_quarters_end_on_the_last_friday_of_march_june_september_and_december() -> None:
    assert next_quarter_day(SEPTEMBER) == (DECEMBER, "251226")
    assert next_quarter_day(DECEMBER - 1) == (DECEMBER, "251226")
    assert next_quarter_day(DECEMBER) == (MARCH, "260327")
    assert next_quarter_day(MARCH) == (JUNE, "260626")
    # Public symbols: BTCUSD_240329 (a leap year), BTCUSD_210924, BTCUSD_211231, the last day of its month.
    assert next_quarter_day(1_709_251_200_000).text == "240329"
    assert next_quarter_day(1_626_825_600_000) == (1_632_470_400_000, "210924")
    assert next_quarter_day(1_632_470_400_000) == (1_640_937_600_000, "211231")
    assert quarter_day_before(MARCH) == DECEMBER
    assert quarter_day_before(DECEMBER + 1) == DECEMBER


# Prices


def test_a_dated_contract_follows_the_perpetual_of_its_pair_at_its_own_distance() -> None:
    desk = Quarterlies()
    with_basis = msgspec.structs.replace(quoted("60900"), index_price=Decimal(60000))
    desk.state.set_prices(USDM, ((NEXT, with_basis),), {})
    mark, index, last, bid_price = numbers("61005", "61000", "61002", "61001.9")
    new = SymbolPrice(mark, index, last, bid_price, last, last, last, Decimal(0), 0, SEPTEMBER)
    market = desk.state.markets[USDM]
    desk.at(SEPTEMBER, c.MovePrices(market.with_followers((("BTCUSDT", new),))))

    assert (market.prices[QUARTER].mark_price, market.prices[QUARTER].index_price) == numbers(
        "61000", "61000"
    )
    moved = market.prices[NEXT]
    assert (moved.index_price, moved.mark_price) == numbers("61000", "61900")
    assert (moved.last_price, moved.bid_price, moved.ask_price) == numbers("61902", "61901.9", "61902")


def test_a_dated_contract_set_by_hand_stays_where_it_was_set() -> None:
    desk = Quarterlies()
    desk.do(c.SetPrices(usdm={QUARTER: c.PricePatch(mark_price=Decimal(70000))}))
    rows = (("BTCUSDT", quoted("61000")),)
    desk.at(SEPTEMBER, c.MovePrices(desk.state.markets[USDM].with_followers(rows)))
    assert desk.state.markets[USDM].mark_price(QUARTER) == 70000


# Memory, and what cannot be


def test_the_events_alone_give_the_same_state_again() -> None:
    desk = Quarterlies()
    desk.load(document({"USDT": "1000"}, {QUARTER: cross(20)}, [held(QUARTER, "0.1", "58000")]))
    desk.do(bid(QUARTER, "59000", "0.01"))
    desk.at(DECEMBER - 30 * MINUTE)
    desk.index("63000", DECEMBER - 20 * MINUTE)
    desk.at(DECEMBER)

    again = State(desk.facts, desk.settings)
    decode = msgspec.json.Decoder(e.Event).decode
    for event in desk.events:
        apply(again, decode(msgspec.json.encode(event)))

    assert state_hash(again, timeless=False) == state_hash(desk.state, timeless=False)
    market, original = again.markets[USDM], desk.state.markets[USDM]
    assert market.contracts == original.contracts
    assert market.deliveries == original.deliveries
    assert original.deliveries["BTCUSDT"][0].delivery_price == 62000
    assert market.usable("BTCUSDT_260626")
    assert again.next_delivery == desk.state.next_delivery == MARCH - 30 * MINUTE


@pytest.mark.parametrize(
    ("symbol", "price", "code"),
    [("NOSUCHUSDT", None, "unknown_symbol"), ("BTCUSDT", None, "no_delivery"), (QUARTER, "0", "bad_price")],
)
def test_a_delivery_that_cannot_be_is_refused(symbol: str, price: str | None, code: str) -> None:
    desk = Quarterlies()
    with pytest.raises(Impossible) as refused:
        desk.do(c.DeliverContract(USDM, symbol, None if price is None else Decimal(price)))
    assert refused.value.code == code


def test_a_contract_is_delivered_only_once() -> None:
    desk = Quarterlies()
    deliver(desk, "60000")
    with pytest.raises(Impossible) as refused:
        deliver(desk, "60000")
    assert refused.value.code == "already_delivered"
    desk.at(DECEMBER)
    assert len(desk.state.markets[USDM].deliveries["BTCUSDT"]) == 1
