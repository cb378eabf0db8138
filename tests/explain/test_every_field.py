"""Every field of every view can be asked about, and its explanation gives the digit that is printed."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import pytest

from margind.engine.margin.derivation import Derivation, each_once
from margind.engine.margin.traced_inputs import PriceSources
from margind.explain.explanation import Explanation, Subject, explain
from margind.explain.text import WIDTH, explanation_text
from margind.explain.views import VIEWS, View, fields_of
from tests.engine.builders import NAME, Desk
from tests.explain.accounts import ACCOUNTS
from tests.explain.evaluate import worked_out

LARGEST_LONG = "9223372036854775807"
SOURCES = PriceSources("a feed made by hand")
NOTHING = {"0", "0.0", "0.000", "0.00000000", LARGEST_LONG, "9.223372036854776E18"}


def subject(desk: Desk, view: View) -> Subject:
    places = {("BTCUSDT", "BOTH"): 3}
    market = desk.state.markets[view.market]
    return Subject(desk.state.accounts[NAME], market, desk.settings, places, SOURCES)  # type: ignore[arg-type]


def shown(desk: Desk, view: View) -> Any:
    """What a client reads: the view's JSON, run on plain numbers."""
    reply = view.show(desk.report(view.market), subject(desk, view).places, None)
    return msgspec.json.decode(msgspec.json.encode(reply))


def paths(reply: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of a reply by the path a user would type, with what stands there."""
    if isinstance(reply, list):
        for row in reply:
            label = row.get("symbol") or row["asset"]
            if row.get("positionSide", "BOTH") != "BOTH" or any(
                other is not row and other.get("symbol") == label for other in reply
            ):
                label += "." + row["positionSide"]
            yield from paths(row, f"{prefix}{label}.")
        return
    for name, value in reply.items():
        if isinstance(value, list):
            yield from paths(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def check_steps(explained: Derivation) -> None:
    for step in each_once(explained):
        if isinstance(step, Derivation):
            assert worked_out(step.substituted, step.rounding) == Decimal(step.value), step.path


def printed_number(explanation: Explanation, value: Decimal) -> Decimal:
    """The number as it is printed where that is shorter than it is."""
    if not explanation.printing:
        return value
    if explanation.printing.startswith("printed with 8 decimals"):
        return value.quantize(Decimal("1E-8"), ROUND_DOWN)
    whole = len(str(int(value))) if abs(value) >= 1 else 0
    rounding = ROUND_HALF_UP if "half up" in explanation.printing else ROUND_DOWN
    return value.quantize(Decimal(1).scaleb(whole - 13), rounding)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
@pytest.mark.parametrize("account", ACCOUNTS)
def test_each_field_is_explained_with_the_printed_digit(account: str, view: View) -> None:
    desk = ACCOUNTS[account]()
    asked = subject(desk, view)
    reply = shown(desk, view)
    found = list(paths(reply))
    for path, value in found:
        explanation = explain(view, path, asked)
        assert explanation.printed == value, path
        assert type(explanation.printed) is type(value)
        explained = explanation.explained
        if explained is None:
            assert explanation.words, path
            # A number that knows no input can only be nothing.
            assert explanation.source or value in NOTHING, path
        else:
            assert Decimal(value) == printed_number(explanation, Decimal(explained.value)), path
            if isinstance(explained, Derivation):
                check_steps(explained)
        text = explanation_text(explanation)
        assert text.startswith(f"{explanation.field} = "), path
        assert max(map(len, text.splitlines())) <= WIDTH + 20
    if not isinstance(reply, list):
        assert {path for path, _ in found if "." not in path} == set(reply) - {"assets", "positions"}


def test_explaining_leaves_the_plain_numbers_plain() -> None:
    desk = ACCOUNTS["cross"]()
    view = VIEWS["fapi-v2-account"]
    before = msgspec.json.encode(shown(desk, view))
    explain(view, "availableBalance", subject(desk, view))
    report = desk.report(view.market)
    assert msgspec.json.encode(shown(desk, view)) == before
    assert {type(getattr(report.totals, name)) for name in report.totals.__struct_fields__} == {Decimal}  # type: ignore[union-attr]


def test_fields_are_found_by_their_wire_names() -> None:
    desk = ACCOUNTS["cross"]()
    row = VIEWS["fapi-v2-positionRisk"].show(desk.report(), {}, "BTCUSDT")[0]
    assert fields_of(row)["unRealizedProfit"] == row.un_realized_profit
