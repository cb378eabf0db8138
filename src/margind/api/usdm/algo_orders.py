"""Endpoints of USDⓈ-M's algo service, where conditional orders wait."""

from margind.api.algo_order_calls import (
    all_algo_orders,
    cancel_algo,
    cancel_all_algo,
    open_algo_orders,
    place_algo,
    query_algo,
)
from margind.api.common_parameters import OPTIONAL_SYMBOL, SYMBOL
from margind.api.endpoints import ONE_ORDER, Endpoint, Security, by_symbol
from margind.api.order_parameters import (
    ALGO_HISTORY,
    ALGO_ID,
    ALGO_TYPE,
    NAMING_AN_ALGO_ORDER,
    placing_algo,
)
from margind.engine.model.terms import Market, TimeInForce
from margind.wire.algo_orders import AlgoCancelled, AlgoReply, AlgoRow
from margind.wire.replies import Answer

_PLACING = placing_algo((TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX))

ENDPOINTS = (
    Endpoint(
        Market.USDM,
        "New Algo Order",
        Security.TRADE,
        place_algo,
        weight=0,
        method="POST",
        path="/fapi/v1/algoOrder",
        ws_method="algoOrder.place",
        orders=ONE_ORDER,
        parameters=_PLACING,
        reply=AlgoReply,
    ),
    Endpoint(
        Market.USDM,
        "Cancel Algo Order",
        Security.TRADE,
        cancel_algo,
        method="DELETE",
        path="/fapi/v1/algoOrder",
        ws_method="algoOrder.cancel",
        parameters=NAMING_AN_ALGO_ORDER,
        reply=AlgoCancelled,
    ),
    Endpoint(
        Market.USDM,
        "Cancel All Algo Open Orders",
        Security.TRADE,
        cancel_all_algo,
        method="DELETE",
        path="/fapi/v1/algoOpenOrders",
        parameters=(SYMBOL,),
        reply=Answer,
    ),
    Endpoint(
        Market.USDM,
        "Query Algo Order",
        Security.USER_DATA,
        query_algo,
        method="GET",
        path="/fapi/v1/algoOrder",
        parameters=NAMING_AN_ALGO_ORDER,
        reply=AlgoRow,
    ),
    Endpoint(
        Market.USDM,
        "Current All Algo Open Orders",
        Security.USER_DATA,
        open_algo_orders,
        weight=by_symbol(1, without=40),
        method="GET",
        path="/fapi/v1/openAlgoOrders",
        parameters=(ALGO_TYPE, OPTIONAL_SYMBOL, ALGO_ID),
        reply=AlgoRow,
    ),
    Endpoint(
        Market.USDM,
        "Query All Algo Orders",
        Security.USER_DATA,
        all_algo_orders,
        weight=5,
        method="GET",
        path="/fapi/v1/allAlgoOrders",
        parameters=ALGO_HISTORY,
        reply=AlgoRow,
    ),
)
