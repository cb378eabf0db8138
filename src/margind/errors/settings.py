"""What balances, margin types, position sides and batches do not allow: the numbers -4044 to -4099."""

from margind.errors.kind import both, punctuated, usdm_only

INVALID_BALANCE_TYPE = both("INVALID_BALANCE_TYPE", -4044, "Balance Type is invalid.")
MAX_STOP_ORDER_EXCEEDED = both("MAX_STOP_ORDER_EXCEEDED", -4045, "Reach max stop order limit.")
NO_NEED_TO_CHANGE_MARGIN_TYPE = both("NO_NEED_TO_CHANGE_MARGIN_TYPE", -4046, "No need to change margin type.")
THERE_EXISTS_OPEN_ORDERS = both(
    "THERE_EXISTS_OPEN_ORDERS", -4047, "Margin type cannot be changed if there exists open orders."
)
THERE_EXISTS_QUANTITY = both(
    "THERE_EXISTS_QUANTITY", -4048, "Margin type cannot be changed if there exists position."
)
ADD_ISOLATED_MARGIN_REJECT = both(
    "ADD_ISOLATED_MARGIN_REJECT", -4049, "Add margin only support for isolated position."
)
CROSS_BALANCE_INSUFFICIENT = both("CROSS_BALANCE_INSUFFICIENT", -4050, "Cross balance insufficient.")
ISOLATED_BALANCE_INSUFFICIENT = both("ISOLATED_BALANCE_INSUFFICIENT", -4051, "Isolated balance insufficient.")
NO_NEED_TO_CHANGE_AUTO_ADD_MARGIN = both(
    "NO_NEED_TO_CHANGE_AUTO_ADD_MARGIN", -4052, "No need to change auto add margin."
)
AUTO_ADD_CROSSED_MARGIN_REJECT = both(
    "AUTO_ADD_CROSSED_MARGIN_REJECT", -4053, "Auto add margin only support for isolated position."
)
ADD_ISOLATED_MARGIN_NO_POSITION_REJECT = both(
    "ADD_ISOLATED_MARGIN_NO_POSITION_REJECT", -4054, "Cannot add position margin: position is 0."
)
AMOUNT_MUST_BE_POSITIVE = both("AMOUNT_MUST_BE_POSITIVE", -4055, "Amount must be positive.")
INVALID_API_KEY_TYPE = both("INVALID_API_KEY_TYPE", -4056, "Invalid api key type.")
INVALID_RSA_PUBLIC_KEY = both("INVALID_RSA_PUBLIC_KEY", -4057, "Invalid api public key")
MAX_PRICE_TOO_LARGE = both("MAX_PRICE_TOO_LARGE", -4058, "maxPrice and priceDecimal too large,please check.")
NO_NEED_TO_CHANGE_POSITION_SIDE = both(
    "NO_NEED_TO_CHANGE_POSITION_SIDE", -4059, "No need to change position side."
)
INVALID_POSITION_SIDE = both("INVALID_POSITION_SIDE", -4060, "Invalid position side.")
POSITION_SIDE_NOT_MATCH = both(
    "POSITION_SIDE_NOT_MATCH", -4061, "Order's position side does not match user's setting."
)
REDUCE_ONLY_CONFLICT = both("REDUCE_ONLY_CONFLICT", -4062, "Invalid or improper reduceOnly value.")
INVALID_OPTIONS_REQUEST_TYPE = usdm_only(
    "INVALID_OPTIONS_REQUEST_TYPE", -4063, "Invalid options request type"
)
INVALID_OPTIONS_TIME_FRAME = usdm_only("INVALID_OPTIONS_TIME_FRAME", -4064, "Invalid options time frame")
INVALID_OPTIONS_AMOUNT = usdm_only("INVALID_OPTIONS_AMOUNT", -4065, "Invalid options amount")
INVALID_OPTIONS_EVENT_TYPE = usdm_only("INVALID_OPTIONS_EVENT_TYPE", -4066, "Invalid options event type")
POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS = both(
    "POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS",
    -4067,
    "Position side cannot be changed if there exists open orders.",
)
POSITION_SIDE_CHANGE_EXISTS_QUANTITY = both(
    "POSITION_SIDE_CHANGE_EXISTS_QUANTITY", -4068, "Position side cannot be changed if there exists position."
)
INVALID_OPTIONS_PREMIUM_FEE = usdm_only("INVALID_OPTIONS_PREMIUM_FEE", -4069, "Invalid options premium fee")
INVALID_CL_OPTIONS_ID_LEN = usdm_only(
    "INVALID_CL_OPTIONS_ID_LEN",
    -4070,
    "Client options id is not valid.",
    "Client options id length should be less than 32 chars",
)
INVALID_OPTIONS_DIRECTION = usdm_only("INVALID_OPTIONS_DIRECTION", -4071, "Invalid options direction")
OPTIONS_PREMIUM_NOT_UPDATE = usdm_only(
    "OPTIONS_PREMIUM_NOT_UPDATE", -4072, "premium fee is not updated, reject order"
)
OPTIONS_PREMIUM_INPUT_LESS_THAN_ZERO = usdm_only(
    "OPTIONS_PREMIUM_INPUT_LESS_THAN_ZERO", -4073, "input premium fee is less than 0, reject order"
)
OPTIONS_AMOUNT_BIGGER_THAN_UPPER = usdm_only(
    "OPTIONS_AMOUNT_BIGGER_THAN_UPPER",
    -4074,
    "Order amount is bigger than upper boundary or less than 0, reject order",
)
OPTIONS_PREMIUM_OUTPUT_ZERO = usdm_only(
    "OPTIONS_PREMIUM_OUTPUT_ZERO", -4075, "output premium fee is less than 0, reject order"
)
OPTIONS_PREMIUM_TOO_DIFF = usdm_only(
    "OPTIONS_PREMIUM_TOO_DIFF", -4076, "original fee is too much higher than last fee"
)
OPTIONS_PREMIUM_REACH_LIMIT = usdm_only(
    "OPTIONS_PREMIUM_REACH_LIMIT", -4077, "place order amount has reached to limit, reject order"
)
OPTIONS_COMMON_ERROR = usdm_only("OPTIONS_COMMON_ERROR", -4078, "options internal error")
INVALID_OPTIONS_ID = usdm_only(
    "INVALID_OPTIONS_ID",
    -4079,
    "invalid options id",
    "invalid options id: %s",
    "duplicate options id %d for user %d",
)
OPTIONS_USER_NOT_FOUND = usdm_only(
    "OPTIONS_USER_NOT_FOUND", -4080, "user not found", "user not found with id: %s"
)
OPTIONS_NOT_FOUND = usdm_only(
    "OPTIONS_NOT_FOUND", -4081, "options not found", "options not found with id: %s"
)
INVALID_BATCH_PLACE_ORDER_SIZE = both(
    "INVALID_BATCH_PLACE_ORDER_SIZE",
    -4082,
    "Invalid number of batch place orders.",
    "Invalid number of batch place orders: %s",
)
PLACE_BATCH_ORDERS_FAIL = both("PLACE_BATCH_ORDERS_FAIL", -4083, "Fail to place batch orders.")
UPCOMING_METHOD = both("UPCOMING_METHOD", -4084, "Method is not allowed currently. Upcoming soon.")
INVALID_NOTIONAL_LIMIT_COEF = usdm_only(
    "INVALID_NOTIONAL_LIMIT_COEF", -4085, "Invalid notional limit coefficient"
)
INVALID_PRICE_SPREAD_THRESHOLD = punctuated(
    "INVALID_PRICE_SPREAD_THRESHOLD", -4086, -4086, "Invalid price spread threshold"
)
REDUCE_ONLY_ORDER_PERMISSION = punctuated(
    "REDUCE_ONLY_ORDER_PERMISSION", -4087, -4089, "User can only place reduce only order"
)
NO_PLACE_ORDER_PERMISSION = punctuated(
    "NO_PLACE_ORDER_PERMISSION", -4088, -4090, "User can not place order currently"
)
