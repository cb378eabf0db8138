"""The account views that can be asked about, and how a field is found in what they show."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.account import PositionKey
from margind.engine.model.terms import Market, PositionSide
from margind.errors.impossible import Impossible
from margind.wire.coinm import account as coinm_account
from margind.wire.coinm import balance as coinm_balance
from margind.wire.coinm import positions as coinm_positions
from margind.wire.usdm import account as usdm_account
from margind.wire.usdm import balance as usdm_balance
from margind.wire.usdm import positions as usdm_positions

Places: TypeAlias = Mapping[PositionKey, int]
Row: TypeAlias = Any
"""A struct of the wire; its fields are found by their wire names."""


class View(msgspec.Struct, frozen=True):
    """One account view."""

    name: str
    market: Market
    call: str
    """How a client asks for it."""
    show: "Show"

    @property
    def held_only(self) -> bool:
        """Whether symbols without a position and without an order are left out (USDⓈ-M since 2024-07)."""
        return self.name in _HELD_ONLY


Show: TypeAlias = Callable[[AccountReport, Places, str | None], Row | list[Row]]
"""Shows a report; a view of positions shows one symbol alone when it is given."""


def _rest(market: Market, path: str, show: Show) -> View:
    return View(path.strip("/").replace("/", "-"), market, f"GET {path}", show)


def _socket(market: Market, method: str, show: Show) -> View:
    socket = "ws-fapi" if market is Market.USDM else "ws-dapi"
    return View(f"{socket}-{method.replace('/', '-')}", market, f"{method} on /{socket}/v1", show)


def _position_risk_v2(report: AccountReport, _: Places, symbol: str | None) -> list[Row]:
    return usdm_positions.position_risk_v2(report, symbol)


def _coinm_risk(report: AccountReport, _: Places, symbol: str | None) -> list[Row]:
    return coinm_positions.position_risk(report, pair=_pair(report, symbol))


def _coinm_position(report: AccountReport, _: Places, symbol: str | None) -> list[Row]:
    return coinm_positions.account_position(report, pair=_pair(report, symbol))


def _pair(report: AccountReport, symbol: str | None) -> str | None:
    return None if symbol is None else report.market.contracts[symbol].pair


_USDM, _COINM = Market.USDM, Market.COINM
_ALL = (
    _rest(_USDM, "/fapi/v2/account", lambda report, *_: usdm_account.account_v2(report)),
    _rest(_USDM, "/fapi/v3/account", lambda report, *_: usdm_account.account_v3(report)),
    _rest(_USDM, "/fapi/v2/balance", lambda report, *_: usdm_balance.balance(report)),
    _rest(_USDM, "/fapi/v3/balance", lambda report, *_: usdm_balance.balance(report)),
    _rest(_USDM, "/fapi/v2/positionRisk", _position_risk_v2),
    _rest(_USDM, "/fapi/v3/positionRisk", usdm_positions.position_risk_v3),
    _socket(_USDM, "account.status", lambda report, *_: usdm_account.account_status(report)),
    _socket(_USDM, "v2/account.status", lambda report, *_: usdm_account.account_status_v2(report)),
    _socket(_USDM, "account.balance", lambda report, *_: usdm_balance.balance(report)),
    _socket(_USDM, "v2/account.balance", lambda report, *_: usdm_balance.balance(report)),
    _socket(_USDM, "account.position", _position_risk_v2),
    _socket(_USDM, "v2/account.position", usdm_positions.position_risk_v3),
    _rest(_COINM, "/dapi/v1/account", lambda report, *_: coinm_account.account(report)),
    _rest(_COINM, "/dapi/v1/balance", lambda report, *_: coinm_balance.balance(report)),
    _rest(_COINM, "/dapi/v1/positionRisk", _coinm_risk),
    _socket(_COINM, "account.status", lambda report, *_: coinm_account.account_status(report)),
    _socket(_COINM, "account.balance", lambda report, *_: coinm_balance.balance(report)),
    _socket(_COINM, "account.position", _coinm_position),
)
_HELD_ONLY = frozenset(
    {"fapi-v3-account", "fapi-v3-positionRisk", "ws-fapi-v2-account.status", "ws-fapi-v2-account.position"}
)
VIEWS = {view.name: view for view in _ALL}
DEFAULT_VIEW = "fapi-v2-account"


def view_named(name: str) -> View:
    """A view by its name; `Impossible` lists them all."""
    # `ws-fapi-v2/account.status` is how a client would write it.
    view = VIEWS.get(name.strip("/").replace("/", "-"))
    if view is None:
        raise Impossible("unknown_view", f"there is no view {name!r}; there are {', '.join(VIEWS)}", 404)
    return view


class Place(msgspec.Struct, frozen=True):
    """A field as it was found: the struct it stands in, and what it shows."""

    path: str
    name: str
    owner: Row
    value: Any

    @property
    def asset(self) -> str | None:
        """The asset of the row, when it is the row of an asset."""
        return None if self.symbol else getattr(self.owner, "asset", None)

    @property
    def symbol(self) -> str | None:
        """The symbol of the row, when it is the row of a position."""
        return getattr(self.owner, "symbol", None)

    @property
    def key(self) -> PositionKey | None:
        """The symbol and side of the row, when it is the row of a position."""
        return None if self.symbol is None else (self.symbol, PositionSide(self.owner.position_side))


def fields_of(row: Row) -> dict[str, Any]:
    """What a struct of the wire shows, by wire name."""
    return {field.encode_name: getattr(row, field.name) for field in msgspec.structs.fields(row)}


def find(view: View, shown: Row | list[Row], field: str) -> Place:
    """The field that a path such as `positions.BTCUSDT.maintMargin` names; `Impossible` when none is."""
    words = [word for word in field.split(".") if word]
    if not words:
        raise Impossible("unknown_field", "name a field, such as availableBalance or BTCUSDT.maintMargin")
    if isinstance(shown, list):
        return _in_rows(view, {"": shown}, words)
    top = fields_of(shown)
    rows = {name: value for name, value in top.items() if isinstance(value, list)}
    if words[0] in rows:
        if len(words) == 1:
            example = {"assets": "assets.USDT.walletBalance", "positions": "positions.BTCUSDT.notional"}
            raise Impossible(
                "unknown_field", f"{field} is a list: name a row and a field of it, as in {example[field]}"
            )
        return _in_rows(view, {words[0]: rows[words[0]]}, words[1:])
    if len(words) > 1:
        return _in_rows(view, rows, words)
    if words[0] not in top:
        raise _unknown_field(words[0], top, view.name)
    return Place(words[0], words[0], shown, top[words[0]])


def _in_rows(view: View, lists: Mapping[str, list[Row]], words: list[str]) -> Place:
    label, *rest = words
    path = [label.upper()]
    found = [(prefix, row) for prefix, rows in lists.items() for row in rows if _key(row) == label.upper()]
    if not found:
        raise _unknown_row(view, lists, label)
    if rest and rest[0].upper() in PositionSide.__members__:
        side = rest.pop(0).upper()
        path.append(side)
        found = [(prefix, row) for prefix, row in found if getattr(row, "position_side", None) == side]
        if not found:
            raise Impossible(
                "unknown_field", f"{view.name} has no {side} row of {label} in this position mode", 404
            )
    if len(found) > 1:
        sides = " or ".join(f"{label}.{row.position_side}" for _, row in found)
        raise Impossible("unknown_field", f"{label} has {len(found)} rows: name one, {sides}")
    prefix, row = found[0]
    fields = fields_of(row)
    if len(rest) != 1 or rest[0] not in fields:
        raise _unknown_field(".".join(rest), fields, f"a row of {view.name}")
    return Place(".".join(filter(None, (prefix, *path, rest[0]))), rest[0], row, fields[rest[0]])


def _key(row: Row) -> str:
    key: str = row.symbol if hasattr(row, "symbol") else row.asset
    return key


def _unknown_row(view: View, lists: Mapping[str, list[Row]], label: str) -> Impossible:
    names = [_key(row) for rows in lists.values() for row in rows]
    near = get_close_matches(label.upper(), dict.fromkeys(names), n=3)
    message = f"{view.name} shows no row {label!r}"
    if near:
        message += f"; near it: {', '.join(near)}"
    if view.held_only:
        message += f". It shows only symbols with a position or an order; {DEFAULT_VIEW} shows them all"
    return Impossible("unknown_field", message, 404)


def _unknown_field(name: str, fields: Iterable[str], where: str) -> Impossible:
    names = list(fields)
    near = get_close_matches(name, names, n=3, cutoff=0.5) or names
    message = f"{where} has no field {name!r}" if name else f"name a field of {where}"
    return Impossible(
        "unknown_field", f"{message}; {'near it' if near != names else 'there are'}: {', '.join(near)}", 404
    )
