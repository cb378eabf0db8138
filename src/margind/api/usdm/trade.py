"""Trade endpoints of USDⓈ-M that set up and show positions: leverage, margin type, modes, margin, risk."""

from margind.api import history
from margind.api.common_parameters import (
    END_TIME,
    OPTIONAL_SYMBOL,
    POSITION_SIDE,
    START_TIME,
    SYMBOL,
    limit,
)
from margind.api.endpoints import Call, Endpoint, Security
from margind.api.lookup import listed
from margind.api.parameters import Kind, Parameter
from margind.api.settings_calls import (
    ADD,
    AMOUNT,
    CHANGE_TYPE,
    DUAL_SIDE_POSITION,
    LEVERAGE,
    MARGIN_TYPE,
    TAKE_OUT,
    adl_quantile,
    change_leverage,
    change_margin_type,
    change_position_margin,
    change_position_mode,
)
from margind.api.views import listing_view, ranked_view
from margind.engine.commands import ChangeAssetMode
from margind.engine.model.terms import Market
from margind.wire.configuration import AdlQuantile, PositionMargin
from margind.wire.replies import SUCCESS, Answer, encode
from margind.wire.usdm import configuration, positions
from margind.wire.usdm import history as history_views

_ALL_POSITIONS_V2 = listing_view("fapi-v2-positionRisk", positions.encode_position_risk_v2)
_ALL_POSITIONS_V3 = ranked_view("fapi-v3-positionRisk", positions.position_risk_v3)


def _position_risk_v2(call: Call) -> bytes:
    symbol = listed(call)
    if symbol is None:
        return _ALL_POSITIONS_V2(call)
    report = call.runtime.reader.report(call.owner, call.market)
    return encode(positions.position_risk_v2(report, symbol))


def _position_risk_v3(call: Call) -> bytes:
    symbol = listed(call)
    if symbol is None:
        return _ALL_POSITIONS_V3(call)
    reader = call.runtime.reader
    places = reader.adl(call.owner, call.market, call.now)
    return encode(positions.position_risk_v3(reader.report(call.owner, call.market), places, symbol))


async def _change_asset_mode(call: Call) -> bytes:
    await call.runtime.execute(ChangeAssetMode(call.owner.name, call.parameters["multiAssetsMargin"]))
    return encode(SUCCESS)


async def _margin_history(call: Call) -> bytes:
    return encode(history_views.position_margin_history(await history.margin_changes(call)))


ENDPOINTS = (
    Endpoint(
        Market.USDM,
        "Change Initial Leverage",
        Security.TRADE,
        change_leverage(configuration.leverage),
        method="POST",
        path="/fapi/v1/leverage",
        parameters=(SYMBOL, LEVERAGE),
        reply=configuration.Leverage,
    ),
    Endpoint(
        Market.USDM,
        "Change Margin Type",
        Security.TRADE,
        change_margin_type,
        method="POST",
        path="/fapi/v1/marginType",
        parameters=(SYMBOL, MARGIN_TYPE),
        reply=Answer,
    ),
    Endpoint(
        Market.USDM,
        "Change Multi-Assets Mode",
        Security.TRADE,
        _change_asset_mode,
        method="POST",
        path="/fapi/v1/multiAssetsMargin",
        parameters=(Parameter("multiAssetsMargin", Kind.BOOLEAN, required=True),),
        reply=Answer,
    ),
    Endpoint(
        Market.USDM,
        "Change Position Mode",
        Security.TRADE,
        change_position_mode,
        method="POST",
        path="/fapi/v1/positionSide/dual",
        parameters=(DUAL_SIDE_POSITION,),
        reply=Answer,
    ),
    Endpoint(
        Market.USDM,
        "Modify Isolated Position Margin",
        Security.TRADE,
        change_position_margin,
        method="POST",
        path="/fapi/v1/positionMargin",
        parameters=(SYMBOL, POSITION_SIDE, AMOUNT, CHANGE_TYPE),
        reply=PositionMargin,
    ),
    Endpoint(
        Market.USDM,
        "Get Position Margin Change History",
        Security.TRADE,
        _margin_history,
        method="GET",
        path="/fapi/v1/positionMargin/history",
        parameters=(
            SYMBOL,
            Parameter("type", Kind.INTEGER, minimum=ADD, maximum=TAKE_OUT),
            START_TIME,
            END_TIME,
            limit(500, 1000),
        ),
        reply=history_views.PositionMarginChange,
    ),
    Endpoint(
        Market.USDM,
        "Position Information V2",
        Security.USER_DATA,
        _position_risk_v2,
        method="GET",
        path="/fapi/v2/positionRisk",
        ws_method="account.position",
        is_legacy_account=True,
        parameters=(OPTIONAL_SYMBOL,),
        reply=positions.PositionRiskV2,
    ),
    Endpoint(
        Market.USDM,
        "Position Information V3",
        Security.USER_DATA,
        _position_risk_v3,
        weight=5,
        method="GET",
        path="/fapi/v3/positionRisk",
        ws_method="v2/account.position",
        parameters=(OPTIONAL_SYMBOL,),
        reply=positions.PositionRiskV3,
    ),
    Endpoint(
        Market.USDM,
        "Position ADL Quantile Estimation",
        Security.USER_DATA,
        adl_quantile,
        weight=5,
        method="GET",
        path="/fapi/v1/adlQuantile",
        parameters=(OPTIONAL_SYMBOL,),
        reply=AdlQuantile,
    ),
)
