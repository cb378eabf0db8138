"""Reading a document somebody wrote: what is wrong with it is said with the place where it is wrong."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from margind.documents.numbers import decoder
from margind.errors.impossible import Impossible

T = TypeVar("T")

_AT_BYTE = re.compile(r" ?\(byte (\d+)\)")
_AT_FIELD = re.compile(r"^(?P<what>.*) - at `(?P<where>\$[^`]*)`$", re.DOTALL)


def read_document(shape: type[T], given: bytes | str | Mapping[str, Any] | T) -> T:
    """A document from JSON text, or from what a JSON parser made of it; `Impossible` says what does not fit.

    Text is read for itself, so that a number keeps all its digits.
    """
    if isinstance(given, shape):
        return given
    text = given if isinstance(given, bytes | str) else msgspec.json.encode(given)
    try:
        return decoder(shape).decode(text)
    except msgspec.ValidationError as error:
        raise Impossible("bad_document", _misfit(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Impossible("bad_json", _no_json(str(error), text)) from None
    except RecursionError:
        raise Impossible("bad_json", "the document is nested too deeply") from None


def _misfit(message: str) -> str:
    found = _AT_FIELD.match(message)
    what, where = (message, "") if found is None else (found["what"], found["where"])
    path = where.removeprefix("$").removeprefix(".")
    return (f"{path}: " if path else "") + what[:1].lower() + what[1:]


def _no_json(message: str, text: bytes | str) -> str:
    data = text.encode() if isinstance(text, str) else text
    if not data.strip():
        return "the document is empty"
    found = _AT_BYTE.search(message)
    at = len(data) if found is None else int(found[1])
    before = data[:at]
    line = before.count(b"\n") + 1
    column = at - (before.rfind(b"\n") + 1) + 1
    words = _AT_BYTE.sub("", message).removeprefix("JSON is malformed: ")
    return f"line {line}, column {column}: no JSON, {words[:1].lower()}{words[1:]}"
