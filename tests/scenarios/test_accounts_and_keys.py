"""Opening accounts, and handing out keys without showing them."""

from margind.engine import commands as c
from margind.engine import events as e
from tests.engine.builders import NAME, NOW, Desk
from tests.scenarios.refusals import impossible

KEY = c.CreateKey(NAME, "A" * 64, "hmac", "very-secret", ("USER_DATA", "TRADE"), ("127.0.0.1",))


def test_accounts_are_numbered_in_the_order_they_are_opened() -> None:
    desk = Desk()
    assert desk.do(c.OpenAccount("second")) == [e.AccountOpened("second", 2, NOW)]
    assert desk.state.accounts["second"].number == 2


def test_a_name_can_be_taken_once() -> None:
    refused = impossible(Desk(), c.OpenAccount(NAME))
    assert (refused.code, refused.http_status) == ("account_exists", 409)


def test_a_key_belongs_to_its_account_until_it_is_revoked() -> None:
    desk = Desk()
    desk.do(c.OpenAccount("second"))
    desk.do(KEY)
    key = desk.state.keys["A" * 64]
    assert (key.account, key.permissions) == (NAME, frozenset({"USER_DATA", "TRADE"}))
    assert impossible(desk, KEY).code == "key_exists"
    assert impossible(desk, c.RevokeKey("second", "A" * 64)).code == "unknown_key"
    assert impossible(desk, c.RevokeKey(NAME, "B" * 64)).code == "unknown_key"
    assert desk.do(c.RevokeKey(NAME, "A" * 64)) == [e.KeyRevoked(NAME, "A" * 64, NOW)]
    assert desk.state.keys == {}


def test_neither_secret_nor_whole_key_is_ever_printed() -> None:
    desk = Desk()
    (event,) = desk.do(KEY)
    for value in (KEY, event, desk.state.keys["A" * 64]):
        assert "very-secret" not in repr(value)
        assert "AAAAA" not in repr(value)
        assert NAME in repr(value)
