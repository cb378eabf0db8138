"""Nothing that holds a secret shows it when it is printed, and no reply repeats one."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest

import margind
from margind.api.keys import KnownKey
from margind.engine.model.terms import Market
from tests.api.support import ELSEWHERE, FULL, OF_SIDE, READER, TRADER, World, ed25519_key, signed_params
from tests.api.test_endpoint_table import ROWS, WEBSOCKET_ROWS, mandatory

SECRET_FIELDS = {"secret", "secret_key", "control_token", "token"}
SECRET = "the-secret-that-must-not-be-shown"


def structs() -> Iterator[type[msgspec.Struct]]:
    """Every struct of the package that has a field for a secret."""
    for module in pkgutil.walk_packages(margind.__path__, "margind."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    pending: list[type[msgspec.Struct]] = [msgspec.Struct]
    while pending:
        for kind in pending.pop().__subclasses__():
            pending.append(kind)
            if SECRET_FIELDS & set(kind.__struct_fields__) and kind.__module__.startswith("margind."):
                yield kind


HOLDERS = sorted(set(structs()), key=lambda kind: kind.__qualname__)


def test_the_structs_with_secrets_are_found() -> None:
    names = {kind.__name__ for kind in HOLDERS}
    assert {"ApiKey", "CreateKey", "KeyCreated", "Credentials", "ReadyAccount", "ServerSettings"} <= names


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda kind: kind.__name__)
def test_a_struct_with_a_secret_does_not_print_it(holder: type[msgspec.Struct]) -> None:
    filled = {
        name: SECRET if name in SECRET_FIELDS else "something-else" for name in holder.__struct_fields__
    }
    made = holder(**filled)
    assert SECRET not in repr(made)
    assert SECRET not in f"{made} {[made]} { ({'key': made}) }"


def test_what_checks_signatures_does_not_print_its_key(world: World) -> None:
    key = world.main.state.keys[FULL.text]
    known = world.keys.find(FULL.text, ROWS[0].security.MARKET_DATA, "127.0.0.1", None)
    assert isinstance(known, KnownKey)
    for printed in (repr(key), repr(known), repr(known.verifier), repr(world.main), repr(world.keys)):
        assert FULL.kept not in printed


def test_no_reply_shows_a_secret(world: World) -> None:
    secrets = [key.kept.encode() for key in (FULL, READER, TRADER, ELSEWHERE, OF_SIDE)]
    replies = []
    for row in ROWS:
        replies.append(world.call(row.method, row.path, mandatory(row)).body)
        replies.append(world.call(row.method, row.path, mandatory(row), key=READER).body)
        replies.append(world.send(row.method, row.path, "signature=0&timestamp=0", key=FULL.text).body)
    for row in WEBSOCKET_ROWS:
        for key in (FULL, TRADER):
            frame = msgspec.json.encode({"id": 1, "method": row.ws_method, "params": signed_params({}, key)})
            replies.append(world.run(world.websockets.answer(world.session(row.market), frame)))
    session = world.session(Market.USDM)
    logon = {"id": 1, "method": "session.logon", "params": signed_params({}, ed25519_key())}
    replies.append(world.run(world.websockets.answer(session, msgspec.json.encode(logon))))
    assert len(replies) > 200
    assert [reply for reply in replies for secret in secrets if secret in reply] == []
    # The path that nobody knows is shown as it was asked for: that is the caller's own text.
    assert b"the-path" in world.send("GET", "/the-path").body
