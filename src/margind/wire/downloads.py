"""What both markets answer about files of a history: the id of a new one, and how far one is."""

import msgspec

from margind.engine.model.terms import Millis


class DownloadId(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/income/asyn` and its siblings on both markets."""

    avg_cost_timestamp_of_last30d: int = msgspec.field(name="avgCostTimestampOfLast30d")
    """How long such files took to make, in milliseconds."""
    download_id: str


class DownloadLink(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/income/asyn/id` and its siblings on both markets."""

    download_id: str
    status: str
    """`processing` or `completed`."""
    url: str
    notified: bool
    expiration_timestamp: Millis
    is_expired: None = None
    """Documented: null in all examples."""


def processing(download_id: str) -> DownloadLink:
    """A file that is still being made. Documented: without a link, and with -1 as its end."""
    return DownloadLink(download_id, "processing", "", notified=False, expiration_timestamp=-1)


def completed(download_id: str, url: str, expiration: Millis) -> DownloadLink:
    """A file that can be fetched; nobody was sent a message about it."""
    return DownloadLink(download_id, "completed", url, notified=False, expiration_timestamp=expiration)
