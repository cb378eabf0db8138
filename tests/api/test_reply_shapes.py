"""What is served has the fields and JSON types of the printed examples; what differs has its reason here."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from margind.demo import demo_document
from margind.engine.commands import ChangePositionMargin, OpenAccount, Transfer
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.terms import MarginType, Market, PositionSide
from margind.feeds.catalogue import default_recording
from tests.api.support import NOW, OWNER, World, decoded, ed25519_key, hmac_key, request_frame, signed_params

MOVING = "moving"
"""An exchange whose feed has a past: fundings that were settled."""

TESTER = hmac_key("m", "secret-where-prices-move")
PLAIN = hmac_key("p", "secret-of-an-empty-account")


class Printed(NamedTuple):
    """A call, the examples of its page, and where the reply differs on purpose."""

    call: str
    parameters: str
    examples: tuple[str, ...]
    added: tuple[str, ...] = ()
    """Fields that we print and the example does not."""
    left_out: tuple[str, ...] = ()
    """Fields of the example that we do not print."""
    plain: bool = False
    """Asked by the account that holds nothing."""


# Third-party traces show these on every row of V2, although the page leaves them out.
V2_LIVE = ("positions[].breakEvenPrice", "positions[].isolatedWallet", "positions[].notional")
# Optional: the notional coefficient of users who have one; nobody has here.
COEFFICIENT = ("[].notionalCoef",)
# The page's sample shows a hedge-mode and a one-way row; HEDGE is "only a sign, ignore the value".
ADL = ("[].adlQuantile.HEDGE",)
# The sample says OrderType where the exchange sends orderTypes; the rest came after the sample was printed.
INFO_LEFT_OUT = ("symbols[].OrderType",)
INFO_ADDED = ("symbols[].maxMoveOrderLimit", "symbols[].orderTypes")

ACCOUNT_V2 = tuple(
    f"fapi-v2-account.{mode}{language}"
    for mode in ("single-asset", "multi-assets")
    for language in ("", ".zh")
)
ACCOUNT_V3 = tuple(name.replace("v2", "v3") for name in ACCOUNT_V2)

REST = (
    Printed("GET /fapi/v1/time", "", ("market/fapi-v1-time",)),
    Printed(
        "GET /fapi/v1/exchangeInfo",
        "",
        ("market/fapi-v1-exchangeInfo",),
        added=(
            *INFO_ADDED,
            "futuresType",
            "symbols[].filters[].positionControlSide",
            "symbols[].permissionSets",
        ),
        left_out=(*INFO_LEFT_OUT, "symbols[].settlePlan"),
    ),
    Printed("GET /fapi/v1/premiumIndex", "symbol=BTCUSDT", ("market/fapi-v1-premiumIndex.symbol",)),
    Printed("GET /fapi/v1/premiumIndex", "", ("market/fapi-v1-premiumIndex.all",)),
    Printed("GET /fapi/v1/fundingRate", "symbol=BTCUSDT", ("market/fapi-v1-fundingRate",)),
    Printed("GET /fapi/v1/assetIndex", "symbol=BTCUSD", ("fapi-v1-assetIndex.symbol",)),
    Printed("GET /fapi/v1/assetIndex", "", ("fapi-v1-assetIndex.all",)),
    Printed("GET /fapi/v2/account", "", ACCOUNT_V2, added=V2_LIVE),
    Printed("GET /fapi/v3/account", "", ACCOUNT_V3),
    Printed("GET /fapi/v2/balance", "", ("fapi-v2-balance", "fapi-v2-balance.zh")),
    Printed("GET /fapi/v3/balance", "", ("fapi-v3-balance",)),
    Printed("GET /fapi/v1/accountConfig", "", ("fapi-v1-accountConfig",)),
    Printed("GET /fapi/v1/symbolConfig", "", ("fapi-v1-symbolConfig",)),
    Printed("GET /fapi/v1/multiAssetsMargin", "", ("fapi-v1-multiAssetsMargin.get",)),
    Printed(
        "POST /fapi/v1/multiAssetsMargin",
        "multiAssetsMargin=true",
        ("fapi-v1-multiAssetsMargin.post",),
        plain=True,
    ),
    Printed("GET /fapi/v1/positionSide/dual", "", ("fapi-v1-positionSide-dual.get",)),
    Printed(
        "POST /fapi/v1/positionSide/dual",
        "dualSidePosition=true",
        ("fapi-v1-positionSide-dual.post",),
        plain=True,
    ),
    Printed("GET /fapi/v1/feeBurn", "", ("fapi-v1-feeBurn.get",)),
    Printed("POST /fapi/v1/feeBurn", "feeBurn=true", ("fapi-v1-feeBurn.post",)),
    Printed("GET /fapi/v1/commissionRate", "symbol=BTCUSDT", ("fapi-v1-commissionRate",)),
    Printed("GET /fapi/v1/leverageBracket", "", ("fapi-v1-leverageBracket.all",), left_out=COEFFICIENT),
    Printed("GET /fapi/v1/rateLimit/order", "", ("fapi-v1-rateLimit-order",)),
    Printed("GET /fapi/v1/income", "", ("fapi-v1-income",)),
    Printed("POST /fapi/v1/leverage", "symbol=BTCUSDT&leverage=7", ("fapi-v1-leverage.post",)),
    Printed("POST /fapi/v1/marginType", "symbol=SOLUSDT&marginType=ISOLATED", ("fapi-v1-marginType.post",)),
    Printed(
        "POST /fapi/v1/positionMargin", "symbol=ETHUSDT&amount=1&type=1", ("fapi-v1-positionMargin.post",)
    ),
    Printed(
        "GET /fapi/v1/positionMargin/history",
        "symbol=ETHUSDT",
        ("fapi-v1-positionMargin-history",),
        added=("[].clientTranId",),
    ),
    Printed("GET /fapi/v2/positionRisk", "", ("fapi-v2-positionRisk.one-way", "fapi-v2-positionRisk.hedge")),
    Printed("GET /fapi/v3/positionRisk", "", ("fapi-v3-positionRisk.one-way", "fapi-v3-positionRisk.hedge")),
    Printed("GET /fapi/v1/adlQuantile", "", ("fapi-v1-adlQuantile",), left_out=ADL),
    Printed("GET /dapi/v1/time", "", ("market/dapi-v1-time",)),
    Printed(
        "GET /dapi/v1/exchangeInfo",
        "",
        ("market/dapi-v1-exchangeInfo",),
        added=INFO_ADDED,
        left_out=INFO_LEFT_OUT,
    ),
    Printed("GET /dapi/v1/premiumIndex", "", ("market/dapi-v1-premiumIndex",)),
    Printed(
        "GET /dapi/v1/account",
        "",
        ("dapi-v1-account", "dapi-v1-account.zh"),
        added=("positions[].isolatedWallet",),  # on every row of live traces
    ),
    Printed("GET /dapi/v1/balance", "", ("dapi-v1-balance",)),
    Printed("GET /dapi/v1/positionSide/dual", "", ("dapi-v1-positionSide-dual.get",)),
    Printed(
        "POST /dapi/v1/positionSide/dual",
        "dualSidePosition=true",
        ("dapi-v1-positionSide-dual.post",),
        plain=True,
    ),
    Printed("GET /dapi/v1/commissionRate", "symbol=BTCUSD_PERP", ("dapi-v1-commissionRate",)),
    Printed(
        "GET /dapi/v1/leverageBracket",
        "",
        ("dapi-v1-leverageBracket",),
        added=(
            "[].brackets[].qtyFloor",
        ),  # the page misspells it qtylFloor, clients read this: both are sent
    ),
    Printed(
        "GET /dapi/v2/leverageBracket",
        "",
        ("dapi-v2-leverageBracket",),
        added=("[].brackets[].qtyFloor",),
        left_out=COEFFICIENT,
    ),
    Printed("GET /dapi/v1/income", "", ("dapi-v1-income",)),
    Printed("POST /dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=12", ("dapi-v1-leverage.post",)),
    Printed(
        "POST /dapi/v1/marginType", "symbol=ETHUSD_PERP&marginType=ISOLATED", ("dapi-v1-marginType.post",)
    ),
    Printed(
        "POST /dapi/v1/positionMargin",
        "symbol=BTCUSD_PERP&amount=0.001&type=1",
        ("dapi-v1-positionMargin.post",),
    ),
    Printed("GET /dapi/v1/positionMargin/history", "symbol=BTCUSD_PERP", ("dapi-v1-positionMargin-history",)),
    Printed(
        "GET /dapi/v1/positionRisk",
        "",
        ("dapi-v1-positionRisk",),
        added=("[].isolatedWallet", "[].notionalValue"),  # on every row of live traces
    ),
    Printed("GET /dapi/v1/adlQuantile", "", ("dapi-v1-adlQuantile",), left_out=ADL),
)
"""In this order: histories are asked for after what they tell has happened."""

WEBSOCKET = (
    Printed(
        "usdm account.status",
        "single-asset",
        ("ws-fapi.account.status.single-asset",),
        added=("result.positions[].breakEvenPrice",),  # printed on the multi-assets example alone
    ),
    Printed("usdm account.status", "multi-assets", ("ws-fapi.account.status.multi-assets",)),
    Printed(
        "usdm v2/account.status",
        "",
        (
            "ws-fapi.v2-account.status.single-asset",
            "ws-fapi.v2-account.status.single-asset.zh",
            "ws-fapi.v2-account.status.multi-assets.zh",
        ),
        added=("result.assets[].marginAvailable",),  # printed on the English multi-assets example alone
    ),
    Printed("usdm v2/account.status", "multi-assets", ("ws-fapi.v2-account.status.multi-assets",)),
    Printed("usdm account.balance", "", ("ws-fapi.account.balance",)),
    Printed("usdm v2/account.balance", "", ("ws-fapi.v2-account.balance",)),
    Printed(
        "usdm account.position", "", ("ws-fapi.account.position.one-way", "ws-fapi.account.position.hedge")
    ),
    Printed(
        "usdm v2/account.position",
        "",
        ("ws-fapi.v2-account.position.one-way", "ws-fapi.v2-account.position.hedge"),
        # The Chinese page and the official SDK (corrected 2026-01-29) write it as REST does.
        added=("result[].unRealizedProfit",),
        left_out=("result[].unrealizedProfit",),
    ),
    Printed("usdm session.logon", "", ("ws-fapi.session.logon",)),
    Printed("usdm session.status", "", ("ws-fapi.session.status",)),
    Printed("usdm session.logout", "", ("ws-fapi.session.logout",)),
    Printed("coinm account.status", "", ("ws-dapi.account.status",)),
    Printed("coinm account.balance", "", ("ws-dapi.account.balance",)),
    Printed("coinm account.position", "", ("ws-dapi.account.position",)),
    Printed("coinm session.logon", "", ("ws-dapi.session.logon",)),
    Printed("coinm session.status", "", ("ws-dapi.session.status",)),
    Printed("coinm session.logout", "", ("ws-dapi.session.logout",)),
)


@pytest.fixture
def moving() -> Iterator[World]:
    """An account with a cross, an isolated and an inverse isolated position, and one that holds nothing."""
    world = World()
    runtime = world.open_exchange(MOVING, "replay", recording=default_recording())
    document = demo_document(runtime.state, NOW)
    (position,) = document.coinm.positions
    coinm = msgspec.structs.replace(
        document.coinm,
        symbols={"BTCUSD_PERP": SymbolConfiguration(10, MarginType.ISOLATED)},
        positions=(msgspec.structs.replace(position, isolated_wallet=Decimal("0.1")),),
    )
    world.execute(runtime, msgspec.structs.replace(document, account=OWNER, coinm=coinm))
    world.give_key(runtime, TESTER)
    world.give_key(runtime, ed25519_key("M"))
    world.execute(runtime, OpenAccount("plain"))
    world.give_key(runtime, PLAIN, account="plain")
    world.execute(runtime, Transfer(OWNER, Market.USDM, "USDT", Decimal(1)))
    world.execute(runtime, Transfer(OWNER, Market.COINM, "BTC", Decimal(1)))
    more = Decimal("0.001")
    world.execute(
        runtime,
        ChangePositionMargin(OWNER, Market.COINM, "BTCUSD_PERP", PositionSide.BOTH, more, adds=True),
    )
    world.execute(
        runtime,
        ChangePositionMargin(OWNER, Market.USDM, "ETHUSDT", PositionSide.BOTH, Decimal(1), adds=True),
    )
    yield world
    world.close()


def shape(value: Any) -> Any:
    """Field names and JSON types; a list counts as one row that has the fields of all its rows."""
    match value:
        case dict():
            return {name: shape(inner) for name, inner in value.items()}
        case list():
            return [merged(list(map(shape, value)))]
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case _:
            return "null"


def merged(shapes: list[Any]) -> Any:
    if shapes and all(isinstance(each, dict) for each in shapes):
        names = {name for each in shapes for name in each}
        return {name: merged([each[name] for each in shapes if name in each]) for name in names}
    if shapes and all(isinstance(each, list) for each in shapes):
        return [merged([inner for each in shapes for inner in each if inner])]
    return "|".join(sorted({str(each) for each in shapes}))


def differences(example: Any, ours: Any, at: str = "") -> Iterator[str]:
    """Fields that only one side has (marked + where it is ours) and types that differ."""
    if isinstance(example, dict) and isinstance(ours, dict):
        for name in sorted(example.keys() | ours.keys()):
            place = f"{at}.{name}".lstrip(".")
            if name not in ours:
                yield f"-{place}"
            elif name not in example:
                yield f"+{place}"
            else:
                yield from differences(example[name], ours[name], place)
    elif isinstance(example, list) and isinstance(ours, list):
        yield from differences(example[0], ours[0], f"{at}[]")
    elif example and ours and not set(str(ours).split("|")) <= set(str(example).split("|")):
        yield f"{at}: {example} is {ours}"


def check(reference: Path, printed: Printed, reply: Any) -> None:
    expected = sorted([*(f"+{name}" for name in printed.added), *(f"-{name}" for name in printed.left_out)])
    for name in printed.examples:
        example = json.loads((reference / "examples" / f"{name}.json").read_text())
        assert sorted(differences(shape(example), shape(reply))) == expected, name


@pytest.mark.parametrize("printed", REST, ids=lambda printed: f"{printed.call}?{printed.parameters}")
def test_replies_have_the_fields_and_types_of_the_pages(
    reference: Path, moving: World, printed: Printed
) -> None:
    method, path = printed.call.split()
    key = PLAIN if printed.plain else TESTER
    response = moving.call(method, f"/x/{MOVING}{path}", printed.parameters, key=key)
    assert response.status == 200, response.body
    reply = decoded(response)
    assert reply != []
    check(reference, printed, reply)


@pytest.mark.parametrize("printed", WEBSOCKET, ids=lambda printed: f"{printed.call} {printed.parameters}")
def test_websocket_replies_have_the_fields_and_types_of_the_pages(
    reference: Path, moving: World, printed: Printed
) -> None:
    market, method = printed.call.split()
    runtime = moving.exchanges.by_name[MOVING]
    session = moving.session(Market(market), runtime, named=True)
    key = ed25519_key("M")
    params = signed_params({}, key) | {"timestamp": NOW}
    if method == "session.status":
        assert moving.frame(session, request_frame("session.logon", params))["status"] == 200
    reply = moving.frame(session, request_frame(method, params, "c174a2b1"))
    assert reply["status"] == 200
    # Some examples of the pages leave rateLimits out.
    reply.pop("rateLimits")
    example = json.loads((reference / "examples" / f"{printed.examples[0]}.json").read_text())
    check(
        reference, printed, reply | ({"rateLimits": example["rateLimits"]} if "rateLimits" in example else {})
    )
