"""One kind of error: its name, its number in either market, its messages and its HTTP status."""

import msgspec

USDM = "usdm"
COINM = "coinm"


class ErrorKind(msgspec.Struct, frozen=True):
    """One row of the catalogue, the same in both markets unless a field says otherwise.

    Source: the pages 'Error Code' of USDⓈ-M Futures (2026-01) and COIN-M Futures (2026-06).
    """

    name: str
    """Binance's own spelling, misspellings too; where the pages disagree, the USDⓈ-M one."""
    usdm: int | None
    """The number on /fapi; None when only COIN-M documents the error."""
    coinm: int | None
    """The number on /dapi; None when only USDⓈ-M documents the error."""
    messages: tuple[str, ...]
    """Templates with %s, %b or %d for values, the default first."""
    http_status: int = 400
    second_http_status: int | None = None
    """The status of the second message where it has its own: 418 for a banned address."""
    coinm_messages: tuple[str, ...] | None = None
    """COIN-M's wording of `messages`, one for one, where it differs."""
    coinm_name: str | None = None
    """COIN-M's name where it differs."""

    def code(self, market: str) -> int:
        """The number in `market` ("usdm" or "coinm"), or the other market's when this one has none."""
        assert market in (USDM, COINM), market
        own, other = (self.usdm, self.coinm) if market == USDM else (self.coinm, self.usdm)
        number = other if own is None else own
        assert number is not None, self.name
        return number

    def templates(self, market: str) -> tuple[str, ...]:
        """The messages as `market` words them."""
        assert market in (USDM, COINM), market
        if market == COINM and self.coinm_messages is not None:
            return self.coinm_messages
        return self.messages


def both(name: str, code: int, *messages: str, http_status: int = 400) -> ErrorKind:
    """A kind that is the same in both markets."""
    return ErrorKind(name, code, code, messages, http_status)


def usdm_only(name: str, code: int, *messages: str) -> ErrorKind:
    """A kind that only the USDⓈ-M page knows."""
    return ErrorKind(name, code, None, messages)


def apart(name: str, usdm: int, coinm: int, *messages: str) -> ErrorKind:
    """A kind whose number differs between the markets."""
    return ErrorKind(name, usdm, coinm, messages)


def punctuated(name: str, usdm: int, coinm: int, *messages: str) -> ErrorKind:
    """A kind whose messages end with a full stop in COIN-M and without one in USDⓈ-M."""
    return ErrorKind(name, usdm, coinm, messages, coinm_messages=tuple(f"{text}." for text in messages))
