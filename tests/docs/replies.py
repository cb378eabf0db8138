"""Comparing a reply with the one a page shows, which may leave parts out."""

from typing import Any

ANY = "…"


def differences(shown: Any, real: Any, place: str = "") -> list[str]:
    """Where a reply differs from the page.

    `…` stands for any value; as a name for further fields, as the last element for further rows.
    """
    if shown == ANY:
        return []
    if isinstance(shown, dict) and isinstance(real, dict):
        return _fields(shown, real, place)
    if isinstance(shown, list) and isinstance(real, list):
        return _rows(shown, real, place)
    return [] if shown == real else [f"{place}: {real!r}, on the page {shown!r}"]


def _fields(shown: dict[str, Any], real: dict[str, Any], place: str) -> list[str]:
    names = [name for name in shown if name != ANY]
    faults = [f"{place}.{name}: not there" for name in names if name not in real]
    if ANY not in shown:
        faults += [f"{place}.{name}: not on the page" for name in real if name not in names]
    for name in names:
        if name in real:
            faults += differences(shown[name], real[name], f"{place}.{name}")
    return faults


def _rows(shown: list[Any], real: list[Any], place: str) -> list[str]:
    rows = shown[:-1] if shown and shown[-1] == ANY else shown
    if len(real) < len(rows) or (rows is shown and len(real) > len(rows)):
        return [f"{place}: {len(real)} rows, on the page {len(rows)}"]
    pairs = enumerate(zip(rows, real, strict=False))
    return [fault for number, (a, b) in pairs for fault in differences(a, b, f"{place}[{number}]")]
