"""The official SDK for USDⓈ-M finds every type as it declares it, and the numbers of the wire."""

from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketAPI
from binance_common.errors import BadRequestError, NotFoundError, UnauthorizedError
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

from tests.clients.event_loop import run
from tests.clients.sdk_models import as_json, assert_nothing_logged, undeclared
from tests.clients.server import Access
from tests.clients.settings import for_sdk_rest, for_sdk_websocket


def rest(access: Access) -> Any:
    return DerivativesTradingUsdsFutures(ConfigurationRestAPI(**for_sdk_rest(access))).rest_api


READ: list[tuple[str, dict[str, Any], str]] = [
    ("account_information_v2", {}, "/fapi/v2/account"),
    ("account_information_v3", {}, "/fapi/v3/account"),
    ("futures_account_balance_v2", {}, "/fapi/v2/balance"),
    ("futures_account_balance_v3", {}, "/fapi/v3/balance"),
    ("position_information_v2", {}, "/fapi/v2/positionRisk"),
    ("position_information_v3", {}, "/fapi/v3/positionRisk"),
    ("position_information_v3", {"symbol": "ETHUSDT"}, "/fapi/v3/positionRisk"),
    ("futures_account_configuration", {}, "/fapi/v1/accountConfig"),
    ("symbol_configuration", {}, "/fapi/v1/symbolConfig"),
    ("notional_and_leverage_brackets", {}, "/fapi/v1/leverageBracket"),
    ("notional_and_leverage_brackets", {"symbol": "BTCUSDT"}, "/fapi/v1/leverageBracket"),
    ("user_commission_rate", {"symbol": "BTCUSDT"}, "/fapi/v1/commissionRate"),
    ("get_current_position_mode", {}, "/fapi/v1/positionSide/dual"),
    ("get_current_multi_assets_mode", {}, "/fapi/v1/multiAssetsMargin"),
    ("get_bnb_burn_status", {}, "/fapi/v1/feeBurn"),
    ("query_user_rate_limit", {}, "/fapi/v1/rateLimit/order"),
    ("position_adl_quantile_estimation", {}, "/fapi/v1/adlQuantile"),
    ("get_income_history", {}, "/fapi/v1/income"),
    ("get_position_margin_change_history", {"symbol": "ETHUSDT"}, "/fapi/v1/positionMargin/history"),
    ("asset_index", {}, "/fapi/v1/assetIndex"),
    ("mark_price", {}, "/fapi/v1/premiumIndex"),
    ("mark_price", {"symbol": "BTCUSDT"}, "/fapi/v1/premiumIndex"),
    ("symbol_price_ticker", {}, "/fapi/v1/ticker/price"),
    ("symbol_price_ticker_v2", {}, "/fapi/v2/ticker/price"),
    ("symbol_order_book_ticker", {}, "/fapi/v1/ticker/bookTicker"),
    ("get_funding_rate_info", {}, "/fapi/v1/fundingInfo"),
    ("kline_candlestick_data", {"symbol": "BTCUSDT", "interval": "1h"}, "/fapi/v1/klines"),
]

UNDECLARED = {
    "/fapi/v1/positionMargin/history": {"clientTranId"},
    "/fapi/v1/fundingInfo": {"updateTime"},
}


@pytest.mark.parametrize(("method", "parameters", "path"), READ)
def test_every_reply_fits_its_model_and_keeps_its_numbers(
    trader: Access, caplog: pytest.LogCaptureFixture, method: str, parameters: dict[str, Any], path: str
) -> None:
    with_history(trader)
    reply = getattr(rest(trader), method)(**parameters)
    assert undeclared(as_json(reply.data()), trader.get(path, **parameters)) == UNDECLARED.get(path, set())
    assert reply.rate_limits[0].count > 0
    assert_nothing_logged(caplog)


def with_history(trader: Access) -> None:
    change = trader.ask("POST", "/fapi/v1/positionMargin", symbol="ETHUSDT", amount="1", type=1)
    assert change["code"] == 200


def test_what_depends_on_the_time_fits_its_model(trader: Access, caplog: pytest.LogCaptureFixture) -> None:
    api = rest(trader)
    listed = trader.get("/fapi/v1/exchangeInfo")["symbols"]
    told = as_json(api.exchange_information().data())["symbols"]
    assert [row["symbol"] for row in told] == [row["symbol"] for row in listed]
    assert as_json(api.check_server_time().data())["serverTime"] > 0
    assert as_json(api.futures_trading_quantitative_rules_indicators().data())["indicators"] == {}
    assert_nothing_logged(caplog)


