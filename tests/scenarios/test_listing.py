"""Contracts replaced by hand: what stands on them keeps its numbers."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from margind.engine import commands as c
from margind.engine.model.contracts import Contract
from margind.engine.model.terms import Market, OrderType, Side
from margind.errors.impossible import Impossible
from tests.engine.builders import NAME, Desk, document, held, resting
from tests.scenarios.orders import conditional

SYMBOL = "ETHUSDT"


def listed(desk: Desk, symbol: str = SYMBOL, market: Market = Market.USDM) -> Contract:
    return desk.state.markets[market].contracts[symbol]


def with_a_position() -> Desk:
    desk = Desk()
    desk.load(document({"USDT": "100"}, {}, [held(SYMBOL, "1.001", "100")]))
    return desk


def with_an_order() -> Desk:
    desk = Desk()
    desk.load(document({"USDT": "100"}, {}, [], [resting(SYMBOL, Side.BUY, "90.01", "1.001")]))
    return desk


def with_a_conditional_order() -> Desk:
    desk = Desk()
    desk.load(document({"USDT": "1000"}, {}, []))
    desk.do(conditional(OrderType.STOP_MARKET, Side.BUY, "1.001", "120.1", symbol=SYMBOL))
    return desk


STANDING = [with_a_position, with_an_order, with_a_conditional_order]


@pytest.mark.parametrize("make", STANDING)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"margin_asset": "BNB"}, "marginAsset stays USDT"),
        ({"contract_size": Decimal(10)}, "contractSize stays 1"),
        ({"quantity_precision": 2}, "quantityPrecision 2 cannot hold"),
    ],
)
def test_what_positions_and_orders_stand_on_cannot_be_replaced(
    make: Any, change: dict[str, Any], words: str
) -> None:
    desk = make()
    assert listed(desk).quantity_precision == 3
    before = listed(desk)
    with pytest.raises(Impossible, match=words) as refused:
        desk.do(c.ListContracts((replace(before, **change),)))
    assert refused.value.http_status == 409
    assert repr(NAME) in refused.value.message
    assert listed(desk) is before


@pytest.mark.parametrize("make", [with_an_order, with_a_conditional_order])
def test_prices_of_orders_keep_their_digits(make: Any) -> None:
    desk = make()
    with pytest.raises(Impossible, match="pricePrecision 0 cannot hold"):
        desk.do(c.ListContracts((replace(listed(desk), price_precision=0),)))


@pytest.mark.parametrize("make", STANDING)
def test_everything_else_can_be_replaced_under_them(make: Any) -> None:
    desk = make()
    contract = replace(listed(desk), quantity_precision=5, price_precision=4, liquidation_fee=Decimal("0.02"))
    desk.do(c.ListContracts((contract,)))
    assert listed(desk) == contract


def test_a_coarser_precision_that_holds_every_amount_is_fine() -> None:
    desk = Desk()
    desk.load(document({"USDT": "100"}, {}, [held(SYMBOL, "1.5", "100")]))
    desk.do(c.ListContracts((replace(listed(desk), quantity_precision=1),)))
    assert listed(desk).quantity_precision == 1


def test_once_nothing_stands_there_anything_can_be_replaced() -> None:
    desk = with_a_position()
    desk.load(document({"USDT": "100"}, {}, []))
    desk.do(c.ListContracts((replace(listed(desk), margin_asset="BNB", quantity_precision=0),)))
    assert listed(desk).margin_asset == "BNB"


def test_a_list_with_one_that_cannot_be_replaced_is_refused_whole() -> None:
    desk = with_a_position()
    other = replace(listed(desk, "BTCUSDT"), liquidation_fee=Decimal("0.5"))
    with pytest.raises(Impossible):
        desk.do(c.ListContracts((other, replace(listed(desk), margin_asset="BNB"))))
    assert listed(desk, "BTCUSDT") != other
