"""Endpoints of both markets that have a history made into a file, and tell where it is."""

from collections.abc import Iterator

from margind import errors
from margind.api.endpoints import Call, Endpoint, Handler, Security
from margind.api.parameters import Kind as ParameterKind
from margind.api.parameters import Parameter
from margind.downloads import Download, Kind
from margind.engine.model.terms import Market, Millis
from margind.errors import Refusal
from margind.errors.because import Because, Compared
from margind.wire.downloads import DownloadId, DownloadLink, completed, processing
from margind.wire.replies import encode

DAY: Millis = 24 * 3600 * 1000
LONGEST_SPAN_DAYS = 366
"""Documented: one year between both times. Assumed: any calendar year, leap years too."""

FILES = "/margind/v1/downloads/"
"""Where files are fetched."""

_START = Parameter("startTime", ParameterKind.INTEGER, required=True, minimum=0)
_END = Parameter("endTime", ParameterKind.INTEGER, required=True, minimum=0)
_ID = Parameter("downloadId", ParameterKind.STRING, required=True)

_TITLES = {
    Kind.INCOME: (
        "Get Download Id For Futures Transaction History",
        "Get Futures Transaction History Download Link by Id",
    ),
    Kind.ORDER: (
        "Get Download Id For Futures Order History",
        "Get Futures Order History Download Link by Id",
    ),
    Kind.TRADE: (
        "Get Download Id For Futures Trade History",
        "Get Futures Trade Download Link by Id",
    ),
}
# Documented: the pages of USDⓈ-M; on COIN-M the newest official SDK, where the older pages say as USDⓈ-M.
_A_MONTH = {
    Market.USDM: {Kind.INCOME: 5, Kind.ORDER: 10, Kind.TRADE: 5},
    Market.COINM: {Kind.INCOME: 8, Kind.ORDER: 8, Kind.TRADE: 8},
}
# Documented: making a file costs 1000 on both markets since 2026 (5 on COIN-M before), asking for it less.
_WEIGHT = 1000
_LINK_WEIGHT = {Market.USDM: 10, Market.COINM: 5}
_PREFIX = {Market.USDM: "/fapi/v1", Market.COINM: "/dapi/v1"}


def url_of(call: Call, download: Download) -> str:
    """The link, absolute, at the host that the client has called."""
    return f"{call.base_url}{FILES}{download.download_id}/{download.token}.csv"


def _ask(kind: Kind) -> Handler:
    async def handler(call: Call) -> bytes:
        start, end = call.parameters["startTime"], call.parameters["endTime"]
        _check_span(start, end)
        # A file holds all that was acknowledged before it was asked for.
        await call.runtime.history()
        downloads = call.runtime.downloads
        cost = downloads.average_cost()
        download = await downloads.ask(call.owner.name, call.market, kind, start_time=start, end_time=end)
        return encode(DownloadId(cost, download.download_id))

    return handler


def _tell(kind: Kind) -> Handler:
    def handler(call: Call) -> bytes:
        download_id = call.parameters["downloadId"]
        download = call.runtime.downloads.find(call.owner.name, call.market, kind, download_id)
        if download is None:
            # Assumed: the page names no error for an id that was never given out, or whose link has ended.
            raise Refusal(errors.INVALID_PARAMETER, "downloadId").because(
                Because(
                    f"downloadId is an id that {_PREFIX[call.market]}/{kind}/asyn gave this account, and its "
                    "link has not ended.",
                    (Compared("downloadId", download_id),),
                    _TITLES[kind][1],
                )
            )
        if not download.is_ready:
            return encode(processing(download_id))
        return encode(completed(download_id, url_of(call, download), download.expiration))

    return handler


def _check_span(start: Millis, end: Millis) -> None:
    compared = (Compared("startTime", start, "ms"), Compared("endTime", end, "ms"))
    if start > end:
        raise Refusal(errors.START_TIME_GREATER_THAN_END_TIME).because(
            Because("startTime is not later than endTime.", compared)
        )
    latest = start + LONGEST_SPAN_DAYS * DAY
    if end > latest:
        raise Refusal(errors.INVALID_TIME_INTERVAL, LONGEST_SPAN_DAYS).because(
            Because(
                f"There are at most {LONGEST_SPAN_DAYS} days from startTime to endTime.",
                compared,
                "Get Download Id For Futures Order History",
                f"an endTime of {latest} or earlier",
                {"endTime": latest},
            )
        )


def _rows(market: Market) -> Iterator[Endpoint]:
    for kind in Kind:
        path = f"{_PREFIX[market]}/{kind}/asyn"
        ask_title, link_title = _TITLES[kind]
        yield Endpoint(
            market,
            ask_title,
            Security.USER_DATA,
            _ask(kind),
            weight=_WEIGHT,
            method="GET",
            path=path,
            parameters=(_START, _END),
            calls_a_month=_A_MONTH[market][kind],
            reply=DownloadId,
        )
        yield Endpoint(
            market,
            link_title,
            Security.USER_DATA,
            _tell(kind),
            weight=_LINK_WEIGHT[market],
            method="GET",
            path=f"{path}/id",
            parameters=(_ID,),
            reply=DownloadLink,
        )


ENDPOINTS = (*_rows(Market.USDM), *_rows(Market.COINM))
