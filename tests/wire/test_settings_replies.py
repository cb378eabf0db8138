"""What is answered about settings, fees and limits, as the pages print it.

Source of the quoted replies: developers.binance.com, both futures markets, as of 2026-01-15.
"""

from decimal import Decimal

import pytest

from margind.engine.model.configuration import FeeTier
from margind.engine.model.terms import Market, PositionSide
from margind.wire import configuration
from margind.wire.coinm import configuration as coinm
from margind.wire.replies import SUCCESS, encode
from margind.wire.usdm import configuration as usdm
from tests.wire.accounts import (
    ADAUSDT,
    BTCUSD_PERP,
    BTCUSDT,
    COMPUSDT,
    configured,
    document,
    exchange,
    load,
    position,
    report_of,
)


def text(view: object) -> str:
    return encode(view).decode()


def test_account_config_prints_the_example() -> None:
    state = exchange()
    load(state, dual_side_position=True)
    assert text(usdm.account_config(state.accounts["alice"])) == (
        '{"feeTier":0,"canTrade":true,"canDeposit":true,"canWithdraw":true,"dualSidePosition":true,'
        '"updateTime":0,"multiAssetsMargin":false,"tradeGroupId":-1}'
    )


def test_modes_and_fee_burn_are_booleans() -> None:
    state = exchange()
    load(state, document(multi_assets_margin=True))
    alice = state.accounts["alice"]
    assert text(usdm.asset_mode(alice.usdm)) == '{"multiAssetsMargin":true}'
    assert text(usdm.fee_burn(alice.usdm)) == '{"feeBurn":true}'
    assert text(configuration.position_mode(alice)) == '{"dualSidePosition":false}'


def test_a_changed_setting_answers_200_success() -> None:
    assert text(SUCCESS) == '{"code":200,"msg":"success"}'


def test_symbol_config_prints_the_example() -> None:
    state = exchange([BTCUSDT._replace(tiers=[(21, "1000000", "0.01")]), ADAUSDT])
    load(state, document(symbols={"BTCUSDT": configured(21), "ADAUSDT": configured(5, isolated=True)}))
    half, market = state.accounts["alice"].usdm, state.markets[Market.USDM]
    assert text(configuration.symbol_config(half, market, ["BTCUSDT"])) == (
        '[{"symbol":"BTCUSDT","marginType":"CROSSED","isAutoAddMargin":false,"leverage":21,'
        '"maxNotionalValue":"1000000"}]'
    )
    every = configuration.symbol_config(half, market)
    assert [(row.symbol, row.margin_type, row.leverage) for row in every] == [
        ("BTCUSDT", "CROSSED", 21),
        ("ADAUSDT", "ISOLATED", 5),
    ]


def test_symbol_config_of_coin_m_has_the_same_shape() -> None:
    state = exchange(coinm=[BTCUSD_PERP])
    half, market = state.accounts["alice"].coinm, state.markets[Market.COINM]
    assert text(configuration.symbol_config(half, market)) == (
        '[{"symbol":"BTCUSD_PERP","marginType":"CROSSED","isAutoAddMargin":false,"leverage":20,'
        '"maxNotionalValue":"50"}]'
    )


def test_a_set_leverage_is_answered_with_the_largest_position() -> None:
    usdm_state = exchange([BTCUSDT._replace(tiers=[(21, "1000000", "0.01")])])
    coinm_state = exchange(coinm=[BTCUSD_PERP._replace(tiers=[(21, "1000", "0.01")])])
    assert text(usdm.leverage(usdm_state.markets[Market.USDM], "BTCUSDT", 21)) == (
        '{"leverage":21,"maxNotionalValue":"1000000","symbol":"BTCUSDT"}'
    )
    assert text(coinm.leverage(coinm_state.markets[Market.COINM], "BTCUSD_PERP", 21)) == (
        '{"leverage":21,"maxQty":"1000","symbol":"BTCUSD_PERP"}'
    )


def test_a_moved_isolated_margin_is_answered_with_a_json_number() -> None:
    assert text(configuration.position_margin(Decimal(100), 1)) == (
        '{"amount":100.0,"code":200,"msg":"Successfully modify position margin.","type":1}'
    )
    assert text(configuration.position_margin(Decimal("0.00000001"), 2)).startswith('{"amount":0.00000001,')


def test_commission_rates_print_the_examples() -> None:
    tier = FeeTier(Decimal("0.0002"), Decimal("0.0004"))
    assert text(usdm.commission_rate("BTCUSDT", tier)) == (
        '{"symbol":"BTCUSDT","makerCommissionRate":"0.0002","takerCommissionRate":"0.0004",'
        '"rpiCommissionRate":"0.00005"}'
    )
    tier = FeeTier(Decimal("0.00015"), Decimal("0.00040"))
    assert text(coinm.commission_rate("BTCUSD_PERP", tier)) == (
        '{"symbol":"BTCUSD_PERP","makerCommissionRate":"0.00015","takerCommissionRate":"0.00040"}'
    )


def test_order_limits_are_those_of_exchange_info_shortest_interval_first() -> None:
    assert text(usdm.order_rate_limits(exchange().markets[Market.USDM])) == (
        '[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":300},'
        '{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":1200}]'
    )


def test_nobody_violates_a_quantitative_rule() -> None:
    assert text(usdm.api_trading_status(1644913304748)) == '{"indicators":{},"updateTime":1644913304748}'


LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


@pytest.mark.parametrize(
    ("places", "long", "short"),
    [({LONG: 3, SHORT: 1}, 3, 3), ({LONG: 1, SHORT: 4}, 4, 4), ({SHORT: 2}, 0, 2)],
)
def test_cross_hedge_legs_show_one_common_place_when_both_are_held(
    places: dict[PositionSide, int], long: int, short: int
) -> None:
    amounts = {LONG: "1", SHORT: "-1"}
    legs = [position("BTCUSDT", amounts[side], "20000", side=side) for side in places]
    state = exchange([BTCUSDT, ADAUSDT])
    load(state, document({"USDT": "10000"}, legs), dual_side_position=True)
    adl = {("BTCUSDT", side): place for side, place in places.items()}
    assert text(configuration.adl_quantile(report_of(state), adl)) == (
        f'[{{"symbol":"BTCUSDT","adlQuantile":{{"LONG":{long},"SHORT":{short},"HEDGE":0}}}}]'
    )


def test_adl_of_isolated_hedge_legs_and_of_one_way_positions_stands_for_itself() -> None:
    state = exchange([BTCUSDT, COMPUSDT])
    leg = position("BTCUSDT", "1", "20000", side=LONG)
    symbols = {"BTCUSDT": configured(10, isolated=True)}
    load(state, document({"USDT": "10000"}, [leg], symbols=symbols), dual_side_position=True)
    assert text(configuration.adl_quantile(report_of(state), {("BTCUSDT", LONG): 1})) == (
        '[{"symbol":"BTCUSDT","adlQuantile":{"LONG":1,"SHORT":0,"BOTH":0}}]'
    )
    held = [position("BTCUSDT", "1", "20000"), position("COMPUSDT", "-1", "70")]
    load(state, document({"USDT": "10000"}, held))
    report = report_of(state)
    assert text(configuration.adl_quantile(report, {("COMPUSDT", PositionSide.BOTH): 4}, "COMPUSDT")) == (
        '[{"symbol":"COMPUSDT","adlQuantile":{"LONG":0,"SHORT":0,"BOTH":4}}]'
    )
    assert [row.symbol for row in configuration.adl_quantile(report, {})] == ["BTCUSDT", "COMPUSDT"]
