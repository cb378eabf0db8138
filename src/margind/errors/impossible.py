"""What our own control door answers when something cannot be done."""

from collections.abc import Collection

from margind.errors.because import near_it

FEW = 5
"""So many names are all told."""


class Impossible(Exception):
    """A control request that cannot be carried out; nothing has changed.

    `code` is a word for programs (`unknown_account`), the text a sentence for people, `http_status` the
    status that fits.
    """

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = http_status


def unlisted(symbol: str, where: str, listed: Collection[str]) -> Impossible:
    """Nobody lists a symbol there, or it lacks what it would be used with."""
    if symbol in listed:
        return Impossible("unknown_symbol", f"{symbol} has no brackets or no price yet", 404)
    return Impossible("unknown_symbol", f"{symbol} is not listed on {where}{near_it(symbol, listed)}", 404)


def no_account(name: str, known: Collection[str]) -> Impossible:
    """There is no account of a name."""
    there_are = f"; there are: {', '.join(known)}" if 0 < len(known) <= FEW else ""
    return Impossible("unknown_account", f"there is no account named {name!r}{there_are}", 404)


def misfit(message: str) -> Impossible:
    """An account document describes what cannot be."""
    return Impossible("impossible_document", message)
