"""Calls about accounts: opening them, their keys, transfers, and the account document."""

import re
import secrets
import string
from enum import StrEnum
from ipaddress import ip_address

import msgspec

from margind.control.call import Call
from margind.documents.account_document import AccountDocument, account_document, load_command
from margind.documents.numbers import Number, decoder
from margind.engine.commands import CreateKey, OpenAccount, RevokeKey, Transfer
from margind.engine.model.decimals import ZERO, book
from margind.engine.model.terms import Market
from margind.engine.state import ApiKey, State
from margind.errors.impossible import Impossible

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_LETTERS = string.ascii_letters + string.digits
_KEY_LENGTH = 64


class KeyType(StrEnum):
    """How requests are signed."""

    HMAC = "hmac"
    RSA = "rsa"
    ED25519 = "ed25519"


class Permission(StrEnum):
    """What a key may be used for."""

    USER_DATA = "USER_DATA"
    TRADE = "TRADE"
    USER_STREAM = "USER_STREAM"


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key that is to be made: HMAC with a secret of ours, or for a public key of the caller's."""

    type: KeyType = KeyType.HMAC
    public_key: str | None = None
    permissions: list[Permission] = msgspec.field(default_factory=lambda: list(Permission))
    ip_whitelist: list[str] = []


class Balances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Amounts by asset."""

    usdm: dict[str, Number] = {}
    coinm: dict[str, Number] = {}


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account that is to be opened."""

    name: str
    balances: Balances = Balances()
    key: NewKey = NewKey()


class NewTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount from the outside world or, negative, to it."""

    market: Market
    asset: str
    amount: Number


class TransferDocument(msgspec.Struct, frozen=True):
    """A transfer that was booked, and what the wallet holds since."""

    market: Market
    asset: str
    amount: Number
    wallet_balance: Number


class Credentials(msgspec.Struct, frozen=True):
    """A key just made: the only reply that ever shows its secret."""

    name: str
    api_key: str
    secret_key: str | None
    """None for a key whose private half never leaves the caller."""

    def __repr__(self) -> str:
        return f"Credentials(name={self.name!r}, api_key={self.api_key[:4]!r}…)"


class KeyDocument(msgspec.Struct, frozen=True):
    """A key without its secret."""

    api_key: str
    type: str
    permissions: list[str]
    ip_whitelist: list[str]


class AccountEntry(msgspec.Struct, frozen=True):
    """An account in the list."""

    name: str
    keys: list[KeyDocument]


_NEW_ACCOUNT = decoder(NewAccount)
_NEW_KEY = decoder(NewKey)
_NEW_TRANSFER = decoder(NewTransfer)
_ACCOUNT_DOCUMENT = decoder(AccountDocument)


async def open_account(call: Call) -> Credentials:
    """Open an account with balances and a key; a refused request leaves nothing behind."""
    asked = call.read(_NEW_ACCOUNT)
    runtime = call.runtime
    if _NAME.fullmatch(asked.name) is None:
        raise Impossible("bad_name", "an account's name has 1 to 64 letters, digits, '_', '-', '.' or '@'")
    if asked.name in runtime.state.accounts:
        raise Impossible("account_exists", f"there is an account named {asked.name!r} already", 409)
    transfers = _opening_transfers(runtime.state, asked)
    command = _key_command(call, asked.name, asked.key)
    # Nothing can refuse any more. Durable together: an account without its key would be of no use.
    await runtime.execute(OpenAccount(asked.name), *transfers, command)
    return _credentials(command)


async def list_accounts(call: Call) -> list[AccountEntry]:
    """All accounts with their keys, without secrets."""
    state = call.runtime.state
    keys: dict[str, list[KeyDocument]] = {name: [] for name in state.accounts}
    for key in state.keys.values():
        keys[key.account].append(_key_document(key))
    return [AccountEntry(name, of_account) for name, of_account in keys.items()]


async def create_key(call: Call) -> Credentials:
    """Give an account one more key."""
    account = call.account.name
    asked = call.read(_NEW_KEY) if call.body else NewKey()
    command = _key_command(call, account, asked)
    await call.runtime.execute(command)
    return _credentials(command)


async def revoke_key(call: Call) -> dict[str, str]:
    """Take a key away; requests signed with it are refused from now on."""
    await call.runtime.execute(RevokeKey(call.account.name, call.names["api_key"]))
    return {}


async def transfer(call: Call) -> TransferDocument:
    """Book an amount into an account, or out of it as far as it is free."""
    account = call.account.name
    asked = call.read(_NEW_TRANSFER)
    await call.runtime.execute(Transfer(account, asked.market, asked.asset, asked.amount.plain))
    balance = call.runtime.state.wallet_balance(account, asked.market, asked.asset)
    return TransferDocument(asked.market, asked.asset, asked.amount, Number(balance))


async def read_state(call: Call) -> AccountDocument:
    """The account as a document."""
    return account_document(call.account)


async def load_state(call: Call) -> AccountDocument:
    """Make the account exactly what a document says; the reply is the account as it is then."""
    account, runtime = call.account, call.runtime
    document = call.read(_ACCOUNT_DOCUMENT)
    await runtime.execute(load_command(runtime.state, account.name, document, runtime.now()))
    return account_document(account)


def _opening_transfers(state: State, asked: NewAccount) -> list[Transfer]:
    transfers = []
    for market, balances in ((Market.USDM, asked.balances.usdm), (Market.COINM, asked.balances.coinm)):
        for asset, amount in balances.items():
            name = f"balances.{market}.{asset}"
            if asset not in state.markets[market].assets:
                raise Impossible("unknown_asset", f"{name}: {asset} cannot be held on {market}")
            if amount < ZERO:
                raise Impossible("bad_amount", f"{name}: a balance cannot be negative")
            if book(amount) != amount:
                raise Impossible("bad_amount", f"{name}: {amount:f} has more than 8 decimals")
            if amount:
                transfers.append(Transfer(asked.name, market, asset, amount.plain))
    return transfers


def _key_command(call: Call, account: str, asked: NewKey) -> CreateKey:
    if asked.type is KeyType.HMAC:
        if asked.public_key is not None:
            raise Impossible("bad_key", "an hmac key has no public_key")
        secret = _random_text()
    elif asked.public_key is None:
        raise Impossible("bad_key", f"give the public_key of the {asked.type} key, in PEM form")
    else:
        secret = asked.public_key
    try:
        call.server.check_key(asked.type, secret)
        addresses = tuple(str(ip_address(address)) for address in asked.ip_whitelist)
    except ValueError as error:
        raise Impossible("bad_key", str(error)) from None
    # A dict keeps one of each, in order.
    permissions = tuple(dict.fromkeys(permission.value for permission in asked.permissions))
    return CreateKey(account, _random_text(), asked.type.value, secret, permissions, addresses)


def _random_text() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_KEY_LENGTH))


def _credentials(key: CreateKey) -> Credentials:
    secret_key = key.secret if key.key_type == KeyType.HMAC else None
    return Credentials(key.account, key.api_key, secret_key)


def _key_document(key: ApiKey) -> KeyDocument:
    in_order = [permission for permission in Permission if permission in key.permissions]
    return KeyDocument(key.api_key, key.key_type, [*in_order], list(key.ip_whitelist))
