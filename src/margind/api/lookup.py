"""Finding what a request names: symbols that exist and have prices."""

from margind import errors
from margind.api.endpoints import Call
from margind.errors import Refusal


def listed(call: Call, name: str = "symbol") -> str | None:
    """The symbol a request names, None when it names none. Refuses with -1121 one that is not listed."""
    symbol: str | None = call.parameters[name]
    if symbol is not None and not call.market_state.usable(symbol):
        raise Refusal(errors.BAD_SYMBOL)
    return symbol


def named(call: Call) -> str:
    """The symbol of a request that must name one."""
    symbol = listed(call)
    assert symbol is not None, "the endpoint declares its symbol as mandatory"
    return symbol


def refuse_both(call: Call, first: str, second: str) -> None:
    """Refuses with -1128 two filters that exclude each other."""
    if call.parameters[first] is not None and call.parameters[second] is not None:
        raise Refusal(errors.OPTIONAL_PARAMS_BAD_COMBO)
