"""What order requests of both markets declare."""

from margind.api.common_parameters import END_TIME, POSITION_SIDE, START_TIME, SYMBOL, limit
from margind.api.parameters import Kind, Parameter
from margind.engine.model.terms import (
    OrderType,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)

ACK, RESULT = "ACK", "RESULT"
"""What an order is answered with: that it was accepted, or what became of it at once."""

# Names in any case: Observed: python-binance sends `orderid` and `orderidlist`, ccxt the lists.
ORDER_ID = Parameter("orderId", Kind.INTEGER, any_case=True)
ORIG_CLIENT_ORDER_ID = Parameter("origClientOrderId", Kind.STRING, any_case=True)
ORDER_ID_LIST = Parameter("orderIdList", Kind.JSON_LIST, any_case=True)
ORIG_CLIENT_ORDER_ID_LIST = Parameter("origClientOrderIdList", Kind.JSON_LIST, any_case=True)
BATCH_ORDERS = Parameter("batchOrders", Kind.JSON_LIST, required=True)
COUNTDOWN_TIME = Parameter("countdownTime", Kind.INTEGER, required=True, minimum=0)

SIDE = Parameter("side", Kind.ENUM, required=True, choices=tuple(Side))
TYPE = Parameter("type", Kind.ENUM, required=True, choices=tuple(OrderType))
QUANTITY = Parameter("quantity", Kind.DECIMAL)
PRICE = Parameter("price", Kind.DECIMAL)
REDUCE_ONLY = Parameter("reduceOnly", Kind.BOOLEAN)
CLOSE_POSITION = Parameter("closePosition", Kind.BOOLEAN, default=False)
PRICE_MATCH = Parameter("priceMatch", Kind.ENUM, choices=tuple(PriceMatch), default=PriceMatch.NONE)
GOOD_TILL_DATE = Parameter("goodTillDate", Kind.INTEGER, default=0)

CALLBACK_RATE = Parameter("callbackRate", Kind.DECIMAL)
WORKING_TYPE = Parameter(
    "workingType", Kind.ENUM, choices=tuple(WorkingType), default=WorkingType.CONTRACT_PRICE
)
PRICE_PROTECT = Parameter("priceProtect", Kind.BOOLEAN, default=False)

ALGO_TYPE = Parameter("algoType", Kind.ENUM, choices=("CONDITIONAL",))
ALGO_ID = Parameter("algoId", Kind.INTEGER, any_case=True)
CLIENT_ALGO_ID = Parameter("clientAlgoId", Kind.STRING, any_case=True)

AUTO_CLOSE_TYPE = Parameter("autoCloseType", Kind.ENUM, choices=("LIQUIDATION", "ADL"))

NAMING_AN_ORDER = (SYMBOL, ORDER_ID, ORIG_CLIENT_ORDER_ID)
NAMING_AN_ALGO_ORDER = (ALGO_ID, CLIENT_ALGO_ID)
NAMING_ORDERS = (SYMBOL, ORDER_ID_LIST, ORIG_CLIENT_ORDER_ID_LIST)
AMENDMENT_QUERY = (*NAMING_AN_ORDER, START_TIME, END_TIME, limit(50, 100))
ALGO_HISTORY = (
    SYMBOL,
    ALGO_ID,
    START_TIME,
    END_TIME,
    Parameter("page", Kind.INTEGER, default=1, minimum=1),
    limit(500, 1000),
)


# Documented: 'New Order' of both markets prevents self-trades by EXPIRE_MAKER. Assumed: batches and the
# WebSocket API, whose pages still name NONE, do as the newer page says. Observed: so does the algo service,
# whose page names NONE as well (recordings of 2026-03).
_SELF_TRADE_PREVENTION = Parameter(
    "selfTradePreventionMode",
    Kind.ENUM,
    choices=tuple(SelfTradePrevention),
    default=SelfTradePrevention.EXPIRE_MAKER,
)


def placing(times_in_force: tuple[TimeInForce, ...]) -> tuple[Parameter, ...]:
    """Of a new order, conditional ones too: a setting of the exchange decides whether those are taken."""
    return (
        SYMBOL,
        SIDE,
        POSITION_SIDE,
        TYPE,
        Parameter("timeInForce", Kind.ENUM, choices=times_in_force),
        QUANTITY,
        REDUCE_ONLY,
        PRICE,
        Parameter("newClientOrderId", Kind.STRING),
        Parameter("stopPrice", Kind.DECIMAL),
        CLOSE_POSITION,
        Parameter("activationPrice", Kind.DECIMAL),
        CALLBACK_RATE,
        WORKING_TYPE,
        PRICE_PROTECT,
        Parameter("newOrderRespType", Kind.ENUM, choices=(ACK, RESULT), default=ACK),
        PRICE_MATCH,
        _SELF_TRADE_PREVENTION,
        # Documented: COIN-M takes neither the date nor the times in force GTD and RPI.
        *((GOOD_TILL_DATE,) if TimeInForce.GTD in times_in_force else ()),
    )


MODIFY_ID = Parameter("modifyId", Kind.INTEGER)

AMENDING = (
    ORDER_ID,
    ORIG_CLIENT_ORDER_ID,
    SYMBOL,
    SIDE,
    # Documented: compulsory on both markets since 2026-06; priceMatch may stand for the price.
    Parameter("quantity", Kind.DECIMAL, required=True),
    PRICE,
    PRICE_MATCH,
    # Documented: since 2026-07-28, any number of the client's, handed back as it is.
    MODIFY_ID,
)
# Documented: 'Modify Order' of USDⓈ-M since 2026-09. Assumed: in batches too, whose rules are the same.
AMENDING_USDM = (*AMENDING, Parameter("reduceOnly", Kind.BOOLEAN, default=False))


def placing_algo(times_in_force: tuple[TimeInForce, ...]) -> tuple[Parameter, ...]:
    """Of a new conditional order."""
    return (
        Parameter("algoType", Kind.ENUM, required=True, choices=("CONDITIONAL",)),
        SYMBOL,
        SIDE,
        POSITION_SIDE,
        TYPE,
        Parameter("timeInForce", Kind.ENUM, choices=times_in_force, default=TimeInForce.GTC),
        QUANTITY,
        PRICE,
        Parameter("triggerPrice", Kind.DECIMAL),
        WORKING_TYPE,
        PRICE_MATCH,
        CLOSE_POSITION,
        PRICE_PROTECT,
        REDUCE_ONLY,
        Parameter("activatePrice", Kind.DECIMAL),
        CALLBACK_RATE,
        CLIENT_ALGO_ID,
        _SELF_TRADE_PREVENTION,
        GOOD_TILL_DATE,
    )
