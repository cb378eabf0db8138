"""What an account or its orders do not allow: the -20xx numbers."""

from margind.errors.kind import both, usdm_only

NEW_ORDER_REJECTED = both("NEW_ORDER_REJECTED", -2010, "NEW_ORDER_REJECTED")
# Documented: sample of USDⓈ-M 'Cancel Multiple Orders' for the second message. Assumed: COIN-M says the same.
CANCEL_REJECTED = both("CANCEL_REJECTED", -2011, "CANCEL_REJECTED", "Unknown order sent.")
CANCEL_ALL_FAIL = usdm_only("CANCEL_ALL_FAIL", -2012, "Batch cancel failure.")
NO_SUCH_ORDER = both("NO_SUCH_ORDER", -2013, "Order does not exist.")
BAD_API_KEY_FMT = both("BAD_API_KEY_FMT", -2014, "API-key format invalid.", http_status=401)
REJECTED_MBX_KEY = both(
    "REJECTED_MBX_KEY", -2015, "Invalid API-key, IP, or permissions for action.", http_status=401
)
NO_TRADING_WINDOW = both(
    "NO_TRADING_WINDOW", -2016, "No trading window could be found for the symbol. Try ticker/24hrs instead."
)
API_KEYS_LOCKED = usdm_only("API_KEYS_LOCKED", -2017, "API Keys are locked on this account.")
BALANCE_NOT_SUFFICIENT = both("BALANCE_NOT_SUFFICIENT", -2018, "Balance is insufficient.")
# The name lacks its last letter on both pages.
MARGIN_NOT_SUFFICIEN = both("MARGIN_NOT_SUFFICIEN", -2019, "Margin is insufficient.")
UNABLE_TO_FILL = both("UNABLE_TO_FILL", -2020, "Unable to fill.")
ORDER_WOULD_IMMEDIATELY_TRIGGER = both(
    "ORDER_WOULD_IMMEDIATELY_TRIGGER", -2021, "Order would immediately trigger."
)
REDUCE_ONLY_REJECT = both("REDUCE_ONLY_REJECT", -2022, "ReduceOnly Order is rejected.")
USER_IN_LIQUIDATION = both("USER_IN_LIQUIDATION", -2023, "User in liquidation mode now.")
POSITION_NOT_SUFFICIENT = both("POSITION_NOT_SUFFICIENT", -2024, "Position is not sufficient.")
MAX_OPEN_ORDER_EXCEEDED = both("MAX_OPEN_ORDER_EXCEEDED", -2025, "Reach max open order limit.")
REDUCE_ONLY_ORDER_TYPE_NOT_SUPPORTED = both(
    "REDUCE_ONLY_ORDER_TYPE_NOT_SUPPORTED", -2026, "This OrderType is not supported when reduceOnly."
)
MAX_LEVERAGE_RATIO = both(
    "MAX_LEVERAGE_RATIO", -2027, "Exceeded the maximum allowable position at current leverage."
)
MIN_LEVERAGE_RATIO = both(
    "MIN_LEVERAGE_RATIO", -2028, "Leverage is smaller than permitted: insufficient margin balance."
)
