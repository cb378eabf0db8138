"""Every view has the keys of the documented example, in its order, with its JSON types."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from margind.engine.model.configuration import FeeTier
from margind.engine.model.funding import FundingTerms
from margind.engine.model.terms import IncomeType, MarginChangeType, Market, PositionSide
from margind.engine.state import State
from margind.wire import configuration
from margind.wire.coinm import account as coinm_account
from margind.wire.coinm import balance as coinm_balance
from margind.wire.coinm import configuration as coinm_configuration
from margind.wire.coinm import history as coinm_history
from margind.wire.coinm import market_data as coinm_market_data
from margind.wire.coinm import positions as coinm_positions
from margind.wire.market_data import FundingSettlement, funding_info, server_time
from margind.wire.replies import SUCCESS, encode
from margind.wire.usdm import account, balance, history, market_data, positions
from margind.wire.usdm import configuration as usdm_configuration
from tests.engine.builders import ONE_TIER, ladder
from tests.wire.accounts import BTCUSD_PERP, BTCUSDT, document, exchange, load, position, report_of

NO_MORE: frozenset[str] = frozenset()


class Income(msgspec.Struct):
    symbol: str = "BTCUSDT"
    income_type: IncomeType = IncomeType.COMMISSION
    income: Decimal = Decimal(-1)
    asset: str = "USDT"
    info: str = ""
    time: int = 1
    tran_id: int = 2
    trade_id: str = "3"


class MarginChange(msgspec.Struct):
    symbol: str = "BTCUSDT"
    position_side: PositionSide = PositionSide.BOTH
    type: int = 1
    delta_type: MarginChangeType = MarginChangeType.USER_ADJUST
    amount: Decimal = Decimal("23.36332311")
    asset: str = "USDT"
    time: int = 1


class Shape(NamedTuple):
    """A view and the example it is compared with, down to the last row of each list."""

    example: str
    view: Callable[[State], object]
    more: frozenset[str] = NO_MORE
    """Fields of the rows that live replies add to what the page shows; they stand last."""
    same_order: bool = True


def held() -> State:
    state = exchange([BTCUSDT], [BTCUSD_PERP])
    usdm = document({"USDT": "1000"}, [position("BTCUSDT", "0.01", "20000")])
    coinm = document({"BTC": "1"}, [position("BTCUSD_PERP", "1", "60000")])
    load(state, usdm, coinm)
    return state


def usdm(view: Callable[..., object], *arguments: object) -> Callable[[State], object]:
    return lambda state: view(report_of(state), *arguments)


def coinm(view: Callable[..., object], *arguments: object) -> Callable[[State], object]:
    return lambda state: view(report_of(state, Market.COINM), *arguments)


def market(view: Callable[..., object], of: Market, *arguments: object) -> Callable[[State], object]:
    return lambda state: view(state.markets[of], *arguments)


def result(view: Callable[[State], object]) -> Callable[[State], object]:
    return lambda state: {"result": view(state)}


TIER = FeeTier(Decimal("0.0002"), Decimal("0.0004"))
SETTLED = FundingSettlement("BTCUSDT", Decimal("0.0001"), 1, Decimal(2))
LIVE_V2 = frozenset({"notional", "isolatedWallet", "breakEvenPrice"})
LIVE_COINM = frozenset({"notionalValue", "isolatedWallet"})

SHAPES = [
    Shape("fapi-v2-account.single-asset", usdm(account.account_v2), LIVE_V2),
    Shape("fapi-v3-account.single-asset", usdm(account.account_v3)),
    Shape("fapi-v3-account.multi-assets", usdm(account.account_v3)),
    Shape("ws-fapi.account.status.multi-assets", result(usdm(account.account_status))),
    Shape("ws-fapi.v2-account.status.multi-assets", result(usdm(account.account_status_v2))),
    Shape("fapi-v2-balance", usdm(balance.balance)),
    Shape("fapi-v3-balance", usdm(balance.balance)),
    Shape("ws-fapi.account.balance", result(usdm(balance.balance))),
    Shape("ws-fapi.v2-account.balance", result(usdm(balance.balance))),
    Shape("fapi-v2-positionRisk.hedge", usdm(positions.position_risk_v2)),
    # The two examples of the page order their keys differently.
    Shape("fapi-v2-positionRisk.one-way", usdm(positions.position_risk_v2), same_order=False),
    Shape("ws-fapi.account.position.hedge", result(usdm(positions.position_risk_v2))),
    Shape("fapi-v3-positionRisk.one-way", usdm(positions.position_risk_v3, {})),
    Shape("fapi-v3-positionRisk.hedge", usdm(positions.position_risk_v3, {})),
    Shape("fapi-v1-accountConfig", lambda state: usdm_configuration.account_config(state.accounts["alice"])),
    Shape(
        "fapi-v1-symbolConfig",
        lambda state: configuration.symbol_config(state.accounts["alice"].usdm, state.markets[Market.USDM]),
    ),
    Shape(
        "fapi-v1-multiAssetsMargin.get",
        lambda state: usdm_configuration.asset_mode(state.accounts["alice"].usdm),
    ),
    Shape("fapi-v1-feeBurn.get", lambda state: usdm_configuration.fee_burn(state.accounts["alice"].usdm)),
    Shape(
        "fapi-v1-positionSide-dual.get", lambda state: configuration.position_mode(state.accounts["alice"])
    ),
    Shape(
        "dapi-v1-positionSide-dual.get", lambda state: configuration.position_mode(state.accounts["alice"])
    ),
    Shape("fapi-v1-positionSide-dual.post", lambda _: SUCCESS),
    Shape("fapi-v1-marginType.post", lambda _: SUCCESS),
    Shape("fapi-v1-leverage.post", market(usdm_configuration.leverage, Market.USDM, "BTCUSDT", 20)),
    Shape("dapi-v1-leverage.post", market(coinm_configuration.leverage, Market.COINM, "BTCUSD_PERP", 20)),
    Shape("fapi-v1-positionMargin.post", lambda _: configuration.position_margin(Decimal(100), 1)),
    Shape("dapi-v1-positionMargin.post", lambda _: configuration.position_margin(Decimal(100), 1)),
    Shape("fapi-v1-commissionRate", lambda _: usdm_configuration.commission_rate("BTCUSDT", TIER)),
    Shape("dapi-v1-commissionRate", lambda _: coinm_configuration.commission_rate("BTCUSD_PERP", TIER)),
    Shape("fapi-v1-rateLimit-order", market(usdm_configuration.order_rate_limits, Market.USDM)),
    Shape("fapi-v1-adlQuantile", usdm(configuration.adl_quantile, {})),
    Shape("dapi-v1-adlQuantile", coinm(configuration.adl_quantile, {})),
    Shape("fapi-v1-income", lambda _: history.income([Income()])),
    Shape("dapi-v1-income", lambda _: coinm_history.income([Income()])),
    Shape(
        "fapi-v1-positionMargin-history",
        lambda _: history.position_margin_history([MarginChange()]),
        frozenset({"clientTranId"}),
    ),
    Shape(
        "dapi-v1-positionMargin-history", lambda _: coinm_history.position_margin_history([MarginChange()])
    ),
    # The last row of the page's example is the one that shows notionalValue.
    Shape("dapi-v1-account", coinm(coinm_account.account), frozenset({"isolatedWallet"})),
    Shape("ws-dapi.account.status", result(coinm(coinm_account.account_status))),
    Shape("dapi-v1-balance", coinm(coinm_balance.balance)),
    Shape("ws-dapi.account.balance", result(coinm(coinm_balance.balance))),
    Shape("dapi-v1-positionRisk", coinm(coinm_positions.position_risk), LIVE_COINM),
    Shape("ws-dapi.account.position", result(coinm(coinm_positions.account_position))),
    Shape("fapi-v1-assetIndex.all", market(market_data.asset_indexes, Market.USDM)),
    Shape("market/fapi-v1-time", lambda _: server_time(1)),
    Shape("market/dapi-v1-time", lambda _: server_time(1)),
    Shape("market/fapi-v1-premiumIndex.all", market(market_data.premium_indexes, Market.USDM)),
    Shape("market/fapi-v1-premiumIndex.symbol", market(market_data.premium_index, Market.USDM, "BTCUSDT")),
    Shape(
        "market/dapi-v1-premiumIndex",
        market(coinm_market_data.premium_indexes, Market.COINM, ["BTCUSD_PERP"]),
    ),
    Shape("market/fapi-v1-fundingRate", lambda _: market_data.funding_rates([SETTLED])),
    Shape(
        "market/fapi-v1-fundingInfo",
        lambda _: [funding_info("BTCUSDT", FundingTerms(4), ladder(ONE_TIER))],
    ),
]


def differences(example: Any, ours: Any, shape: Shape, path: str = "") -> list[str]:
    """What tells two replies apart besides their values, as sentences."""
    if type(example) is not type(ours):
        return [f"{path}: {type(ours).__name__} instead of {type(example).__name__}"]
    if isinstance(example, list):
        return differences(example[-1], ours[-1], shape, f"{path}[]")
    if not isinstance(example, dict):
        return []
    more = [name for name in ours if name not in example]
    faults = []
    if more and set(more) != shape.more:
        faults.append(f"{path}: more fields {more}")
    expected = [*example, *more]
    if (list(ours) if shape.same_order else sorted(ours)) != (
        expected if shape.same_order else sorted(expected)
    ):
        faults.append(f"{path}: keys {list(ours)} instead of {expected}")
    for name in example.keys() & ours.keys():
        faults += differences(example[name], ours[name], shape, f"{path}.{name}")
    return faults


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.example)
def test_a_view_has_the_keys_and_types_of_the_documented_example(reference: Path, shape: Shape) -> None:
    example = msgspec.json.decode((reference / "examples" / f"{shape.example}.json").read_bytes())
    if "result" in example:
        example = {"result": example["result"]}
    assert differences(example, msgspec.json.decode(encode(shape.view(held()))), shape) == []


def test_slim_positions_over_the_websocket_spell_the_profit_as_the_rest_call_does(reference: Path) -> None:
    path = reference / "examples" / "ws-fapi.v2-account.position.one-way.json"
    (example,) = msgspec.json.decode(path.read_bytes())["result"]
    (ours,) = msgspec.json.decode(encode(positions.position_risk_v3(report_of(held()), {})))
    assert [name.replace("unRealized", "unrealized") for name in ours] == list(example)


@pytest.mark.parametrize(
    ("ours", "fault"),
    [
        ({"a": "1", "b": 2}, ": keys ['a', 'b'] instead of ['b', 'a']"),
        ({"b": 2, "a": "1", "c": 0}, ": more fields ['c']"),
        ({"b": "2", "a": "1"}, ".b: str instead of int"),
        ({"b": True, "a": "1"}, ".b: bool instead of int"),
    ],
)
def test_a_difference_is_found(ours: dict[str, object], fault: str) -> None:
    assert differences({"b": 1, "a": "0"}, ours, Shape("", lambda _: None)) == [fault]
