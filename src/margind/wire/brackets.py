"""Leverage brackets, read and printed: what both markets share."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from margind.engine.model.brackets import Brackets, bracket_ladder
from margind.engine.model.decimals import ONE, ZERO, parse_decimal

NO_CAP = 9_223_372_036_854_775_807
"""Observed: what is printed where the top tier has no upper bound, the largest 64-bit integer."""

Tier = tuple[int, Decimal | None, Decimal]
"""Leverage, cap and maintenance rate."""

_FIELDS = ("bracket", "initialLeverage", "maintMarginRatio", "cum")
_HIGHEST_LEVERAGE = 1000
_MOST_ROWS = 100


def number(value: Decimal) -> msgspec.Raw:
    """A decimal as a JSON number: an integer when it is whole, else with its exact digits."""
    return msgspec.Raw(_digits(value).encode())


def double(value: Decimal) -> msgspec.Raw:
    """A decimal as a JSON number that always shows a fraction (`300.0`)."""
    text = _digits(value)
    return msgspec.Raw((text if "." in text else text + ".0").encode())


def cap(value: Decimal | None) -> msgspec.Raw | int:
    """An upper bound as a JSON number."""
    return NO_CAP if value is None else number(value)


def ladder_from(rows: object, cap_field: str, floor_fields: tuple[str, ...]) -> Brackets:
    """The brackets that rows describe; ValueError, with the reason, when they do not fit together.

    Decimals are texts or integers. A cap of null is no upper bound, for the last row only. `bracket`, the
    floor and `cum` may be left out; what is given must be what follows from caps and rates. Other fields are
    refused: a misspelt one would be passed over.
    """
    if not isinstance(rows, list) or not 1 <= len(rows) <= _MOST_ROWS:
        raise ValueError(f"brackets must be a list of 1 to {_MOST_ROWS} rows")
    fields = {*_FIELDS, cap_field, *floor_fields}
    tiers: list[Tier] = []
    for place, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise ValueError(f"bracket {place} must be an object")  # noqa: TRY004 - a bad value of a request
        for field in sorted(row.keys() - fields):
            raise ValueError(f"bracket {place}: there is no {field}, only {', '.join(sorted(fields))}")
        tier = _tier(row, place, cap_field)
        if tier[1] is None and place < len(rows):
            raise ValueError(f"bracket {place}: only the last {cap_field} may be null")
        _must_follow(tier, tiers, cap_field)
        tiers.append(tier)
    brackets = bracket_ladder(tiers)
    for row, made in zip(rows, brackets.rows, strict=True):
        for field in floor_fields:
            _must_be(
                row, field, made.notional_floor, made.bracket, "the cap of the row before, 0 in the first"
            )
        _must_be(row, "cum", made.cum, made.bracket, "cum before + floor × rise of maintMarginRatio")
    return brackets


def _tier(row: Mapping[str, object], place: int, cap_field: str) -> Tier:
    if row.get("bracket", place) != place:
        raise ValueError(f"bracket {place}: bracket must be {place}, rows come in order")
    leverage = row.get("initialLeverage")
    if not isinstance(leverage, int) or isinstance(leverage, bool) or not 1 <= leverage <= _HIGHEST_LEVERAGE:
        raise ValueError(f"bracket {place}: initialLeverage must be an integer from 1 to {_HIGHEST_LEVERAGE}")
    if cap_field not in row:
        raise ValueError(f"bracket {place}: {cap_field} is missing (null means no upper bound)")
    upper = row[cap_field]
    ratio = _decimal(row, "maintMarginRatio", place)
    if not ZERO < ratio < ONE:
        raise ValueError(f"bracket {place}: maintMarginRatio must be between 0 and 1")
    return leverage, None if upper is None else _decimal(row, cap_field, place), ratio


def _must_follow(tier: Tier, before: list[Tier], cap_field: str) -> None:
    place = len(before) + 1
    leverage, upper, ratio = tier
    floor = before[-1][1] if before else ZERO
    if upper is not None and floor is not None and upper <= floor:
        raise ValueError(f"bracket {place}: {cap_field} must be above {_digits(floor)}")
    if before and leverage >= before[-1][0]:
        raise ValueError(f"bracket {place}: initialLeverage must fall from row to row")
    if before and ratio <= before[-1][2]:
        raise ValueError(f"bracket {place}: maintMarginRatio must rise from row to row")


def _decimal(row: Mapping[str, object], field: str, place: int) -> Decimal:
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    parsed = parse_decimal(value) if isinstance(value, str) else None
    if parsed is None:
        raise ValueError(f"bracket {place}: {field} must be a decimal as text")
    return parsed


def _must_be(row: Mapping[str, object], field: str, wanted: Decimal, place: int, rule: str) -> None:
    if field in row and _decimal(row, field, place) != wanted:
        raise ValueError(f"bracket {place}: {field} must be {_digits(wanted)}: {rule}")


def _digits(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