def test_transfers_fit_the_income_model(
    newcomer: Access, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    transfer = {"market": "usdm", "asset": "USDT", "amount": "12.5"}
    server.control("POST", f"/accounts/{newcomer.name}/transfers", transfer)
    (row,) = rest(newcomer).get_income_history().data()
    assert (row.income_type, row.income, row.asset) == ("TRANSFER", "12.50000000", "USDT")
    assert isinstance(row.tran_id, int)
    assert_nothing_logged(caplog)


def test_settings_are_changed_and_every_answer_fits_its_model(
    newcomer: Access, caplog: pytest.LogCaptureFixture
) -> None:
    api = rest(newcomer)
    leverage = api.change_initial_leverage(symbol="BTCUSDT", leverage=33).data()
    assert (leverage.leverage, leverage.symbol) == (33, "BTCUSDT")
    assert api.change_margin_type(symbol="ETHUSDT", margin_type="ISOLATED").data().code == 200
    assert api.symbol_configuration(symbol="ETHUSDT").data()[0].margin_type == "ISOLATED"
    assert api.change_position_mode(dual_side_position="true").data().code == 200
    assert api.get_current_position_mode().data().dual_side_position is True
    assert api.change_margin_type(symbol="ETHUSDT", margin_type="CROSSED").data().code == 200
    assert api.change_multi_assets_mode(multi_assets_margin="true").data().code == 200
    assert api.get_current_multi_assets_mode().data().multi_assets_margin is True
    assert api.toggle_bnb_burn_on_futures_trade(fee_burn="false").data().code == 200
    assert api.get_bnb_burn_status().data().fee_burn is False
    assert_nothing_logged(caplog)


def test_isolated_margin_is_changed_and_remembered(trader: Access, caplog: pytest.LogCaptureFixture) -> None:
    api = rest(trader)
    changed = api.modify_isolated_position_margin(symbol="ETHUSDT", amount=100.0, type="1").data()
    assert (changed.amount, changed.type, changed.code) == (100.0, 1, 200)
    (position,) = api.position_information_v3(symbol="ETHUSDT").data()
    assert (position.isolated_wallet, position.isolated_margin) == ("720.00000000", "570.00000000")
    (row,) = api.get_position_margin_change_history(symbol="ETHUSDT").data()
    assert (row.amount, row.type, row.delta_type) == ("100", 1, "USER_ADJUST")
    assert_nothing_logged(caplog)


def test_refusals_have_their_class_code_and_message(trader: Access) -> None:
    with pytest.raises(BadRequestError, match="No need to change margin type") as caught:
        rest(trader).change_margin_type(symbol="BTCUSDT", margin_type="CROSSED")
    assert caught.value.status_code == -4046
    with pytest.raises(UnauthorizedError, match="Invalid API-key") as unauthorized:
        rest(trader._replace(api_key="0" * 64)).account_information_v3()
    assert unauthorized.value.status_code == -2015
    with pytest.raises(BadRequestError, match="Signature for this request is not valid"):
        rest(trader._replace(secret_key="wrong")).account_information_v3()
    with pytest.raises(NotFoundError, match="Path /fapi/v1/pmAccountInfo"):
        rest(trader).classic_portfolio_margin_account_information(asset="USDT")


WEBSOCKET: list[tuple[str, dict[str, Any], str]] = [
    ("account_information", {}, "/fapi/v2/account"),
    ("account_information_v2", {}, "/fapi/v3/account"),
    ("futures_account_balance", {}, "/fapi/v2/balance"),
    ("futures_account_balance_v2", {}, "/fapi/v3/balance"),
    ("position_information", {}, "/fapi/v2/positionRisk"),
    ("position_information_v2", {}, "/fapi/v3/positionRisk"),
    ("position_information_v2", {"symbol": "ETHUSDT"}, "/fapi/v3/positionRisk"),
]


@pytest.mark.parametrize(("method", "parameters", "path"), WEBSOCKET)
def test_the_websocket_api_fits_its_models_and_tells_what_rest_does(
    trader: Access, caplog: pytest.LogCaptureFixture, method: str, parameters: dict[str, Any], path: str
) -> None:
    reply = over_websocket(trader, method, **parameters)
    told, of_rest = as_json(reply.data())["result"], trader.get(path, **parameters)
    if isinstance(told, list):
        assert told == of_rest
    else:
        for name in ("totalMarginBalance", "totalMaintMargin", "availableBalance", "maxWithdrawAmount"):
            assert told[name] == of_rest[name]
        assert [row["marginBalance"] for row in told["assets"]] == [
            row["marginBalance"] for row in of_rest["assets"]
        ]
        assert [row["positionAmt"] for row in told["positions"]] == [
            row["positionAmt"] for row in of_rest["positions"]
        ]
    assert (reply.rate_limits[0].limit, reply.rate_limits[0].interval) == (2400, "MINUTE")
    assert_nothing_logged(caplog)


def over_websocket(access: Access, method: str, **parameters: Any) -> Any:
    async def answer() -> Any:
        settings = ConfigurationWebSocketAPI(**for_sdk_websocket(access, "/ws-fapi/v1"))
        client = DerivativesTradingUsdsFutures(config_ws_api=settings)
        connection = await client.websocket_api.create_connection()
        try:
            return await getattr(connection, method)(**parameters)
        finally:
            await connection.close_connection(close_session=True)

    return run(answer())


def test_a_refusal_over_the_websocket_api_says_why(trader: Access) -> None:
    refused = over_websocket(trader, "position_information_v2", symbol="NOPEUSDT").data()
    assert refused == {"error": {"code": -1121, "msg": "Invalid symbol."}}
