"""What conditions, leverage, asset mode and restrictions do not allow: the numbers -4100 to -4531."""

from margind.errors.kind import ErrorKind, apart, both, punctuated, usdm_only

INVALID_CONTRACT_TYPE = punctuated("INVALID_CONTRACT_TYPE", -4104, -4104, "Invalid contract type")
INACTIVE_ACCOUNT = usdm_only("INACTIVE_ACCOUNT", -4109, "Inactive account")
INVALID_CLIENT_TRAN_ID_LEN = punctuated(
    "INVALID_CLIENT_TRAN_ID_LEN",
    -4114,
    -4110,
    "clientTranId is not valid",
    "Client tran id length should be less than 64 chars",
)
DUPLICATED_CLIENT_TRAN_ID = punctuated(
    "DUPLICATED_CLIENT_TRAN_ID",
    -4115,
    -4111,
    "clientTranId is duplicated",
    "Client tran id should be unique within 7 days",
)
DUPLICATED_CLIENT_ORDER_ID = usdm_only("DUPLICATED_CLIENT_ORDER_ID", -4116, "clientOrderId is duplicated")
STOP_ORDER_TRIGGERING = usdm_only("STOP_ORDER_TRIGGERING", -4117, "stop order is triggering")
REDUCE_ONLY_MARGIN_CHECK_FAILED = punctuated(
    "REDUCE_ONLY_MARGIN_CHECK_FAILED",
    -4118,
    -4112,
    "ReduceOnly Order Failed. Please check your existing position and open orders",
)
STOP_ORDER_SWITCH_ALGO = both(
    "STOP_ORDER_SWITCH_ALGO",
    -4120,
    "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
)
MARKET_ORDER_REJECT = punctuated(
    "MARKET_ORDER_REJECT",
    -4131,
    -4113,
    "The counterparty's best price does not meet the PERCENT_PRICE filter limit",
)
INVALID_ACTIVATION_PRICE = punctuated("INVALID_ACTIVATION_PRICE", -4135, -4135, "Invalid activation price")
# Not on the pages, so the name is ours. Observed: client logs of 2025-12 (closePosition true).
CLOSE_POSITION_STRATEGY_INVALID = usdm_only(
    "CLOSE_POSITION_STRATEGY_INVALID", -4136, "Target strategy invalid for orderType %s,closePosition %s"
)
QUANTITY_EXISTS_WITH_CLOSE_POSITION = punctuated(
    "QUANTITY_EXISTS_WITH_CLOSE_POSITION",
    -4137,
    -4137,
    "Quantity must be zero with closePosition equals true",
)
REDUCE_ONLY_MUST_BE_TRUE = punctuated(
    "REDUCE_ONLY_MUST_BE_TRUE", -4138, -4138, "Reduce only must be true with closePosition equals true"
)
ORDER_TYPE_CANNOT_BE_MKT = punctuated(
    "ORDER_TYPE_CANNOT_BE_MKT", -4139, -4139, "Order type can not be market if it's unable to cancel"
)
INVALID_OPENING_POSITION_STATUS = usdm_only(
    "INVALID_OPENING_POSITION_STATUS", -4140, "Invalid symbol status for opening position"
)
SYMBOL_ALREADY_CLOSED = usdm_only("SYMBOL_ALREADY_CLOSED", -4141, "Symbol is closed")
STRATEGY_INVALID_TRIGGER_PRICE = punctuated(
    "STRATEGY_INVALID_TRIGGER_PRICE",
    -4142,
    -4142,
    "REJECT: take profit or stop order will be triggered immediately",
)
INVALID_PAIR = punctuated("INVALID_PAIR", -4144, -4087, "Invalid pair")
ISOLATED_LEVERAGE_REJECT_WITH_POSITION = punctuated(
    "ISOLATED_LEVERAGE_REJECT_WITH_POSITION",
    -4161,
    -4150,
    "Leverage reduction is not supported in Isolated Margin Mode with open positions",
)
# Documented: without a value the minimum reads 5.0 quote units in USDⓈ-M and one in COIN-M.
MIN_NOTIONAL = ErrorKind(
    "MIN_NOTIONAL",
    -4164,
    -4178,
    (
        "Order's notional must be no smaller than 5.0 (unless you choose reduce only)",
        "Order's notional must be no smaller than %s (unless you choose reduce only)",
    ),
    coinm_messages=(
        "Order's notional must be no smaller than one (unless you choose reduce only)",
        "Order's notional must be no smaller than %s (unless you choose reduce only)",
    ),
)
INVALID_TIME_INTERVAL = punctuated(
    "INVALID_TIME_INTERVAL", -4165, -4088, "Invalid time interval", "Maximum time interval is %s days"
)
ISOLATED_REJECT_WITH_JOINT_MARGIN = usdm_only(
    "ISOLATED_REJECT_WITH_JOINT_MARGIN",
    -4167,
    "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.",
)
JOINT_MARGIN_REJECT_WITH_ISOLATED = usdm_only(
    "JOINT_MARGIN_REJECT_WITH_ISOLATED",
    -4168,
    "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
)
JOINT_MARGIN_REJECT_WITH_MB = usdm_only(
    "JOINT_MARGIN_REJECT_WITH_MB",
    -4169,
    "Unable to adjust Multi-Assets Mode with insufficient margin balance in USDⓈ-M Futures.",
)
JOINT_MARGIN_REJECT_WITH_OPEN_ORDER = usdm_only(
    "JOINT_MARGIN_REJECT_WITH_OPEN_ORDER",
    -4170,
    "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.",
)
NO_NEED_TO_CHANGE_JOINT_MARGIN = usdm_only(
    "NO_NEED_TO_CHANGE_JOINT_MARGIN",
    -4171,
    "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.",
)
JOINT_MARGIN_REJECT_WITH_NEGATIVE_BALANCE = usdm_only(
    "JOINT_MARGIN_REJECT_WITH_NEGATIVE_BALANCE",
    -4172,
    (
        "Unable to adjust Multi-Assets Mode with a negative wallet balance of margin available "
        "asset in USDⓈ-M Futures account."
    ),
)
# The USDⓈ-M page prints the name of -4167 here by a slip; the messages show which one is meant.
PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP = apart(
    "PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP",
    -4183,
    -4151,
    "Price is higher than stop price multiplier cap.",
    "Limit price can't be higher than %s.",
)
PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN = apart(
    "PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN",
    -4184,
    -4152,
    "Price is lower than stop price multiplier floor.",
    "Limit price can't be lower than %s.",
)
ACCOUNT_REDUCE_ONLY = ErrorKind(
    "ACCOUNT_REDUCE_ONLY",
    None,
    -4189,
    ("Restricted account permission: can only place reduceOnly order on the symbol.",),
)
COOLING_OFF_PERIOD = both("COOLING_OFF_PERIOD", -4192, "Trade forbidden due to Cooling-off Period.")
ADJUST_LEVERAGE_KYC_FAILED = punctuated(
    "ADJUST_LEVERAGE_KYC_FAILED",
    -4202,
    -4194,
    "Intermediate Personal Verification is required for adjusting leverage over 20x",
)
ADJUST_LEVERAGE_ONE_MONTH_FAILED = apart(
    "ADJUST_LEVERAGE_ONE_MONTH_FAILED",
    -4203,
    -4195,
    "More than 20x leverage is available one month after account registration.",
)
# The message without a value is on the COIN-M page only.
ADJUST_LEVERAGE_X_DAYS_FAILED = apart(
    "ADJUST_LEVERAGE_X_DAYS_FAILED",
    -4205,
    -4200,
    "More than 20x leverage is available %s days after Futures account registration.",
    "More than 20x leverage is available 30 days after Futures account registration.",
)
ADJUST_LEVERAGE_KYC_LIMIT = apart(
    "ADJUST_LEVERAGE_KYC_LIMIT",
    -4206,
    -4201,
    "Users in this country has limited adjust leverage.",
    "Users in your location/country can only access a maximum leverage of %s",
)
ADJUST_LEVERAGE_ACCOUNT_SYMBOL_FAILED = apart(
    "ADJUST_LEVERAGE_ACCOUNT_SYMBOL_FAILED",
    -4208,
    -4202,
    "Current symbol leverage cannot exceed 20 when using position limit adjustment service.",
)
ADJUST_LEVERAGE_SYMBOL_FAILED = usdm_only(
    "ADJUST_LEVERAGE_SYMBOL_FAILED",
    -4209,
    "The max leverage of Symbol is 20x",
    "Leverage adjustment failed. Current symbol max leverage limit is %sx",
)
STOP_PRICE_HIGHER_THAN_PRICE_MULTIPLIER_LIMIT = apart(
    "STOP_PRICE_HIGHER_THAN_PRICE_MULTIPLIER_LIMIT",
    -4210,
    -4154,
    "Stop price is higher than price multiplier cap.",
    "Stop price can't be higher than %s",
)
STOP_PRICE_LOWER_THAN_PRICE_MULTIPLIER_LIMIT = apart(
    "STOP_PRICE_LOWER_THAN_PRICE_MULTIPLIER_LIMIT",
    -4211,
    -4155,
    "Stop price is lower than price multiplier floor.",
    "Stop price can't be lower than %s",
)
CANNOT_CHANGE_DUAL_SIDE = ErrorKind(
    "CANNOT_CHANGE_DUAL_SIDE",
    None,
    -4220,
    (
        (
            "The operation is rejected because the CM dual-side is not allowed to be different from UM "
            "dual-side."
        ),
    ),
)
TRADING_QUANTITATIVE_RULE = usdm_only(
    "TRADING_QUANTITATIVE_RULE",
    -4400,
    (
        "Futures Trading Quantitative Rules violated, only reduceOnly order is allowed, please try "
        "again later."
    ),
)
LARGE_POSITION_SYM_RULE = usdm_only(
    "LARGE_POSITION_SYM_RULE",
    -4401,
    (
        "Futures Trading Risk Control Rules of large position holding violated, only reduceOnly "
        "order is allowed, please reduce the position. ."
    ),
)
COMPLIANCE_BLACK_SYMBOL_RESTRICTION = usdm_only(
    "COMPLIANCE_BLACK_SYMBOL_RESTRICTION",
    -4402,
    (
        "Dear user, as per our Terms of Use and compliance with local regulations, this feature is "
        "currently not available in your region."
    ),
)
ADJUST_LEVERAGE_COMPLIANCE_FAILED = usdm_only(
    "ADJUST_LEVERAGE_COMPLIANCE_FAILED",
    -4403,
    (
        "Dear user, as per our Terms of Use and compliance with local regulations, the leverage "
        "can only up to 10x in your region"
    ),
    (
        "Dear user, as per our Terms of Use and compliance with local regulations, the leverage "
        "can only up to %sx in your region"
    ),
)
# Not on the pages, so the name is ours; the message is known from client libraries.
REGULATION_REDUCE_ONLY_SYMBOL = usdm_only(
    "REGULATION_REDUCE_ONLY_SYMBOL",
    -4408,
    (
        "This symbol is in reduce only mode due to regulation requirements. Please upgrade to "
        "Binance Credits Trading Mode."
    ),
)
# Documented: change log 2026-05-13, without a name; ours. The message is known from client libraries.
POSITION_MODE_SYNC_REJECT = both(
    "POSITION_MODE_SYNC_REJECT",
    -4531,
    (
        "Position mode change requires syncing UM and CM. Please close any open positions or "
        "orders in CM and try again."
    ),
)
