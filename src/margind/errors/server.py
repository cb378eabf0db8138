"""What is wrong with the server, the network or the caller: the -10xx numbers."""

from margind.errors.kind import ErrorKind, both, usdm_only

# Documented: 400 or 5xx. Here it only says that margind itself failed, hence 500.
UNKNOWN = both("UNKNOWN", -1000, "An unknown error occured while processing the request.", http_status=500)
# Documented: 'General Info' lists this text among the answers with HTTP 503.
DISCONNECTED = both(
    "DISCONNECTED",
    -1001,
    "Internal error; unable to process your request. Please try again.",
    http_status=503,
)
UNAUTHORIZED = both("UNAUTHORIZED", -1002, "You are not authorized to execute this request.", http_status=401)
# First value: the limit; second message: the end of the ban in milliseconds since 1970.
TOO_MANY_REQUESTS = ErrorKind(
    "TOO_MANY_REQUESTS",
    -1003,
    -1003,
    (
        (
            "Too many requests; current limit is %s requests per minute. Please use the websocket for "
            "live updates to avoid polling the API."
        ),
        (
            "Way too many requests; IP banned until %s. Please use the websocket for live updates to "
            "avoid bans."
        ),
    ),
    429,
    second_http_status=418,
)
DUPLICATE_IP = both("DUPLICATE_IP", -1004, "This IP is already on the white list")
NO_SUCH_IP = both("NO_SUCH_IP", -1005, "No such IP has been white listed")
# Documented: 5xx. Assumed: 500; a recorded answer would settle it.
UNEXPECTED_RESP = both(
    "UNEXPECTED_RESP",
    -1006,
    "An unexpected response was received from the message bus. Execution status unknown.",
    http_status=500,
)
TIMEOUT = both(
    "TIMEOUT",
    -1007,
    "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    http_status=408,
)
# The second message is the one of overload protection; reducing orders are exempt from it.
REQUEST_THROTTLED = both(
    "REQUEST_THROTTLED",
    -1008,
    "Server is currently overloaded with other requests. Please try again in a few minutes.",
    (
        "Request throttled by system-level protection. Reduce-only/close-position orders are "
        "exempt. Please try again."
    ),
    http_status=503,
)
ERROR_MSG_RECEIVED = both("ERROR_MSG_RECEIVED", -1010, "ERROR_MSG_RECEIVED.")
NON_WHITE_LIST = both("NON_WHITE_LIST", -1011, "This IP cannot access this route.")
INVALID_MESSAGE = both("INVALID_MESSAGE", -1013, "INVALID_MESSAGE.")
UNKNOWN_ORDER_COMPOSITION = both("UNKNOWN_ORDER_COMPOSITION", -1014, "Unsupported order combination.")
TOO_MANY_ORDERS = both(
    "TOO_MANY_ORDERS",
    -1015,
    "Too many new orders.",
    "Too many new orders; current limit is %s orders per %s.",
    http_status=429,
)
SERVICE_SHUTTING_DOWN = both("SERVICE_SHUTTING_DOWN", -1016, "This service is no longer available.")
UNSUPPORTED_OPERATION = both("UNSUPPORTED_OPERATION", -1020, "This operation is not supported.")
INVALID_TIMESTAMP = both(
    "INVALID_TIMESTAMP",
    -1021,
    "Timestamp for this request is outside of the recvWindow.",
    "Timestamp for this request was 1000ms ahead of the server's time.",
)
INVALID_SIGNATURE = both("INVALID_SIGNATURE", -1022, "Signature for this request is not valid.")
START_TIME_GREATER_THAN_END_TIME = both(
    "START_TIME_GREATER_THAN_END_TIME", -1023, "Start time is greater than end time."
)
NOT_FOUND = usdm_only("NOT_FOUND", -1099, "Not found, unauthenticated, or unauthorized.")
