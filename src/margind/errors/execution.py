"""What the matching engine or an order change does not allow, and the unknown path: the -50xx numbers."""

from margind.errors.kind import ErrorKind, apart, both, usdm_only

# Not on the pages, so the name is ours. Observed: client logs of /fapi, HTTP 404. Assumed: /dapi.
INVALID_PATH = both("INVALID_PATH", -5000, "Path %s, Method %s is invalid", http_status=404)
FOK_ORDER_REJECT = usdm_only(
    "FOK_ORDER_REJECT",
    -5021,
    "Due to the order could not be filled immediately, the FOK order has been rejected.",
)
GTX_ORDER_REJECT = usdm_only(
    "GTX_ORDER_REJECT",
    -5022,
    "Due to the order could not be executed as maker, the Post Only order will be rejected.",
)
MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON = apart(
    "MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON",
    -5024,
    -4199,
    "Symbol is not in trading status. Order amendment is not permitted.",
)
LIMIT_ORDER_ONLY = apart("LIMIT_ORDER_ONLY", -5025, -4196, "Only limit order is supported.")
EXCEED_MAXIMUM_MODIFY_ORDER_LIMIT = ErrorKind(
    "Exceed_Maximum_Modify_Order_Limit",
    -5026,
    -4198,
    ("Exceed maximum modify order limit.",),
    coinm_name="EXCEED_MAX_MODIFY_ORDER_LIMIT",
)
SAME_ORDER = apart("SAME_ORDER", -5027, -4197, "No need to modify the order.")
ME_RECVWINDOW_REJECT = ErrorKind(
    "ME_RECVWINDOW_REJECT",
    -5028,
    -4188,
    ("Timestamp for this request is outside of the ME recvWindow.",),
    coinm_name="ME_INVALID_TIMESTAMP",
)
MODIFICATION_MIN_NOTIONAL = usdm_only(
    "MODIFICATION_MIN_NOTIONAL", -5029, "Order's notional must be no smaller than %s"
)
INVALID_PRICE_MATCH = usdm_only("INVALID_PRICE_MATCH", -5037, "Invalid price match")
UNSUPPORTED_ORDER_TYPE_PRICE_MATCH = usdm_only(
    "UNSUPPORTED_ORDER_TYPE_PRICE_MATCH",
    -5038,
    "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT",
)
INVALID_SELF_TRADE_PREVENTION_MODE = usdm_only(
    "INVALID_SELF_TRADE_PREVENTION_MODE", -5039, "Invalid self trade prevention mode"
)
FUTURE_GOOD_TILL_DATE = usdm_only(
    "FUTURE_GOOD_TILL_DATE",
    -5040,
    (
        "The goodTillDate timestamp must be greater than the current time plus 600 seconds and "
        "smaller than 253402300799000 (UTC 9999-12-31 23:59:59)"
    ),
)
BBO_ORDER_REJECT = usdm_only("BBO_ORDER_REJECT", -5041, "No depth matches this BBO order")
EXISTING_PENDING_MODIFICATION = usdm_only(
    "Existing_Pending_Modification", -5043, "A pending modification already exists for this order."
)
# Documented: change log 2026-09, without a name; ours. The message is known from client libraries.
ORIGINAL_ORDER_NOT_REDUCE_ONLY = usdm_only(
    "ORIGINAL_ORDER_NOT_REDUCE_ONLY", -5047, "The original order is not a reduce-only order."
)
