"""Trade endpoints of COIN-M that set up and show positions: leverage, margin type, mode, margin, risk."""

from margind.api import history
from margind.api.common_parameters import (
    END_TIME,
    OPTIONAL_SYMBOL,
    PAIR,
    POSITION_SIDE,
    START_TIME,
    SYMBOL,
    limit,
)
from margind.api.endpoints import Call, Endpoint, Handler, Security
from margind.api.lookup import refuse_both
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
from margind.api.views import PositionsView, listing_view
from margind.engine.model.terms import Market
from margind.wire.coinm import configuration, positions
from margind.wire.coinm import history as history_views
from margind.wire.configuration import AdlQuantile, PositionMargin
from margind.wire.replies import Answer, encode


def _positions(name: str, view: PositionsView) -> Handler:
    everything = listing_view(name, view.encoded)

    def handler(call: Call) -> bytes:
        refuse_both(call, "marginAsset", "pair")
        margin_asset, pair = call.parameters["marginAsset"], call.parameters["pair"]
        if margin_asset is None and pair is None:
            return everything(call)
        report = call.runtime.reader.report(call.owner, call.market)
        return encode(view.filtered(report, margin_asset, pair))

    return handler


async def _margin_history(call: Call) -> bytes:
    return encode(history_views.position_margin_history(await history.margin_changes(call)))


ENDPOINTS = (
    Endpoint(
        Market.COINM,
        "Change Initial Leverage",
        Security.TRADE,
        change_leverage(configuration.leverage),
        method="POST",
        path="/dapi/v1/leverage",
        parameters=(SYMBOL, LEVERAGE),
        reply=configuration.Leverage,
    ),
    Endpoint(
        Market.COINM,
        "Change Margin Type",
        Security.TRADE,
        change_margin_type,
        method="POST",
        path="/dapi/v1/marginType",
        parameters=(SYMBOL, MARGIN_TYPE),
        reply=Answer,
    ),
    Endpoint(
        Market.COINM,
        "Change Position Mode",
        Security.TRADE,
        change_position_mode,
        method="POST",
        path="/dapi/v1/positionSide/dual",
        parameters=(DUAL_SIDE_POSITION,),
        reply=Answer,
    ),
    Endpoint(
        Market.COINM,
        "Modify Isolated Position Margin",
        Security.TRADE,
        change_position_margin,
        method="POST",
        path="/dapi/v1/positionMargin",
        parameters=(SYMBOL, POSITION_SIDE, AMOUNT, CHANGE_TYPE),
        reply=PositionMargin,
    ),
    Endpoint(
        Market.COINM,
        "Get Position Margin Change History",
        Security.TRADE,
        _margin_history,
        method="GET",
        path="/dapi/v1/positionMargin/history",
        parameters=(
            SYMBOL,
            Parameter("type", Kind.INTEGER, minimum=ADD, maximum=TAKE_OUT),
            START_TIME,
            END_TIME,
            limit(50, 1000),
        ),
        reply=history_views.PositionMarginChange,
    ),
    Endpoint(
        Market.COINM,
        "Position Information",
        Security.USER_DATA,
        _positions(
            "dapi-v1-positionRisk",
            PositionsView(positions.encode_position_risk, positions.position_risk),
        ),
        method="GET",
        path="/dapi/v1/positionRisk",
        ws_method="account.position",
        ws_handler=_positions(
            "ws-dapi-account.position",
            PositionsView(positions.encode_account_position, positions.account_position),
        ),
        ws_weight=5,
        parameters=(Parameter("marginAsset", Kind.STRING), PAIR),
        reply=positions.PositionRisk,
    ),
    Endpoint(
        Market.COINM,
        "Position ADL Quantile Estimation",
        Security.USER_DATA,
        adl_quantile,
        weight=5,
        method="GET",
        path="/dapi/v1/adlQuantile",
        parameters=(OPTIONAL_SYMBOL,),
        reply=AdlQuantile,
    ),
)
