"""The official SDK for COIN-M finds every type as it declares it, and the numbers of the wire."""

from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketAPI
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_derivatives_trading_coin_futures import DerivativesTradingCoinFutures

from tests.clients.event_loop import run
from tests.clients.sdk_models import as_json, assert_nothing_logged, undeclared
from tests.clients.server import Access
from tests.clients.settings import for_sdk_rest, for_sdk_websocket


def rest(access: Access) -> Any:
    return DerivativesTradingCoinFutures(ConfigurationRestAPI(**for_sdk_rest(access))).rest_api


READ: list[tuple[str, dict[str, Any], str]] = [
    ("account_information", {}, "/dapi/v1/account"),
    ("futures_account_balance", {}, "/dapi/v1/balance"),
    ("position_information", {}, "/dapi/v1/positionRisk"),
    ("position_information", {"pair": "ETHUSD"}, "/dapi/v1/positionRisk"),
    ("position_information", {"margin_asset": "BTC"}, "/dapi/v1/positionRisk"),
    ("notional_bracket_for_symbol", {}, "/dapi/v2/leverageBracket"),
    ("notional_bracket_for_pair", {"pair": "BTCUSD"}, "/dapi/v1/leverageBracket"),
    ("user_commission_rate", {"symbol": "BTCUSD_PERP"}, "/dapi/v1/commissionRate"),
    ("get_current_position_mode", {}, "/dapi/v1/positionSide/dual"),
    ("position_adl_quantile_estimation", {}, "/dapi/v1/adlQuantile"),
    ("get_income_history", {}, "/dapi/v1/income"),
    ("get_position_margin_change_history", {"symbol": "ETHUSD_PERP"}, "/dapi/v1/positionMargin/history"),
    ("index_price_and_mark_price", {}, "/dapi/v1/premiumIndex"),
    ("symbol_price_ticker", {}, "/dapi/v1/ticker/price"),
    ("symbol_order_book_ticker", {}, "/dapi/v1/ticker/bookTicker"),
    ("get_funding_rate_info", {}, "/dapi/v1/fundingInfo"),
    ("kline_candlestick_data", {"symbol": "BTCUSD_PERP", "interval": "1h"}, "/dapi/v1/klines"),
]
UNDECLARED = {
    "/dapi/v1/positionRisk": {"isolatedWallet", "notionalValue"},
    "/dapi/v1/leverageBracket": {"qtyFloor"},
    "/dapi/v2/leverageBracket": {"qtyFloor"},
}
ON_THE_WIRE = {"margin_asset": "marginAsset"}


@pytest.mark.parametrize(("method", "parameters", "path"), READ)
def test_every_reply_fits_its_model_and_keeps_its_numbers(
    trader: Access, caplog: pytest.LogCaptureFixture, method: str, parameters: dict[str, Any], path: str
) -> None:
    change = trader.ask("POST", "/dapi/v1/positionMargin", symbol="ETHUSD_PERP", amount="0.001", type=1)
    assert change["code"] == 200
    reply = getattr(rest(trader), method)(**parameters)
    sent = {ON_THE_WIRE.get(name, name): value for name, value in parameters.items()}
    assert undeclared(as_json(reply.data()), trader.get(path, **sent)) == UNDECLARED.get(path, set())
    assert reply.rate_limits[0].count > 0
    assert_nothing_logged(caplog)


def test_what_depends_on_the_time_fits_its_model(trader: Access, caplog: pytest.LogCaptureFixture) -> None:
    api = rest(trader)
    listed = trader.get("/dapi/v1/exchangeInfo")["symbols"]
    told = as_json(api.exchange_information().data())["symbols"]
    assert [row["symbol"] for row in told] == [row["symbol"] for row in listed]
    assert as_json(api.check_server_time().data())["serverTime"] > 0
    assert_nothing_logged(caplog)


