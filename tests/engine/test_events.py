"""Events as they are kept: every kind survives its text, digits included."""

import inspect
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from margind.engine import events as e
from margind.engine.apply import apply
from margind.engine.model.brackets import Brackets
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.contracts import Contract
from margind.engine.model.funding import FundingTerms
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    Counterparty,
    IncomeType,
    MarginChangeType,
    MarginType,
    Market,
    PositionSide,
    Rounding,
    Side,
)
from margind.engine.state import State
from tests.engine.builders import (
    BTCUSD_PERP_2021,
    NAME,
    NOW,
    Desk,
    contract,
    cross,
    held,
    index,
    isolated,
    ladder,
    quoted,
    resting,
)
from tests.engine.plain import plain

USDM, COINM, BOTH = Market.USDM, Market.COINM, PositionSide.BOTH
DIGITS = Decimal("1.100000000000000000001")

BY_HAND: list[e.Event] = [
    e.ExchangeOpened(ExchangeSettings(Rounding.CUT, 10), {USDM: "2026-09-29", COINM: "2021-07"}, NOW),
    e.AccountOpened(NAME, 1, NOW),
    e.KeyCreated(NAME, "A" * 64, "hmac", "secret", ("TRADE",), ("127.0.0.1",), NOW),
    e.KeyRevoked(NAME, "A" * 64, NOW),
    e.BalanceChanged(
        NAME,
        USDM,
        "USDT",
        Decimal("-0.10"),
        DIGITS,
        Counterparty.FEES,
        IncomeType.COMMISSION,
        7,
        NOW,
        "S",
        "i",
        "9",
    ),
    e.BalanceChanged(
        NAME, USDM, "USDT", Decimal("1E-8"), Decimal("0E-8"), Counterparty.OUTSIDE, None, 8, NOW
    ),
    e.LeverageChanged(NAME, USDM, "BTCUSDT", 7, NOW),
    e.MarginTypeChanged(NAME, COINM, "BTCUSD_PERP", MarginType.ISOLATED, NOW),
    e.PositionModeChanged(NAME, True, NOW),
    e.AssetModeChanged(NAME, True, NOW),
    e.FeeBurnChanged(NAME, False, NOW),
    e.IsolatedMarginChanged(
        NAME,
        USDM,
        "BTCUSDT",
        BOTH,
        "USDT",
        Decimal("-1.0"),
        Decimal("2.00"),
        MarginChangeType.USER_ADJUST,
        NOW,
    ),
    e.MarketAccountLoaded(
        NAME,
        USDM,
        True,
        1,
        False,
        True,
        False,
        False,
        False,
        -1,
        {"USDT": 5},
        {"BTCUSDT": isolated(3), "ETHUSDT": cross(4)},
        (held("BTCUSDT", "-0.10", str(DIGITS)),),
        (resting("BTCUSDT", Side.SELL, "1.10", "2.00", order_id=4, client_order_id="é"),),
        NOW,
    ),
    e.PricesSet({"BTCUSDT": quoted(DIGITS)}, {}, {"USDTUSD": index("1.0", "0.10")}, NOW),
    e.ContractListed(contract(COINM, "BTCUSD_PERP", "BTC", "100.0"), NOW),
    e.BracketsSet(COINM, "BTCUSD_PERP", ladder(BTCUSD_PERP_2021), NOW),
    e.FundingTermsSet(
        COINM, "BTCUSD_PERP", FundingTerms(4, Decimal("0.020"), None, NOW), NOW, Decimal("0.10"), NOW
    ),
    e.ClockSet("accelerated", NOW, "2.5"),
    e.FeedStarted("replay", NOW),
]


SAMPLES: dict[Any, Any] = {
    str: "é 1.10",
    int: 7,
    bool: True,
    Decimal: DIGITS,
    Order: resting("BTCUSDT", Side.SELL, "1.10", "2.00", order_id=4),
    ExchangeSettings: ExchangeSettings(Rounding.CUT, 10),
    Contract: contract(COINM, "BTCUSD_PERP", "BTC", "100.0"),
    Brackets: ladder(BTCUSD_PERP_2021),
}


def sample(annotation: Any) -> Any:
    """Some value of a type, so that no kind of event can be forgotten."""
    if annotation in SAMPLES:
        return SAMPLES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return {sample(arguments[0]): sample(arguments[1])}
    if origin is tuple:
        return (sample(arguments[0]),) if arguments[-1] is ... else tuple(map(sample, arguments))
    if arguments:  # a union with None
        return sample(arguments[0])
    if issubclass(annotation, Enum):
        return list(annotation)[-1]
    return annotation(**{name: sample(hint) for name, hint in get_type_hints(annotation).items()})


def test_every_class_of_the_module_is_an_event() -> None:
    kinds = {
        kind for _, kind in inspect.getmembers(e, inspect.isclass) if kind.__module__.startswith(e.__name__)
    }
    assert kinds == set(get_args(e.Event))


@pytest.mark.parametrize("event", BY_HAND, ids=lambda event: f"{type(event).__name__}-{BY_HAND.index(event)}")
def test_an_event_survives_its_text(event: e.Event) -> None:
    check_survival(event)


@pytest.mark.parametrize("kind", get_args(e.Event))
def test_every_kind_of_event_survives_its_text(kind: type[e.Event]) -> None:
    check_survival(sample(kind))


def check_survival(event: e.Event) -> None:
    text = msgspec.json.encode(event)
    decoded = msgspec.json.Decoder(e.Event).decode(text)
    assert type(decoded) is type(event)
    assert decoded == event
    assert plain(decoded) == plain(event)  # digits, too: 1.10 stays 1.10
    assert msgspec.json.encode(decoded) == text


def test_settings_come_with_the_first_event() -> None:
    desk = Desk()
    state = State(desk.facts, ExchangeSettings())
    apply(state, BY_HAND[0])
    assert state.settings == ExchangeSettings(Rounding.CUT, 10)
    assert state.sequence == 1
