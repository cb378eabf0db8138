"""The models of the official SDKs, turned back into JSON."""

import logging
import re
from typing import Any

import pytest


def as_json(value: Any) -> Any:
    """What a model was made from: fields under their names on the wire, and those it does not declare.

    A field that was not sent is None in the model; no reply read here has a null of its own.
    """
    if isinstance(value, list):
        return [as_json(element) for element in value]
    if isinstance(value, dict):
        return {name: as_json(element) for name, element in value.items()}
    one_of = getattr(value, "actual_instance", None)
    if one_of is not None:
        return as_json(one_of)
    if not hasattr(value, "model_fields_set"):
        return value
    fields = type(value).model_fields
    sent = {
        fields[name].alias or name: as_json(getattr(value, name))
        for name in fields
        if name != "additional_properties" and getattr(value, name) is not None
    }
    return sent | as_json(getattr(value, "additional_properties", {}))


def as_event(model: Any) -> Any:
    """A message of the user data stream; the SDKs keep its name as the class of the model alone."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(model.actual_instance).__name__).upper()
    return {"e": name, **as_json(model)}


def undeclared(kept: Any, on_the_wire: Any) -> set[str]:
    """Fields of the wire that the SDK's model does not know and drops; all others have to be equal."""
    if isinstance(on_the_wire, list):
        assert len(kept) == len(on_the_wire)
        pairs = zip(kept, on_the_wire, strict=True)
        return {name for mine, theirs in pairs for name in undeclared(mine, theirs)}
    if not isinstance(on_the_wire, dict):
        assert kept == on_the_wire
        assert type(kept) is type(on_the_wire)
        return set()
    assert kept.keys() <= on_the_wire.keys()
    inside = {name for key in kept for name in undeclared(kept[key], on_the_wire[key])}
    return inside | set(on_the_wire.keys() - kept.keys())


def assert_nothing_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The SDKs do not fail on a wrong type: they warn, and loosen the model for good."""
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == []
