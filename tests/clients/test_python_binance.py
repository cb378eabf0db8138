"""python-binance hands on exactly what is on the wire, on both markets."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from binance.exceptions import BinanceAPIException

from tests.clients.python_binance import close, connected
from tests.clients.server import Access

CHINESE = "币安人生USDT"


@pytest.fixture
def client(trader: Access) -> Iterator[Any]:
    client = connected(trader)
    yield client
    close(client)


@pytest.fixture
def fresh(newcomer: Access) -> Iterator[Any]:
    client = connected(newcomer)
    yield client
    close(client)


SAME_AS_THE_WIRE: list[tuple[str, dict[str, Any], str]] = [
    ("futures_account", {"version": 2}, "/fapi/v2/account"),
    ("futures_account", {"version": 3}, "/fapi/v3/account"),
    ("futures_account_balance", {"version": 2}, "/fapi/v2/balance"),
    ("futures_account_balance", {"version": 3}, "/fapi/v3/balance"),
    ("futures_position_information", {"version": 2}, "/fapi/v2/positionRisk"),
    ("futures_position_information", {"version": 3}, "/fapi/v3/positionRisk"),
    ("futures_position_information", {"symbol": "ETHUSDT"}, "/fapi/v3/positionRisk"),
    ("futures_account_config", {}, "/fapi/v1/accountConfig"),
    ("futures_symbol_config", {}, "/fapi/v1/symbolConfig"),
    ("futures_symbol_config", {"symbol": CHINESE}, "/fapi/v1/symbolConfig"),
    ("futures_leverage_bracket", {}, "/fapi/v1/leverageBracket"),
    ("futures_leverage_bracket", {"symbol": "BTCUSDT"}, "/fapi/v1/leverageBracket"),
    ("futures_commission_rate", {"symbol": "BTCUSDT"}, "/fapi/v1/commissionRate"),
    ("futures_get_position_mode", {}, "/fapi/v1/positionSide/dual"),
    ("futures_get_multi_assets_mode", {}, "/fapi/v1/multiAssetsMargin"),
    ("futures_v1_get_fee_burn", {}, "/fapi/v1/feeBurn"),
    ("futures_v1_get_asset_index", {}, "/fapi/v1/assetIndex"),
    ("futures_adl_quantile_estimate", {}, "/fapi/v1/adlQuantile"),
    ("futures_income_history", {}, "/fapi/v1/income"),
    ("futures_position_margin_history", {"symbol": "ETHUSDT"}, "/fapi/v1/positionMargin/history"),
    ("futures_coin_account", {}, "/dapi/v1/account"),
    ("futures_coin_account_balance", {}, "/dapi/v1/balance"),
    ("futures_coin_position_information", {}, "/dapi/v1/positionRisk"),
    ("futures_coin_leverage_bracket", {}, "/dapi/v2/leverageBracket"),
    ("futures_coin_v1_get_commission_rate", {"symbol": "ETHUSD_PERP"}, "/dapi/v1/commissionRate"),
    ("futures_coin_get_position_mode", {}, "/dapi/v1/positionSide/dual"),
    ("futures_coin_v1_get_adl_quantile", {}, "/dapi/v1/adlQuantile"),
    ("futures_coin_income_history", {}, "/dapi/v1/income"),
    ("futures_coin_position_margin_history", {"symbol": "ETHUSD_PERP"}, "/dapi/v1/positionMargin/history"),
]


@pytest.mark.parametrize(("method", "parameters", "path"), SAME_AS_THE_WIRE)
def test_what_is_read_is_what_is_on_the_wire(
    client: Any, trader: Access, method: str, parameters: dict[str, Any], path: str
) -> None:
    asked = {name: value for name, value in parameters.items() if name != "version"}
    read = getattr(client, method)(**parameters)
    assert read == trader.get(path, **asked)
    # These two have a history only after a change.
    assert read or method.endswith("_history")


def test_the_account_has_the_numbers_worked_by_hand(client: Any) -> None:
    account = client.futures_account(version=3)
    assert account["totalMarginBalance"] == "1100.00000000"
    assert account["availableBalance"] == "272.50000000"
    (bitcoin,) = [row for row in client.futures_coin_account()["assets"] if row["asset"] == "BTC"]
    assert (bitcoin["marginBalance"], bitcoin["initialMargin"]) == ("0.01142857", "0.00285715")


def test_markets_and_prices_are_read(client: Any, trader: Access) -> None:
    # How many there are depends on the date: quarterly contracts come and go.
    assert client.futures_exchange_info()["symbols"] == trader.get("/fapi/v1/exchangeInfo")["symbols"]
    assert client.futures_coin_exchange_info()["symbols"] == trader.get("/dapi/v1/exchangeInfo")["symbols"]
    assert client.futures_mark_price(symbol="BTCUSDT")["markPrice"] == "105000.00000000"
    (inverse,) = client.futures_coin_mark_price(symbol="BTCUSD_PERP")
    assert inverse["markPrice"] == "105000.00000000"
    for server_time in (client.get_server_time(), client.futures_time(), client.futures_coin_time()):
        assert server_time["serverTime"] == pytest.approx(time.time() * 1000, abs=5_000)
    assert client.futures_ping() == client.futures_coin_ping() == client.ping() == {}


def test_settings_of_usdm_are_changed(fresh: Any) -> None:
    changed = fresh.futures_change_leverage(symbol="BTCUSDT", leverage=33)
    assert (changed["symbol"], changed["leverage"]) == ("BTCUSDT", 33)
    assert fresh.futures_change_leverage(symbol=CHINESE, leverage=3)["symbol"] == CHINESE
    assert fresh.futures_change_margin_type(symbol="ETHUSDT", marginType="ISOLATED")["code"] == 200
    assert fresh.futures_symbol_config(symbol="ETHUSDT")[0]["marginType"] == "ISOLATED"
    assert fresh.futures_change_position_mode(dualSidePosition="true")["code"] == 200
    assert fresh.futures_get_position_mode() == {"dualSidePosition": True}
    assert fresh.futures_change_margin_type(symbol="ETHUSDT", marginType="CROSSED")["code"] == 200
    assert fresh.futures_change_multi_assets_mode(multiAssetsMargin=True)["code"] == 200
    assert fresh.futures_get_multi_assets_mode() == {"multiAssetsMargin": True}
    assert fresh.futures_v1_post_fee_burn(feeBurn="false")["code"] == 200
    assert fresh.futures_v1_get_fee_burn() == {"feeBurn": False}


def test_settings_of_coinm_are_changed(fresh: Any) -> None:
    assert fresh.futures_coin_change_leverage(symbol="BTCUSD_PERP", leverage=33)["leverage"] == 33
    assert fresh.futures_coin_change_margin_type(symbol="ETHUSD_PERP", marginType="ISOLATED")["code"] == 200
    assert fresh.futures_coin_change_position_mode(dualSidePosition="true")["code"] == 200
    # Documented: since both markets were joined, the position mode is one.
    assert fresh.futures_coin_get_position_mode() == fresh.futures_get_position_mode()


@pytest.mark.parametrize(
    ("market", "symbol", "amount"), [("futures", "ETHUSDT", 100), ("futures_coin", "ETHUSD_PERP", 0.02)]
)
def test_isolated_margin_is_added_and_remembered(
    client: Any, market: str, symbol: str, amount: float
) -> None:
    def isolated_wallet() -> float:
        rows = getattr(client, f"{market}_position_information")()
        (row,) = [row for row in rows if row["symbol"] == symbol]
        return float(row["isolatedWallet"])

    before = isolated_wallet()
    change = getattr(client, f"{market}_change_position_margin")
    assert change(symbol=symbol, amount=amount, type=1)["amount"] == amount
    assert isolated_wallet() == before + amount
    (row,) = getattr(client, f"{market}_position_margin_history")(symbol=symbol)
    assert (row["type"], float(row["amount"])) == (1, amount)


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("futures_change_leverage", {"symbol": "BTCUSDT", "leverage": 151}, -4028),
    ("futures_change_margin_type", {"symbol": "BTCUSDT", "marginType": "CROSSED"}, -4046),
    ("futures_change_margin_type", {"symbol": "BTCUSDT", "marginType": "ISOLATED"}, -4047),
    ("futures_change_position_mode", {"dualSidePosition": "true"}, -4067),
    ("futures_change_position_mode", {"dualSidePosition": "false"}, -4059),
    ("futures_change_multi_assets_mode", {"multiAssetsMargin": True}, -4167),
    ("futures_change_position_margin", {"symbol": "ETHUSDT", "amount": 10_000, "type": 1}, -4050),
    ("futures_change_position_margin", {"symbol": "BTCUSDT", "amount": 1, "type": 1}, -4049),
    ("futures_commission_rate", {}, -1102),
    ("futures_commission_rate", {"symbol": "NOPEUSDT"}, -1121),
    ("futures_account", {"version": 1}, -5000),
    ("futures_coin_change_leverage", {"symbol": "ETHUSD_PERP", "leverage": 125}, -4028),
    ("futures_coin_change_margin_type", {"symbol": "ETHUSD_PERP", "marginType": "ISOLATED"}, -4046),
]


@pytest.mark.parametrize(("method", "parameters", "code"), REFUSED)
def test_refusals_carry_the_code(client: Any, method: str, parameters: dict[str, Any], code: int) -> None:
    with pytest.raises(BinanceAPIException) as caught:
        getattr(client, method)(**parameters)
    assert caught.value.code == code
    assert caught.value.status_code == (404 if code == -5000 else 400)


def test_a_wrong_secret_is_refused(trader: Access) -> None:
    client = connected(trader._replace(secret_key="wrong"))
    with pytest.raises(BinanceAPIException) as caught:
        client.futures_account()
    assert (caught.value.code, caught.value.status_code) == (-1022, 400)
    close(client)


def test_an_unknown_key_is_refused_as_unauthorized(trader: Access) -> None:
    client = connected(trader._replace(api_key="0" * 64))
    with pytest.raises(BinanceAPIException) as caught:
        client.futures_account()
    assert (caught.value.code, caught.value.status_code) == (-2015, 401)
    close(client)
