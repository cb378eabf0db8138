"""One file that a user has asked for."""

import msgspec

from margind.downloads.sheets import Kind
from margind.engine.model.terms import Market, Millis

PROCESSING: Millis = -1
"""Documented: the expiration time while a file is being made."""

LINK_LIFE: Millis = 24 * 3600 * 1000
"""Documented: 'Get Futures Order History Download Link by Id': a link is good for 24 hours."""


class Download(msgspec.Struct, frozen=True):
    """What was asked for, and how far it is."""

    download_id: str
    token: str
    """The part of the link that cannot be guessed: whoever knows it may fetch the file."""
    account: str
    market: Market
    kind: Kind
    start_time: Millis
    end_time: Millis
    expiration: Millis = PROCESSING
    """When the link ends."""

    @property
    def is_ready(self) -> bool:
        """Whether the file is made."""
        return self.expiration != PROCESSING

    def __repr__(self) -> str:
        return f"Download({self.download_id}, {self.kind} of {self.account!r} on {self.market})"