def test_transfers_fit_the_income_model(
    newcomer: Access, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    transfer = {"market": "coinm", "asset": "BTC", "amount": "0.5"}
    server.control("POST", f"/accounts/{newcomer.name}/transfers", transfer)
    (row,) = rest(newcomer).get_income_history().data()
    assert (row.income_type, row.income, row.asset) == ("TRANSFER", "0.50000000", "BTC")
    assert isinstance(row.tran_id, str)
    assert_nothing_logged(caplog)


def test_settings_are_changed_and_every_answer_fits_its_model(
    newcomer: Access, caplog: pytest.LogCaptureFixture
) -> None:
    api = rest(newcomer)
    leverage = api.change_initial_leverage(symbol="BTCUSD_PERP", leverage=33).data()
    assert (leverage.leverage, leverage.symbol) == (33, "BTCUSD_PERP")
    assert api.change_margin_type(symbol="ETHUSD_PERP", margin_type="ISOLATED").data().code == 200
    assert api.change_position_mode(dual_side_position="true").data().code == 200
    assert api.get_current_position_mode().data().dual_side_position is True
    assert_nothing_logged(caplog)


def test_isolated_margin_is_changed_and_remembered(trader: Access, caplog: pytest.LogCaptureFixture) -> None:
    api = rest(trader)
    changed = api.modify_isolated_position_margin(symbol="ETHUSD_PERP", amount=0.02, type="1").data()
    assert (changed.amount, changed.type, changed.code) == (0.02, 1, 200)
    rows = [row for row in api.position_information().data() if row.symbol == "ETHUSD_PERP"]
    # 0.03 less the loss of 0.00128205.
    assert [row.isolated_margin for row in rows] == ["0.02871795"]
    (row,) = api.get_position_margin_change_history(symbol="ETHUSD_PERP").data()
    assert (row.amount, row.type, row.asset) == ("0.02000000", 1, "ETH")
    assert_nothing_logged(caplog)


def test_refusals_have_their_class_code_and_message(trader: Access) -> None:
    with pytest.raises(BadRequestError, match="Leverage 125 is not valid") as caught:
        rest(trader).change_initial_leverage(symbol="ETHUSD_PERP", leverage=125)
    assert caught.value.status_code == -4028
    with pytest.raises(UnauthorizedError, match="Invalid API-key"):
        rest(trader._replace(api_key="0" * 64)).account_information()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("account_information", "/dapi/v1/account"),
        ("futures_account_balance", "/dapi/v1/balance"),
        ("position_information", "/dapi/v1/positionRisk"),
    ],
)
@pytest.mark.parametrize("return_rate_limits", [True, False])
def test_the_websocket_api_fits_its_models_and_tells_what_rest_does(
    trader: Access, caplog: pytest.LogCaptureFixture, method: str, path: str, return_rate_limits: bool
) -> None:
    reply = over_websocket(trader, method, return_rate_limits)
    told, of_rest = as_json(reply.data())["result"], trader.get(path)
    told, of_rest = (told, of_rest) if isinstance(told, list) else (told["assets"], of_rest["assets"])
    for row, rest_row in zip(told, of_rest, strict=True):
        shared = row.keys() & rest_row.keys()
        assert len(shared) > 7
        assert {key: row[key] for key in shared} == {key: rest_row[key] for key in shared}
    assert len(reply.rate_limits) == return_rate_limits
    assert_nothing_logged(caplog)


def over_websocket(access: Access, method: str, return_rate_limits: bool) -> Any:
    async def answer() -> Any:
        settings = ConfigurationWebSocketAPI(
            **for_sdk_websocket(access, "/ws-dapi/v1"), return_rate_limits=return_rate_limits
        )
        client = DerivativesTradingCoinFutures(config_ws_api=settings)
        connection = await client.websocket_api.create_connection()
        try:
            return await getattr(connection, method)()
        finally:
            await connection.close_connection(close_session=True)

    return run(answer())
