"""Parameters that many endpoints declare alike."""

from margind.api.parameters import Kind, Parameter
from margind.engine.model.terms import PositionSide

SYMBOL = Parameter("symbol", Kind.SYMBOL, required=True)
OPTIONAL_SYMBOL = Parameter("symbol", Kind.SYMBOL)
PAIR = Parameter("pair", Kind.SYMBOL)
START_TIME = Parameter("startTime", Kind.INTEGER, minimum=0)
END_TIME = Parameter("endTime", Kind.INTEGER, minimum=0)
POSITION_SIDE = Parameter("positionSide", Kind.ENUM, choices=tuple(PositionSide), default=PositionSide.BOTH)


def limit(default: int, most: int) -> Parameter:
    """How many rows a list may have.

    Assumed: a limit above the maximum is refused with -1130 (the pages only name the maximum).
    """
    return Parameter("limit", Kind.INTEGER, default=default, minimum=1, maximum=most)
