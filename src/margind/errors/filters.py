"""What a symbol's filters and an order's fields do not allow: the numbers -4000 to -4033."""

from margind.errors.kind import both

INVALID_ORDER_STATUS = both("INVALID_ORDER_STATUS", -4000, "Invalid order status.")
PRICE_LESS_THAN_ZERO = both("PRICE_LESS_THAN_ZERO", -4001, "Price less than 0.")
PRICE_GREATER_THAN_MAX_PRICE = both("PRICE_GREATER_THAN_MAX_PRICE", -4002, "Price greater than max price.")
QTY_LESS_THAN_ZERO = both("QTY_LESS_THAN_ZERO", -4003, "Quantity less than zero.")
QTY_LESS_THAN_MIN_QTY = both("QTY_LESS_THAN_MIN_QTY", -4004, "Quantity less than min quantity.")
QTY_GREATER_THAN_MAX_QTY = both("QTY_GREATER_THAN_MAX_QTY", -4005, "Quantity greater than max quantity.")
STOP_PRICE_LESS_THAN_ZERO = both("STOP_PRICE_LESS_THAN_ZERO", -4006, "Stop price less than zero.")
STOP_PRICE_GREATER_THAN_MAX_PRICE = both(
    "STOP_PRICE_GREATER_THAN_MAX_PRICE", -4007, "Stop price greater than max price."
)
TICK_SIZE_LESS_THAN_ZERO = both("TICK_SIZE_LESS_THAN_ZERO", -4008, "Tick size less than zero.")
MAX_PRICE_LESS_THAN_MIN_PRICE = both("MAX_PRICE_LESS_THAN_MIN_PRICE", -4009, "Max price less than min price.")
MAX_QTY_LESS_THAN_MIN_QTY = both("MAX_QTY_LESS_THAN_MIN_QTY", -4010, "Max qty less than min qty.")
STEP_SIZE_LESS_THAN_ZERO = both("STEP_SIZE_LESS_THAN_ZERO", -4011, "Step size less than zero.")
# "mum" is how both pages print it.
MAX_NUM_ORDERS_LESS_THAN_ZERO = both("MAX_NUM_ORDERS_LESS_THAN_ZERO", -4012, "Max mum orders less than zero.")
PRICE_LESS_THAN_MIN_PRICE = both("PRICE_LESS_THAN_MIN_PRICE", -4013, "Price less than min price.")
PRICE_NOT_INCREASED_BY_TICK_SIZE = both(
    "PRICE_NOT_INCREASED_BY_TICK_SIZE", -4014, "Price not increased by tick size."
)
INVALID_CL_ORD_ID_LEN = both(
    "INVALID_CL_ORD_ID_LEN",
    -4015,
    "Client order id is not valid.",
    "Client order id length should not be more than 36 chars",
)
PRICE_HIGHTER_THAN_MULTIPLIER_UP = both(
    "PRICE_HIGHTER_THAN_MULTIPLIER_UP", -4016, "Price is higher than mark price multiplier cap."
)
MULTIPLIER_UP_LESS_THAN_ZERO = both("MULTIPLIER_UP_LESS_THAN_ZERO", -4017, "Multiplier up less than zero.")
MULTIPLIER_DOWN_LESS_THAN_ZERO = both(
    "MULTIPLIER_DOWN_LESS_THAN_ZERO", -4018, "Multiplier down less than zero."
)
COMPOSITE_SCALE_OVERFLOW = both("COMPOSITE_SCALE_OVERFLOW", -4019, "Composite scale too large.")
TARGET_STRATEGY_INVALID = both(
    "TARGET_STRATEGY_INVALID", -4020, "Target strategy invalid for orderType '%s',reduceOnly '%b'."
)
INVALID_DEPTH_LIMIT = both(
    "INVALID_DEPTH_LIMIT", -4021, "Invalid depth limit.", "'%s' is not valid depth limit."
)
WRONG_MARKET_STATUS = both("WRONG_MARKET_STATUS", -4022, "market status sent is not valid.")
QTY_NOT_INCREASED_BY_STEP_SIZE = both(
    "QTY_NOT_INCREASED_BY_STEP_SIZE", -4023, "Qty not increased by step size."
)
PRICE_LOWER_THAN_MULTIPLIER_DOWN = both(
    "PRICE_LOWER_THAN_MULTIPLIER_DOWN", -4024, "Price is lower than mark price multiplier floor."
)
MULTIPLIER_DECIMAL_LESS_THAN_ZERO = both(
    "MULTIPLIER_DECIMAL_LESS_THAN_ZERO", -4025, "Multiplier decimal less than zero."
)
COMMISSION_INVALID = both(
    "COMMISSION_INVALID",
    -4026,
    "Commission invalid.",
    "%s less than zero.",
    "%s absolute value greater than %s",
)
INVALID_ACCOUNT_TYPE = both("INVALID_ACCOUNT_TYPE", -4027, "Invalid account type.")
INVALID_LEVERAGE = both(
    "INVALID_LEVERAGE",
    -4028,
    "Invalid leverage",
    "Leverage %s is not valid",
    "Leverage %s already exist with %s",
)
INVALID_TICK_SIZE_PRECISION = both("INVALID_TICK_SIZE_PRECISION", -4029, "Tick size precision is invalid.")
INVALID_STEP_SIZE_PRECISION = both("INVALID_STEP_SIZE_PRECISION", -4030, "Step size precision is invalid.")
INVALID_WORKING_TYPE = both(
    "INVALID_WORKING_TYPE", -4031, "Invalid parameter working type", "Invalid parameter working type: %s"
)
EXCEED_MAX_CANCEL_ORDER_SIZE = both(
    "EXCEED_MAX_CANCEL_ORDER_SIZE", -4032, "Exceed maximum cancel order size."
)
INSURANCE_ACCOUNT_NOT_FOUND = both("INSURANCE_ACCOUNT_NOT_FOUND", -4033, "Insurance account not found.")
