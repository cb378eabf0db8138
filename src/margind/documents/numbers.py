"""Decimals and times as our own JSON has them: decimals as text, times as integer milliseconds."""

from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec

from margind.clock import LATEST
from margind.engine.model.decimals import parse_decimal

T = TypeVar("T")

Time = Annotated[int, msgspec.Meta(ge=0, le=LATEST)]

_SHOWN = 40


class Number(Decimal):
    """A decimal of a document. Inside the exchange it is a plain `Decimal` again.

    A class of its own, so that every one passes the same gate: plain digits only, and no float on the way.
    """

    __slots__ = ()

    @property
    def plain(self) -> Decimal:
        """The same digits as the exchange keeps them."""
        return Decimal(self)


def decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """A decoder for a document; what does not fit is a `msgspec.ValidationError` naming the field."""
    return msgspec.json.Decoder(shape, dec_hook=_number)


def _number(shape: type, given: Any) -> Number:
    assert shape is Number
    if isinstance(given, float):
        # A float has lost the digits that were written, and a decimal keeps them all.
        raise ValueError('a number with a fraction must be written as text, such as "0.1"')  # noqa: TRY004
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError('expected a decimal as text, such as "0.1"')  # noqa: TRY004 - one kind of fault
    value = parse_decimal(str(given))
    if value is None:
        shown = str(given)[:_SHOWN]
        raise ValueError(f"{shown!r} is not a plain decimal: up to 20 digits on either side of the point")
    return Number(value)


def _text(value: Any) -> str:
    assert isinstance(value, Number)
    return format(value, "f")


encode = msgspec.json.Encoder(enc_hook=_text).encode
"""A reply as JSON; decimals keep exactly the digits they are held with."""
