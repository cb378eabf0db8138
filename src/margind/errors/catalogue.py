"""The whole catalogue in order of number, and the ways to look into it."""

from typing import NamedTuple

from margind.errors import execution, filters, limits, processing, request, server, settings
from margind.errors.kind import COINM, USDM, ErrorKind

SECTIONS = (server, request, processing, filters, settings, limits, execution)

# Every constant of a section is a row, so a new error is written down once; numbers fall from -1000 on.
CATALOGUE: tuple[ErrorKind, ...] = tuple(
    sorted(
        (row for section in SECTIONS for row in vars(section).values() if isinstance(row, ErrorKind)),
        key=lambda kind: -kind.code(USDM),
    )
)

_BY_CODE = {market: {kind.code(market): kind for kind in CATALOGUE} for market in (USDM, COINM)}


class CatalogueRow(NamedTuple):
    """One line of the error reference."""

    name: str
    usdm: int | None
    coinm: int | None
    http_status: int
    message: str


def by_code(market: str, code: int) -> ErrorKind | None:
    """The kind that `market` ("usdm" or "coinm") answers with this number; None when there is none."""
    return _BY_CODE[market].get(code)


def catalogue_rows() -> list[CatalogueRow]:
    """One row per kind with its default message, in order of number, for the error reference."""
    return [
        CatalogueRow(kind.name, kind.usdm, kind.coinm, kind.http_status, kind.messages[0])
        for kind in CATALOGUE
    ]
