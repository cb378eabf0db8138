"""What is wrong with the parameters of a request: the -11xx numbers."""

from margind.errors.kind import both, usdm_only

ILLEGAL_CHARS = both(
    "ILLEGAL_CHARS",
    -1100,
    "Illegal characters found in a parameter.",
    "Illegal characters found in parameter '%s'; legal range is '%s'.",
)
TOO_MANY_PARAMETERS = both(
    "TOO_MANY_PARAMETERS",
    -1101,
    "Too many parameters sent for this endpoint.",
    "Too many parameters; expected '%s' and received '%s'.",
    "Duplicate values for a parameter detected.",
)
MANDATORY_PARAM_EMPTY_OR_MALFORMED = both(
    "MANDATORY_PARAM_EMPTY_OR_MALFORMED",
    -1102,
    "A mandatory parameter was not sent, was empty/null, or malformed.",
    "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
    "Param '%s' or '%s' must be sent, but both were empty/null!",
)
UNKNOWN_PARAM = both("UNKNOWN_PARAM", -1103, "An unknown parameter was sent.")
UNREAD_PARAMETERS = both(
    "UNREAD_PARAMETERS",
    -1104,
    "Not all sent parameters were read.",
    "Not all sent parameters were read; read '%s' parameter(s) but was sent '%s'.",
)
PARAM_EMPTY = both("PARAM_EMPTY", -1105, "A parameter was empty.", "Parameter '%s' was empty.")
PARAM_NOT_REQUIRED = both(
    "PARAM_NOT_REQUIRED",
    -1106,
    "A parameter was sent when not required.",
    "Parameter '%s' sent when not required.",
)
BAD_ASSET = both("BAD_ASSET", -1108, "Invalid asset.")
BAD_ACCOUNT = both("BAD_ACCOUNT", -1109, "Invalid account.")
BAD_INSTRUMENT_TYPE = both("BAD_INSTRUMENT_TYPE", -1110, "Invalid symbolType.")
BAD_PRECISION = both("BAD_PRECISION", -1111, "Precision is over the maximum defined for this asset.")
NO_DEPTH = both("NO_DEPTH", -1112, "No orders on book for symbol.")
WITHDRAW_NOT_NEGATIVE = both("WITHDRAW_NOT_NEGATIVE", -1113, "Withdrawal amount must be negative.")
TIF_NOT_REQUIRED = both("TIF_NOT_REQUIRED", -1114, "TimeInForce parameter sent when not required.")
INVALID_TIF = both("INVALID_TIF", -1115, "Invalid timeInForce.")
INVALID_ORDER_TYPE = both("INVALID_ORDER_TYPE", -1116, "Invalid orderType.")
INVALID_SIDE = both("INVALID_SIDE", -1117, "Invalid side.")
EMPTY_NEW_CL_ORD_ID = both("EMPTY_NEW_CL_ORD_ID", -1118, "New client order ID was empty.")
EMPTY_ORG_CL_ORD_ID = both("EMPTY_ORG_CL_ORD_ID", -1119, "Original client order ID was empty.")
BAD_INTERVAL = both("BAD_INTERVAL", -1120, "Invalid interval.")
BAD_SYMBOL = both("BAD_SYMBOL", -1121, "Invalid symbol.")
INVALID_SYMBOL_STATUS = usdm_only("INVALID_SYMBOL_STATUS", -1122, "Invalid symbol status.")
INVALID_LISTEN_KEY = both(
    "INVALID_LISTEN_KEY",
    -1125,
    "This listenKey does not exist. Please use `POST /fapi/v1/listenKey` to recreate `listenKey`",
)
ASSET_NOT_SUPPORTED = usdm_only("ASSET_NOT_SUPPORTED", -1126, "This asset is not supported.")
MORE_THAN_XX_HOURS = both(
    "MORE_THAN_XX_HOURS",
    -1127,
    "Lookup interval is too big.",
    "More than %s hours between startTime and endTime.",
)
OPTIONAL_PARAMS_BAD_COMBO = both(
    "OPTIONAL_PARAMS_BAD_COMBO", -1128, "Combination of optional parameters invalid."
)
INVALID_PARAMETER = both(
    "INVALID_PARAMETER",
    -1130,
    "Invalid data sent for a parameter.",
    "Data sent for parameter '%s' is not valid.",
)
# Not on the futures pages. Documented on the spot and options pages, and client libraries expect it here.
BAD_RECV_WINDOW = both("BAD_RECV_WINDOW", -1131, "recvWindow must be less than 60000")
INVALID_NEW_ORDER_RESP_TYPE = both("INVALID_NEW_ORDER_RESP_TYPE", -1136, "Invalid newOrderRespType.")
